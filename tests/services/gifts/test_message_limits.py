"""Messages to people who did not ask: so many a day to each contact, so many recipients a giver."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.gift import ChannelKind, Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.user_errors import ErrorCode
from gateway.services.gifts.contacts import contact_indexes
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.shipments import record_bounce
from gateway.services.outcomes import Outcome
from gateway.services.ports.purchasers import PurchaserRecord
from tests.conftest import AnyDatabase, open_test_database
from tests.services.gifts.shop import BY_EMAIL, GIVER, GiftShop

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
PHONE = "+14155552671"


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    return GiftShop(databases, clock)


@pytest.fixture
async def other(
    databases: AnyDatabase,  # noqa: ARG001 - the first is there
    database_url: str,
    clock: ManualClock,
) -> AsyncIterator[GiftShop]:
    """Another process on the same database."""
    again = await open_test_database(database_url, clock)
    yield GiftShop(again, clock)
    await again.close()


def set_limits(shop: GiftShop, **changes: int | None) -> GiftShop:
    policy = shop.dependencies.policy
    gifts = replace(policy.gifts, **changes)  # type: ignore[arg-type]
    shop.dependencies = replace(shop.dependencies, policy=replace(policy, gifts=gifts))
    return shop


async def give(
    shop: GiftShop, *recipients: RecipientDetails, caller: GiftCaller = GIVER, key: str = ""
) -> Outcome[tuple[Gift, ...]]:
    key = key or f"key {shop.dependencies.ids.new('k')}"
    request = GiftRequest("var_tea", recipients or (BY_EMAIL,), key)
    return await create_gifts(request, caller, dependencies=shop.dependencies)


def count_mails(shop: GiftShop) -> int:
    return len([each for each in shop.sent.mails if "givers.example.com" not in each.to])


# -- to one contact


async def test_one_contact_gets_six_messages_a_day(shop: GiftShop) -> None:  # R101
    """security 7: forty gifts are no forty mails; what is over waits, and nothing is lost."""
    for number in range(10):
        await give(shop, caller=GiftCaller(f"pur_{number}"))
    await shop.run_due_jobs()
    assert count_mails(shop) == 6
    await shop.advance_and_run(DAY - HOUR)
    assert count_mails(shop) == 6
    await shop.advance_and_run(HOUR)
    assert count_mails(shop) == 10
    assert len({each.key for each in shop.sent.mails}) == 10


async def test_tags_and_capitals_make_no_other_mailbox(shop: GiftShop) -> None:  # R101
    tagged = [RecipientDetails(email=f"Ada+{number}@Example.com") for number in range(20)]
    outcome = await give(shop, *tagged, BY_EMAIL)
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    assert count_mails(shop) == 6
    other_people = [RecipientDetails(email=f"ada{number}@example.com") for number in range(20)]
    await give(shop, *other_people)
    await shop.run_due_jobs()
    assert count_mails(shop) == 26


async def test_texts_are_counted_as_mails_are(shop: GiftShop) -> None:  # R101
    for _ in range(15):
        await give(shop, RecipientDetails(phone=PHONE))
    await shop.run_due_jobs()
    assert len(shop.sent.texts) == 6
    await shop.advance_and_run(DAY)
    assert len(shop.sent.texts) == 12
    assert {each.to for each in shop.sent.texts} == {PHONE}


async def test_the_day_rolls(shop: GiftShop) -> None:
    """No midnight lets twice as many through."""
    for _ in range(6):
        await give(shop)
        await shop.advance_and_run(2 * HOUR)
    await give(shop)
    await shop.run_due_jobs()
    assert count_mails(shop) == 6
    await shop.advance_and_run(12 * HOUR - timedelta(seconds=1))
    assert count_mails(shop) == 6
    await shop.advance_and_run(timedelta(seconds=1))
    assert count_mails(shop) == 7


async def test_who_waited_has_the_whole_time_to_answer(shop: GiftShop) -> None:
    set_limits(shop, max_daily_contact_messages=1)
    await give(shop)
    second = (await give(shop)).value
    assert second is not None
    [channel] = (await shop.load_gift(second[0].id)).channels
    assert (channel.messages, channel.send_at) == (0, shop.clock.now() + DAY)
    assert channel.due_at == shop.clock.now() + DAY + timedelta(hours=72)
    await shop.advance_and_run(DAY)
    [channel] = (await shop.load_gift(second[0].id)).channels
    assert channel.messages == 1
    assert channel.due_at == shop.clock.now() + timedelta(hours=72)


async def test_a_reminder_waits_as_well(shop: GiftShop) -> None:
    set_limits(shop, max_daily_contact_messages=1)
    first = (await give(shop)).value
    assert first is not None
    await shop.advance_and_run(36 * HOUR - timedelta(minutes=1))
    await give(shop)
    await shop.run_due_jobs()
    assert count_mails(shop) == 2
    await shop.advance_and_run(timedelta(minutes=1))
    assert count_mails(shop) == 2
    await shop.advance_and_run(DAY)
    assert count_mails(shop) == 3
    [channel] = (await shop.load_gift(first[0].id)).channels
    assert channel.messages == 2
    # The answer is waited for as long as it would have been.
    assert channel.due_at is not None
    assert channel.due_at > shop.clock.now() + 35 * HOUR


async def test_the_next_channel_is_counted_for_itself(shop: GiftShop) -> None:
    set_limits(shop, max_daily_contact_messages=1)
    await give(shop, RecipientDetails(phone=PHONE))
    second_outcome = (await give(shop, replace(BY_EMAIL, phone=PHONE))).value
    assert second_outcome is not None
    await record_bounce(second_outcome[0].id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert len(shop.sent.texts) == 1
    await shop.advance_and_run(DAY)
    assert len(shop.sent.texts) == 2


async def test_a_contact_that_the_giver_adds_is_counted(shop: GiftShop) -> None:
    set_limits(shop, max_daily_contact_messages=1)
    await give(shop)
    gift = await shop.give(RecipientDetails(name="Ada", email="wrong@example.com"))
    await shop.advance_and_run(72 * HOUR)
    await give(shop)
    more = GiverInput(RecipientDetails(email="ada+2@example.com"))
    await supply_gift_info(gift.id, more, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert len([each for each in shop.sent.mails if each.to == "ada+2@example.com"]) == 0
    await shop.advance_and_run(DAY)
    assert len([each for each in shop.sent.mails if each.to == "ada+2@example.com"]) == 1


async def test_a_contact_that_wants_nothing_is_not_written_to_by_another_way(
    shop: GiftShop,
) -> None:
    """R101: neither at once, nor when the giver adds it to a gift."""
    async with shop.database.begin() as work:
        blinds = contact_indexes("ada@example.com", shop.dependencies.cipher)
        await work.gift_contacts.block(blinds[:1], "*", shop.clock.now())
    gift = await shop.give(RecipientDetails(name="Ada", email="wrong@example.com"))
    await shop.advance_and_run(72 * HOUR)
    more = GiverInput(RecipientDetails(email="ada@example.com"))
    outcome = await supply_gift_info(gift.id, more, GIVER, dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    await shop.advance_and_run(72 * HOUR)
    assert shop.sent.mails_to("ada@example.com") == []


async def test_a_gift_that_ended_while_it_waited_writes_nothing(shop: GiftShop) -> None:
    set_limits(shop, max_daily_contact_messages=1)
    await give(shop)
    second = (await give(shop)).value
    assert second is not None
    await cancel_gift(second[0].id, GIVER, dependencies=shop.dependencies)
    await shop.advance_and_run(2 * DAY)
    assert count_mails(shop) == 2
    assert (await shop.load_gift(second[0].id)).channels[0].messages == 0


async def test_who_waits_longer_than_the_gift_is_never_written_to(shop: GiftShop) -> None:
    set_limits(shop, max_daily_contact_messages=1)
    for _ in range(8):
        last = (await give(shop, caller=GiftCaller("pur_2"))).value
    assert last is not None
    for _ in range(40):
        await shop.advance_and_run(DAY)
    assert (await shop.load_gift(last[0].id)).settled


async def test_processes_count_together(shop: GiftShop, other: GiftShop) -> None:  # R101
    """Both databases: whatever is asked at once, six go out."""
    names = ("ada", "bob", "cleo")
    people = [RecipientDetails(email=f"{name}@example.com") for name in names]
    calls = [
        give(each, *(people if number % 2 else reversed(people)))
        for number in range(8)
        for each in (shop, other)
    ]
    outcomes = await asyncio.gather(*calls)
    assert [each.user_errors for each in outcomes] == [()] * 16
    await asyncio.gather(shop.run_due_jobs(), other.run_due_jobs())
    sent = [each.to for each in (*shop.sent.mails, *other.sent.mails)]
    assert {to: sent.count(to) for to in sent} == {
        f"{n}@example.com": 6 for n in ("ada", "bob", "cleo")
    }


async def test_no_limit_is_no_limit(shop: GiftShop) -> None:
    set_limits(shop, max_daily_contact_messages=None)
    for _ in range(8):
        await give(shop)
    await shop.run_due_jobs()
    assert count_mails(shop) == 8


async def test_what_is_counted_names_nobody_and_is_forgotten(shop: GiftShop) -> None:
    await give(shop)
    async with shop.database.begin() as work:
        later = shop.clock.now() + timedelta(seconds=1)
        assert await work.contact_messages.prune(shop.clock.now(), 10) == 0
        assert await work.contact_messages.prune(later, 10) == 1


# -- by one giver


def people(count: int, first: int = 0) -> list[RecipientDetails]:
    return [RecipientDetails(email=f"p{first + each}@example.com") for each in range(count)]


def refusals(outcome: Outcome[tuple[Gift, ...]]) -> list[tuple[ErrorCode, object, str]]:
    return [(each.code, each.field, each.message) for each in outcome.user_errors]


async def test_a_giver_has_so_many_recipients_a_day(shop: GiftShop) -> None:  # R101
    set_limits(shop, max_daily_recipients=5)
    assert (await give(shop, *people(3), key="k")).user_errors == ()
    message = (
        "At most 5 recipients in 24 hours: 3 have been given to, 3 are asked for, 2 are left now. "
        "Give to the others later."
    )
    assert refusals(await give(shop, *people(3, 3))) == [
        (ErrorCode.LIMIT_EXCEEDED, ("input", "recipients"), message)
    ]
    assert (await give(shop, *people(3), key="k")).user_errors == ()
    assert (await give(shop, *people(2, 3))).user_errors == ()
    assert len(refusals(await give(shop, *people(1)))) == 1
    shop.clock.advance(DAY + timedelta(seconds=1))
    assert (await give(shop, *people(1))).user_errors == ()


async def test_other_givers_and_partners_are_counted_apart(shop: GiftShop) -> None:  # R101
    set_limits(shop, max_daily_recipients=1)
    assert (await give(shop)).user_errors == ()
    partner = GiftCaller(GIVER.purchaser_id, "key_app")
    for by in (GiftCaller("pur_2"), partner, partner):
        assert (await give(shop, caller=by)).user_errors == ()
    assert len(refusals(await give(shop))) == 1


async def test_no_race_passes_the_givers_limit(shop: GiftShop, other: GiftShop) -> None:  # R101
    for entry in (shop, other):
        set_limits(entry, max_daily_recipients=5)
    async with shop.database.begin() as work:
        giver = PurchaserRecord(GIVER.purchaser_id, "blind", b"sealed")
        await work.purchasers.add(giver, shop.clock.now())
    ends = shop.clock.now() + timedelta(days=4)

    async def create_numbered(number: int) -> Outcome[tuple[Gift, ...]]:
        process = (shop, other)[number % 2]
        request = GiftRequest("var_tea", (BY_EMAIL,), f"key {number}", expires_at=ends)
        return await create_gifts(request, GIVER, dependencies=process.dependencies)

    outcomes = await asyncio.gather(*map(create_numbered, range(16)))
    assert sum(entry.value is not None for entry in outcomes) == 5
    refused = {entry.user_errors[0].code for entry in outcomes if entry.user_errors}
    assert refused == {ErrorCode.LIMIT_EXCEEDED}
    held_statuses = [status for _, status in await shop.list_charges() if status == "HELD"]
    assert len(held_statuses) == 5


async def test_no_limit_for_a_giver_where_none_is_set(shop: GiftShop) -> None:
    assert (await give(shop, *people(100))).user_errors == ()
    assert (await give(shop, *people(100, 100))).user_errors == ()
    for gift in (await give(shop)).value or ():
        assert gift.status is GiftStatus.AWAITING_RECIPIENT
