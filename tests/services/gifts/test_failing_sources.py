"""Sources that fail: a question is spent by an answer, and by nothing else (R52)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import PartialAddress
from gateway.services.gifts.claims import accept
from gateway.services.gifts.giving import GiverInput, supply
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.ports.sources import SourceRecord
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, DEAR, GIVER, HOME, Shop

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEYS = ["email:ada@example.com", "name:Ada Lovelace"]
GIVERS = "pur_1@givers.example.com"


@pytest.fixture
def shop(databases: AnyDatabase, clock: StandingClock) -> Shop:
    return Shop(databases, clock)


def knows_ada(shop: Shop) -> SourceRecord:
    return SourceRecord(
        name="Ada Lovelace",
        emails=("ada@example.com",),
        address=HOME,
        as_of=shop.clock.now() - DAY,
        confidence=80,
    )


async def pass_by(shop: Shop, seconds: int) -> None:
    for _ in range(seconds):
        await shop.later(SECOND)


async def test_a_source_that_recovers_is_asked_again_unseen(shop: Shop) -> None:  # R52
    """gifts 2: the giver is not troubled by two bad seconds."""
    shop.first.answers[KEYS[0]] = knows_ada(shop)
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
    await pass_by(shop, 2)
    assert (await shop.gift(gift.id)).status is GiftStatus.RESOLVED
    assert await shop.events(gift.id) == [
        "created",
        "searchable",
        "new_facts",
        "sufficient",
        "valid",
    ]
    assert shop.sent.mails == []


async def test_who_is_away_for_long_is_asked_again_while_the_giver_is(shop: Shop) -> None:  # R52
    shop.first.answers[KEYS[0]] = knows_ada(shop)
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    await pass_by(shop, 6)
    assert (await shop.gift(gift.id)).status is GiftStatus.AWAITING_GIVER
    for _ in range(30):
        await shop.later(HOUR)
    assert [each.subject for each in shop.sent.to(GIVERS)] == ["Your gift needs you"]
    shop.first.failing = False
    await shop.later(HOUR)
    after = await shop.gift(gift.id)
    assert (after.status, after.address) == (GiftStatus.RESOLVED, HOME)
    assert "giver_input" not in await shop.events(gift.id)
    assert [each.subject for each in shop.sent.to(GIVERS)] == ["Your gift needs you"]


async def test_each_pause_is_longer_up_to_an_hour(shop: Shop) -> None:
    shop.first.failing = True
    await shop.give(contact_recipient=False)
    pauses: list[int] = []
    last = shop.clock.now()
    while len(pauses) < 14:
        before = len(shop.first.asked)
        due = await ResolveGifts(shop.parts).next_due(shop.clock.now())
        assert due is not None
        await shop.later(due - shop.clock.now())
        if len(shop.first.asked) > before:
            pauses.append(int((shop.clock.now() - last).total_seconds()))
            last = shop.clock.now()
    doubled = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
    assert pauses == [*doubled, 3600, 3600, 3600]


async def test_the_others_go_on_meanwhile(shop: Shop) -> None:
    shop.first.failing = True
    shop.second.answers[KEYS[0]] = knows_ada(shop)
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.RESOLVED
    await shop.later(DAY)
    assert shop.first.asked == KEYS


async def test_a_found_phone_is_written_to_while_a_source_fails(shop: Shop) -> None:  # R53
    shop.first.failing = True
    phone = SourceRecord(name="Ada Lovelace", phones=("+14155552671",))
    shop.second.answers[KEYS[1]] = phone
    gift = await shop.give(
        RecipientDetails(name="Ada Lovelace", postal=PartialAddress(city="Boston"))
    )
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert [each.to for each in shop.sent.texts] == ["+14155552671"]


async def test_an_answer_that_says_nothing_is_an_answer(shop: Shop) -> None:  # R52
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.AWAITING_GIVER
    await shop.later(DAY)
    assert (shop.first.asked, shop.second.asked) == (KEYS, KEYS)


async def test_another_process_asks_where_the_first_one_stopped(shop: Shop) -> None:
    """Our own restart between: the wait is in the row."""
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    other = Shop(shop.database, shop.clock)
    other.first.answers[KEYS[0]] = knows_ada(other)
    await pass_by(other, 2)
    assert (await other.gift(gift.id)).status is GiftStatus.RESOLVED
    assert (other.first.asked, other.second.asked) == (KEYS, [])


async def test_an_answer_that_changes_nothing_does_not_ask_the_giver_again(shop: Shop) -> None:
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    await pass_by(shop, 6)
    shop.first.failing = False
    nowhere = replace(HOME, postal_code="1")
    shop.first.answers[KEYS[1]] = SourceRecord(name="Ada Lovelace", address=nowhere)
    await shop.later(HOUR)
    after = await shop.gift(gift.id)
    assert (after.status, after.giver_rounds) == (GiftStatus.AWAITING_GIVER, 1)
    assert [each.source for each in after.facts] == ["first"]
    assert len(shop.sent.to(GIVERS)) == 1
    assert await shop.events(gift.id) == ["created", "searchable", "nothing_found"]


async def test_where_the_price_is_the_question_nobody_is_searched(shop: Shop) -> None:
    shop.first.failing = True
    gift = await shop.give(charge_cap=Decimal("13.00"))
    await shop.later(72 * HOUR)
    await pass_by(shop, 6)
    asked = len(shop.first.asked)
    assert asked
    await accept(shop.token(), DEAR, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    assert (await shop.gift(gift.id)).charges.needed is not None
    await shop.later(DAY)
    assert len(shop.first.asked) == asked


async def test_giver_and_source_may_answer_at_once(shop: Shop) -> None:
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    await pass_by(shop, 6)
    shop.first.failing = False
    shop.first.answers[KEYS[0]] = knows_ada(shop)
    more = GiverInput(RecipientDetails(name="Ada Lovelace", hints="She likes tea"))
    assert (await supply(gift.id, more, GIVER, parts=shop.parts)).user_errors == ()
    await shop.later(HOUR)
    assert (await shop.gift(gift.id)).status is GiftStatus.RESOLVED


async def test_a_source_that_never_recovers_ends_with_the_gift(shop: Shop) -> None:
    shop.first.failing = True
    gift = await shop.give(replace(BY_EMAIL), contact_recipient=False)
    for _ in range(200):
        await shop.later(HOUR)
    assert (await shop.gift(gift.id)).status is GiftStatus.UNDELIVERABLE
    asked = len(shop.first.asked)
    await shop.later(DAY)
    assert len(shop.first.asked) == asked
