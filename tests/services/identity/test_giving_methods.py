"""Which payment method a gift is charged to where its giver names none."""

from datetime import timedelta

import pytest

from gateway.services.gifts.givers import PurchasersWhoGive
from gateway.services.identity.one_click import Choice, disable, enable
from gateway.services.identity.payment_methods import delete_method
from tests.services.identity.conftest import MOMENT, Device, Shop


@pytest.fixture
async def ada(shop: Shop) -> Device:
    return await shop.signed_in("ada@example.com")


async def chosen(device: Device, id: str | None = None) -> str | None:
    """The id of the method a gift of the device's purchaser is charged to."""
    parts = device.shop.parts
    givers = PurchasersWhoGive(parts.cipher, parts.clock)
    owner = device.caller.purchaser_id
    assert owner is not None
    async with parts.database.read() as reading:
        found = await givers.payment_method(owner, id, reading)
    return found.id if found else None


async def enabled(device: Device, address_id: str, method_id: str, label: str) -> None:
    device.shop.clock.advance(MOMENT)
    choice = Choice(address_id, method_id, label)
    outcome = await enable(choice, caller=device.caller, parts=device.shop.parts)
    assert outcome.value is not None
    assert outcome.value.enabled


async def test_the_first_that_can_be_used(ada: Device) -> None:
    assert await chosen(ada) is None
    expiring = await ada.method("expiring")
    first = await ada.method()
    await ada.method("sim_3ds")
    assert await chosen(ada) == expiring
    ada.shop.clock.advance(timedelta(days=29))
    assert await chosen(ada) == first
    assert await chosen(ada, expiring) == expiring


async def test_rather_that_of_the_profile_enabled_last_on_any_device(ada: Device) -> None:
    first, second, third = [await ada.method() for _ in range(3)]
    home = await ada.address()
    await enabled(ada, home, third, "one")
    assert await chosen(ada) == third
    other = await ada.shop.signed_in("ada@example.com")
    await enabled(other, home, second, "two")
    assert await chosen(ada) == second
    await delete_method(second, caller=other.caller, parts=ada.shop.parts)
    assert await chosen(ada) == third
    await disable(everywhere=True, caller=ada.caller, parts=ada.shop.parts)
    assert await chosen(ada) == first


async def test_anothers_is_never_chosen(ada: Device) -> None:
    theirs = await ada.method()
    bob = await ada.shop.signed_in("bob@example.com")
    assert await chosen(bob) is None
    assert await chosen(bob, theirs) is None
    own = await bob.method()
    assert await chosen(bob) == own
    assert await chosen(ada) == theirs
