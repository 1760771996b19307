"""R24, R115: ORDERED is for what this purchaser bought by one click and can still undo."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.resolvers.context import Context
from gateway.resolvers.offers import one_click
from gateway.services import orders
from gateway.services.identity.callers import Caller
from tests.conftest import AnyDatabase
from tests.shelves import EBOOK, HOME, MUG, OFFICE, PRINT, SET, VARIANTS
from tests.store import Buyer, Store, placed

ORDERED, READY, NEEDS_INFO, NEEDS_SIGN_IN = "ORDERED", "READY", "NEEDS_INFO", "NEEDS_SIGN_IN"


@pytest.fixture
async def store(databases: AnyDatabase, clock: StandingClock) -> Store:
    return await Store.opened(databases, clock)


async def states(store: Store, caller: Caller) -> dict[str, str]:
    """What the buttons of the shop say to the caller, by SKU."""
    context = Context(store.parts, caller, None)  # type: ignore[arg-type]
    info: Any = type("Info", (), {"context": context})
    async with store.database.read() as reading:
        found = await reading.catalogue.variants([each.id for each in VARIANTS])
    return {each.sku: (await one_click(each, info)).state.value for each in found.values()}


async def signed_in(store: Store, identifier: str | None, email: str) -> Buyer:
    """Somebody who signs in, there or on a device of their own."""
    from gateway.services.identity.demo import token_for

    token = await token_for(email, parts=store.parts.identity)
    caller = await store.recognise(identifier, token)
    return Buyer(store, identifier or caller.client.issued or "", caller)


async def test_the_bundle_that_was_clicked_and_not_its_parts(store: Store) -> None:
    buyer = await store.ready()
    placed(await buyer.click(SET))
    found = await states(store, buyer.caller)
    assert found == {"MUG": READY, "PRINT": READY, "DESK": READY, "EBOOK": READY, "SET": ORDERED}


async def test_several_clicks(store: Store) -> None:
    buyer = await store.ready()
    placed(await buyer.click(MUG))
    order = placed(await buyer.click(EBOOK))
    found = await states(store, buyer.caller)
    assert (found["MUG"], found["EBOOK"], found["SET"]) == (ORDERED, ORDERED, READY)
    await orders.cancel(order, store.parts)
    found = await states(store, buyer.caller)
    assert (found["MUG"], found["EBOOK"]) == (ORDERED, READY)
    store.clock.advance(timedelta(minutes=90))
    assert ORDERED not in (await states(store, buyer.caller)).values()


async def test_what_a_cart_bought_was_not_clicked(store: Store) -> None:
    buyer = await store.buyer()
    address, method = await buyer.address(), await buyer.method()
    await buyer.enable(address, method)
    ids = {"address_id": address.id, "payment_method_id": method.id}
    placed(await buyer.check_out(await store.cart([(MUG, 1), (SET, 1)]), **ids))
    found = await states(store, buyer.caller)
    assert (found["MUG"], found["SET"], found["PRINT"]) == (READY, READY, READY)


async def test_another_purchaser_on_the_same_device(store: Store) -> None:
    """R08: and nothing carries over when the first one is back."""
    ada = await store.ready()
    placed(await ada.click(SET))
    bob = await signed_in(store, ada.identifier, "bob@example.com")
    assert set((await states(store, bob.caller)).values()) == {NEEDS_INFO}
    recognised = await store.recognise(ada.identifier)
    assert recognised.purchaser_id == bob.caller.purchaser_id
    assert set((await states(store, recognised)).values()) == {NEEDS_INFO}
    await bob.enable(await bob.address(OFFICE), await bob.method())
    assert (await states(store, bob.caller))["SET"] == READY
    placed(await bob.click(EBOOK))
    found = await states(store, bob.caller)
    assert (found["SET"], found["EBOOK"]) == (READY, ORDERED)
    back = await signed_in(store, ada.identifier, "ada@example.com")
    found = await states(store, back.caller)
    assert (found["SET"], found["EBOOK"]) == (ORDERED, READY)


@pytest.mark.parametrize("variant", [MUG, PRINT, SET])
async def test_the_same_purchaser_elsewhere(store: Store, variant: Any) -> None:  # noqa: ANN401
    """A sign-in shows all one's own; a recognised device what was bought there."""
    here = await store.ready()
    placed(await here.click(variant))
    there = await signed_in(store, None, "ada@example.com")
    assert (await states(store, there.caller))[variant.sku] == ORDERED
    await there.enable(await there.address(HOME, "there"), await there.method())
    recognised = await there.recognised()
    assert (await states(store, recognised.caller))[variant.sku] == READY
    assert (await states(store, (await here.recognised()).caller))[variant.sku] == ORDERED


async def test_a_stranger(store: Store) -> None:
    placed(await (await store.ready()).click(MUG))
    stranger = await store.recognise()
    assert set((await states(store, stranger)).values()) == {NEEDS_SIGN_IN}
