"""The sources within the shop, and the imported directory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import ChannelKind, PartialAddress
from gateway.services.gifts.claims import accept, decline
from gateway.services.gifts.directory import DirectoryImport, ImportedDirectory
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.remembered import EarlierGifts, EarlierGivers, SavedAddresses
from gateway.services.gifts.requests import GiftCaller, RecipientDetails
from gateway.services.gifts.shipping import ShipmentStatus, contact_failed, update_shipment
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, HOME_TYPED, AmericanPhones, Shop

EMAIL = "email:ada@example.com"


async def test_saved_addresses_are_used_with_consent_only(shop: Shop) -> None:
    source = SavedAddresses(shop.database, shop.givers, shop.clock)
    assert await source.records(EMAIL, asking="gft_1") == ()
    shop.givers.for_gifts["ada@example.com"] = HOME
    [record] = await source.records(EMAIL, asking="gft_1")
    assert (record.address, record.name, record.emails) == (
        HOME,
        "Ada Lovelace",
        ("ada@example.com",),
    )
    assert await source.records("phone:+14155552671", asking="gft_1") == ()


async def test_earlier_gifts_count_once_delivered_to_who_answered(shop: Shop) -> None:
    source = EarlierGifts(shop.database, shop.parts.cipher)
    gift = await shop.give()
    await accept(shop.token(), HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    assert await source.records(EMAIL, asking="gft_1") == ()
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
        await update_shipment(gift.id, status, parts=shop.parts)
    [record] = await source.records(EMAIL, asking="gft_1")
    assert (record.address, record.confidence) == (HOME, 85)
    assert await source.records(EMAIL, asking=gift.id) == ()
    assert await source.records("name:Ada Lovelace", asking="gft_1") == ()


async def test_an_earlier_gift_whose_recipient_never_answered_is_no_proof(shop: Shop) -> None:
    source = EarlierGifts(shop.database, shop.parts.cipher)
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
        await update_shipment(gift.id, status, parts=shop.parts)
    assert await source.records(EMAIL, asking="gft_1") == ()


TYPED = replace(BY_EMAIL, phone="+14155552671", postal=HOME_TYPED)
ARRIVED = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)


async def test_a_giver_is_reminded_of_what_they_said_once_it_arrived(shop: Shop) -> None:
    source = EarlierGivers(shop.database, shop.parts.cipher)
    gift = await shop.give(TYPED)
    later = await shop.give()
    assert await source.records(EMAIL, asking=later.id) == ()
    for status in ARRIVED:
        await update_shipment(gift.id, status, parts=shop.parts)
    [record] = await source.records(EMAIL, asking=later.id)
    assert record.address is not None
    assert record.address.lines == HOME.lines
    assert (record.phones, record.confidence) == (("+14155552671",), 50)


@pytest.mark.parametrize("end", ["cancelled", "declined", "arrived", "returned", "open"])
async def test_no_giver_speaks_to_anothers_gift(shop: Shop, end: str) -> None:
    """R100: however the first gift ended, the second learns neither its address nor its phone."""
    all_sources(shop)
    stranger = GiftCaller("pur_2")
    typed = replace(TYPED, postal=None) if end == "declined" else TYPED
    gift = await shop.give(typed, by=stranger)
    if end == "cancelled":
        await cancel(gift.id, stranger, parts=shop.parts)
    if end == "declined":
        await decline(shop.token(), None, parts=shop.parts)
    for status in {"arrived": ARRIVED, "returned": (ARRIVED[0], ShipmentStatus.RETURNED)}.get(
        end, ()
    ):
        await update_shipment(gift.id, status, parts=shop.parts)
    await shop.turn()
    honest = await shop.give(contact_recipient=False)
    assert (honest.status, honest.facts, honest.candidates) == (GiftStatus.AWAITING_GIVER, (), ())
    there = GiverInput(RecipientDetails(postal=PartialAddress(city="Mountain View")))
    await supply(honest.id, there, GIVER, parts=shop.parts)
    await shop.turn()
    assert (await shop.gift(honest.id)).status is GiftStatus.AWAITING_GIVER


def all_sources(shop: Shop) -> None:
    database, cipher = shop.database, shop.parts.cipher
    first, second = EarlierGifts(database, cipher), EarlierGivers(database, cipher)
    shop.parts = replace(shop.parts, sources={"first": first, "second": second})


async def test_ones_own_words_are_a_hint_that_ones_own_confirmation_makes_good(shop: Shop) -> None:
    all_sources(shop)
    gift = await shop.give(TYPED)
    for status in ARRIVED:
        await update_shipment(gift.id, status, parts=shop.parts)
    again = await shop.give(contact_recipient=False)
    assert again.status is GiftStatus.AWAITING_GIVER
    there = GiverInput(RecipientDetails(postal=PartialAddress(city="Mountain View")))
    await supply(again.id, there, GIVER, parts=shop.parts)
    await shop.turn()
    assert (await shop.gift(again.id)).status is GiftStatus.RESOLVED


ELSEWHERE = replace(HOME, name="Eve Stranger", lines=("9 Elm Street",))
PHONE = "+14155552671"


@pytest.mark.parametrize("last", ["email", "phone"])
async def test_a_delivered_gift_speaks_for_the_contact_that_answered_last(
    shop: Shop, last: str
) -> None:
    """R100: by the link to one contact nobody speaks for another of the same gift."""
    gift = await shop.give(replace(BY_EMAIL, phone=PHONE))
    await contact_failed(gift.id, ChannelKind.EMAIL, parts=shop.parts)
    await shop.turn()
    links = {"email": shop.token(), "phone": shop.token(PHONE)}
    order = sorted(links, key=lambda each: each == last)
    for each in order:
        said = HOME if each == "email" else ELSEWHERE
        outcome = await accept(links[each], said, confirm_warnings=False, parts=shop.parts)
        assert outcome.user_errors == ()
    await shop.turn()
    for status in ARRIVED:
        await update_shipment(gift.id, status, parts=shop.parts)
    source = EarlierGifts(shop.database, shop.parts.cipher)
    by_email = await source.records(EMAIL, asking="gft_1")
    by_phone = await source.records(f"phone:{PHONE}", asking="gft_1")
    if last == "email":
        assert [(each.name, each.emails, each.phones) for each in by_email] == [
            ("Ada Lovelace", ("ada@example.com",), ())
        ]
        assert by_phone == ()
    else:
        assert by_email == ()
        assert [(each.name, each.emails, each.phones) for each in by_phone] == [
            ("Eve Stranger", (), (PHONE,))
        ]


async def test_a_gift_that_went_elsewhere_than_its_recipient_said_is_no_proof(shop: Shop) -> None:
    gift = await shop.give()
    await accept(shop.token(), HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    for status in (ARRIVED[0], ShipmentStatus.RETURNED):
        await update_shipment(gift.id, status, parts=shop.parts)
    elsewhere = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=elsewhere))
    await supply(gift.id, more, GIVER, parts=shop.parts)
    await shop.turn()
    for status in ARRIVED:
        await update_shipment(gift.id, status, parts=shop.parts)
    source = EarlierGifts(shop.database, shop.parts.cipher)
    assert await source.records(EMAIL, asking="gft_1") == ()


def directory_import(shop: Shop) -> DirectoryImport:
    return DirectoryImport(shop.database, shop.parts.cipher, shop.clock, AmericanPhones())


async def test_the_directory_is_found_by_every_key(shop: Shop) -> None:
    as_of = shop.clock.now() - timedelta(days=9)
    record = SourceRecord("Ada Lovelace", ("Ada@Example.com",), ("+14155552671",), HOME, as_of)
    nobody = SourceRecord()
    assert await directory_import(shop).take([record, nobody]) == 1
    source = ImportedDirectory(shop.database, shop.parts.cipher)
    for key in (EMAIL, "phone:+14155552671", "name:ADA  lovelace"):
        assert await source.records(key, asking="gft_1") == (record,)
    assert await source.records("name:Ada", asking="gft_1") == ()


async def test_a_second_import_replaces_and_a_record_without_a_date_has_the_imports(
    shop: Shop,
) -> None:
    record = SourceRecord("Ada Lovelace", ("ada@example.com",))
    await directory_import(shop).take([record])
    await directory_import(shop).take([record])
    source = ImportedDirectory(shop.database, shop.parts.cipher)
    found = await source.records(EMAIL, asking="gft_1")
    assert [each.as_of for each in found] == [shop.clock.now()]


async def test_a_repeated_gift_finds_the_way_by_itself(shop: Shop) -> None:
    sources = {"first": EarlierGifts(shop.database, shop.parts.cipher)}
    shop.parts = replace(shop.parts, sources=sources)
    gift = await shop.give()
    await accept(shop.token(), HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
        await update_shipment(gift.id, status, parts=shop.parts)
    surprise = await shop.give(
        RecipientDetails("Ada Lovelace", "ADA@example.com"), contact_recipient=False
    )
    assert surprise.status is GiftStatus.RESOLVED
    assert surprise.address == HOME
