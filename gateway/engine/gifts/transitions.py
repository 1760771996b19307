"""``advance``: the gift after an event, or why the event is refused."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from gateway.engine.gifts.candidates import (
    confirmed_by_place,
    joined,
    next_candidate,
    with_standing,
)
from gateway.engine.gifts.channels import spent, with_channels, with_open_channel
from gateway.engine.gifts.charges import GiftPaymentState, with_hold
from gateway.engine.gifts.events import (
    ChannelFailed,
    ChargeStopped,
    Declined,
    Event,
    EventRecord,
    GiverAnswered,
    Occurred,
    Rejected,
    Replied,
    Searched,
    Validated,
)
from gateway.engine.gifts.paying import (
    with_money_owed,
    with_stopped_charge,
    with_validation,
)
from gateway.engine.gifts.screening import hopeful, screened, unasked, untried_channel
from gateway.engine.gifts.statuses import (
    TERMINAL,
    TRANSITIONS,
    WITHOUT_A_CHANNEL,
    EventType,
    GiftStatus,
)
from gateway.engine.gifts.values import (
    Asked,
    Gift,
    GiftRules,
    Recipient,
    Standing,
)


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that cannot happen to a gift in ``status``; nothing has changed."""

    status: GiftStatus
    event: EventType


class StuckInScreening(Exception):
    """Screening chose an event that does not lead out of SCREENING: the table is broken."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A gift after an event and the screening it led to, with the lines of its log."""

    gift: Gift
    records: tuple[EventRecord, ...]


def created(gift: Gift, rules: GiftRules) -> Progress:
    """A new ``gift`` in SCREENING, taken out of it at once."""
    first = _recorded(gift, EventType.CREATED, gift.created_at)
    return _through_screening(first, rules)


def carried_on(gift: Gift, event: Event, rules: GiftRules) -> Progress | Refused:
    """``gift`` after ``event`` and, should that lead to SCREENING, after the screening."""
    after = advance(gift, event, rules)
    if isinstance(after, Refused):
        return after
    return _through_screening(_recorded(after, event.type, event.at), rules)


def _recorded(gift: Gift, type_: EventType, at: datetime) -> Progress:
    numbered = replace(gift, sequence=gift.sequence + 1)
    return Progress(numbered, (EventRecord(numbered.sequence, type_, gift.status, at),))


def _through_screening(progress: Progress, rules: GiftRules) -> Progress:
    if progress.gift.status is not GiftStatus.SCREENING:
        return progress
    at = progress.records[-1].occurred_at
    type_ = screened(progress.gift, rules, at)
    match advance(progress.gift, Occurred(type_, at), rules):
        case Refused():
            raise StuckInScreening(type_)
        case after:
            left = _recorded(after, type_, at)
    return Progress(left.gift, (*progress.records, *left.records))


def advance(gift: Gift, event: Event, rules: GiftRules) -> Gift | Refused:
    """``gift`` after ``event``; every (state, event) outside the table is refused."""
    move = (gift.status, event.type)
    if move not in TRANSITIONS or not _apt(gift, event):
        return Refused(gift.status, event.type)
    changed = _changed(gift, event, rules)
    status = TRANSITIONS[move]
    if move in WITHOUT_A_CHANNEL and untried_channel(changed, rules) is None:
        status = WITHOUT_A_CHANNEL[move]
    return _entered(replace(changed, status=status), event.at, rules)


def _apt(gift: Gift, event: Event) -> bool:
    """Whether ``event`` is about what ``gift`` is now waiting for."""
    match event:
        case ChannelFailed(channel=kind):
            return gift.open_channel is not None and gift.open_channel.kind is kind
        case Validated(key=key) | Rejected(key=key):
            proposed = next_candidate(gift)
            return proposed is not None and proposed.key == key
        case Occurred(type=EventType.CANCELLED):
            return not gift.charges.capturing
        case Declined():
            return not gift.charges.capturing
        case Occurred(type=EventType.DISPATCH, at=at):
            return at >= gift.starts_at
    return True


def _changed(gift: Gift, event: Event, rules: GiftRules) -> Gift:  # noqa: PLR0911 - one an event
    """``gift`` with what ``event`` brings, its status untouched."""
    match event:
        case Occurred():
            return _after_plain(gift, event, rules)
        case Replied(candidate=candidate):
            return replace(gift, candidates=joined(gift.candidates, candidate))
        case Declined(reason=reason):
            return replace(gift, decline_reason=reason)
        case ChannelFailed(type=type_):
            return replace(gift, channels=spent(gift.channels, bounced=type_ is EventType.BOUNCE))
        case Searched():
            return with_search(gift, event)
        case Validated():
            return with_validation(gift, event)
        case Rejected(key=key, confirmable=confirmable):
            standing = Standing.UNCONFIRMED if confirmable else Standing.REJECTED
            return replace(gift, candidates=with_standing(gift.candidates, key, standing))
        case ChargeStopped():
            return with_stopped_charge(gift, event)
        case GiverAnswered():
            return _after_answer(gift, event)
        case _:
            assert_never(event)


def _after_plain(gift: Gift, event: Occurred, rules: GiftRules) -> Gift:
    if event.type is EventType.DISPATCH:
        taken = replace(gift.charges, payment=GiftPaymentState.CAPTURED, capturing=False)
        return replace(gift, charges=taken)
    if event.type is not EventType.RETURNED:
        return gift
    blocked = with_standing(gift.candidates, gift.destination, Standing.REJECTED)
    # A parcel may come back long after the gift's deadline: the giver gets a whole turn.
    deadline = max(gift.deadline, event.at + rules.lifetime)
    return replace(gift, candidates=blocked, destination=None, deadline=deadline, tracking_url=None)


def leads_on(gift: Gift, event: Searched, rules: GiftRules) -> bool:
    """Whether what the sources said moves ``gift``; else it is kept, and no line of the log.

    One that has failed may still answer, and the giver is not asked the same once more.
    """
    found = event.type is EventType.NEW_FACTS
    if gift.status is not GiftStatus.AWAITING_GIVER:
        after = with_search(gift, event)
        return found or not (unasked(after, rules, event.at) or hopeful(after, rules))
    progress = carried_on(gift, event, rules)
    moved = isinstance(progress, Progress) and progress.gift.status is not gift.status
    return found and moved


def with_search(gift: Gift, event: Searched) -> Gift:
    """``gift`` with what its sources were asked and have answered."""
    candidates = gift.candidates
    for candidate in event.candidates:
        candidates = joined(candidates, candidate)
    return replace(
        gift,
        asked=_asked(gift.asked, event.asked),
        facts=tuple(dict.fromkeys((*gift.facts, *event.facts))),
        candidates=candidates,
        channels=with_channels(gift.channels, event.channels),
    )


def _asked(known: tuple[Asked, ...], new: tuple[Asked, ...]) -> tuple[Asked, ...]:
    latest = {(each.source, each.key): each for each in (*known, *new)}
    return tuple(latest.values())


def _after_answer(gift: Gift, event: GiverAnswered) -> Gift:
    candidates = gift.candidates
    if event.candidate:
        candidates = joined(candidates, event.candidate)
    if event.place:
        candidates = confirmed_by_place(candidates, event.place)
    charges = replace(
        gift.charges,
        cap=event.cap or gift.charges.cap,
        payment_method_id=event.payment_method_id or gift.charges.payment_method_id,
        action_url=None,
        check_at=None,
    )
    if event.charge_id is not None and event.held is not None:
        charges = with_hold(charges, event.charge_id, event.held)
        charges = replace(charges, payment=GiftPaymentState.HELD)
    return replace(
        gift,
        recipient=_told(gift.recipient, event.recipient),
        channels=with_channels(gift.channels, event.channels),
        candidates=candidates,
        charges=charges,
        confirmations=gift.confirmations + (event.place is not None),
    )


def _told(known: Recipient, new: Recipient | None) -> Recipient:
    if new is None:
        return known
    return Recipient(
        name=new.name or known.name,
        email=new.email or known.email,
        phone=new.phone or known.phone,
        postal=new.postal or known.postal,
        hints=new.hints or known.hints,
    )


def _entered(gift: Gift, at: datetime, rules: GiftRules) -> Gift:
    """``gift`` as it is made ready for the state it has come to."""
    if gift.status is not GiftStatus.AWAITING_RECIPIENT:
        gift = replace(gift, channels=spent(gift.channels))
    match gift.status:
        case GiftStatus.AWAITING_RECIPIENT:
            return with_open_channel(gift, at, rules)
        case GiftStatus.AWAITING_GIVER:
            return _awaiting_giver(gift, at, rules)
    return with_money_owed(gift, at) if gift.status in TERMINAL else gift


def _awaiting_giver(gift: Gift, at: datetime, rules: GiftRules) -> Gift:
    # Rounds may follow one another; all end within one giver's wait of the gift's deadline.
    due = min(at, gift.deadline) + rules.giver_wait
    return replace(gift, giver_due=due, giver_rounds=gift.giver_rounds + 1)
