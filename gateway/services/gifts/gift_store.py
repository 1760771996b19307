"""Loading gifts, and saving them with their events and messages in one transaction."""

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.engine.gifts.events import GiftDomainEvent, GiftLogEntry
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.steps import FinishDispatch, SendInvitation, SleepUntil, next_step
from gateway.engine.gifts.transitions import TransitionRefused, TransitionResult, apply_event
from gateway.engine.user_errors import ErrorCode, InputPath
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import VersionedGift, build_record, load_from_record
from gateway.services.gifts.notifications import notify_giver, post_invitation, post_webhooks
from gateway.services.gifts.parcels import keep_parcel
from gateway.services.jobs import DUE_TOPIC
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.gifts import GiftEvent
from gateway.services.shop_events import ShopEvent, post_shop_event

DISPATCH_LEASE = timedelta(seconds=60)
"""The time after which the worker finishes a dispatch that has not finished."""


def not_modifiable_outcome(gift: Gift, path: InputPath) -> Outcome[Gift]:
    """The outcome of a change that the status of ``gift`` does not allow."""
    status_text = gift.status.value.lower().replace("_", " ")
    message = f"The gift is {status_text}: this is not possible now."
    return error_outcome(ErrorCode.NOT_MODIFIABLE, path, message)


def gift_topic(gift_id: str) -> str:
    """The topic of a gift's events."""
    return f"gift:{gift_id}"


def partner_feed_topic(partner_id: str) -> str:
    """The topic of a partner's feed."""
    return f"gifts of {partner_id}"


async def load_gift(
    id: str, *, reading: ReadSession, dependencies: GiftDependencies
) -> VersionedGift | None:
    """The gift of this id, or None."""
    record = await reading.gifts.find(id)
    if record is None:
        return None
    return await load_from_record(record, reading=reading, cipher=dependencies.cipher)


async def save_event(
    versioned_gift: VersionedGift,
    event: GiftDomainEvent,
    *,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> VersionedGift | TransitionRefused:
    """Record ``event`` of a gift; raises ``VersionConflict`` if the gift has changed meanwhile."""
    result = apply_event(versioned_gift.gift, event, dependencies.rules)
    if isinstance(result, TransitionRefused):
        return result
    return await save_with_effects(
        result, versioned_gift.version, event.at, work=work, dependencies=dependencies
    )


async def save_with_effects(
    result: TransitionResult,
    version: int | None,
    now: datetime,
    *,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> VersionedGift:
    """Save the result of a transition with its events, messages and webhook calls.

    ``version`` is None for a new gift.
    """
    # Stock is locked before the rows of gifts and feeds, as at the start of gifts, because
    # transactions that lock rows in the same order cannot deadlock.
    gift = await _release_stock(result.gift, work)
    gift = await _invite_if_due(gift, now, work=work, dependencies=dependencies)
    versioned_gift = await save_gift(gift, version, now, work=work, dependencies=dependencies)
    events = [
        _to_gift_event(gift, log_entry, dependencies.ids.new("evt"))
        for log_entry in result.log_entries
    ]
    for event in await work.gift_events.add(events):
        await post_webhooks(event, work=work, dependencies=dependencies)
        await post_shop_event(_to_shop_event(event), work=work, dependencies=dependencies)
    for log_entry in _entries_to_notify(result.log_entries):
        await notify_giver(gift, log_entry, work=work, dependencies=dependencies)
    return versioned_gift


async def _release_stock(gift: Gift, work: UnitOfWork) -> Gift:
    """Release the stock of ``gift`` if it has ended without being shipped."""
    if not gift.releases_stock:
        return gift
    await work.stock.release(dict(gift.reserved))
    return replace(gift, reserved=())


async def save_gift(
    gift: Gift,
    version: int | None,
    now: datetime,
    *,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> VersionedGift:
    """Save ``gift`` with its parcel, to be claimed by the worker when its next step is due."""
    gift = await keep_parcel(gift, now, work=work, dependencies=dependencies)
    record = await build_record(gift, version or 1, work=work, cipher=dependencies.cipher)
    due_at = _next_due_at(gift, now, dependencies)
    if version is None:
        await work.gifts.add(record, due_at)
        return VersionedGift(gift, 1)
    await work.gifts.save(record, due_at)
    return VersionedGift(gift, version + 1)


async def announce_change(gift: Gift, *, dependencies: GiftDependencies) -> None:
    """Wake the followers of ``gift`` and the worker; call it after the transaction."""
    await dependencies.wakeups.announce(gift_topic(gift.id))
    if gift.partner_id is not None:
        await dependencies.wakeups.announce(partner_feed_topic(gift.partner_id))
    await dependencies.wakeups.announce(DUE_TOPIC)


async def _invite_if_due(
    gift: Gift, now: datetime, *, work: UnitOfWork, dependencies: GiftDependencies
) -> Gift:
    """Send the invitation of ``gift`` if it is due; returns the gift."""
    step = next_step(gift, now, dependencies.rules)
    if not isinstance(step, SendInvitation):
        return gift
    return await post_invitation(gift, step, now, work=work, dependencies=dependencies)


def _next_due_at(gift: Gift, now: datetime, dependencies: GiftDependencies) -> datetime | None:
    if gift.forget_at_end and gift.status is GiftStatus.AWAITING_GIVER:
        # The parcel is back, so a requested erasure is no longer delayed by it.
        return now
    match next_step(gift, now, dependencies.rules):
        case SleepUntil(until=until):
            return until
        case FinishDispatch():
            return now + DISPATCH_LEASE
    return now


def _to_gift_event(gift: Gift, log_entry: GiftLogEntry, id: str) -> GiftEvent:
    return GiftEvent(
        id=id,
        gift_id=gift.id,
        sequence=log_entry.sequence,
        type=log_entry.type.value,
        status=log_entry.status,
        occurred_at=log_entry.occurred_at,
        partner_id=gift.partner_id,
    )


def _to_shop_event(event: GiftEvent) -> ShopEvent:
    return ShopEvent(
        id=event.id,
        type=f"gift.{event.type}",
        log_id=event.gift_id,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        data={"giftId": event.gift_id, "sequence": event.sequence, "status": event.status},
    )


def _entries_to_notify(log_entries: tuple[GiftLogEntry, ...]) -> tuple[GiftLogEntry, ...]:
    """The last of ``log_entries``: only the resulting status is notified."""
    return log_entries[-1:]
