"""``next_step``: what to do for a gift when it wakes, and when to wake it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from gateway.engine.gifts.candidates import next_candidate
from gateway.engine.gifts.screening import hopeful, messages_sent, next_retry, unasked
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.values import Channel, Gift, GiftRules


@dataclass(frozen=True, slots=True)
class Send:
    """Write to the recipient by ``channel``; ``reminder``: for the second time."""

    channel: Channel
    reminder: bool = False


@dataclass(frozen=True, slots=True)
class Expire:
    """A wait is over: record ``event``."""

    event: EventType


@dataclass(frozen=True, slots=True)
class Search:
    """Ask the sources."""


@dataclass(frozen=True, slots=True)
class Verify:
    """Verify the candidate ``key`` and settle the charge for it."""

    key: str


@dataclass(frozen=True, slots=True)
class CheckCharge:
    """Look whether the giver has confirmed the payment with the bank."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """Let go of holds that are no longer wanted."""


@dataclass(frozen=True, slots=True)
class FinishDispatch:
    """A dispatch was begun: capture (again) and record it."""


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Release or refund the giver's money."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Delete what is kept of the recipient."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """Nothing before ``until``; None: nothing until something happens."""

    until: datetime | None


MoneyStep: TypeAlias = Verify | CheckCharge | LetGo | FinishDispatch | GiveBack
Step: TypeAlias = MoneyStep | Send | Expire | Search | Clear | Sleep


def next_step(gift: Gift, now: datetime, rules: GiftRules) -> Step:
    """What is to be done for ``gift`` at ``now``: what nobody wants held is let go first."""
    return LetGo() if gift.charges.strays else _next_step(gift, now, rules)


def _next_step(gift: Gift, now: datetime, rules: GiftRules) -> Step:
    match gift.status:
        case GiftStatus.AWAITING_RECIPIENT:
            return _for_recipient(gift, now, rules)
        case GiftStatus.AWAITING_GIVER:
            return _for_giver(gift, now, rules)
        case GiftStatus.SEARCHING:
            return _for_sources(gift, now, rules)
        case GiftStatus.VERIFYING:
            return _verification(gift, now)
        case GiftStatus.RESOLVED:
            return _for_dispatch(gift, now)
    return _ended(gift, now, rules) if gift.settled else Sleep(None)


def _ended(gift: Gift, now: datetime, rules: GiftRules) -> Step:
    """What is owed first; the recipient's data is kept for a while, for what may be asked."""
    if _owes(gift):
        return GiveBack()
    kept = timedelta(0) if gift.forget_at_end else rules.facts_kept
    clear_at = (gift.ended_at or now) + kept
    return Clear() if now >= clear_at else Sleep(clear_at)


def _owes(gift: Gift) -> bool:
    return gift.status is not GiftStatus.DELIVERED and gift.charges.owed_back


def _or_sleep(event: EventType, due: datetime | None, now: datetime) -> Step:
    return Expire(event) if due is not None and now >= due else Sleep(due)


def _for_dispatch(gift: Gift, now: datetime) -> Step:
    if gift.charges.capturing:
        return FinishDispatch()
    check_at = gift.charges.check_at
    return CheckCharge() if check_at is not None and now >= check_at else Sleep(check_at)


def _for_sources(gift: Gift, now: datetime, rules: GiftRules) -> Step:
    """Search; a source that has just failed is given a moment, the others having been asked."""
    if now >= gift.ends_at:
        return Expire(EventType.GIFT_DEADLINE)
    if unasked(gift, rules, now) or not hopeful(gift, rules):
        return Search()
    return Sleep(_earliest(next_retry(gift, rules), gift.ends_at))


def _for_giver(gift: Gift, now: datetime, rules: GiftRules) -> Step:
    if gift.giver_due is not None and now >= gift.giver_due:
        return Expire(EventType.GIVER_DEADLINE)
    check_at = gift.charges.check_at
    if check_at is not None and now >= check_at:
        return CheckCharge()
    # Where a place is known and its price is the question, no other is looked for.
    retry = next_retry(gift, rules) if next_candidate(gift) is None else None
    if retry is not None and now >= retry:
        return Search()
    return Sleep(_earliest(check_at, gift.giver_due, retry))


def _verification(gift: Gift, now: datetime) -> Step:
    candidate = next_candidate(gift)
    if candidate is None or now >= gift.ends_at:
        return Expire(EventType.GIFT_DEADLINE)
    return Verify(candidate.key)


def _for_recipient(gift: Gift, now: datetime, rules: GiftRules) -> Step:
    channel = gift.open_channel
    if channel is None or now >= gift.ends_at:
        return _or_sleep(EventType.GIFT_DEADLINE, gift.ends_at, now)
    if channel.messages == 0:
        due = channel.send_at
        return Send(channel) if due is None or now >= due else Sleep(min(due, gift.ends_at))
    if channel.due_at is not None and now >= channel.due_at:
        return Expire(EventType.TIMEOUT)
    if not _to_be_reminded(gift, channel, rules):
        return Sleep(_earliest(channel.due_at, gift.ends_at))
    if channel.remind_at is not None and now >= channel.remind_at:
        return Send(channel, reminder=True)
    return Sleep(_earliest(channel.remind_at, channel.due_at, gift.ends_at))


def _to_be_reminded(gift: Gift, channel: Channel, rules: GiftRules) -> bool:
    once = channel.messages == 1 and channel.remind_at is not None
    return once and messages_sent(gift) < rules.most_messages


def _earliest(*times: datetime | None) -> datetime | None:
    return min((each for each in times if each is not None), default=None)
