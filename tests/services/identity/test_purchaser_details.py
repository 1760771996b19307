"""A purchaser's own name, telephone number and language."""

from collections.abc import Mapping
from datetime import timedelta

from gateway.engine.identity.purchasers import Purchaser
from gateway.engine.user_errors import ErrorCode
from gateway.services.identity.candidates import list_candidates
from gateway.services.identity.purchaser_details import PurchaserField, update_purchaser
from gateway.services.identity.registration import find_purchaser
from gateway.services.outcomes import Outcome
from tests.services.identity.conftest import Device, IdentityShop

NAME, PHONE, LOCALE = PurchaserField.NAME, PurchaserField.PHONE, PurchaserField.LOCALE


async def update(device: Device, values: Mapping[PurchaserField, str | None]) -> Outcome[Purchaser]:
    return await update_purchaser(
        values, caller=device.caller, dependencies=device.shop.dependencies
    )


async def load(device: Device) -> Purchaser | None:
    dependencies, id = device.shop.dependencies, device.caller.purchaser_id
    assert id is not None
    async with dependencies.database.read() as reading:
        return await find_purchaser(id, reading=reading, cipher=dependencies.cipher)


async def test_what_is_absent_stays_and_null_clears(shop: IdentityShop) -> None:
    device = await shop.sign_in_device("ada@example.com")
    id = device.caller.purchaser_id or ""
    everything = {NAME: " Ada  Lovelace ", PHONE: "+44 20 7946 0018", LOCALE: "EN-gb"}
    expected = Purchaser(id, "ada@example.com", "Ada Lovelace", "+442079460018", "en-GB")
    assert await update(device, everything) == Outcome(expected)
    assert await load(device) == expected
    expected = Purchaser(id, "ada@example.com", "Ada", "+442079460018", "en-GB")
    assert await update(device, {NAME: "Ada"}) == Outcome(expected)
    expected = Purchaser(id, "ada@example.com", "Ada", None, "en-GB")
    assert await update(device, {PHONE: None}) == Outcome(expected)
    assert await update(device, {}) == Outcome(expected)
    assert await load(device) == expected
    blank = {NAME: " ", LOCALE: ""}
    assert await update(device, blank) == Outcome(Purchaser(id, "ada@example.com"))
    assert await load(device) == Purchaser(id, "ada@example.com")


async def test_a_number_is_dialled_in_the_country_of_the_first_address(shop: IdentityShop) -> None:
    device = await shop.sign_in_device("ada@example.com")
    refused = await update(device, {PHONE: "020 7946 0018"})
    assert [(error.code, error.field) for error in refused.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "phone"))
    ]
    await device.add_address()
    accepted = await update(device, {PHONE: "020 7946 0018"})
    assert accepted.value is not None
    assert accepted.value.phone == "+442079460018"


async def test_bad_values_change_nothing_and_all_are_told(shop: IdentityShop) -> None:
    device = await shop.sign_in_device("ada@example.com")
    await update(device, {NAME: "Ada"})
    bad = {NAME: "4111 1111 1111 1111", PHONE: "twelve", LOCALE: "very english, please"}
    refused = await update(device, bad)
    assert [(error.code, error.field) for error in refused.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "name")),
        (ErrorCode.INVALID_INPUT, ("input", "phone")),
        (ErrorCode.INVALID_INPUT, ("input", "locale")),
    ]
    purchaser = await load(device)
    assert purchaser is not None
    assert (purchaser.name, purchaser.phone, purchaser.locale) == ("Ada", None, None)


async def test_a_sign_in_of_any_age_may_and_a_device_alone_may_not(shop: IdentityShop) -> None:
    device = await shop.sign_in_device("ada@example.com")
    shop.clock.advance(timedelta(days=20))
    assert (await update(await device.refresh(), {NAME: "Ada"})).user_errors == ()
    caller = await device.recognise_without_token()
    outcome = await update_purchaser({NAME: "Eve"}, caller=caller, dependencies=shop.dependencies)
    assert [error.code for error in outcome.user_errors] == [ErrorCode.REAUTHENTICATION_REQUIRED]
    caller = await shop.authenticate()
    outcome = await update_purchaser({NAME: "Eve"}, caller=caller, dependencies=shop.dependencies)
    assert [error.code for error in outcome.user_errors] == [ErrorCode.SIGN_IN_REQUIRED]


async def test_a_device_hints_at_the_name_the_purchaser_gave(shop: IdentityShop) -> None:
    device = await shop.sign_in_device("ada@example.com")
    await device.add_address()
    await update(device, {NAME: "Augusta King"})
    async with shop.dependencies.database.read() as reading:
        (candidate,) = await list_candidates(
            device.caller.client.id,
            device.caller.recognised,
            reading=reading,
            cipher=shop.dependencies.cipher,
        )
    assert candidate.hint == "Augusta"
