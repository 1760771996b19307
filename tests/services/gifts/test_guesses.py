"""Where a recipient lives is not found out by asking often, however the asking is spread."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.gift import Gift, PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts import guesses
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.requests import GiftCaller, RecipientDetails
from gateway.services.gifts.views import giver_view
from gateway.services.ports.database import ReadSession
from gateway.services.ports.givers import Giver
from gateway.services.ports.sources import SourceRecord
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, FakeGivers, GiftShop

PHONE = "+14155552671"
QUERY_KEYS = (
    "email:ada@example.com",
    "email:ada.l@example.com",
    f"phone:{PHONE}",
    "name:Ada Lovelace",
)
BY_OTHER_EMAIL = replace(BY_EMAIL, email="ada.l@example.com")
BY_PHONE = RecipientDetails(name="Ada Lovelace", phone=PHONE)
BY_TOWN = RecipientDetails(name="Ada Lovelace", postal=PartialAddress("US", city="Anywhere"))


class TaggedGivers(FakeGivers):
    """Accounts pur_1, pur_1+2 and so on are one mailbox's."""

    async def find_giver(self, purchaser_id: str, reading: ReadSession) -> Giver | None:
        return Giver(purchaser_id, f"{purchaser_id}@givers.example.com", "Charles Babbage")


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    """A source knows Ada by whatever key, and nobody's word confirms it; on both databases."""
    shop = GiftShop(databases, clock)
    contacts = ("ada@example.com", "ada.l@example.com")
    record = SourceRecord("Ada Lovelace", contacts, (PHONE,), HOME, None, 80)
    shop.first.answers.update(dict.fromkeys(QUERY_KEYS, record))
    return shop


async def guess_town(
    shop: GiftShop, gift: Gift, place: str, caller: GiftCaller = GIVER
) -> GiftStatus:
    """How the gift stands once its giver has named a town."""
    there = GiverInput(RecipientDetails(postal=PartialAddress(city=place)))
    outcome = await supply_gift_info(gift.id, there, caller, dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    return (await shop.load_gift(gift.id)).status


async def give_surprise(
    shop: GiftShop, recipient: RecipientDetails = BY_EMAIL, caller: GiftCaller = GIVER
) -> Gift:
    gift = await shop.give(recipient, caller=caller, contact_recipient=False)
    assert gift.status is GiftStatus.AWAITING_GIVER
    return gift


WRONG_TOWNS = ("Boston", "Paris", "Rome")


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
    shop: GiftShop, first: RecipientDetails, last: RecipientDetails, account: str
) -> None:
    """R99: by whichever contact of one person, and whichever account of one giver."""
    shop.first.answers["email:ada+x@example.com"] = shop.first.answers[QUERY_KEYS[0]]
    for town in WRONG_TOWNS:
        gift = await give_surprise(shop, first)
        assert await guess_town(shop, gift, town) is GiftStatus.AWAITING_GIVER
        await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    by = GiftCaller(account)
    later = await give_surprise(shop, last, by)
    before = await shop.list_event_types(later.id)
    assert await guess_town(shop, later, "Mountain View", by) is GiftStatus.AWAITING_GIVER
    right = await shop.list_event_types(later.id)
    assert await guess_town(shop, later, "Elsewhere", by) is GiftStatus.AWAITING_GIVER
    assert (await shop.list_event_types(later.id))[len(right) :] == right[len(before) :]


async def test_people_who_share_a_number_are_guessed_at_one_by_one(shop: GiftShop) -> None:
    """A household, or a firm: the number alone is used up, and nobody's own contact."""
    for n in range(4):
        email = f"p{n}@example.com"
        record = SourceRecord(f"P{n} Smith", (email,), (PHONE,), HOME, None, 80)
        shop.first.answers[f"email:{email}"] = record
        gift = await give_surprise(shop, RecipientDetails(f"P{n} Smith", email))
        assert await guess_town(shop, gift, "Mountain View") is GiftStatus.RESOLVED
    assert await guess_town(shop, await give_surprise(shop, BY_PHONE), "Mountain View") is (
        GiftStatus.AWAITING_GIVER
    )


async def test_right_ones_count_too_and_all_end_after_thirty_days(shop: GiftShop) -> None:  # R99
    for _ in range(3):
        gift = await give_surprise(shop)
        assert await guess_town(shop, gift, "Mountain View") is GiftStatus.RESOLVED
        await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    gift = await give_surprise(shop)
    assert await guess_town(shop, gift, "Mountain View") is GiftStatus.AWAITING_GIVER
    await shop.advance_and_run(timedelta(days=30))
    gift = await give_surprise(shop)
    assert await guess_town(shop, gift, "mountain view") is GiftStatus.RESOLVED


async def test_nobody_uses_up_anothers_guesses(shop: GiftShop) -> None:
    stranger = GiftCaller("pur_2")
    for town in WRONG_TOWNS:
        await guess_town(shop, await give_surprise(shop, caller=stranger), town, stranger)
    assert await guess_town(shop, await give_surprise(shop), "Mountain View") is GiftStatus.RESOLVED


async def test_many_strangers_together_have_a_dozen(shop: GiftShop) -> None:  # R99
    statuses = []
    for n in range(5):
        by = GiftCaller(f"pur_{n}")
        for town in WRONG_TOWNS:
            await guess_town(shop, await give_surprise(shop, caller=by), town, by)
        statuses.append(
            await guess_town(shop, await give_surprise(shop, caller=by), "Mountain View", by)
        )
    by = GiftCaller("pur_9")
    statuses.append(
        await guess_town(shop, await give_surprise(shop, caller=by), "Mountain View", by)
    )
    assert statuses == [GiftStatus.AWAITING_GIVER] * 6


async def test_guesses_at_once_are_counted_one_by_one(shop: GiftShop) -> None:
    """R99: six gifts, six guesses at the same moment: three are looked at."""
    gifts = [await give_surprise(shop) for _ in range(6)]
    there = GiverInput(RecipientDetails(postal=PartialAddress(city="Mountain View")))
    await asyncio.gather(
        *(supply_gift_info(each.id, there, GIVER, dependencies=shop.dependencies) for each in gifts)
    )
    await shop.run_due_jobs()
    statuses = [(await shop.load_gift(each.id)).status for each in gifts]
    assert sorted(statuses) == sorted([GiftStatus.AWAITING_GIVER, GiftStatus.RESOLVED] * 3)


async def test_an_address_that_is_whole_is_no_guess(shop: GiftShop) -> None:
    for town in WRONG_TOWNS:
        await guess_town(shop, await give_surprise(shop), town)
    gift = await give_surprise(shop)
    full_address = PartialAddress("US", "CA", "Mountain View", "94043", ("2 Oak Street",))
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=full_address))
    await supply_gift_info(gift.id, more, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED


async def test_the_giver_sees_that_something_was_found_and_no_digit_of_it(shop: GiftShop) -> None:
    """R54, R99."""
    gift = await give_surprise(shop)
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
async def test_names_of_a_contact_are_not_tried_without_end(shop: GiftShop, account: str) -> None:
    """R99: so many names are tried, the next finds nothing, whether it is right or wrong."""
    record = shop.first.answers[QUERY_KEYS[0]]
    shop.first.answers = {QUERY_KEYS[0]: replace(record, as_of=shop.clock.now())}
    for name in NAMES:
        await give_surprise(shop, replace(BY_EMAIL, name=name))
    by = GiftCaller(account)
    right = await give_surprise(shop, BY_EMAIL, by)
    assert (right.status, right.facts) == (GiftStatus.AWAITING_GIVER, ())
    again = await shop.give(replace(BY_EMAIL, name=NAMES[0]), contact_recipient=False)
    assert again.facts == ()
    strangers_gift = await shop.give(caller=GiftCaller("pur_2"), contact_recipient=False)
    assert strangers_gift.status is GiftStatus.RESOLVED


@pytest.mark.usefixtures("few")
async def test_contacts_of_a_name_are_not_tried_without_end(shop: GiftShop) -> None:
    """R99: nor numbers for a name whose address is known; who is described alike is found alike."""
    record = shop.first.answers[QUERY_KEYS[0]]
    shop.first.answers = {QUERY_KEYS[3]: replace(record, as_of=shop.clock.now())}
    wrong = [replace(BY_PHONE, phone=f"+1415555367{n}") for n in range(FEW)]
    for recipient in wrong:
        assert (await give_surprise(shop, recipient)).facts != ()
    right = await give_surprise(shop, BY_PHONE)
    assert (right.status, right.facts) == (GiftStatus.AWAITING_GIVER, ())
    assert (await give_surprise(shop, wrong[0])).facts != ()
    await shop.advance_and_run(timedelta(days=30))
    later_gift = await shop.give(BY_PHONE, contact_recipient=False)
    assert later_gift.status is GiftStatus.RESOLVED


async def test_many_people_at_one_address_are_found(shop: GiftShop) -> None:
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
