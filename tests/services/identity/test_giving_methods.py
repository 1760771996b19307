"""Which payment method a gift is charged to where its giver names none."""

from datetime import timedelta

import pytest

from gateway.services.gifts.givers import PurchaserGivers
from gateway.services.identity.one_click_profiles import (
    ProfileChoice,
    disable_profiles,
    enable_profile,
)
from gateway.services.identity.payment_methods import delete_method
from tests.services.identity.conftest import MOMENT, Device, IdentityShop


@pytest.fixture
async def ada(shop: IdentityShop) -> Device:
    return await shop.sign_in_device("ada@example.com")


async def charged_method_id(device: Device, id: str | None = None) -> str | None:
    """The id of the method a gift of the device's purchaser is charged to."""
    parts = device.shop.dependencies
    givers = PurchaserGivers(parts.cipher, parts.clock)
    owner = device.caller.purchaser_id
    assert owner is not None
    async with parts.database.read() as reading:
        method = await givers.find_payment_method(owner, id, reading)
    return method.id if method else None


async def enable_one_click(device: Device, address_id: str, method_id: str, label: str) -> None:
    device.shop.clock.advance(MOMENT)
    choice = ProfileChoice(address_id, method_id, label)
    outcome = await enable_profile(
        choice, caller=device.caller, dependencies=device.shop.dependencies
    )
    assert outcome.value is not None
    assert outcome.value.enabled


async def test_the_first_that_can_be_used(ada: Device) -> None:
    assert await charged_method_id(ada) is None
    expiring = await ada.add_method("expiring")
    first = await ada.add_method()
    await ada.add_method("sim_3ds")
    assert await charged_method_id(ada) == expiring
    ada.shop.clock.advance(timedelta(days=29))
    assert await charged_method_id(ada) == first
    assert await charged_method_id(ada, expiring) == expiring


async def test_rather_that_of_the_profile_enabled_last_on_any_device(ada: Device) -> None:
    first, second, third = [await ada.add_method() for _ in range(3)]
    home = await ada.add_address()
    await enable_one_click(ada, home, third, "one")
    assert await charged_method_id(ada) == third
    second_device = await ada.shop.sign_in_device("ada@example.com")
    await enable_one_click(second_device, home, second, "two")
    assert await charged_method_id(ada) == second
    await delete_method(second, caller=second_device.caller, dependencies=ada.shop.dependencies)
    assert await charged_method_id(ada) == third
    await disable_profiles(everywhere=True, caller=ada.caller, dependencies=ada.shop.dependencies)
    assert await charged_method_id(ada) == first


async def test_anothers_is_never_chosen(ada: Device) -> None:
    theirs = await ada.add_method()
    bob = await ada.shop.sign_in_device("bob@example.com")
    assert await charged_method_id(bob) is None
    assert await charged_method_id(bob, theirs) is None
    own = await bob.add_method()
    assert await charged_method_id(bob) == own
    assert await charged_method_id(ada) == theirs
