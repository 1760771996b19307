"""The next step for a gift: the work to do now, or the time to wake it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from gateway.engine.gifts.candidates import next_candidate
from gateway.engine.gifts.gift import Channel, Gift, GiftRules
from gateway.engine.gifts.paying import find_hold_due_at, needs_renewal
from gateway.engine.gifts.screening import (
    has_recovering_source,
    message_count,
    next_retry_at,
    pending_queries,
)
from gateway.engine.gifts.statuses import EventType, GiftStatus


@dataclass(frozen=True, slots=True)
class SendInvitation:
    """Send an invitation by ``channel``. ``reminder``: it is the second one."""

    channel: Channel
    reminder: bool = False


@dataclass(frozen=True, slots=True)
class RecordTimeout:
    """Record ``event``, because a wait has ended."""

    event: EventType


@dataclass(frozen=True, slots=True)
class SearchSources:
    """Ask the sources that are due."""


@dataclass(frozen=True, slots=True)
class VerifyCandidate:
    """Verify the candidate ``key`` and arrange the charge for it."""

    key: str


@dataclass(frozen=True, slots=True)
class CheckConfirmation:
    """Check whether the giver has confirmed the payment with the bank."""


@dataclass(frozen=True, slots=True)
class RenewHold:
    """Hold the amount anew, because the hold ends soon."""


@dataclass(frozen=True, slots=True)
class EndHold:
    """Go on with a mandate, because the hold has ended."""


@dataclass(frozen=True, slots=True)
class ReleaseStrayHolds:
    """Release the holds that are no longer needed."""


@dataclass(frozen=True, slots=True)
class PackParcel:
    """It is to go out: make the parcel that staff see."""


@dataclass(frozen=True, slots=True)
class FinishDispatch:
    """Finish a dispatch that was started: capture (again) and record it."""


@dataclass(frozen=True, slots=True)
class ReturnMoney:
    """Release or refund the giver's money."""


@dataclass(frozen=True, slots=True)
class EraseRecipient:
    """Erase the personal data of the recipient."""


@dataclass(frozen=True, slots=True)
class SleepUntil:
    """Do nothing before ``until``; if None, nothing until an event happens."""

    until: datetime | None


MoneyStep: TypeAlias = (
    VerifyCandidate
    | CheckConfirmation
    | RenewHold
    | EndHold
    | ReleaseStrayHolds
    | FinishDispatch
    | ReturnMoney
)
GiftStep: TypeAlias = (
    MoneyStep
    | SendInvitation
    | RecordTimeout
    | SearchSources
    | PackParcel
    | EraseRecipient
    | SleepUntil
)


def next_step(gift: Gift, now: datetime, rules: GiftRules) -> GiftStep:
    """The next step for ``gift`` at ``now``. Stray holds are released before anything else."""
    if gift.charges.has_stray_holds:
        return ReleaseStrayHolds()
    hold_due_at = find_hold_due_at(gift)
    if hold_due_at is not None and now >= hold_due_at:
        return RenewHold() if needs_renewal(gift) else EndHold()
    step = _step_for_status(gift, now, rules)
    if isinstance(step, SleepUntil):
        return SleepUntil(_earliest(step.until, hold_due_at))
    return step


def _step_for_status(gift: Gift, now: datetime, rules: GiftRules) -> GiftStep:
    match gift.status:
        case GiftStatus.AWAITING_RECIPIENT:
            return _step_for_recipient(gift, now, rules)
        case GiftStatus.AWAITING_GIVER:
            return _step_for_giver(gift, now, rules)
        case GiftStatus.SEARCHING:
            return _step_for_search(gift, now, rules)
        case GiftStatus.VERIFYING:
            return _step_for_verification(gift, now)
        case GiftStatus.RESOLVED:
            return _step_for_dispatch(gift, now)
    return _step_after_end(gift, now, rules) if gift.settled else SleepUntil(None)


def _step_after_end(gift: Gift, now: datetime, rules: GiftRules) -> GiftStep:
    """Return money first, then keep the recipient's data for a while in case of questions."""
    if _has_money_to_return(gift):
        return ReturnMoney()
    retention = timedelta(0) if gift.forget_at_end else rules.facts_retention
    erase_at = (gift.ended_at or now) + retention
    return EraseRecipient() if now >= erase_at else SleepUntil(erase_at)


def _has_money_to_return(gift: Gift) -> bool:
    return gift.status is not GiftStatus.DELIVERED and gift.charges.has_money_to_return


def _timeout_or_sleep(event: EventType, due_at: datetime | None, now: datetime) -> GiftStep:
    return RecordTimeout(event) if due_at is not None and now >= due_at else SleepUntil(due_at)


def _step_for_dispatch(gift: Gift, now: datetime) -> GiftStep:
    if gift.charges.capturing:
        return FinishDispatch()
    check_at = gift.charges.check_at
    if check_at is not None and now >= check_at:
        return CheckConfirmation()
    if gift.needs_parcel(now):
        return PackParcel()
    return SleepUntil(_earliest(check_at, gift.packed_at))


def _step_for_search(gift: Gift, now: datetime, rules: GiftRules) -> GiftStep:
    """Search, or wait for a source that just failed once all others have been asked."""
    if now >= gift.ends_at:
        return RecordTimeout(EventType.GIFT_DEADLINE)
    if pending_queries(gift, rules, now) or not has_recovering_source(gift, rules):
        return SearchSources()
    return SleepUntil(_earliest(next_retry_at(gift, rules), gift.ends_at))


def _step_for_giver(gift: Gift, now: datetime, rules: GiftRules) -> GiftStep:
    if gift.giver_due is not None and now >= gift.giver_due:
        return RecordTimeout(EventType.GIVER_DEADLINE)
    check_at = gift.charges.check_at
    if check_at is not None and now >= check_at:
        return CheckConfirmation()
    # With a candidate that only waits for its charge, no further search is needed.
    retry_at = next_retry_at(gift, rules) if next_candidate(gift) is None else None
    if retry_at is not None and now >= retry_at:
        return SearchSources()
    return SleepUntil(_earliest(check_at, gift.giver_due, retry_at))


def _step_for_verification(gift: Gift, now: datetime) -> GiftStep:
    candidate = next_candidate(gift)
    if candidate is None or now >= gift.ends_at:
        return RecordTimeout(EventType.GIFT_DEADLINE)
    return VerifyCandidate(candidate.key)


def _step_for_recipient(gift: Gift, now: datetime, rules: GiftRules) -> GiftStep:
    channel = gift.open_channel
    if channel is None or now >= gift.ends_at:
        return _timeout_or_sleep(EventType.GIFT_DEADLINE, gift.ends_at, now)
    if channel.messages == 0:
        send_at = channel.send_at
        return (
            SendInvitation(channel)
            if send_at is None or now >= send_at
            else SleepUntil(min(send_at, gift.ends_at))
        )
    if channel.due_at is not None and now >= channel.due_at:
        return RecordTimeout(EventType.TIMEOUT)
    if not _can_be_reminded(gift, channel, rules):
        return SleepUntil(_earliest(channel.due_at, gift.ends_at))
    if channel.remind_at is not None and now >= channel.remind_at:
        return SendInvitation(channel, reminder=True)
    return SleepUntil(_earliest(channel.remind_at, channel.due_at, gift.ends_at))


def _can_be_reminded(gift: Gift, channel: Channel, rules: GiftRules) -> bool:
    is_sent_once = channel.messages == 1 and channel.remind_at is not None
    return is_sent_once and message_count(gift) < rules.max_messages


def _earliest(*times: datetime | None) -> datetime | None:
    return min((each for each in times if each is not None), default=None)
