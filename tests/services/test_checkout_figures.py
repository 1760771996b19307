"""What a checkout costs, and what pays for it."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.buying import (
    AddressInsufficient,
    InvalidPurchase,
    OrderPlaced,
    OutOfStock,
    PriceChanged,
    PriceGuard,
    PurchaseOutcome,
)
from gateway.engine.carts import PricedCart
from gateway.engine.places import PostalAddress
from gateway.engine.problems import ErrorCode
from gateway.services import carts, orders
from tests.engine.purchases import sides, usd
from tests.shelves import CALIFORNIA, HOME, MUG, PRINT, SET
from tests.store import Buyer, Store, placed


@pytest.fixture
async def store(database: SqliteDatabase, clock: StandingClock) -> Store:
    return await Store.opened(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def own(
    buyer: Buyer, method: str = "sim_ok", address: PostalAddress = HOME
) -> dict[str, object]:
    """The ids of a new address and method of the buyer's."""
    saved = await buyer.address(address, f"to {address.city}")
    return {"address_id": saved.id, "payment_method_id": (await buyer.method(method)).id}


async def current(store: Store, cart: PricedCart) -> PricedCart:
    found = await carts.find(cart.id, store.parts)
    assert found is not None
    return found


def refused(outcome: PurchaseOutcome) -> list[tuple[ErrorCode, str | None]]:
    """Codes and paths without their "input"."""
    assert isinstance(outcome, InvalidPurchase | AddressInsufficient), outcome
    return [
        (error.code, ".".join(error.field[1:]) if error.field else None)
        for error in outcome.user_errors
    ]


async def test_a_price_above_the_expected_total_buys_nothing(store: Store) -> None:
    """R92."""
    cart = await store.cart([(MUG, 1)], CALIFORNIA)
    assert sides(cart.total) == (1500, 73, 1573)
    dearer = await store.guest(cart, expected_total=Decimal("15.72"))
    assert dearer == PriceChanged(usd(1572), usd(1573))
    assert (await store.orders(), await store.charges()) == ([], [])
    placed(await store.guest(cart, expected_total=Decimal("15.73")))


async def test_prices_are_those_of_the_moment(store: Store) -> None:
    """R92: repriced in the checkout."""
    cart = await store.cart([(MUG, 1)], CALIFORNIA)
    async with store.database.begin() as work:
        found = await work.catalogue.variants([MUG.id])
        dearer = replace(found[MUG.id], prices={"USD": 2000})
        products = await work.catalogue.products([MUG.product_id])
        await work.catalogue.save({products[MUG.product_id]: [dearer]}, store.clock.now())
    seen = await current(store, cart)
    assert "PRICE_CHANGED" in seen.items[0].tags
    changed = await store.guest(cart, expected_total=Decimal("15.73"))
    assert changed == PriceChanged(usd(1573), usd(2645))


async def test_more_than_there_is(store: Store) -> None:
    cart = await store.cart([(PRINT, 4)])
    assert await store.guest(cart) == OutOfStock(PRINT.id, 3)


async def test_codes_lower_the_price_and_stored_value_pays(store: Store) -> None:
    """R82: 3 x 10.00 less 10 %, 7.25 % of it, 5.00 of shipping; 25.00 of the 33.96 is paid."""
    cart = await store.cart([(MUG, 3)], CALIFORNIA, ["save10", "STORED25"])
    order = placed(await store.guest(cart))
    assert (sides(order.total), order.due) == ((3200, 196, 3396), usd(896))
    assert await store.charges() == [(896, "HELD")]
    assert await store.balance("STORED25") == 0


async def test_what_stored_value_pays_in_full_needs_no_charge(store: Store) -> None:
    """R82: what is not needed stays on the code; no provider is asked."""
    cart = await store.cart([(MUG, 3)], CALIFORNIA, ["RICH"])
    order = placed(await store.guest(cart, "sim_declined"))
    assert (order.due, await store.charges()) == (usd(0), [])
    assert await store.balance("RICH") == 50_000 - 3718


async def test_stored_value_is_spent_once(store: Store) -> None:
    """Two carts at once with the same code."""
    made = [await store.cart([(MUG, 3)], CALIFORNIA, ["STORED25"]) for _ in range(2)]
    outcomes = await asyncio.gather(*(store.guest(cart) for cart in made))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 1
    spent = "STORED25: Nothing is left on this code."
    lost = PriceChanged(usd(1218), usd(3718), PriceGuard.DUE, (spent,))
    assert lost in outcomes
    assert (await store.balance("STORED25"), await store.charges()) == (0, [(1218, "HELD")])


async def test_a_declined_rest_gives_the_stored_value_back(store: Store) -> None:
    cart = await store.cart([(MUG, 3)], CALIFORNIA, ["STORED25"])
    await store.guest(cart, "sim_declined")
    assert await store.balance("STORED25") == 2500


async def test_a_code_for_one_use_counts_once_a_purchaser(store: Store) -> None:
    buyer = await store.buyer()
    ids = await own(buyer)
    lines = [(MUG, 6)]
    first = placed(await buyer.check_out(await store.cart(lines, None, ["ONCE"]), **ids))
    again = placed(await buyer.check_out(await store.cart(lines, None, ["ONCE"]), **ids))
    assert (first.discount_total, again.discount_total) == (usd(-100), usd(0))
    await orders.cancel(first, store.parts)
    third = placed(await buyer.check_out(await store.cart(lines, None, ["ONCE"]), **ids))
    assert third.discount_total == usd(-100)


async def test_the_selected_shipping_is_bought(store: Store) -> None:
    cart = await store.cart([(MUG, 1)], CALIFORNIA)
    fast = next(each for each in cart.shipping_options if each.name == "Fast")
    chosen = await carts.select_shipping(cart.id, cart.version, fast.id, store.parts)
    assert chosen.value is not None
    order = placed(await store.guest(chosen.value))
    assert (order.shipping_name, sides(order.shipping_total)[0]) == ("Fast", 1500)


async def test_an_order_says_what_one_bundle_cost_with_its_parts(store: Store) -> None:
    """Quantity times unit price is the line before discounts."""
    order = placed(await store.guest(await store.cart([(SET, 2)], CALIFORNIA)))
    (kept,) = (await store.order(order.id)).items
    assert (kept.quantity, kept.unit_price, kept.total.net) == (2, usd(12_100), usd(24_200))
    assert [part.unit_price for part in kept.components] == [usd(800), usd(10_000)]
