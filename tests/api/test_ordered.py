"""R24, R115: ORDERED is for what this purchaser bought by one click and can still undo."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.resolvers.context import Context
from gateway.resolvers.offers import one_click
from gateway.services.identity.callers import Caller
from tests.awaiting import final_answer
from tests.conftest import AnyDatabase
from tests.shelves import BUNDLE, EBOOK, HOME, MUG, OFFICE, PRINT, VARIANTS
from tests.store import Buyer, Store, require_order

ORDERED, READY, NEEDS_INFO, NEEDS_SIGN_IN = "ORDERED", "READY", "NEEDS_INFO", "NEEDS_SIGN_IN"


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def one_click_states(store: Store, caller: Caller) -> dict[str, str]:
    """What the buttons of the shop say to the caller, by SKU."""
    context = Context(store.dependencies, caller, None)  # type: ignore[arg-type]
    info: Any = type("Info", (), {"context": context})
    async with store.database.read() as reading:
        variants_by_id = await reading.catalogue.load_variants([each.id for each in VARIANTS])
    return {
        each.sku: (await final_answer(one_click(each, info))).state.value
        for each in variants_by_id.values()
    }


async def sign_in(store: Store, identifier: str | None, email: str) -> Buyer:
    """Somebody who signs in, there or on a device of their own."""
    from gateway.services.demo.purchasers import create_token

    token = await create_token(email, dependencies=store.dependencies.identity)
    caller = await store.authenticate(identifier, token)
    return Buyer(store, identifier or caller.client.new_identifier or "", caller)


async def test_the_bundle_that_was_clicked_and_not_its_parts(store: Store) -> None:
    buyer = await store.one_click_buyer()
    require_order(await buyer.purchase(BUNDLE))
    button_states = await one_click_states(store, buyer.caller)
    assert button_states == {
        "MUG": READY,
        "PRINT": READY,
        "DESK": READY,
        "EBOOK": READY,
        "SET": ORDERED,
    }


async def test_several_clicks(store: Store) -> None:
    buyer = await store.one_click_buyer()
    require_order(await buyer.purchase(MUG))
    order = require_order(await buyer.purchase(EBOOK))
    button_states = await one_click_states(store, buyer.caller)
    assert (button_states["MUG"], button_states["EBOOK"], button_states["SET"]) == (
        ORDERED,
        ORDERED,
        READY,
    )
    await store.cancel(order)
    button_states = await one_click_states(store, buyer.caller)
    # Both are lines of one order.
    assert (button_states["MUG"], button_states["EBOOK"]) == (READY, READY)
    await buyer.purchase(MUG)
    store.clock.advance(timedelta(minutes=90))
    assert ORDERED not in (await one_click_states(store, buyer.caller)).values()


async def test_what_a_cart_bought_was_not_clicked(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    address, method = await buyer.save_address(), await buyer.save_payment_method()
    await buyer.enable_one_click(address, method)
    ids = {"address_id": address.id, "payment_method_id": method.id}
    require_order(await buyer.check_out(await store.create_cart([(MUG, 1), (BUNDLE, 1)]), **ids))
    button_states = await one_click_states(store, buyer.caller)
    assert (button_states["MUG"], button_states["SET"], button_states["PRINT"]) == (
        READY,
        READY,
        READY,
    )


async def test_another_purchaser_on_the_same_device(store: Store) -> None:
    """R08: and nothing carries over when the first one is back."""
    ada = await store.one_click_buyer()
    require_order(await ada.purchase(BUNDLE))
    bob = await sign_in(store, ada.identifier, "bob@example.com")
    assert set((await one_click_states(store, bob.caller)).values()) == {NEEDS_INFO}
    recognised = await store.authenticate(ada.identifier)
    assert recognised.purchaser_id == bob.caller.purchaser_id
    assert set((await one_click_states(store, recognised)).values()) == {NEEDS_INFO}
    await bob.enable_one_click(await bob.save_address(OFFICE), await bob.save_payment_method())
    assert (await one_click_states(store, bob.caller))["SET"] == READY
    require_order(await bob.purchase(EBOOK))
    button_states = await one_click_states(store, bob.caller)
    assert (button_states["SET"], button_states["EBOOK"]) == (READY, ORDERED)
    back = await sign_in(store, ada.identifier, "ada@example.com")
    button_states = await one_click_states(store, back.caller)
    assert (button_states["SET"], button_states["EBOOK"]) == (ORDERED, READY)


@pytest.mark.parametrize("variant", [MUG, PRINT, BUNDLE])
async def test_the_same_purchaser_elsewhere(store: Store, variant: Any) -> None:  # noqa: ANN401
    """A sign-in shows all one's own; a recognised device what was bought there."""
    here = await store.one_click_buyer()
    require_order(await here.purchase(variant))
    there = await sign_in(store, None, "ada@example.com")
    assert (await one_click_states(store, there.caller))[variant.sku] == ORDERED
    await there.enable_one_click(
        await there.save_address(HOME, "there"), await there.save_payment_method()
    )
    recognised = await there.on_device_alone()
    assert (await one_click_states(store, recognised.caller))[variant.sku] == READY
    assert (await one_click_states(store, (await here.on_device_alone()).caller))[
        variant.sku
    ] == ORDERED


async def test_a_stranger(store: Store) -> None:
    require_order(await (await store.one_click_buyer()).purchase(MUG))
    stranger = await store.authenticate()
    assert set((await one_click_states(store, stranger)).values()) == {NEEDS_SIGN_IN}
