"""Reports of the fulfilment house: parcels have left, have arrived, or came back."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.engine.orders.shipments import Shipment, ShipmentState
from gateway.engine.user_errors import ErrorCode
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.shipments import ShipmentStatus
from gateway.services.idempotency import check_idempotency_key
from gateway.services.orders.carrier_details import read_carrier_details
from gateway.services.orders.carrier_updates import CarrierWord
from gateway.services.outcomes import Outcome
from gateway.services.parcels import ParcelDependencies, update_parcel
from gateway.services.request_keys import IdempotentRequest, find_result, record_result

ACTOR_CARRIER = "carrier"
REPORT_TYPE = "shipment.updated"
REPORTED_STATES = {status.value: ShipmentState(status.value) for status in ShipmentStatus}
RETRIED_CODES = frozenset(
    {ErrorCode.VERSION_CONFLICT, ErrorCode.PAYMENT_DECLINED, ErrorCode.PURCHASE_IN_PROGRESS}
)
"""Refusals that may end: the report is to be sent again. All others stay as they are."""


@dataclass(frozen=True, slots=True)
class FulfilmentReport:
    """A signed call of the fulfilment house: its id and its body, as text and as JSON."""

    id: str
    body: str
    document: Mapping[str, object]


async def take_report(
    report: FulfilmentReport, dependencies: Dependencies, gift_dependencies: GiftDependencies
) -> bool:
    """Whether ``report`` is done with; False: it is to be sent again later.

    One that came before, is of an unknown type or shipment, or of a state that the shipment cannot
    enter any more, changes nothing and is done with.
    """
    data = report.document.get("data")
    if report.document.get("type") != REPORT_TYPE or not isinstance(data, dict):
        return True
    key = None if check_idempotency_key(report.id).errors else report.id
    request = IdempotentRequest("fulfilment", key, REPORT_TYPE, {"body": report.body})
    async with dependencies.database.begin() as work:
        if await find_result(request, work=work, dependencies=dependencies) is not None:
            return True
    outcome = await _apply(data, dependencies, gift_dependencies)
    if outcome is not None and {error.code for error in outcome.user_errors} & RETRIED_CODES:
        return False
    async with dependencies.database.begin() as work:
        if await find_result(request, work=work, dependencies=dependencies) is None:
            await record_result(request, REPORT_TYPE, work=work, dependencies=dependencies)
    return True


async def _apply(
    data: Mapping[str, object], dependencies: Dependencies, gift_dependencies: GiftDependencies
) -> Outcome[Shipment] | None:
    """What came of the report; None where it is of nothing that is known here."""
    shipment_id, state = data.get("id"), REPORTED_STATES.get(str(data.get("status")))
    if not isinstance(shipment_id, str) or not shipment_id.isprintable() or state is None:
        return None
    details = read_carrier_details(data)
    word = CarrierWord(
        state,
        ACTOR_CARRIER,
        tracking_url=details.tracking_url,
        carrier=details.carrier,
        tracking_number=details.tracking_number,
    )
    return await update_parcel(
        shipment_id, word, ParcelDependencies(dependencies, gift_dependencies)
    )
