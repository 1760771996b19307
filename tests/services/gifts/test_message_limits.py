"""Messages to people who did not ask: so many a day to each contact, so many recipients a giver."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import ChannelKind, Gift
from gateway.engine.problems import ErrorCode
from gateway.services.gifts.contacts import blind_of
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.shipping import contact_failed
from gateway.services.outcomes import Outcome
from gateway.services.ports.purchasers import PurchaserRecord
from tests.conftest import AnyDatabase, opened
from tests.services.gifts.shop import BY_EMAIL, GIVER, Shop

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
PHONE = "+14155552671"


@pytest.fixture
def shop(databases: AnyDatabase, clock: StandingClock) -> Shop:
    return Shop(databases, clock)


@pytest.fixture
async def other(
    databases: AnyDatabase,  # noqa: ARG001 - the first is there
    database_url: str,
    clock: StandingClock,
) -> AsyncIterator[Shop]:
    """Another process on the same database."""
    again = await opened(database_url, clock)
    yield Shop(again, clock)
    await again.close()


def limited(shop: Shop, **changes: int | None) -> Shop:
    policy = shop.parts.policy
    gifts = replace(policy.gifts, **changes)  # type: ignore[arg-type]
    shop.parts = replace(shop.parts, policy=replace(policy, gifts=gifts))
    return shop


async def given(
    shop: Shop, *recipients: RecipientDetails, by: GiftCaller = GIVER, key: str = ""
) -> Outcome[tuple[Gift, ...]]:
    key = key or f"key {shop.parts.ids.new('k')}"
    request = GiftRequest("var_tea", recipients or (BY_EMAIL,), key)
    return await create_gifts(request, by, parts=shop.parts)


def mails(shop: Shop) -> int:
    return len([each for each in shop.sent.mails if "givers.example.com" not in each.to])


# -- to one contact


async def test_one_contact_gets_six_messages_a_day(shop: Shop) -> None:  # R101
    """security 7: forty gifts are no forty mails; what is over waits, and nothing is lost."""
    for number in range(10):
        await given(shop, by=GiftCaller(f"pur_{number}"))
    await shop.turn()
    assert mails(shop) == 6
    await shop.later(DAY - HOUR)
    assert mails(shop) == 6
    await shop.later(HOUR)
    assert mails(shop) == 10
    assert len({each.key for each in shop.sent.mails}) == 10


async def test_tags_and_capitals_make_no_other_mailbox(shop: Shop) -> None:  # R101
    tagged = [RecipientDetails(email=f"Ada+{number}@Example.com") for number in range(20)]
    outcome = await given(shop, *tagged, BY_EMAIL)
    assert outcome.user_errors == ()
    await shop.turn()
    assert mails(shop) == 6
    other_people = [RecipientDetails(email=f"ada{number}@example.com") for number in range(20)]
    await given(shop, *other_people)
    await shop.turn()
    assert mails(shop) == 26


async def test_texts_are_counted_as_mails_are(shop: Shop) -> None:  # R101
    for _ in range(15):
        await given(shop, RecipientDetails(phone=PHONE))
    await shop.turn()
    assert len(shop.sent.texts) == 6
    await shop.later(DAY)
    assert len(shop.sent.texts) == 12
    assert {each.to for each in shop.sent.texts} == {PHONE}


async def test_the_day_rolls(shop: Shop) -> None:
    """No midnight lets twice as many through."""
    for _ in range(6):
        await given(shop)
        await shop.later(2 * HOUR)
    await given(shop)
    await shop.turn()
    assert mails(shop) == 6
    await shop.later(12 * HOUR - timedelta(seconds=1))
    assert mails(shop) == 6
    await shop.later(timedelta(seconds=1))
    assert mails(shop) == 7


async def test_who_waited_has_the_whole_time_to_answer(shop: Shop) -> None:
    limited(shop, contact_daily=1)
    await given(shop)
    second = (await given(shop)).value
    assert second is not None
    [channel] = (await shop.gift(second[0].id)).channels
    assert (channel.messages, channel.send_at) == (0, shop.clock.now() + DAY)
    assert channel.due_at == shop.clock.now() + DAY + timedelta(hours=72)
    await shop.later(DAY)
    [channel] = (await shop.gift(second[0].id)).channels
    assert channel.messages == 1
    assert channel.due_at == shop.clock.now() + timedelta(hours=72)


async def test_a_reminder_waits_as_well(shop: Shop) -> None:
    limited(shop, contact_daily=1)
    first = (await given(shop)).value
    assert first is not None
    await shop.later(36 * HOUR - timedelta(minutes=1))
    await given(shop)
    await shop.turn()
    assert mails(shop) == 2
    await shop.later(timedelta(minutes=1))
    assert mails(shop) == 2
    await shop.later(DAY)
    assert mails(shop) == 3
    [channel] = (await shop.gift(first[0].id)).channels
    assert channel.messages == 2
    # The answer is waited for as long as it would have been.
    assert channel.due_at is not None
    assert channel.due_at > shop.clock.now() + 35 * HOUR


async def test_the_next_channel_is_counted_for_itself(shop: Shop) -> None:
    limited(shop, contact_daily=1)
    await given(shop, RecipientDetails(phone=PHONE))
    two = (await given(shop, replace(BY_EMAIL, phone=PHONE))).value
    assert two is not None
    await contact_failed(two[0].id, ChannelKind.EMAIL, parts=shop.parts)
    await shop.turn()
    assert len(shop.sent.texts) == 1
    await shop.later(DAY)
    assert len(shop.sent.texts) == 2


async def test_a_contact_that_the_giver_adds_is_counted(shop: Shop) -> None:
    limited(shop, contact_daily=1)
    await given(shop)
    gift = await shop.give(RecipientDetails(name="Ada", email="wrong@example.com"))
    await shop.later(72 * HOUR)
    await given(shop)
    more = GiverInput(RecipientDetails(email="ada+2@example.com"))
    await supply(gift.id, more, GIVER, parts=shop.parts)
    await shop.turn()
    assert len([each for each in shop.sent.mails if each.to == "ada+2@example.com"]) == 0
    await shop.later(DAY)
    assert len([each for each in shop.sent.mails if each.to == "ada+2@example.com"]) == 1


async def test_a_contact_that_wants_nothing_is_not_written_to_by_another_way(shop: Shop) -> None:
    """R101: neither at once, nor when the giver adds it to a gift."""
    async with shop.database.begin() as work:
        blinds = blind_of("ada@example.com", shop.parts.cipher)
        await work.gift_contacts.block(blinds[:1], "*", shop.clock.now())
    gift = await shop.give(RecipientDetails(name="Ada", email="wrong@example.com"))
    await shop.later(72 * HOUR)
    more = GiverInput(RecipientDetails(email="ada@example.com"))
    outcome = await supply(gift.id, more, GIVER, parts=shop.parts)
    assert outcome.user_errors == ()
    await shop.later(72 * HOUR)
    assert shop.sent.to("ada@example.com") == []


async def test_a_gift_that_ended_while_it_waited_writes_nothing(shop: Shop) -> None:
    limited(shop, contact_daily=1)
    await given(shop)
    second = (await given(shop)).value
    assert second is not None
    await cancel(second[0].id, GIVER, parts=shop.parts)
    await shop.later(2 * DAY)
    assert mails(shop) == 2
    assert (await shop.gift(second[0].id)).channels[0].messages == 0


async def test_who_waits_longer_than_the_gift_is_never_written_to(shop: Shop) -> None:
    limited(shop, contact_daily=1)
    for _ in range(8):
        last = (await given(shop, by=GiftCaller("pur_2"))).value
    assert last is not None
    for _ in range(40):
        await shop.later(DAY)
    assert (await shop.gift(last[0].id)).settled


async def test_processes_count_together(shop: Shop, other: Shop) -> None:  # R101
    """Both databases: whatever is asked at once, six go out."""
    names = ("ada", "bob", "cleo")
    people = [RecipientDetails(email=f"{name}@example.com") for name in names]
    asked = [
        given(each, *(people if number % 2 else reversed(people)))
        for number in range(8)
        for each in (shop, other)
    ]
    outcomes = await asyncio.gather(*asked)
    assert [each.user_errors for each in outcomes] == [()] * 16
    await asyncio.gather(shop.turn(), other.turn())
    sent = [each.to for each in (*shop.sent.mails, *other.sent.mails)]
    assert {to: sent.count(to) for to in sent} == {
        f"{n}@example.com": 6 for n in ("ada", "bob", "cleo")
    }


async def test_no_limit_is_no_limit(shop: Shop) -> None:
    limited(shop, contact_daily=None)
    for _ in range(8):
        await given(shop)
    await shop.turn()
    assert mails(shop) == 8


async def test_what_is_counted_names_nobody_and_is_forgotten(shop: Shop) -> None:
    await given(shop)
    async with shop.database.begin() as work:
        later = shop.clock.now() + timedelta(seconds=1)
        assert await work.contact_messages.forget(shop.clock.now(), 10) == 0
        assert await work.contact_messages.forget(later, 10) == 1


# -- by one giver


def people(count: int, first: int = 0) -> list[RecipientDetails]:
    return [RecipientDetails(email=f"p{first + each}@example.com") for each in range(count)]


def refusals(outcome: Outcome[tuple[Gift, ...]]) -> list[tuple[ErrorCode, object, str]]:
    return [(each.code, each.field, each.message) for each in outcome.user_errors]


async def test_a_giver_has_so_many_recipients_a_day(shop: Shop) -> None:  # R101
    limited(shop, giver_daily=5)
    assert (await given(shop, *people(3), key="k")).user_errors == ()
    message = (
        "At most 5 recipients in 24 hours: 3 have been given to, 3 are asked for, 2 are left now. "
        "Give to the others later."
    )
    assert refusals(await given(shop, *people(3, 3))) == [
        (ErrorCode.LIMIT_EXCEEDED, ("input", "recipients"), message)
    ]
    assert (await given(shop, *people(3), key="k")).user_errors == ()
    assert (await given(shop, *people(2, 3))).user_errors == ()
    assert len(refusals(await given(shop, *people(1)))) == 1
    shop.clock.advance(DAY + timedelta(seconds=1))
    assert (await given(shop, *people(1))).user_errors == ()


async def test_other_givers_and_partners_are_counted_apart(shop: Shop) -> None:  # R101
    limited(shop, giver_daily=1)
    assert (await given(shop)).user_errors == ()
    partner = GiftCaller(GIVER.purchaser_id, "key_app")
    for by in (GiftCaller("pur_2"), partner, partner):
        assert (await given(shop, by=by)).user_errors == ()
    assert len(refusals(await given(shop))) == 1


async def test_no_race_passes_the_givers_limit(shop: Shop, other: Shop) -> None:  # R101
    for each in (shop, other):
        limited(each, giver_daily=5)
    async with shop.database.begin() as work:
        giver = PurchaserRecord(GIVER.purchaser_id, "blind", b"sealed")
        await work.purchasers.add(giver, shop.clock.now())
    ends = shop.clock.now() + timedelta(days=4)

    async def one(number: int) -> Outcome[tuple[Gift, ...]]:
        where = (shop, other)[number % 2]
        request = GiftRequest("var_tea", (BY_EMAIL,), f"key {number}", expires_at=ends)
        return await create_gifts(request, GIVER, parts=where.parts)

    outcomes = await asyncio.gather(*map(one, range(16)))
    assert sum(each.value is not None for each in outcomes) == 5
    refused = {each.user_errors[0].code for each in outcomes if each.user_errors}
    assert refused == {ErrorCode.LIMIT_EXCEEDED}
    held = [status for _, status in await shop.charges() if status == "HELD"]
    assert len(held) == 5


async def test_no_limit_for_a_giver_where_none_is_set(shop: Shop) -> None:
    assert (await given(shop, *people(100))).user_errors == ()
    assert (await given(shop, *people(100, 100))).user_errors == ()
    for gift in (await given(shop)).value or ():
        assert gift.status is GiftStatus.AWAITING_RECIPIENT
