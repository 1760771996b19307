"""Parcels of orders and gifts alike: what staff, carriers and the fulfilment service say of them.

A gift's parcel goes the way of its gift, an order's that of its orders: callers need not know which
it is.
"""

from dataclasses import dataclass

from gateway.engine.gifts.gift import Gift
from gateway.engine.orders.shipments import Shipment
from gateway.engine.user_errors import ErrorCode, InputPath
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.dependencies import Dependencies
from gateway.services.gifts import shipments as gift_shipments
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.dispatch_requests import build_dispatch_request
from gateway.services.gifts.shipments import ParcelReport, ShipmentStatus
from gateway.services.orders import carrier_updates, dispatching
from gateway.services.orders.carrier_details import CarrierDetails
from gateway.services.orders.carrier_updates import ID_PATH, CarrierWord
from gateway.services.orders.dispatching import LINES_PATH, Dispatch
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import VersionConflict

ORDER_ID_PREFIX, SHIPMENT_ID_PREFIX = "ord_", "shm_"


@dataclass(frozen=True, slots=True)
class ParcelDependencies:
    """The dependencies of parcels: those of orders and those of gifts."""

    orders: Dependencies
    gifts: GiftDependencies


async def update_by_any_id(
    id: str, word: CarrierWord, dependencies: ParcelDependencies
) -> Outcome[Gift] | Outcome[Shipment]:
    """What came of the carrier's word of a shipment, of all an order's, or of a gift's."""
    if id.startswith(ORDER_ID_PREFIX):
        return await carrier_updates.update_order_parcels(id, word, dependencies.orders)
    if id.startswith(SHIPMENT_ID_PREFIX):
        return await update_parcel(id, word, dependencies)
    return await _update_gift(id, word, ParcelReport(carrier=_carrier(word)), dependencies)


async def update_parcel(
    shipment_id: str, word: CarrierWord, dependencies: ParcelDependencies, path: InputPath = ID_PATH
) -> Outcome[Shipment]:
    """The parcel after the carrier's word."""
    shipment = await _find_shipment(shipment_id, dependencies)
    if shipment is None or shipment.gift_id is None:
        return await carrier_updates.update_parcel(shipment_id, word, dependencies.orders, path)
    report = ParcelReport(shipment_id, _carrier(word), path)
    outcome = await _update_gift(shipment.gift_id, word, report, dependencies)
    return await _shipment_outcome(shipment_id, outcome, dependencies)


async def dispatch_parcel(
    dispatch: Dispatch, dependencies: ParcelDependencies
) -> Outcome[Shipment]:
    """The shipment on its way, once its share of the money is captured."""
    shipment = await _find_shipment(dispatch.shipment_id, dependencies)
    if shipment is None or shipment.gift_id is None:
        return await dispatching.dispatch_shipment(dispatch, dependencies.orders)
    if dispatch.lines is not None:
        message = "A gift leaves in one parcel: leave the lines out."
        return error_outcome(ErrorCode.INVALID_INPUT, LINES_PATH, message)
    gift_id = shipment.gift_id

    async def dispatch_gift() -> Outcome[Shipment]:
        outcome = await _dispatch_gift(dispatch, gift_id, dependencies)
        if any(error.code is ErrorCode.VERSION_CONFLICT for error in outcome.user_errors):
            raise VersionConflict(gift_id)
        return outcome

    conflict: Outcome[Shipment] = changing_outcome("gift", dispatch.path)
    return await retry_on_conflict(dispatch_gift, conflict)


async def _find_shipment(shipment_id: str, dependencies: ParcelDependencies) -> Shipment | None:
    async with dependencies.orders.database.read() as reading:
        return await reading.shipments.find(shipment_id)


def _carrier(word: CarrierWord) -> CarrierDetails:
    return CarrierDetails(word.carrier, word.tracking_number)


async def _update_gift(
    gift_id: str, word: CarrierWord, report: ParcelReport, dependencies: ParcelDependencies
) -> Outcome[Gift]:
    return await gift_shipments.update_shipment(
        gift_id,
        ShipmentStatus(word.state.value),
        word.tracking_url,
        report,
        dependencies=dependencies.gifts,
    )


async def _shipment_outcome(
    shipment_id: str, outcome: Outcome[Gift], dependencies: ParcelDependencies
) -> Outcome[Shipment]:
    if outcome.value is None:
        return Outcome(user_errors=outcome.user_errors)
    return Outcome(await _find_shipment(shipment_id, dependencies))


async def _dispatch_gift(
    dispatch: Dispatch, gift_id: str, dependencies: ParcelDependencies
) -> Outcome[Shipment]:
    async with dependencies.orders.database.begin() as work:
        earlier_outcome = await dispatching.find_earlier_outcome(
            dispatch, work, dependencies.orders
        )
        if earlier_outcome is not None:
            return earlier_outcome
        shipment = await work.shipments.find(dispatch.shipment_id)
        refusal = dispatching.check_dispatch(dispatch, shipment)
    if refusal:
        return Outcome(user_errors=refusal)
    report = ParcelReport(
        dispatch.shipment_id,
        CarrierDetails(dispatch.carrier, dispatch.tracking_number),
        dispatch.path,
        build_dispatch_request(
            dispatch.shipment_id,
            dispatch.request,
            dispatch.member,
            dependencies=dependencies.orders,
        ),
    )
    outcome = await gift_shipments.update_shipment(
        gift_id,
        ShipmentStatus.DISPATCHED,
        dispatch.tracking_url,
        report,
        dependencies=dependencies.gifts,
    )
    if outcome.value is None:
        # A request that was sent twice may have been done meanwhile.
        async with dependencies.orders.database.begin() as work:
            earlier_outcome = await dispatching.find_earlier_outcome(
                dispatch, work, dependencies.orders
            )
        if earlier_outcome is not None:
            return earlier_outcome
    return await _shipment_outcome(dispatch.shipment_id, outcome, dependencies)
