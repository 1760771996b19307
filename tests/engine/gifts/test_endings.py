"""Whatever happens, every gift ends: random events against the clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.gifts.candidates import ruling
from gateway.engine.gifts.channels import message_sent
from gateway.engine.gifts.charges import without_strays
from gateway.engine.gifts.events import (
    ChannelFailed,
    ChargeStopped,
    Declined,
    Event,
    GiverAnswered,
    Occurred,
    Rejected,
    Replied,
    Searched,
    Validated,
)
from gateway.engine.gifts.paying import given_back
from gateway.engine.gifts.screening import messages_sent, retry_at, unasked
from gateway.engine.gifts.statuses import TRANSITIONS, EventType, GiftStatus
from gateway.engine.gifts.steps import (
    Clear,
    Expire,
    GiveBack,
    LetGo,
    Search,
    Send,
    Sleep,
    Verify,
    next_step,
)
from gateway.engine.gifts.transitions import (
    Progress,
    Refused,
    carried_on,
    created,
    leads_on,
    with_search,
)
from gateway.engine.gifts.values import Channel, ChannelKind, Gift, Speaker
from tests.engine.gifts.examples import (
    EMAIL,
    HOME,
    NOW,
    RULES,
    SMS,
    WORK,
    by_email,
    found,
    said,
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


def befalls(chance: Chance, gift: Gift, at: datetime) -> Event:
    """The event of the world's that ``chance`` brings."""
    address = (HOME, WORK, replace(HOME, lines=("3 Ash Lane",)))[chance.place]
    match chance.event:
        case EventType.REPLY | EventType.LATE_REPLY as type_:
            return Replied(type_, at, said(address))
        case EventType.BOUNCE as type_:
            kind = gift.open_channel.kind if gift.open_channel else ChannelKind.EMAIL
            return ChannelFailed(type_, at, kind)
        case EventType.GIVER_INPUT:
            channel = Channel(ChannelKind.EMAIL, f"{chance.place}@example.com")
            return GiverAnswered(
                at,
                channels=(channel,),
                candidate=said(address, Speaker.GIVER) if chance.charge else None,
                cap=usd(2000),
            )
        case EventType.DECLINED:
            return Declined(at)
        case (
            EventType.CANCELLED | EventType.DISPATCH | EventType.DELIVERED | EventType.RETURNED
        ) as type_:
            return Occurred(type_, at)
    return Occurred(EventType.CREATED, at)


def works(gift: Gift, at: datetime, chance: Chance) -> Gift:
    """``gift`` after the worker's step at ``at``."""
    match next_step(gift, at, RULES):
        case Send():
            return message_sent(gift)
        case GiveBack():
            return given_back(gift)
        case LetGo():
            return replace(gift, charges=without_strays(gift.charges))
        case Expire(event=EventType.TIMEOUT as type_):
            assert gift.open_channel is not None
            event: Event = ChannelFailed(type_, at, gift.open_channel.kind)
        case Expire(event=type_):
            event = Occurred(type_, at)
        case Search():
            asked = searched(gift, at, chance)
            if not leads_on(gift, asked, RULES):
                return with_search(gift, asked)
            event = asked
        case Verify(key=key):
            event = verified(gift, key, at, chance)
        case _:
            return gift
    after = carried_on(gift, event, RULES)
    assert isinstance(after, Progress), (gift.status, event)
    return after.gift


def searched(gift: Gift, at: datetime, chance: Chance) -> Searched:
    asked = tuple(
        replace(each, tries=each.tries + 1, retry_at=later(each.tries + 1, at, chance))
        for each in unasked(gift, RULES, at)
    )
    if chance.charge == 0 or not asked:
        return Searched(EventType.NOTHING_FOUND, at, asked)
    fact = found((HOME, WORK)[chance.place % 2], contact_matches=chance.charge == 1)
    return Searched(EventType.NEW_FACTS, at, asked, candidates=(fact,), channels=(SMS,))


def later(tries: int, at: datetime, chance: Chance) -> datetime | None:
    """When a source is asked again, which fails now and then."""
    return retry_at(tries, RULES, at) if chance.charge == 0 and chance.place else None


def verified(gift: Gift, key: str, at: datetime, chance: Chance) -> Event:
    candidate = next(each for each in gift.candidates if each.key == key)
    word = ruling(candidate, gift, at, RULES.fresh)
    if word != "COUNTS":
        return Rejected(at, key, confirmable=word == "UNCONFIRMED")
    if chance.charge == 0:
        return ChargeStopped(EventType.OVER_CAP, at, usd(1800))
    return Validated(at, key, usd(1200), "chg", usd(1200))


def until(gift: Gift, now: datetime, end: datetime, chance: Chance) -> Gift:
    """``gift`` with every step taken that falls due up to ``end``."""
    for _ in range(2000):
        match next_step(gift, now, RULES):
            case Clear():
                return gift
            case Sleep(until=at) if at is None or at > end:
                return gift
            case Sleep(until=datetime() as at):
                now = at
            case _:
                gift = works(gift, now, chance)
    raise AssertionError("the steps do not end")


@given(chances, chances)
@settings(max_examples=300, deadline=None)
def test_every_gift_ends_by_its_deadlines(events: list[Chance], more: list[Chance]) -> None:  # R65
    idle = Chance(timedelta(), EventType.CREATED, 0, 1)
    gift = created(by_email(channels=(EMAIL, SMS)), RULES).gift
    now = NOW
    for chance in [*events, *more]:
        gift = until(gift, now, now + chance.wait, chance)
        now += chance.wait
        before = gift
        after = carried_on(gift, befalls(chance, gift, now), RULES)
        gift = before if isinstance(after, Refused) else after.gift
        assert messages_sent(gift) <= RULES.most_messages
    end = max(now, gift.deadline) + RULES.giver_wait
    last = until(gift, now, end, idle)
    resting = last.status in {GiftStatus.RESOLVED, GiftStatus.DISPATCHED}
    assert last.settled or resting
    assert last.ends_at <= last.deadline + RULES.giver_wait


@given(chances)
@settings(max_examples=100, deadline=None)
def test_what_is_logged_is_in_the_table_and_numbered_without_gaps(events: list[Chance]) -> None:
    progress = created(by_email(), RULES)
    records = list(progress.records)
    gift, now = progress.gift, NOW
    for chance in events:
        now += chance.wait
        after = carried_on(gift, befalls(chance, gift, now), RULES)
        if isinstance(after, Progress):
            gift, records = after.gift, [*records, *after.records]
    assert [each.sequence for each in records] == list(range(1, len(records) + 1))
    assert gift.sequence == len(records)
    for earlier, later in pairwise(records):
        assert (earlier.status, later.type) in TRANSITIONS
