"""The sources within the shop, and the imported directory."""

from dataclasses import replace
from datetime import timedelta

from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.claims import accept
from gateway.services.gifts.directory import DirectoryImport, ImportedDirectory
from gateway.services.gifts.remembered import EarlierGifts, EarlierGivers, SavedAddresses
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.shipping import ShipmentStatus, update_shipment
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import BY_EMAIL, HOME, HOME_TYPED, AmericanPhones, Shop

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


async def test_earlier_givers_tell_what_they_said(shop: Shop) -> None:
    source = EarlierGivers(shop.database, shop.parts.cipher)
    await shop.give(replace(BY_EMAIL, phone="+14155552671", postal=HOME_TYPED))
    [record] = await source.records(EMAIL, asking="gft_1")
    assert record.address is not None
    assert record.address.lines == HOME.lines
    assert (record.phones, record.confidence) == (("+14155552671",), 50)


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
