"""Whatever happens, every gift ends: random events against the clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.gifts.candidates import judge_candidate
from gateway.engine.gifts.channels import count_message
from gateway.engine.gifts.charges import GiftPaymentState, without_stray_holds
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
from gateway.engine.gifts.gift import Channel, ChannelKind, Gift, StatedBy
from gateway.engine.gifts.paying import mark_money_returned
from gateway.engine.gifts.screening import compute_retry_at, message_count, pending_queries
from gateway.engine.gifts.statuses import TRANSITIONS, EventType, GiftStatus
from gateway.engine.gifts.steps import (
    EraseRecipient,
    PackParcel,
    RecordTimeout,
    ReleaseStrayHolds,
    ReturnMoney,
    SearchSources,
    SendInvitation,
    SleepUntil,
    VerifyCandidate,
    next_step,
)
from gateway.engine.gifts.transitions import (
    TransitionRefused,
    TransitionResult,
    apply_event,
    search_moves_gift,
    start_gift,
    with_search_results,
)
from tests.engine.gifts.examples import (
    EMAIL,
    HOME,
    NOW,
    RULES,
    SMS,
    WORK,
    found_candidate,
    gift_by_email,
    stated_candidate,
    usd,
)

addresses = st.sampled_from([HOME, WORK, replace(HOME, lines=("3 Ash Lane",))])
moments = st.timedeltas(timedelta(minutes=1), timedelta(days=6))


@dataclass(frozen=True)
class Chance:
    """What the world does at one moment: waits, then something befalls the gift."""

    wait: timedelta
    event: EventType
    place: int
    charge: int


chances = st.lists(
    st.builds(
        Chance,
        wait=moments,
        event=st.sampled_from(list(EventType)),
        place=st.integers(0, 2),
        charge=st.integers(0, 2),
    ),
    max_size=25,
)


def world_event(chance: Chance, gift: Gift, at: datetime) -> GiftDomainEvent:
    """The event of the world's that ``chance`` brings."""
    address = (HOME, WORK, replace(HOME, lines=("3 Ash Lane",)))[chance.place]
    match chance.event:
        case EventType.REPLY | EventType.LATE_REPLY as type_:
            return RecipientReplied(type_, at, stated_candidate(address))
        case EventType.BOUNCE as type_:
            kind = gift.open_channel.kind if gift.open_channel else ChannelKind.EMAIL
            return ChannelFailed(type_, at, kind)
        case EventType.GIVER_INPUT:
            channel = Channel(ChannelKind.EMAIL, f"{chance.place}@example.com")
            return GiverAnswered(
                at,
                channels=(channel,),
                candidate=stated_candidate(address, StatedBy.GIVER) if chance.charge else None,
                cap=usd(2000),
            )
        case EventType.DECLINED:
            return RecipientDeclined(at)
        case (
            EventType.CANCELLED | EventType.DISPATCH | EventType.DELIVERED | EventType.RETURNED
        ) as type_:
            return PlainEvent(type_, at)
    return PlainEvent(EventType.CREATED, at)


def run_step(gift: Gift, at: datetime, chance: Chance) -> Gift:
    """``gift`` after the worker's step at ``at``."""
    match next_step(gift, at, RULES):
        case SendInvitation():
            return count_message(gift)
        case ReturnMoney():
            return mark_money_returned(gift)
        case ReleaseStrayHolds():
            return replace(gift, charges=without_stray_holds(gift.charges))
        case RecordTimeout(event=EventType.TIMEOUT as type_):
            assert gift.open_channel is not None
            event: GiftDomainEvent = ChannelFailed(type_, at, gift.open_channel.kind)
        case RecordTimeout(event=type_):
            event = PlainEvent(type_, at)
        case SearchSources():
            search = search_event(gift, at, chance)
            if not search_moves_gift(gift, search, RULES):
                return with_search_results(gift, search)
            event = search
        case VerifyCandidate(key=key):
            event = verification_event(gift, key, at, chance)
        case _:
            return gift
    after = apply_event(gift, event, RULES)
    assert isinstance(after, TransitionResult), (gift.status, event)
    return after.gift


def search_event(gift: Gift, at: datetime, chance: Chance) -> SourcesSearched:
    queries = tuple(
        replace(each, tries=each.tries + 1, retry_at=retry_time(each.tries + 1, at, chance))
        for each in pending_queries(gift, RULES, at)
    )
    if chance.charge == 0 or not queries:
        return SourcesSearched(EventType.NOTHING_FOUND, at, queries)
    fact = found_candidate((HOME, WORK)[chance.place % 2], contact_matches=chance.charge == 1)
    return SourcesSearched(EventType.NEW_FACTS, at, queries, candidates=(fact,), channels=(SMS,))


def retry_time(tries: int, at: datetime, chance: Chance) -> datetime | None:
    """When a source is asked again, which fails now and then."""
    return compute_retry_at(tries, RULES, at) if chance.charge == 0 and chance.place else None


def verification_event(gift: Gift, key: str, at: datetime, chance: Chance) -> GiftDomainEvent:
    candidate = next(each for each in gift.candidates if each.key == key)
    verdict = judge_candidate(candidate, gift, at, RULES.max_record_age)
    if verdict != "COUNTS":
        return CandidateRejected(at, key, confirmable=verdict == "UNCONFIRMED")
    if gift.charges.payment is GiftPaymentState.CAPTURED:
        # What came back goes out once more for the money that was taken.
        return AddressValidated(at, key, gift.charges.final or usd(1200), None, None)
    if chance.charge == 0:
        return ChargeStopped(EventType.OVER_CAP, at, usd(1800))
    return AddressValidated(at, key, usd(1200), "chg", usd(1200))


def run_until(gift: Gift, now: datetime, end: datetime, chance: Chance) -> Gift:
    """``gift`` with every step taken that falls due up to ``end``."""
    for _ in range(2000):
        match next_step(gift, now, RULES):
            case EraseRecipient():
                return gift
            case SleepUntil(until=at) if at is None or at > end:
                return gift
            case SleepUntil(until=datetime() as at):
                now = at
            case PackParcel():
                gift = replace(gift, parcel_id="shm_1")
            case _:
                gift = run_step(gift, now, chance)
    raise AssertionError("the steps do not end")


@given(chances, chances)
@settings(max_examples=300, deadline=None)
def test_every_gift_ends_by_its_deadlines(events: list[Chance], more: list[Chance]) -> None:  # R65
    idle = Chance(timedelta(), EventType.CREATED, 0, 1)
    gift = start_gift(gift_by_email(channels=(EMAIL, SMS)), RULES).gift
    now = NOW
    for chance in [*events, *more]:
        gift = run_until(gift, now, now + chance.wait, chance)
        now += chance.wait
        before = gift
        after = apply_event(gift, world_event(chance, gift, now), RULES)
        gift = before if isinstance(after, TransitionRefused) else after.gift
        assert message_count(gift) <= RULES.max_messages
    end = max(now, gift.deadline) + RULES.giver_wait
    last = run_until(gift, now, end, idle)
    resting = last.status in {GiftStatus.RESOLVED, GiftStatus.DISPATCHED}
    assert last.settled or resting
    assert last.ends_at <= last.deadline + RULES.giver_wait


@given(chances)
@settings(max_examples=100, deadline=None)
def test_what_is_logged_is_in_the_table_and_numbered_without_gaps(events: list[Chance]) -> None:
    progress = start_gift(gift_by_email(), RULES)
    records = list(progress.log_entries)
    gift, now = progress.gift, NOW
    for chance in events:
        now += chance.wait
        after = apply_event(gift, world_event(chance, gift, now), RULES)
        if isinstance(after, TransitionResult):
            gift, records = after.gift, [*records, *after.log_entries]
    assert [each.sequence for each in records] == list(range(1, len(records) + 1))
    assert gift.sequence == len(records)
    for earlier, later in pairwise(records):
        assert (earlier.status, later.type) in TRANSITIONS
