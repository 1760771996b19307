"""R28: how much may be bought without a sign-in, and how much there is."""

import asyncio
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import LimitExceeded, OrderPlaced, OutOfStock
from tests.shelves import PRINT
from tests.store import Store, require_order


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def test_an_order_without_a_sign_in_is_capped(store: Store) -> None:
    """R28: to the cent; a bearer of any age lifts it."""
    buyer = await store.with_caps(1573, 10_000).one_click_buyer()
    require_order(await buyer.purchase())
    over = (
        "Without a sign-in, an order may cost at most 15.73 USD; this one costs 21.45 USD. "
        "Sign in, then retry."
    )
    assert await buyer.purchase(quantity=2) == LimitExceeded(over)
    assert await store.order_statuses() == ["OPEN"]
    authenticated = await buyer.sign_in_again()
    store.clock.advance(timedelta(days=1))
    require_order(await authenticated.purchase(quantity=2))


async def test_a_days_orders_without_a_sign_in_are_capped(store: Store) -> None:
    """R28: any 24 hours; what is cancelled or bought after a sign-in does not count."""
    buyer = await store.with_caps(5_000, 2 * 1573).one_click_buyer()
    over = LimitExceeded(
        "Without a sign-in, orders may cost at most 31.46 USD in 24 hours; this one of 10.73 "
        "USD would be over that. Sign in, then retry."
    )
    require_order(await buyer.purchase())
    require_order(await (await buyer.sign_in_again()).purchase())
    # What joins an order adds no shipping: 15.73 and 10.73 are below the cap, 37.19 is not.
    order = require_order(await buyer.purchase())
    assert order.unsigned_minor == 1573 + 1073
    assert await buyer.purchase() == over
    await store.cancel(order)
    require_order(await buyer.purchase())
    require_order(await buyer.purchase())
    assert await buyer.purchase() == over
    store.clock.advance(timedelta(hours=24))
    require_order(await buyer.purchase())


async def test_the_cap_counts_what_is_under_way(store: Store) -> None:
    """R28: ten presses at once do not slip through together."""
    buyer = await store.with_caps(5_000, 3 * 1573).one_click_buyer()
    outcomes = await asyncio.gather(*(buyer.purchase() for _ in range(10)))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, LimitExceeded) for outcome in outcomes) == 7
    assert len(await store.list_charges()) == 3


async def test_the_last_ones_are_sold_once(store: Store) -> None:
    """Ten at once for three."""
    buyer = await store.with_caps(10**9, 10**9).one_click_buyer()
    outcomes = await asyncio.gather(*(buyer.purchase(PRINT) for _ in range(10)))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 3
    assert outcomes.count(OutOfStock(PRINT.id, 0)) == 7
    assert await store.available_stock(PRINT) == 0
