"""What the carrier and the messengers say of a gift, through staff."""

from dataclasses import replace
from enum import StrEnum

from gateway.engine.gifts.charges import Charges, GiftPaymentState
from gateway.engine.gifts.events import ChannelFailed, Event, Occurred
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import Refused
from gateway.engine.gifts.values import ChannelKind, Gift
from gateway.engine.problems import ErrorCode
from gateway.services.gifts.charging import captured
from gateway.services.gifts.keeping import announce, fetched, happen, put
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import KeptGift
from gateway.services.gifts.telling import ask_to_confirm
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Stale

ATTEMPTS = 5
CHANGING = "The gift is changing: try again."


class ShipmentStatus(StrEnum):
    """What a carrier says."""

    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"


async def update_shipment(
    gift_id: str, status: ShipmentStatus, tracking_url: str | None = None, *, parts: GiftParts
) -> Outcome[Gift]:
    """The gift after what its carrier says; a dispatch takes the money first."""
    match status:
        case ShipmentStatus.DISPATCHED:
            return await _dispatch(gift_id, tracking_url, parts)
        case ShipmentStatus.DELIVERED:
            event = Occurred(EventType.DELIVERED, parts.clock.now())
        case ShipmentStatus.RETURNED:
            event = Occurred(EventType.RETURNED, parts.clock.now())
    return await _said(gift_id, event, ("input", "id"), parts)


async def contact_failed(gift_id: str, channel: ChannelKind, *, parts: GiftParts) -> Outcome[Gift]:
    """The gift after a message to its recipient came back."""
    event = ChannelFailed(EventType.BOUNCE, parts.clock.now(), channel)
    return await _said(gift_id, event, ("input", "giftId"), parts)


async def _said(
    gift_id: str, event: Event, path: tuple[str, ...], parts: GiftParts
) -> Outcome[Gift]:
    for _ in range(ATTEMPTS):
        try:
            return await _recorded(gift_id, event, path, parts)
        except Stale:
            continue
    return refused(ErrorCode.VERSION_CONFLICT, path, CHANGING)


async def _recorded(
    gift_id: str, event: Event, path: tuple[str, ...], parts: GiftParts
) -> Outcome[Gift]:
    async with parts.database.begin() as work:
        held = await fetched(gift_id, reading=work, parts=parts)
        if held is None:
            return refused(ErrorCode.NOT_FOUND, path, "There is no such gift.")
        after = await happen(held, event, work=work, parts=parts)
        if isinstance(after, Refused):
            return _not_now(held.gift, path)
    await announce(after.gift, parts=parts)
    return Outcome(after.gift)


def _not_now(gift: Gift, path: tuple[str, ...]) -> Outcome[Gift]:
    message = f"Not possible for a gift that is {gift.status.value}."
    return refused(ErrorCode.NOT_MODIFIABLE, path, message)


async def _dispatch(gift_id: str, tracking_url: str | None, parts: GiftParts) -> Outcome[Gift]:
    begun = await _begin(gift_id, tracking_url, parts)
    if not isinstance(begun, KeptGift):
        return begun
    return await finish_dispatch(begun, parts=parts)


async def _begin(
    gift_id: str, tracking_url: str | None, parts: GiftParts
) -> KeptGift | Outcome[Gift]:
    """The gift marked as being dispatched, which excludes its cancellation from now on."""
    for _ in range(ATTEMPTS):
        try:
            return await _marked(gift_id, tracking_url, parts)
        except Stale:
            continue
    return refused(ErrorCode.VERSION_CONFLICT, ("input", "id"), CHANGING)


async def _marked(
    gift_id: str, tracking_url: str | None, parts: GiftParts
) -> KeptGift | Outcome[Gift]:
    path, now = ("input", "id"), parts.clock.now()
    async with parts.database.begin() as work:
        held = await fetched(gift_id, reading=work, parts=parts)
        if held is None:
            return refused(ErrorCode.NOT_FOUND, path, "There is no such gift.")
        gift = held.gift
        if gift.status is not GiftStatus.RESOLVED or now < gift.starts_at:
            return _not_now(gift, path)
        charges = replace(gift.charges, capturing=True)
        marked = replace(gift, charges=charges, tracking_url=tracking_url)
        return await put(marked, held.version, now, work=work, parts=parts)


async def finish_dispatch(held: KeptGift, *, parts: GiftParts) -> Outcome[Gift]:
    """The gift dispatched, once its money is taken; repeated harmlessly after a crash."""
    gift = held.gift
    if gift.charges.payment is not GiftPaymentState.CAPTURED:
        taking = await captured(gift, parts.clock.now(), parts=parts)
        if not taking.done:
            return await _unpaid(held, taking.charges, parts)
        gift = replace(gift, charges=taking.charges)
    event = Occurred(EventType.DISPATCH, parts.clock.now())
    try:
        async with parts.database.begin() as work:
            paid = KeptGift(gift, held.version)
            after = await happen(paid, event, work=work, parts=parts)
    except Stale:
        return await _dispatched_elsewhere(gift.id, parts)
    if isinstance(after, Refused):
        return _not_now(gift, ("input", "id"))
    await announce(after.gift, parts=parts)
    return Outcome(after.gift)


async def _dispatched_elsewhere(gift_id: str, parts: GiftParts) -> Outcome[Gift]:
    """What the worker made of the dispatch, which it took for left behind."""
    async with parts.database.read() as reading:
        held = await fetched(gift_id, reading=reading, parts=parts)
    if held is not None and held.gift.status is GiftStatus.DISPATCHED:
        return Outcome(held.gift)
    return refused(ErrorCode.VERSION_CONFLICT, ("input", "id"), CHANGING)


async def _unpaid(held: KeptGift, charges: Charges, parts: GiftParts) -> Outcome[Gift]:
    """The refusal; where the giver is to confirm a new hold with the bank, they are told."""
    now = parts.clock.now()
    charges = replace(charges, capturing=False)
    rested = replace(held.gift, charges=charges, tracking_url=None)
    async with parts.database.begin() as work:
        await put(rested, held.version, now, work=work, parts=parts)
        if charges.action_url is not None:
            await ask_to_confirm(rested, now, work=work, parts=parts)
    await announce(rested, parts=parts)
    message = "The giver's payment could not be taken."
    return refused(ErrorCode.PAYMENT_DECLINED, ("input", "id"), message)
