"""What a button says that its click costs is what the click costs (R114)."""

import asyncio
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.catalogue.products import Variant
from gateway.engine.identity.one_click_offers import OneClickOffer
from gateway.engine.orders.order import Order
from gateway.resolvers import offers
from gateway.resolvers.context import Context
from gateway.services.checkout.one_click_offers import OneClickPricing
from gateway.services.offer_prices import OfferPrice
from tests.awaiting import final_answer
from tests.conftest import AnyDatabase
from tests.shelves import BUNDLE, DESK, EBOOK, MUG, PRINT
from tests.store import Buyer, Store, require_order


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def read_offer(buyer: Buyer, variant: Variant) -> tuple[OneClickOffer, Any]:
    """The variant's button, and what resolves its fields."""
    context = Context(buyer.dependencies, buyer.caller, None)  # type: ignore[arg-type]
    info: Any = type("Info", (), {"context": context})
    return await final_answer(offers.one_click(variant, info)), info


async def held_amount(store: Store) -> int:
    """What is held at the provider, minor units."""
    return sum(amount for amount, status in await store.list_charges() if status == "HELD")


@pytest.mark.parametrize("signed_in", [True, False])
async def test_the_total_is_what_the_click_charges(store: Store, *, signed_in: bool) -> None:
    """R114, R118: alone, joining, and again in another bucket."""
    buyer = await store.one_click_buyer()
    if signed_in:
        buyer = await buyer.sign_in_again()
    for variant, quantity in ((MUG, 1), (EBOOK, 2), (MUG, 3), (DESK, 1), (BUNDLE, 1), (PRINT, 1)):
        offer, info = await read_offer(buyer, variant)
        total = await final_answer(offers.total(offer, info, quantity))
        due = await final_answer(offers.due(offer, info, quantity))
        assert total is not None
        assert total.gross is not None
        assert total.gross == due
        assert (total.net is None, total.tax is None) == (not signed_in, not signed_in)
        before = await held_amount(store)
        require_order(await buyer.purchase(variant, quantity, expected=str(total.gross.amount)))
        assert await held_amount(store) - before == total.gross.minor


async def test_an_ordered_button_names_the_line_to_undo(store: Store) -> None:
    """R115: the last of several clicks."""
    buyer = await store.one_click_buyer()
    await buyer.purchase(MUG)
    order = require_order(await buyer.purchase(MUG))
    offer, info = await read_offer(buyer, MUG)
    clicked_order = await final_answer(offers.order(offer, info))
    assert isinstance(clicked_order, Order)
    assert (clicked_order.id, await final_answer(offers.line_id(offer, info))) == (
        order.id,
        order.lines[1].id,
    )
    assert await final_answer(offers.undo_until(offer, info)) == order.closes_at


async def test_a_button_that_cannot_be_pressed_has_no_total(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    offer, info = await read_offer(buyer, MUG)
    assert await final_answer(offers.total(offer, info)) is None
    buyer = await store.one_click_buyer()
    offer, info = await read_offer(buyer, PRINT)
    assert [
        await final_answer(offers.total(offer, info, quantity)) for quantity in (0, 4, 1_000_001)
    ] == [None] * 3
    assert await final_answer(offers.order(offer, info)) is None


async def test_an_offer_that_cannot_be_priced_leaves_the_others_theirs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R114: they are priced in one pass."""
    price = OneClickPricing.price

    def fail_for_ebooks(
        pricing: OneClickPricing, variant: Variant, quantity: int
    ) -> OfferPrice | None:
        if variant.id == EBOOK.id:
            raise ZeroDivisionError
        return price(pricing, variant, quantity)

    monkeypatch.setattr(OneClickPricing, "price", fail_for_ebooks)
    buyer = await store.one_click_buyer()
    context = Context(buyer.dependencies, buyer.caller, None)  # type: ignore[arg-type]
    loader = context.one_click_prices
    failed, loaded = await asyncio.gather(
        loader.load((EBOOK.id, 1)), loader.load((MUG.id, 1)), return_exceptions=True
    )
    assert isinstance(failed, ZeroDivisionError)
    assert isinstance(loaded, OfferPrice)
