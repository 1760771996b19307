"""Shipments of gifts: what staff report from the carrier."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.engine.gifts.charges import Charges, GiftPaymentState
from gateway.engine.gifts.events import ChannelFailed, GiftDomainEvent, PlainEvent
from gateway.engine.gifts.gift import ChannelKind, DispatchRequest, Gift
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import TransitionRefused
from gateway.engine.user_errors import ErrorCode, InputPath
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.gifts.charges import ChargeOutcomeUnknown, capture_final_total
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.dispatch_requests import record_dispatch_requests
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import (
    announce_change,
    load_gift,
    not_modifiable_outcome,
    save_event,
    save_gift,
)
from gateway.services.gifts.notifications import request_confirmation
from gateway.services.gifts.parcels import keep_parcel, save_carrier
from gateway.services.gifts.provider_waits import limit_wait
from gateway.services.orders.carrier_details import CarrierDetails
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import VersionConflict


class ShipmentStatus(StrEnum):
    """The carrier's reports."""

    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"


NO_DETAILS = CarrierDetails()


@dataclass(frozen=True, slots=True)
class ParcelReport:
    """What else is said of a gift's parcel.

    ``parcel_id`` is the shipment it is said of, by its id; None: of the gift's present one. Errors
    belong at ``path``. ``request`` is recorded once the gift has left.
    """

    parcel_id: str | None = None
    carrier: CarrierDetails = NO_DETAILS
    path: InputPath = ("input", "id")
    request: DispatchRequest | None = None

    def concerns(self, gift: Gift) -> bool:
        """Whether it is said of the parcel that ``gift`` goes out in now."""
        return self.parcel_id is None or self.parcel_id == gift.parcel_id


OF_PRESENT_PARCEL = ParcelReport()
IN_PROGRESS_MESSAGE = (
    "The payment provider has not answered yet. The dispatch is finished as soon as it does: "
    "look at the gift in a minute, or ask again."
)


async def update_shipment(
    gift_id: str,
    status: ShipmentStatus,
    tracking_url: str | None = None,
    report: ParcelReport = OF_PRESENT_PARCEL,
    *,
    dependencies: GiftDependencies,
) -> Outcome[Gift]:
    """The gift after what its carrier says; a dispatch takes the money first."""
    match status:
        case ShipmentStatus.DISPATCHED:
            return await _dispatch_gift(gift_id, tracking_url, report, dependencies)
        case ShipmentStatus.DELIVERED:
            event = PlainEvent(EventType.DELIVERED, dependencies.clock.now())
        case ShipmentStatus.RETURNED:
            event = PlainEvent(EventType.RETURNED, dependencies.clock.now())
    return await _apply_with_retries(gift_id, event, report, dependencies)


async def record_bounce(
    gift_id: str, channel: ChannelKind, *, dependencies: GiftDependencies
) -> Outcome[Gift]:
    """The gift after a message to its recipient came back."""
    event = ChannelFailed(EventType.BOUNCE, dependencies.clock.now(), channel)
    report = ParcelReport(path=("input", "giftId"))
    return await _apply_with_retries(gift_id, event, report, dependencies)


async def _apply_with_retries(
    gift_id: str, event: GiftDomainEvent, report: ParcelReport, dependencies: GiftDependencies
) -> Outcome[Gift]:
    return await retry_on_conflict(
        lambda: _try_apply(gift_id, event, report, dependencies),
        changing_outcome("gift", report.path),
    )


async def _try_apply(
    gift_id: str, event: GiftDomainEvent, report: ParcelReport, dependencies: GiftDependencies
) -> Outcome[Gift]:
    async with dependencies.database.begin() as work:
        versioned_gift = await load_gift(gift_id, reading=work, dependencies=dependencies)
        if versioned_gift is None:
            return error_outcome(ErrorCode.NOT_FOUND, report.path, "There is no such gift.")
        if not report.concerns(versioned_gift.gift):
            return _gone_parcel_outcome(report.path)
        result = await save_event(versioned_gift, event, work=work, dependencies=dependencies)
        if isinstance(result, TransitionRefused):
            return not_modifiable_outcome(versioned_gift.gift, report.path)
    await announce_change(result.gift, dependencies=dependencies)
    return Outcome(result.gift)


def _gone_parcel_outcome(path: InputPath) -> Outcome[Gift]:
    message = "This parcel of the gift came back or will not leave: the gift goes in another one."
    return error_outcome(ErrorCode.NOT_MODIFIABLE, path, message)


async def _dispatch_gift(
    gift_id: str, tracking_url: str | None, report: ParcelReport, dependencies: GiftDependencies
) -> Outcome[Gift]:
    start_result = await _start_dispatch(gift_id, tracking_url, report, dependencies)
    if not isinstance(start_result, VersionedGift):
        return start_result
    try:
        async with limit_wait():
            return await finish_dispatch(start_result, report, dependencies=dependencies)
    except ChargeOutcomeUnknown:
        return error_outcome(ErrorCode.PURCHASE_IN_PROGRESS, report.path, IN_PROGRESS_MESSAGE)


async def _start_dispatch(
    gift_id: str, tracking_url: str | None, report: ParcelReport, dependencies: GiftDependencies
) -> VersionedGift | Outcome[Gift]:
    """The gift marked as being dispatched, which excludes its cancellation from now on."""
    return await retry_on_conflict(
        lambda: _try_start_dispatch(gift_id, tracking_url, report, dependencies),
        changing_outcome("gift", report.path),
    )


async def _try_start_dispatch(
    gift_id: str, tracking_url: str | None, report: ParcelReport, dependencies: GiftDependencies
) -> VersionedGift | Outcome[Gift]:
    path, now = report.path, dependencies.clock.now()
    async with dependencies.database.begin() as work:
        versioned_gift = await load_gift(gift_id, reading=work, dependencies=dependencies)
        if versioned_gift is None:
            return error_outcome(ErrorCode.NOT_FOUND, path, "There is no such gift.")
        gift = versioned_gift.gift
        if gift.status is not GiftStatus.RESOLVED or now < gift.starts_at:
            return not_modifiable_outcome(gift, path)
        if not report.concerns(gift):
            return _gone_parcel_outcome(path)
        # Parcels are locked before gifts, as by every other change of a gift.
        gift = await keep_parcel(gift, now, work=work, dependencies=dependencies)
        await save_carrier(gift, report.carrier, work=work)
        charges = replace(gift.charges, capturing=True)
        dispatching_gift = replace(
            gift,
            charges=charges,
            tracking_url=tracking_url,
            dispatch_requests=_add_request(gift.dispatch_requests, report.request),
        )
        return await save_gift(
            dispatching_gift, versioned_gift.version, now, work=work, dependencies=dependencies
        )


def _add_request(
    requests: tuple[DispatchRequest, ...], request: DispatchRequest | None
) -> tuple[DispatchRequest, ...]:
    """The requests that the dispatch is recorded for: one that comes again counts once."""
    return requests if request is None or request in requests else (*requests, request)


async def finish_dispatch(
    versioned_gift: VersionedGift,
    report: ParcelReport = OF_PRESENT_PARCEL,
    *,
    dependencies: GiftDependencies,
) -> Outcome[Gift]:
    """The gift dispatched, once its money is taken; repeated harmlessly after a crash.

    Whoever finishes it records the requests that began it: their own process may be gone.
    """
    gift = versioned_gift.gift
    if gift.charges.payment is not GiftPaymentState.CAPTURED:
        capture = await capture_final_total(
            gift, dependencies.clock.now(), dependencies=dependencies
        )
        if not capture.is_captured:
            return await _undo_unpaid_dispatch(
                versioned_gift, capture.charges, report.path, dependencies
            )
        gift = replace(gift, charges=capture.charges)
    event = PlainEvent(EventType.DISPATCH, dependencies.clock.now())
    try:
        async with dependencies.database.begin() as work:
            paid_gift = VersionedGift(replace(gift, dispatch_requests=()), versioned_gift.version)
            result = await save_event(paid_gift, event, work=work, dependencies=dependencies)
            if isinstance(result, TransitionRefused):
                return not_modifiable_outcome(gift, report.path)
            await record_dispatch_requests(
                gift.dispatch_requests, work=work, dependencies=dependencies
            )
    except VersionConflict:
        return await _load_finished_dispatch(gift.id, report, dependencies)
    await announce_change(result.gift, dependencies=dependencies)
    return Outcome(result.gift)


async def _load_finished_dispatch(
    gift_id: str, report: ParcelReport, dependencies: GiftDependencies
) -> Outcome[Gift]:
    """The outcome of the dispatch after the worker took it over as left behind."""
    async with dependencies.database.read() as reading:
        versioned_gift = await load_gift(gift_id, reading=reading, dependencies=dependencies)
    if versioned_gift is None or versioned_gift.gift.status is not GiftStatus.DISPATCHED:
        return changing_outcome("gift", report.path)
    return Outcome(versioned_gift.gift)


async def _undo_unpaid_dispatch(
    versioned_gift: VersionedGift,
    charges: Charges,
    path: InputPath,
    dependencies: GiftDependencies,
) -> Outcome[Gift]:
    """The refusal; where the giver is to confirm a new hold with the bank, they are told."""
    now = dependencies.clock.now()
    charges = replace(charges, capturing=False)
    undispatched_gift = replace(
        versioned_gift.gift, charges=charges, tracking_url=None, dispatch_requests=()
    )
    try:
        async with dependencies.database.begin() as work:
            await save_gift(
                undispatched_gift, versioned_gift.version, now, work=work, dependencies=dependencies
            )
            if charges.action_url is not None:
                await request_confirmation(
                    undispatched_gift, now, work=work, dependencies=dependencies
                )
    except VersionConflict:
        # Another dispatch of the gift is in progress, or has been refused as well.
        return changing_outcome("gift", path)
    await announce_change(undispatched_gift, dependencies=dependencies)
    message = "The giver's payment could not be taken."
    return error_outcome(ErrorCode.PAYMENT_DECLINED, path, message)
