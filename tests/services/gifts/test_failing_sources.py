"""Sources that fail: a question is spent by an answer, and by nothing else (R52)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.gift import PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.claims import accept_gift
from gateway.services.gifts.giver_actions import GiverInput, supply_gift_info
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.ports.sources import SourceRecord
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, COSTLY_ADDRESS, GIVER, HOME, GiftShop

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
QUERY_KEYS = ["email:ada@example.com", "name:Ada Lovelace"]
GIVER_EMAIL = "pur_1@givers.example.com"


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    return GiftShop(databases, clock)


def ada_record(shop: GiftShop) -> SourceRecord:
    return SourceRecord(
        name="Ada Lovelace",
        emails=("ada@example.com",),
        address=HOME,
        as_of=shop.clock.now() - DAY,
        confidence=80,
    )


async def wait_seconds(shop: GiftShop, seconds: int) -> None:
    for _ in range(seconds):
        await shop.advance_and_run(SECOND)


async def test_a_source_that_recovers_is_asked_again_unseen(shop: GiftShop) -> None:  # R52
    """gifts 2: the giver is not troubled by two bad seconds."""
    shop.first.answers[QUERY_KEYS[0]] = ada_record(shop)
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.SEARCHING
    assert [(each.source, each.tries) for each in gift.asked] == [
        ("first", 1),
        ("first", 1),
        ("second", 1),
        ("second", 1),
    ]
    shop.first.failing = False
    await wait_seconds(shop, 2)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    assert await shop.list_event_types(gift.id) == [
        "created",
        "searchable",
        "new_facts",
        "sufficient",
        "valid",
    ]
    assert shop.sent.mails == []


async def test_who_is_away_for_long_is_asked_again_while_the_giver_is(
    shop: GiftShop,
) -> None:  # R52
    shop.first.answers[QUERY_KEYS[0]] = ada_record(shop)
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    await wait_seconds(shop, 6)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.AWAITING_GIVER
    for _ in range(30):
        await shop.advance_and_run(HOUR)
    assert [each.subject for each in shop.sent.mails_to(GIVER_EMAIL)] == ["Your gift needs you"]
    shop.first.failing = False
    await shop.advance_and_run(HOUR)
    after = await shop.load_gift(gift.id)
    assert (after.status, after.address) == (GiftStatus.RESOLVED, HOME)
    assert "giver_input" not in await shop.list_event_types(gift.id)
    assert [each.subject for each in shop.sent.mails_to(GIVER_EMAIL)] == ["Your gift needs you"]


async def test_each_pause_is_longer_up_to_an_hour(shop: GiftShop) -> None:
    shop.first.failing = True
    await shop.give(contact_recipient=False)
    pauses: list[int] = []
    last = shop.clock.now()
    while len(pauses) < 14:
        before = len(shop.first.queried_keys)
        due = await GiftResolver(shop.dependencies).next_due(shop.clock.now())
        assert due is not None
        await shop.advance_and_run(due - shop.clock.now())
        if len(shop.first.queried_keys) > before:
            pauses.append(int((shop.clock.now() - last).total_seconds()))
            last = shop.clock.now()
    doubled = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
    assert pauses == [*doubled, 3600, 3600, 3600]


async def test_the_others_go_on_meanwhile(shop: GiftShop) -> None:
    shop.first.failing = True
    shop.second.answers[QUERY_KEYS[0]] = ada_record(shop)
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.RESOLVED
    await shop.advance_and_run(DAY)
    assert shop.first.queried_keys == QUERY_KEYS


async def test_a_found_phone_is_written_to_while_a_source_fails(shop: GiftShop) -> None:  # R53
    shop.first.failing = True
    phone = SourceRecord(name="Ada Lovelace", phones=("+14155552671",))
    shop.second.answers[QUERY_KEYS[1]] = phone
    gift = await shop.give(
        RecipientDetails(name="Ada Lovelace", postal=PartialAddress(city="Boston"))
    )
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert [each.to for each in shop.sent.texts] == ["+14155552671"]


async def test_an_answer_that_says_nothing_is_an_answer(shop: GiftShop) -> None:  # R52
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.AWAITING_GIVER
    await shop.advance_and_run(DAY)
    assert (shop.first.queried_keys, shop.second.queried_keys) == (QUERY_KEYS, QUERY_KEYS)


async def test_another_process_asks_where_the_first_one_stopped(shop: GiftShop) -> None:
    """Our own restart between: the wait is in the row."""
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    second_shop = GiftShop(shop.database, shop.clock)
    second_shop.first.answers[QUERY_KEYS[0]] = ada_record(second_shop)
    await wait_seconds(second_shop, 2)
    assert (await second_shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    assert (second_shop.first.queried_keys, second_shop.second.queried_keys) == (QUERY_KEYS, [])


async def test_an_answer_that_changes_nothing_does_not_ask_the_giver_again(shop: GiftShop) -> None:
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    await wait_seconds(shop, 6)
    shop.first.failing = False
    incomplete_address = replace(HOME, postal_code="1")
    shop.first.answers[QUERY_KEYS[1]] = SourceRecord(
        name="Ada Lovelace", address=incomplete_address
    )
    await shop.advance_and_run(HOUR)
    after = await shop.load_gift(gift.id)
    assert (after.status, after.giver_rounds) == (GiftStatus.AWAITING_GIVER, 1)
    assert [each.source for each in after.facts] == ["first"]
    assert len(shop.sent.mails_to(GIVER_EMAIL)) == 1
    assert await shop.list_event_types(gift.id) == ["created", "searchable", "nothing_found"]


async def test_where_the_price_is_the_question_nobody_is_searched(shop: GiftShop) -> None:
    shop.first.failing = True
    gift = await shop.give(charge_cap=Decimal("13.00"))
    await shop.advance_and_run(72 * HOUR)
    await wait_seconds(shop, 6)
    query_count = len(shop.first.queried_keys)
    assert query_count
    await accept_gift(
        shop.latest_token(), COSTLY_ADDRESS, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    assert (await shop.load_gift(gift.id)).charges.needed is not None
    await shop.advance_and_run(DAY)
    assert len(shop.first.queried_keys) == query_count


async def test_giver_and_source_may_answer_at_once(shop: GiftShop) -> None:
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    await wait_seconds(shop, 6)
    shop.first.failing = False
    shop.first.answers[QUERY_KEYS[0]] = ada_record(shop)
    more = GiverInput(RecipientDetails(name="Ada Lovelace", hints="She likes tea"))
    assert (
        await supply_gift_info(gift.id, more, GIVER, dependencies=shop.dependencies)
    ).user_errors == ()
    await shop.advance_and_run(HOUR)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED


async def test_a_source_that_never_recovers_ends_with_the_gift(shop: GiftShop) -> None:
    shop.first.failing = True
    gift = await shop.give(replace(BY_EMAIL), contact_recipient=False)
    for _ in range(200):
        await shop.advance_and_run(HOUR)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.UNDELIVERABLE
    query_count = len(shop.first.queried_keys)
    await shop.advance_and_run(DAY)
    assert len(shop.first.queried_keys) == query_count
