"""Fetching gifts, and saving what became of them: the row, its events and letters in one go."""

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.engine.gifts.events import Event, EventRecord
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.steps import FinishDispatch, Send, Sleep, next_step
from gateway.engine.gifts.transitions import Progress, Refused, carried_on
from gateway.engine.gifts.values import Gift
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import KeptGift, kept, recorded
from gateway.services.gifts.telling import call_partner, invite, tell_giver
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.gifts import LoggedEvent
from gateway.services.stepping import DUE

DISPATCH_PATIENCE = timedelta(seconds=60)
"""How long whoever began a dispatch may take before the worker finishes it."""


def topic_of(gift_id: str) -> str:
    """The topic on which a gift's followers listen."""
    return f"gift:{gift_id}"


def feed_of(partner_id: str) -> str:
    """The topic on which a partner's feed is followed."""
    return f"gifts of {partner_id}"


async def fetched(id: str, *, reading: Reading, parts: GiftParts) -> KeptGift | None:
    """The gift of this id."""
    record = await reading.gifts.find(id)
    if record is None:
        return None
    return await kept(record, reading=reading, cipher=parts.cipher)


async def happen(
    held: KeptGift, event: Event, *, work: Work, parts: GiftParts
) -> KeptGift | Refused:
    """Record ``event`` of a gift; raises ``Stale`` if the gift has moved on meanwhile."""
    progress = carried_on(held.gift, event, parts.rules)
    if isinstance(progress, Refused):
        return progress
    return await keep(progress, held.version, event.at, work=work, parts=parts)


async def keep(
    progress: Progress, version: int | None, now: datetime, *, work: Work, parts: GiftParts
) -> KeptGift:
    """Save what became of a gift (``version`` None: a new one), with all that goes out."""
    # Stock comes before the rows of gifts and feeds, as it does where gifts begin: transactions
    # that take rows in one order wait for one another and never in a circle.
    gift = await _without_stock(progress.gift, work)
    gift = await _written_to(gift, now, work=work, parts=parts)
    saved = await put(gift, version, now, work=work, parts=parts)
    events = [_logged(gift, record, parts.ids.new("evt")) for record in progress.records]
    for event in await work.gift_events.add(events):
        await call_partner(event, work=work, parts=parts)
    for record in _worth_telling(progress.records):
        await tell_giver(gift, record, work=work, parts=parts)
    return saved


async def _without_stock(gift: Gift, work: Work) -> Gift:
    """``gift`` once its goods are back in stock, if it has ended without needing them."""
    if not gift.frees_stock:
        return gift
    await work.stock.release(dict(gift.reserved))
    return replace(gift, reserved=())


async def put(
    gift: Gift, version: int | None, now: datetime, *, work: Work, parts: GiftParts
) -> KeptGift:
    """Save ``gift`` as it is, to wake when its next step is due."""
    record = await recorded(gift, version or 1, work=work, cipher=parts.cipher)
    due = _due(gift, now, parts)
    if version is None:
        await work.gifts.add(record, due)
        return KeptGift(gift, 1)
    await work.gifts.save(record, due)
    return KeptGift(gift, version + 1)


async def announce(gift: Gift, *, parts: GiftParts) -> None:
    """Wake whoever follows ``gift``, and the worker; call it after the transaction."""
    await parts.wakeups.announce(topic_of(gift.id))
    if gift.partner_id is not None:
        await parts.wakeups.announce(feed_of(gift.partner_id))
    await parts.wakeups.announce(DUE)


async def _written_to(gift: Gift, now: datetime, *, work: Work, parts: GiftParts) -> Gift:
    """``gift`` once its recipient was written to, if that is due."""
    step = next_step(gift, now, parts.rules)
    if not isinstance(step, Send):
        return gift
    return await invite(gift, step, now, work=work, parts=parts)


def _due(gift: Gift, now: datetime, parts: GiftParts) -> datetime | None:
    if gift.forget_at_end and gift.status is GiftStatus.AWAITING_GIVER:
        # The parcel is back: nothing keeps whoever asked for it from being forgotten.
        return now
    match next_step(gift, now, parts.rules):
        case Sleep(until=until):
            return until
        case FinishDispatch():
            return now + DISPATCH_PATIENCE
    return now


def _logged(gift: Gift, record: EventRecord, id: str) -> LoggedEvent:
    return LoggedEvent(
        id=id,
        gift_id=gift.id,
        sequence=record.sequence,
        type=record.type.value,
        status=record.status,
        occurred_at=record.occurred_at,
        partner_id=gift.partner_id,
    )


def _worth_telling(records: tuple[EventRecord, ...]) -> tuple[EventRecord, ...]:
    """The last of ``records``: what it came to, not what it passed through."""
    return records[-1:]
