"""What a checkout costs, and what pays for it."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import (
    OrderPlaced,
    OutOfStock,
    PriceChanged,
    PriceGuard,
)
from gateway.services import cart_edits
from gateway.services.cart_edits import CartReference
from tests.engine.purchases import net_tax_gross, usd
from tests.shelves import BUNDLE, CALIFORNIA, MUG, PRINT
from tests.store import STAFF, Store, create_ids, reload_cart, require_order


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def test_a_price_above_the_expected_total_buys_nothing(store: Store) -> None:
    """R92."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    assert net_tax_gross(cart.total) == (1500, 73, 1573)
    dearer = await store.check_out_as_guest(cart, expected_total=Decimal("15.72"))
    assert dearer == PriceChanged(usd(1572), usd(1573))
    assert (await store.order_statuses(), await store.list_charges()) == ([], [])
    require_order(await store.check_out_as_guest(cart, expected_total=Decimal("15.73")))


async def test_prices_are_those_of_the_moment(store: Store) -> None:
    """R92: repriced in the checkout."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    async with store.database.begin() as work:
        variants = await work.catalogue.load_variants([MUG.id])
        dearer = replace(variants[MUG.id], prices={"USD": 2000})
        products = await work.catalogue.load_products([MUG.product_id])
        await work.catalogue.save({products[MUG.product_id]: [dearer]}, store.clock.now())
    reloaded = await reload_cart(store, cart)
    assert "PRICE_CHANGED" in reloaded.items[0].tags
    changed = await store.check_out_as_guest(cart, expected_total=Decimal("15.73"))
    assert changed == PriceChanged(usd(1573), usd(2645))


async def test_more_than_there_is(store: Store) -> None:
    cart = await store.create_cart([(PRINT, 4)])
    assert await store.check_out_as_guest(cart) == OutOfStock(PRINT.id, 3)


async def test_codes_lower_the_price_and_stored_value_pays(store: Store) -> None:
    """R82: 3 x 10.00 less 10 %, 7.25 % of it, 5.00 of shipping; 25.00 of the 33.96 is paid."""
    cart = await store.create_cart([(MUG, 3)], CALIFORNIA, ["save10", "STORED25"])
    order = require_order(await store.check_out_as_guest(cart))
    assert (net_tax_gross(order.total), order.due) == ((3200, 196, 3396), usd(896))
    assert await store.list_charges() == [(896, "HELD")]
    assert await store.stored_value_balance("STORED25") == 0


async def test_what_stored_value_pays_in_full_needs_no_charge(store: Store) -> None:
    """R82: what is not needed stays on the code; no provider is asked."""
    cart = await store.create_cart([(MUG, 3)], CALIFORNIA, ["RICH"])
    order = require_order(await store.check_out_as_guest(cart, "sim_declined"))
    assert (order.due, await store.list_charges()) == (usd(0), [])
    assert await store.stored_value_balance("RICH") == 50_000 - 3718


async def test_stored_value_is_spent_once(store: Store) -> None:
    """Two carts at once with the same code."""
    two_carts = [await store.create_cart([(MUG, 3)], CALIFORNIA, ["STORED25"]) for _ in range(2)]
    outcomes = await asyncio.gather(*(store.check_out_as_guest(cart) for cart in two_carts))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 1
    spent = "STORED25: Nothing is left on this code."
    lost = PriceChanged(usd(1218), usd(3718), PriceGuard.DUE, (spent,))
    assert lost in outcomes
    assert (await store.stored_value_balance("STORED25"), await store.list_charges()) == (
        0,
        [(1218, "HELD")],
    )


async def test_a_declined_rest_gives_the_stored_value_back(store: Store) -> None:
    cart = await store.create_cart([(MUG, 3)], CALIFORNIA, ["STORED25"])
    await store.check_out_as_guest(cart, "sim_declined")
    assert await store.stored_value_balance("STORED25") == 2500


async def test_a_code_for_one_use_counts_once_a_purchaser(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    lines = [(MUG, 6)]
    first = require_order(
        await buyer.check_out(await store.create_cart(lines, None, ["ONCE"]), **ids)
    )
    again = require_order(
        await buyer.check_out(await store.create_cart(lines, None, ["ONCE"]), **ids)
    )
    assert (first.discount_total, again.discount_total) == (usd(-100), usd(0))
    await store.cancel(first)
    third = require_order(
        await buyer.check_out(await store.create_cart(lines, None, ["ONCE"]), **ids)
    )
    assert third.discount_total == usd(-100)


async def test_the_selected_shipping_is_bought(store: Store) -> None:
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    fast = next(each for each in cart.shipping_options if each.name == "Fast")
    selected = await cart_edits.select_shipping(
        CartReference(cart.id, cart.version),
        fast.id,
        caller=STAFF,
        dependencies=store.dependencies,
    )
    assert selected.value is not None
    order = require_order(await store.check_out_as_guest(selected.value))
    assert (order.shipping_name, net_tax_gross(order.shipping_total)[0]) == ("Fast", 1500)


async def test_an_order_says_what_one_bundle_cost_with_its_parts(store: Store) -> None:
    """Quantity times unit price is the line before discounts."""
    order = require_order(
        await store.check_out_as_guest(await store.create_cart([(BUNDLE, 2)], CALIFORNIA))
    )
    (item,) = (await store.load_order(order.id)).items
    assert (item.quantity, item.unit_price, item.total.net) == (2, usd(12_100), usd(24_200))
    assert [part.unit_price for part in item.components] == [usd(800), usd(10_000)]
