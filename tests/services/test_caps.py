"""R28: how much may be bought without a sign-in, and how much there is."""

import asyncio
from datetime import timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.buying import (
    LimitExceeded,
    OrderPlaced,
    OutOfStock,
)
from gateway.services import orders
from tests.shelves import PRINT
from tests.store import Store, placed


@pytest.fixture
async def store(database: SqliteDatabase, clock: StandingClock) -> Store:
    return await Store.opened(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def test_an_order_without_a_sign_in_is_capped(store: Store) -> None:
    """R28: to the cent; a bearer of any age lifts it."""
    buyer = await store.capped(1573, 10_000).ready()
    placed(await buyer.click())
    over = "That is more than an order without a sign-in may cost; sign in first."
    assert await buyer.click(quantity=2) == LimitExceeded(over)
    assert await store.orders() == ["OPEN"]
    authenticated = await buyer.signed_in()
    store.clock.advance(timedelta(days=1))
    placed(await authenticated.click(quantity=2))


async def test_a_days_orders_without_a_sign_in_are_capped(store: Store) -> None:
    """R28: any 24 hours; what is cancelled or bought after a sign-in does not count."""
    buyer = await store.capped(5_000, 2 * 1573).ready()
    over = LimitExceeded("That is more than a day's orders without a sign-in.")
    first = placed(await buyer.click())
    placed(await (await buyer.signed_in()).click())
    placed(await buyer.click())
    assert await buyer.click() == over
    await orders.cancel(first, buyer.parts)
    placed(await buyer.click())
    assert await buyer.click() == over
    store.clock.advance(timedelta(hours=24))
    placed(await buyer.click())


async def test_the_cap_counts_what_is_under_way(store: Store) -> None:
    """R28: ten presses at once do not slip through together."""
    buyer = await store.capped(5_000, 3 * 1573).ready()
    outcomes = await asyncio.gather(*(buyer.click() for _ in range(10)))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, LimitExceeded) for outcome in outcomes) == 7
    assert len(await store.charges()) == 3


async def test_the_last_ones_are_sold_once(store: Store) -> None:
    """Ten at once for three."""
    buyer = await store.capped(10**9, 10**9).ready()
    outcomes = await asyncio.gather(*(buyer.click(PRINT) for _ in range(10)))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 3
    assert outcomes.count(OutOfStock(PRINT.id, 0)) == 7
    assert await store.stock(PRINT) == 0
