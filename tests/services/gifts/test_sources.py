"""The sources within the shop, and the imported directory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.gift import ChannelKind, PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.claims import accept_gift, decline_gift
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.imported_directory import DirectoryImport, ImportedDirectorySource
from gateway.services.gifts.internal_sources import (
    EarlierGiftSource,
    EarlierGiverSource,
    SavedAddressSource,
)
from gateway.services.gifts.requests import GiftCaller, RecipientDetails
from gateway.services.gifts.shipments import ShipmentStatus, record_bounce, update_shipment
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME, HOME_TYPED, AmericanPhones, GiftShop

EMAIL = "email:ada@example.com"


async def test_saved_addresses_are_used_with_consent_only(shop: GiftShop) -> None:
    source = SavedAddressSource(shop.database, shop.givers, shop.clock)
    assert await source.records(EMAIL, asking="gft_1") == ()
    shop.givers.gift_addresses["ada@example.com"] = HOME
    [record] = await source.records(EMAIL, asking="gft_1")
    assert (record.address, record.name, record.emails) == (
        HOME,
        "Ada Lovelace",
        ("ada@example.com",),
    )
    assert await source.records("phone:+14155552671", asking="gft_1") == ()


async def test_earlier_gifts_count_once_delivered_to_who_answered(shop: GiftShop) -> None:
    source = EarlierGiftSource(shop.database, shop.dependencies.cipher)
    gift = await shop.give()
    await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    assert await source.records(EMAIL, asking="gft_1") == ()
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    [record] = await source.records(EMAIL, asking="gft_1")
    assert (record.address, record.confidence) == (HOME, 85)
    assert await source.records(EMAIL, asking=gift.id) == ()
    assert await source.records("name:Ada Lovelace", asking="gft_1") == ()


async def test_an_earlier_gift_whose_recipient_never_answered_is_no_proof(shop: GiftShop) -> None:
    source = EarlierGiftSource(shop.database, shop.dependencies.cipher)
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    assert await source.records(EMAIL, asking="gft_1") == ()


TYPED = replace(BY_EMAIL, phone="+14155552671", postal=HOME_TYPED)
ARRIVED = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)


async def test_a_giver_is_reminded_of_what_they_said_once_it_arrived(shop: GiftShop) -> None:
    source = EarlierGiverSource(shop.database, shop.dependencies.cipher)
    gift = await shop.give(TYPED)
    later = await shop.give()
    assert await source.records(EMAIL, asking=later.id) == ()
    for status in ARRIVED:
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    [record] = await source.records(EMAIL, asking=later.id)
    assert record.address is not None
    assert record.address.lines == HOME.lines
    assert (record.phones, record.confidence) == (("+14155552671",), 50)


@pytest.mark.parametrize("end", ["cancelled", "declined", "arrived", "returned", "open"])
async def test_no_giver_speaks_to_anothers_gift(shop: GiftShop, end: str) -> None:
    """R100: however the first gift ended, the second learns neither its address nor its phone."""
    all_sources(shop)
    stranger = GiftCaller("pur_2")
    typed = replace(TYPED, postal=None) if end == "declined" else TYPED
    gift = await shop.give(typed, caller=stranger)
    if end == "cancelled":
        await cancel_gift(gift.id, stranger, dependencies=shop.dependencies)
    if end == "declined":
        await decline_gift(shop.latest_token(), None, dependencies=shop.dependencies)
    for status in {"arrived": ARRIVED, "returned": (ARRIVED[0], ShipmentStatus.RETURNED)}.get(
        end, ()
    ):
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    honest = await shop.give(contact_recipient=False)
    assert (honest.status, honest.facts, honest.candidates) == (GiftStatus.AWAITING_GIVER, (), ())
    there = GiverInput(RecipientDetails(postal=PartialAddress(city="Mountain View")))
    await supply_gift_info(honest.id, there, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert (await shop.load_gift(honest.id)).status is GiftStatus.AWAITING_GIVER


def all_sources(shop: GiftShop) -> None:
    database, cipher = shop.database, shop.dependencies.cipher
    first, second = EarlierGiftSource(database, cipher), EarlierGiverSource(database, cipher)
    shop.dependencies = replace(shop.dependencies, sources={"first": first, "second": second})


async def test_ones_own_words_are_a_hint_that_ones_own_confirmation_makes_good(
    shop: GiftShop,
) -> None:
    all_sources(shop)
    gift = await shop.give(TYPED)
    for status in ARRIVED:
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    again = await shop.give(contact_recipient=False)
    assert again.status is GiftStatus.AWAITING_GIVER
    there = GiverInput(RecipientDetails(postal=PartialAddress(city="Mountain View")))
    await supply_gift_info(again.id, there, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert (await shop.load_gift(again.id)).status is GiftStatus.RESOLVED


ELSEWHERE = replace(HOME, name="Eve Stranger", lines=("9 Elm Street",))
PHONE = "+14155552671"


@pytest.mark.parametrize("last", ["email", "phone"])
async def test_a_delivered_gift_speaks_for_the_contact_that_answered_last(
    shop: GiftShop, last: str
) -> None:
    """R100: by the link to one contact nobody speaks for another of the same gift."""
    gift = await shop.give(replace(BY_EMAIL, phone=PHONE))
    await record_bounce(gift.id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    links = {"email": shop.latest_token(), "phone": shop.latest_token(PHONE)}
    order = sorted(links, key=lambda entry: entry == last)
    for entry in order:
        address = HOME if entry == "email" else ELSEWHERE
        outcome = await accept_gift(
            links[entry], address, confirm_warnings=False, dependencies=shop.dependencies
        )
        assert outcome.user_errors == ()
    await shop.run_due_jobs()
    for status in ARRIVED:
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    source = EarlierGiftSource(shop.database, shop.dependencies.cipher)
    by_email = await source.records(EMAIL, asking="gft_1")
    by_phone = await source.records(f"phone:{PHONE}", asking="gft_1")
    if last == "email":
        assert [(entry.name, entry.emails, entry.phones) for entry in by_email] == [
            ("Ada Lovelace", ("ada@example.com",), ())
        ]
        assert by_phone == ()
    else:
        assert by_email == ()
        assert [(entry.name, entry.emails, entry.phones) for entry in by_phone] == [
            ("Eve Stranger", (), (PHONE,))
        ]


async def test_a_gift_that_went_elsewhere_than_its_recipient_said_is_no_proof(
    shop: GiftShop,
) -> None:
    gift = await shop.give()
    await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    for status in (ARRIVED[0], ShipmentStatus.RETURNED):
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    elsewhere = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=elsewhere))
    await supply_gift_info(gift.id, more, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    for status in ARRIVED:
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    source = EarlierGiftSource(shop.database, shop.dependencies.cipher)
    assert await source.records(EMAIL, asking="gft_1") == ()


def directory_import(shop: GiftShop) -> DirectoryImport:
    return DirectoryImport(shop.database, shop.dependencies.cipher, shop.clock, AmericanPhones())


async def test_the_directory_is_found_by_every_key(shop: GiftShop) -> None:
    as_of = shop.clock.now() - timedelta(days=9)
    record = SourceRecord("Ada Lovelace", ("Ada@Example.com",), ("+14155552671",), HOME, as_of)
    nobody = SourceRecord()
    assert await directory_import(shop).import_record(record)
    assert not await directory_import(shop).import_record(nobody)
    source = ImportedDirectorySource(shop.database, shop.dependencies.cipher)
    for key in (EMAIL, "phone:+14155552671", "name:ADA  lovelace"):
        assert await source.records(key, asking="gft_1") == (record,)
    assert await source.records("name:Ada", asking="gft_1") == ()


async def test_a_second_import_replaces_and_a_record_without_a_date_has_the_imports(
    shop: GiftShop,
) -> None:
    record = SourceRecord("Ada Lovelace", ("ada@example.com",))
    await directory_import(shop).import_record(record)
    await directory_import(shop).import_record(record)
    source = ImportedDirectorySource(shop.database, shop.dependencies.cipher)
    records = await source.records(EMAIL, asking="gft_1")
    assert [each.as_of for each in records] == [shop.clock.now()]


async def test_a_repeated_gift_finds_the_way_by_itself(shop: GiftShop) -> None:
    sources = {"first": EarlierGiftSource(shop.database, shop.dependencies.cipher)}
    shop.dependencies = replace(shop.dependencies, sources=sources)
    gift = await shop.give()
    await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    surprise = await shop.give(
        RecipientDetails("Ada Lovelace", "ADA@example.com"), contact_recipient=False
    )
    assert surprise.status is GiftStatus.RESOLVED
    assert surprise.address == HOME
