"""Where a recipient lives is not found out by asking often, however the asking is spread."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import Gift, PartialAddress
from gateway.services.gifts import guesses
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.requests import GiftCaller, RecipientDetails
from gateway.services.gifts.views import giver_view
from gateway.services.ports.database import Reading
from gateway.services.ports.givers import Giver
from gateway.services.ports.sources import SourceRecord
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, MadeUpGivers, Shop

PHONE = "+14155552671"
KEYS = ("email:ada@example.com", "email:ada.l@example.com", f"phone:{PHONE}", "name:Ada Lovelace")
BY_OTHER_EMAIL = replace(BY_EMAIL, email="ada.l@example.com")
BY_PHONE = RecipientDetails(name="Ada Lovelace", phone=PHONE)
BY_TOWN = RecipientDetails(name="Ada Lovelace", postal=PartialAddress("US", city="Anywhere"))


class TaggedGivers(MadeUpGivers):
    """Accounts pur_1, pur_1+2 and so on are one mailbox's."""

    async def giver(self, purchaser_id: str, reading: Reading) -> Giver | None:
        return Giver(purchaser_id, f"{purchaser_id}@givers.example.com", "Charles Babbage")


@pytest.fixture
def shop(databases: AnyDatabase, clock: StandingClock) -> Shop:
    """A source knows Ada by whatever key, and nobody's word confirms it; on both databases."""
    shop = Shop(databases, clock)
    contacts = ("ada@example.com", "ada.l@example.com")
    record = SourceRecord("Ada Lovelace", contacts, (PHONE,), HOME, None, 80)
    shop.first.answers.update(dict.fromkeys(KEYS, record))
    return shop


async def guess(shop: Shop, gift: Gift, place: str, by: GiftCaller = GIVER) -> GiftStatus:
    """How the gift stands once its giver has named a town."""
    there = GiverInput(RecipientDetails(postal=PartialAddress(city=place)))
    outcome = await supply(gift.id, there, by, parts=shop.parts)
    assert outcome.user_errors == ()
    await shop.turn()
    return (await shop.gift(gift.id)).status


async def give(shop: Shop, recipient: RecipientDetails = BY_EMAIL, by: GiftCaller = GIVER) -> Gift:
    gift = await shop.give(recipient, by=by, contact_recipient=False)
    assert gift.status is GiftStatus.AWAITING_GIVER
    return gift


WRONG = ("Boston", "Paris", "Rome")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (BY_EMAIL, BY_EMAIL),
        (BY_EMAIL, replace(BY_EMAIL, email="ada+x@example.com")),
        (BY_EMAIL, BY_OTHER_EMAIL),
        (BY_EMAIL, BY_PHONE),
        (BY_PHONE, BY_EMAIL),
        (BY_TOWN, BY_PHONE),
        (BY_EMAIL, BY_TOWN),
    ],
)
@pytest.mark.parametrize("account", ["pur_1", "pur_1+other"])
async def test_three_guesses_are_had_over_all_gifts(
    shop: Shop, first: RecipientDetails, last: RecipientDetails, account: str
) -> None:
    """R99: by whichever contact of one person, and whichever account of one giver."""
    shop.first.answers["email:ada+x@example.com"] = shop.first.answers[KEYS[0]]
    for town in WRONG:
        gift = await give(shop, first)
        assert await guess(shop, gift, town) is GiftStatus.AWAITING_GIVER
        await cancel(gift.id, GIVER, parts=shop.parts)
    by = GiftCaller(account)
    later = await give(shop, last, by)
    before = await shop.events(later.id)
    assert await guess(shop, later, "Mountain View", by) is GiftStatus.AWAITING_GIVER
    right = await shop.events(later.id)
    assert await guess(shop, later, "Elsewhere", by) is GiftStatus.AWAITING_GIVER
    assert (await shop.events(later.id))[len(right) :] == right[len(before) :]


async def test_people_who_share_a_number_are_guessed_at_one_by_one(shop: Shop) -> None:
    """A household, or a firm: the number alone is used up, and nobody's own contact."""
    for n in range(4):
        email = f"p{n}@example.com"
        record = SourceRecord(f"P{n} Smith", (email,), (PHONE,), HOME, None, 80)
        shop.first.answers[f"email:{email}"] = record
        gift = await give(shop, RecipientDetails(f"P{n} Smith", email))
        assert await guess(shop, gift, "Mountain View") is GiftStatus.RESOLVED
    assert await guess(shop, await give(shop, BY_PHONE), "Mountain View") is (
        GiftStatus.AWAITING_GIVER
    )


async def test_right_ones_count_too_and_all_end_after_thirty_days(shop: Shop) -> None:  # R99
    for _ in range(3):
        gift = await give(shop)
        assert await guess(shop, gift, "Mountain View") is GiftStatus.RESOLVED
        await cancel(gift.id, GIVER, parts=shop.parts)
    gift = await give(shop)
    assert await guess(shop, gift, "Mountain View") is GiftStatus.AWAITING_GIVER
    await shop.later(timedelta(days=30))
    gift = await give(shop)
    assert await guess(shop, gift, "mountain view") is GiftStatus.RESOLVED


async def test_nobody_uses_up_anothers_guesses(shop: Shop) -> None:
    stranger = GiftCaller("pur_2")
    for town in WRONG:
        await guess(shop, await give(shop, by=stranger), town, stranger)
    assert await guess(shop, await give(shop), "Mountain View") is GiftStatus.RESOLVED


async def test_many_strangers_together_have_a_dozen(shop: Shop) -> None:  # R99
    statuses = []
    for n in range(5):
        by = GiftCaller(f"pur_{n}")
        for town in WRONG:
            await guess(shop, await give(shop, by=by), town, by)
        statuses.append(await guess(shop, await give(shop, by=by), "Mountain View", by))
    by = GiftCaller("pur_9")
    statuses.append(await guess(shop, await give(shop, by=by), "Mountain View", by))
    assert statuses == [GiftStatus.AWAITING_GIVER] * 6


async def test_guesses_at_once_are_counted_one_by_one(shop: Shop) -> None:
    """R99: six gifts, six guesses at the same moment: three are looked at."""
    gifts = [await give(shop) for _ in range(6)]
    there = GiverInput(RecipientDetails(postal=PartialAddress(city="Mountain View")))
    await asyncio.gather(*(supply(each.id, there, GIVER, parts=shop.parts) for each in gifts))
    await shop.turn()
    statuses = [(await shop.gift(each.id)).status for each in gifts]
    assert sorted(statuses) == sorted([GiftStatus.AWAITING_GIVER, GiftStatus.RESOLVED] * 3)


async def test_an_address_that_is_whole_is_no_guess(shop: Shop) -> None:
    for town in WRONG:
        await guess(shop, await give(shop), town)
    gift = await give(shop)
    whole = PartialAddress("US", "CA", "Mountain View", "94043", ("2 Oak Street",))
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=whole))
    await supply(gift.id, more, GIVER, parts=shop.parts)
    await shop.turn()
    assert (await shop.gift(gift.id)).status is GiftStatus.RESOLVED


async def test_the_giver_sees_that_something_was_found_and_no_digit_of_it(shop: Shop) -> None:
    """R54, R99."""
    gift = await give(shop)
    facts = giver_view(gift).facts
    assert {(each.kind.value, each.source, each.hint) for each in facts} == {
        ("ADDRESS", "first", None),
        ("EMAIL", "first", None),
        ("PHONE", "first", None),
    }
    assert "71" not in repr([replace(each, found_at=gift.created_at) for each in facts])


FEW = 5
NAMES = ("Eve Adams", "Abe Adams", "Ida Adams", "Oda Adams", "Una Adams")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer descriptions than usual, to be through sooner."""
    monkeypatch.setattr(guesses, "MAX_DESCRIPTIONS", FEW)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("account", ["pur_1", "pur_1+other"])
async def test_names_of_a_contact_are_not_tried_without_end(shop: Shop, account: str) -> None:
    """R99: so many names are tried, the next finds nothing, whether it is right or wrong."""
    record = shop.first.answers[KEYS[0]]
    shop.first.answers = {KEYS[0]: replace(record, as_of=shop.clock.now())}
    for name in NAMES:
        await give(shop, replace(BY_EMAIL, name=name))
    by = GiftCaller(account)
    right = await give(shop, BY_EMAIL, by)
    assert (right.status, right.facts) == (GiftStatus.AWAITING_GIVER, ())
    again = await shop.give(replace(BY_EMAIL, name=NAMES[0]), contact_recipient=False)
    assert again.facts == ()
    other = await shop.give(by=GiftCaller("pur_2"), contact_recipient=False)
    assert other.status is GiftStatus.RESOLVED


@pytest.mark.usefixtures("few")
async def test_contacts_of_a_name_are_not_tried_without_end(shop: Shop) -> None:
    """R99: nor numbers for a name whose address is known; who is described alike is found alike."""
    record = shop.first.answers[KEYS[0]]
    shop.first.answers = {KEYS[3]: replace(record, as_of=shop.clock.now())}
    wrong = [replace(BY_PHONE, phone=f"+1415555367{n}") for n in range(FEW)]
    for each in wrong:
        assert (await give(shop, each)).facts != ()
    right = await give(shop, BY_PHONE)
    assert (right.status, right.facts) == (GiftStatus.AWAITING_GIVER, ())
    assert (await give(shop, wrong[0])).facts != ()
    await shop.later(timedelta(days=30))
    found = await shop.give(BY_PHONE, contact_recipient=False)
    assert found.status is GiftStatus.RESOLVED


async def test_many_people_at_one_address_are_found(shop: Shop) -> None:
    shop.first.answers = {
        f"email:p{n}@example.com": SourceRecord(
            f"P{n} Smith", (f"p{n}@example.com",), (), HOME, shop.clock.now(), 80
        )
        for n in range(9)
    }
    for n in range(9):
        person = RecipientDetails(f"P{n} Smith", f"p{n}@example.com")
        gift = await shop.give(person, contact_recipient=False)
        assert gift.status is GiftStatus.RESOLVED
