"""The transition table: what it holds is done, everything else is refused and changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.events import (
    AddressValidated,
    CandidateRejected,
    ChannelFailed,
    ChargeStopped,
    GiftDomainEvent,
    GiverAnswered,
    PlainEvent,
    RecipientDeclined,
    RecipientReplied,
    SourcesSearched,
)
from gateway.engine.gifts.gift import ChannelKind, ChannelState, Gift
from gateway.engine.gifts.statuses import TERMINAL_STATUSES, EventType, GiftStatus
from gateway.engine.gifts.transitions import TransitionRefused, transition
from tests.engine.gifts.examples import (
    EMAIL,
    HOME,
    NOW,
    RULES,
    SMS,
    a_gift,
    found_candidate,
    stated_candidate,
    usd,
)

# The table as the specification prints it: state, events, state; and the way out of AWAITING_GIVER
# for a source that failed and has recovered (R52), and into it for an amount that the payment
# provider does not charge (R131).
SPECIFIED_TRANSITIONS = """
SCREENING: sufficient>VERIFYING contactable>AWAITING_RECIPIENT searchable>SEARCHING
SCREENING: exhausted>AWAITING_GIVER cancelled>CANCELLED gift_deadline>UNDELIVERABLE
AWAITING_RECIPIENT: reply>SCREENING timeout>AWAITING_RECIPIENT bounce>AWAITING_RECIPIENT
AWAITING_RECIPIENT: declined>DECLINED cancelled>CANCELLED gift_deadline>UNDELIVERABLE
SEARCHING: new_facts>SCREENING nothing_found>AWAITING_GIVER late_reply>SCREENING
SEARCHING: declined>DECLINED cancelled>CANCELLED gift_deadline>UNDELIVERABLE
VERIFYING: valid>RESOLVED rejected>SCREENING late_reply>SCREENING declined>DECLINED
VERIFYING: over_cap>AWAITING_GIVER charge_refused>AWAITING_GIVER cancelled>CANCELLED
VERIFYING: amount_refused>AWAITING_GIVER gift_deadline>UNDELIVERABLE
AWAITING_GIVER: giver_input>SCREENING late_reply>SCREENING giver_deadline>UNDELIVERABLE
AWAITING_GIVER: declined>DECLINED cancelled>CANCELLED new_facts>SCREENING
RESOLVED: dispatch>DISPATCHED declined>DECLINED cancelled>CANCELLED
DISPATCHED: delivered>DELIVERED returned>AWAITING_GIVER
"""


def specified_transitions() -> dict[tuple[str, str], str]:
    transitions: dict[tuple[str, str], str] = {}
    for line in SPECIFIED_TRANSITIONS.strip().splitlines():
        state, _, events = line.partition(": ")
        transitions |= {(state, e.split(">")[0]): e.split(">")[1] for e in events.split()}
    return transitions


def event_for(type_: EventType) -> GiftDomainEvent:
    key = found_candidate().key
    events: dict[EventType, GiftDomainEvent] = {
        EventType.REPLY: RecipientReplied(EventType.REPLY, NOW, stated_candidate(HOME)),
        EventType.LATE_REPLY: RecipientReplied(EventType.LATE_REPLY, NOW, stated_candidate(HOME)),
        EventType.DECLINED: RecipientDeclined(NOW),
        EventType.TIMEOUT: ChannelFailed(EventType.TIMEOUT, NOW, ChannelKind.EMAIL),
        EventType.BOUNCE: ChannelFailed(EventType.BOUNCE, NOW, ChannelKind.EMAIL),
        EventType.NEW_FACTS: SourcesSearched(EventType.NEW_FACTS, NOW),
        EventType.NOTHING_FOUND: SourcesSearched(EventType.NOTHING_FOUND, NOW),
        EventType.VALID: AddressValidated(NOW, key, usd(1200), "chg_1", usd(1200)),
        EventType.REJECTED: CandidateRejected(NOW, key),
        EventType.OVER_CAP: ChargeStopped(EventType.OVER_CAP, NOW, usd(1600)),
        EventType.CHARGE_REFUSED: ChargeStopped(EventType.CHARGE_REFUSED, NOW, usd(1200)),
        EventType.AMOUNT_REFUSED: ChargeStopped(EventType.AMOUNT_REFUSED, NOW, usd(10)),
        EventType.GIVER_INPUT: GiverAnswered(NOW),
    }
    return events.get(type_, PlainEvent(type_, NOW))


def gift_in(status: GiftStatus) -> Gift:
    channels = (replace(EMAIL, state=ChannelState.OPEN), SMS)
    return a_gift(
        status=status,
        channels=channels,
        candidates=(found_candidate(),),
        destination=found_candidate().key,
    )


@pytest.mark.parametrize("status", GiftStatus)
@pytest.mark.parametrize("type_", EventType)
def test_every_pair_of_state_and_event(status: GiftStatus, type_: EventType) -> None:  # R64
    gift = gift_in(status)
    after = transition(gift, event_for(type_), RULES)
    expected = specified_transitions().get((status.value, type_.value))
    if expected is None:
        assert after == TransitionRefused(status, type_)
    else:
        assert isinstance(after, Gift)
        assert after.status == expected


def test_terminal_states_are_left_by_nothing() -> None:
    assert {state for state, _ in specified_transitions()} == set(GiftStatus) - TERMINAL_STATUSES


@pytest.mark.parametrize("type_", [EventType.TIMEOUT, EventType.BOUNCE])
def test_without_an_untried_channel_the_sources_are_next(type_: EventType) -> None:  # R50
    gift = replace(
        gift_in(GiftStatus.AWAITING_RECIPIENT),
        channels=(replace(EMAIL, state=ChannelState.OPEN),),
    )
    after = transition(gift, event_for(type_), RULES)
    assert isinstance(after, Gift)
    assert after.status is GiftStatus.SEARCHING
    assert after.channels == (replace(EMAIL, state=ChannelState.SPENT),)


@pytest.mark.parametrize("status", list(GiftStatus))
def test_giver_cancels_in_six_states_only(status: GiftStatus) -> None:  # R63
    allowed = set(GiftStatus) - TERMINAL_STATUSES - {GiftStatus.DISPATCHED}
    after = transition(gift_in(status), PlainEvent(EventType.CANCELLED, NOW), RULES)
    assert isinstance(after, Gift) == (status in allowed)


def test_a_bounce_of_another_channel_is_refused() -> None:
    gift = gift_in(GiftStatus.AWAITING_RECIPIENT)
    event = ChannelFailed(EventType.BOUNCE, NOW, ChannelKind.SMS)
    assert transition(gift, event, RULES) == TransitionRefused(gift.status, EventType.BOUNCE)


def test_a_ruling_on_another_candidate_is_refused() -> None:
    gift = gift_in(GiftStatus.VERIFYING)
    event = CandidateRejected(NOW, "elsewhere")
    assert transition(gift, event, RULES) == TransitionRefused(gift.status, EventType.REJECTED)


def test_nothing_is_dispatched_before_its_time() -> None:
    gift = replace(gift_in(GiftStatus.RESOLVED), starts_at=NOW + timedelta(hours=1))
    early = transition(gift, PlainEvent(EventType.DISPATCH, NOW), RULES)
    assert early == TransitionRefused(GiftStatus.RESOLVED, EventType.DISPATCH)
    in_time = transition(gift, PlainEvent(EventType.DISPATCH, gift.starts_at), RULES)
    assert isinstance(in_time, Gift)


@pytest.mark.parametrize("event", [PlainEvent(EventType.CANCELLED, NOW), RecipientDeclined(NOW)])
def test_a_dispatch_under_way_excludes_its_end(event: GiftDomainEvent) -> None:  # R63
    gift = gift_in(GiftStatus.RESOLVED)
    busy = replace(gift, charges=replace(gift.charges, capturing=True))
    assert transition(busy, event, RULES) == TransitionRefused(GiftStatus.RESOLVED, event.type)
