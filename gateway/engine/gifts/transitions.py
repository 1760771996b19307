"""Transitions of a gift: the gift after an event, or the refusal of the event."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from gateway.engine.gifts.candidates import (
    confirm_by_place,
    merge_candidate,
    next_candidate,
    set_candidate_status,
)
from gateway.engine.gifts.channels import add_channels, close_channels, open_next_channel
from gateway.engine.gifts.events import (
    AddressValidated,
    CandidateRejected,
    ChannelFailed,
    ChargeStopped,
    GiftDomainEvent,
    GiftLogEntry,
    GiverAnswered,
    PlainEvent,
    RecipientDeclined,
    RecipientReplied,
    SourcesSearched,
)
from gateway.engine.gifts.gift import CandidateStatus, Gift, GiftRules, Recipient, SourceQuery
from gateway.engine.gifts.paying import (
    end_payment,
    with_granted_hold,
    with_payment_event,
    with_stopped_charge,
    with_validation,
)
from gateway.engine.gifts.payment_states import PaymentEvent
from gateway.engine.gifts.screening import (
    choose_screening_event,
    has_recovering_source,
    next_channel,
    pending_queries,
)
from gateway.engine.gifts.statuses import (
    TERMINAL_STATUSES,
    TRANSITIONS,
    TRANSITIONS_WITHOUT_CHANNEL,
    EventType,
    GiftStatus,
)


@dataclass(frozen=True, slots=True)
class TransitionRefused:
    """The refusal of an event that is not allowed in ``status``. Nothing was changed."""

    status: GiftStatus
    event: EventType


class ScreeningError(Exception):
    """Screening chose an event that is not allowed in SCREENING: the table has a mistake."""


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """A gift after an event and the screening that followed, with the entries of its log."""

    gift: Gift
    log_entries: tuple[GiftLogEntry, ...]


def start_gift(gift: Gift, rules: GiftRules) -> TransitionResult:
    """Start a new ``gift`` in SCREENING and apply the screening at once."""
    result = _log_event(gift, EventType.CREATED, gift.created_at)
    return _pass_screening(result, rules)


def apply_event(
    gift: Gift, event: GiftDomainEvent, rules: GiftRules
) -> TransitionResult | TransitionRefused:
    """Apply ``event`` and, if it leads to SCREENING, the screening."""
    changed_gift = transition(gift, event, rules)
    if isinstance(changed_gift, TransitionRefused):
        return changed_gift
    return _pass_screening(_log_event(changed_gift, event.type, event.at), rules)


def _log_event(gift: Gift, event_type: EventType, at: datetime) -> TransitionResult:
    numbered_gift = replace(gift, sequence=gift.sequence + 1)
    return TransitionResult(
        numbered_gift, (GiftLogEntry(numbered_gift.sequence, event_type, gift.status, at),)
    )


def _pass_screening(result: TransitionResult, rules: GiftRules) -> TransitionResult:
    if result.gift.status is not GiftStatus.SCREENING:
        return result
    at = result.log_entries[-1].occurred_at
    event_type = choose_screening_event(result.gift, rules, at)
    match transition(result.gift, PlainEvent(event_type, at), rules):
        case TransitionRefused():
            raise ScreeningError(event_type)
        case screened_gift:
            screening_result = _log_event(screened_gift, event_type, at)
    return TransitionResult(
        screening_result.gift, (*result.log_entries, *screening_result.log_entries)
    )


def transition(gift: Gift, event: GiftDomainEvent, rules: GiftRules) -> Gift | TransitionRefused:
    """Return ``gift`` after ``event``, or the refusal if the table does not allow the event."""
    transition_key = (gift.status, event.type)
    if transition_key not in TRANSITIONS or not _matches_state(gift, event):
        return TransitionRefused(gift.status, event.type)
    changed_gift = _with_event_details(gift, event, rules)
    status = TRANSITIONS[transition_key]
    if transition_key in TRANSITIONS_WITHOUT_CHANNEL and next_channel(changed_gift, rules) is None:
        status = TRANSITIONS_WITHOUT_CHANNEL[transition_key]
    return _prepare_for_status(replace(changed_gift, status=status), event.at, rules)


def _matches_state(gift: Gift, event: GiftDomainEvent) -> bool:
    """Whether ``event`` is about the channel or candidate that ``gift`` waits for."""
    match event:
        case ChannelFailed(channel=kind):
            return gift.open_channel is not None and gift.open_channel.kind is kind
        case AddressValidated(key=key) | CandidateRejected(key=key):
            candidate = next_candidate(gift)
            return candidate is not None and candidate.key == key
        case PlainEvent(type=EventType.CANCELLED):
            return not gift.charges.capturing
        case RecipientDeclined():
            return not gift.charges.capturing
        case PlainEvent(type=EventType.DISPATCH, at=at):
            return at >= gift.starts_at
    return True


def _with_event_details(gift: Gift, event: GiftDomainEvent, rules: GiftRules) -> Gift:  # noqa: PLR0911 - one an event
    """Return ``gift`` with the data of ``event``; the status is unchanged."""
    match event:
        case PlainEvent():
            return _apply_plain_event(gift, event, rules)
        case RecipientReplied(candidate=candidate):
            return replace(gift, candidates=merge_candidate(gift.candidates, candidate))
        case RecipientDeclined(reason=reason):
            return replace(gift, decline_reason=reason)
        case ChannelFailed(type=event_type):
            return replace(
                gift, channels=close_channels(gift.channels, bounced=event_type is EventType.BOUNCE)
            )
        case SourcesSearched():
            return with_search_results(gift, event)
        case AddressValidated():
            return with_validation(gift, event)
        case CandidateRejected(key=key, confirmable=confirmable):
            candidate_status = (
                CandidateStatus.UNCONFIRMED if confirmable else CandidateStatus.REJECTED
            )
            return replace(
                gift, candidates=set_candidate_status(gift.candidates, key, candidate_status)
            )
        case ChargeStopped():
            return with_stopped_charge(gift, event)
        case GiverAnswered():
            return _apply_giver_answer(gift, event)
        case _:
            assert_never(event)


def _apply_plain_event(gift: Gift, event: PlainEvent, rules: GiftRules) -> Gift:
    if event.type is EventType.DISPATCH:
        charges = with_payment_event(gift.charges, PaymentEvent.CAPTURED)
        return replace(gift, charges=replace(charges, capturing=False))
    if event.type is not EventType.RETURNED:
        return gift
    candidates = set_candidate_status(gift.candidates, gift.destination, CandidateStatus.REJECTED)
    # A parcel may return long after the deadline. The giver gets a full wait again.
    deadline = max(gift.deadline, event.at + rules.lifetime)
    return replace(
        gift, candidates=candidates, destination=None, deadline=deadline, tracking_url=None
    )


def search_moves_gift(gift: Gift, event: SourcesSearched, rules: GiftRules) -> bool:
    """Whether the answer of the sources moves ``gift``. If not, it is stored without a log entry.

    It does not move a gift while a failed source may still answer, or if the giver would only be
    asked the same question again.
    """
    has_facts = event.type is EventType.NEW_FACTS
    if gift.status is not GiftStatus.AWAITING_GIVER:
        updated_gift = with_search_results(gift, event)
        return has_facts or not (
            pending_queries(updated_gift, rules, event.at)
            or has_recovering_source(updated_gift, rules)
        )
    result = apply_event(gift, event, rules)
    changes_status = isinstance(result, TransitionResult) and result.gift.status is not gift.status
    return has_facts and changes_status


def with_search_results(gift: Gift, event: SourcesSearched) -> Gift:
    """Return ``gift`` with the queries and answers of its sources."""
    candidates = gift.candidates
    for candidate in event.candidates:
        candidates = merge_candidate(candidates, candidate)
    return replace(
        gift,
        asked=_merge_queries(gift.asked, event.queries),
        facts=tuple(dict.fromkeys((*gift.facts, *event.facts))),
        candidates=candidates,
        channels=add_channels(gift.channels, event.channels),
    )


def _merge_queries(
    queries: tuple[SourceQuery, ...], new_queries: tuple[SourceQuery, ...]
) -> tuple[SourceQuery, ...]:
    latest_queries = {(each.source, each.key): each for each in (*queries, *new_queries)}
    return tuple(latest_queries.values())


def _apply_giver_answer(gift: Gift, event: GiverAnswered) -> Gift:
    candidates = gift.candidates
    if event.candidate:
        candidates = merge_candidate(candidates, event.candidate)
    if event.city_or_region:
        candidates = confirm_by_place(candidates, event.city_or_region)
    charges = replace(
        gift.charges,
        cap=event.cap or gift.charges.cap,
        payment_method_id=event.payment_method_id or gift.charges.payment_method_id,
        action_url=None,
        check_at=None,
    )
    if event.charge_id is not None and event.held_amount is not None:
        charges = with_granted_hold(charges, event.charge_id, event.held_amount, event.held_until)
    return replace(
        gift,
        recipient=_merge_recipient(gift.recipient, event.recipient),
        channels=add_channels(gift.channels, event.channels),
        candidates=candidates,
        charges=charges,
        confirmations=gift.confirmations + (event.city_or_region is not None),
    )


def _merge_recipient(recipient: Recipient, additions: Recipient | None) -> Recipient:
    if additions is None:
        return recipient
    return Recipient(
        name=additions.name or recipient.name,
        email=additions.email or recipient.email,
        phone=additions.phone or recipient.phone,
        postal=additions.postal or recipient.postal,
        hints=additions.hints or recipient.hints,
    )


def _prepare_for_status(gift: Gift, at: datetime, rules: GiftRules) -> Gift:
    """Return ``gift`` prepared for its new status: channels, waits and payment."""
    if gift.status is not GiftStatus.AWAITING_RECIPIENT:
        gift = replace(gift, channels=close_channels(gift.channels))
    match gift.status:
        case GiftStatus.AWAITING_RECIPIENT:
            return open_next_channel(gift, at, rules)
        case GiftStatus.AWAITING_GIVER:
            return _start_giver_round(gift, at, rules)
    return end_payment(gift, at) if gift.status in TERMINAL_STATUSES else gift


def _start_giver_round(gift: Gift, at: datetime, rules: GiftRules) -> Gift:
    # There may be several rounds. The last one ends at most ``giver_wait`` after the deadline.
    giver_due = min(at, gift.deadline) + rules.giver_wait
    return replace(gift, giver_due=giver_due, giver_rounds=gift.giver_rounds + 1)
