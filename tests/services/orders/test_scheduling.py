"""Open orders become shipments: when their window closes, and when stock comes in."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.shipments import Shipment, ShipmentState
from gateway.services.orders.scheduling import SelectionJob, run_selection
from gateway.services.orders.shipment_addresses import load_ship_to
from tests.services.orders.test_joining import open_orders
from tests.shelves import DESK, HOME, MUG, OFFICE, PRINT
from tests.store import Buyer, Store, create_ids, require_order

pytestmark = pytest.mark.usefixtures("short_patience")


async def list_shipments(store: Store) -> tuple[Shipment, ...]:
    """All shipments, the earliest first."""
    async with store.database.read() as reading:
        return tuple(reversed(await reading.shipments.list_page(None, 100, None)))


async def close_windows(store: Store) -> None:
    store.clock.advance(timedelta(minutes=90))
    await store.work_until_idle()


async def contents(store: Store) -> list[list[tuple[str, int]]]:
    """What is in each shipment, by SKU."""
    return [
        [(line.sku, line.quantity) for line in shipment.lines]
        for shipment in await list_shipments(store)
    ]


async def add_stock(store: Store, variant_id: str, quantity: int) -> None:
    """Stock that comes in, with the request for a run that it makes."""
    async with store.database.begin() as work:
        await work.stock.release({variant_id: quantity})
        await work.selection_requests.request(store.clock.now())
    await store.work_until_idle()


def statuses(orders: Sequence[Order]) -> list[OrderStatus]:
    return [order.status for order in orders]


async def test_an_order_in_stock_is_one_parcel_at_the_end_of_its_window(store: Store) -> None:
    """R119: joined purchases leave together."""
    buyer = await store.one_click_buyer()
    await buyer.purchase(MUG, 2)
    order = require_order(await buyer.purchase(PRINT, 1))
    await store.work_until_idle()
    assert await list_shipments(store) == ()
    await close_windows(store)
    (shipment,) = await list_shipments(store)
    assert shipment.state is ShipmentState.READY
    assert [(line.sku, line.quantity, line.order_id, line.line_id) for line in shipment.lines] == [
        ("MUG", 2, order.id, order.lines[0].id),
        ("PRINT", 1, order.id, order.lines[1].id),
    ]
    assert (shipment.due_at, shipment.shipping_method) == (store.clock.now(), "Slow")
    async with store.database.read() as reading:
        ship_to = await load_ship_to([shipment.id], reading, store.dependencies)
    assert ship_to[shipment.id].address == HOME
    assert (await store.load_order(order.id)).status is OrderStatus.SCHEDULED


async def test_what_lacks_waits_and_the_rest_of_its_destination_leaves(store: Store) -> None:
    """R34, R36: a click in stock and one to order are two orders of one destination."""
    buyer = await store.one_click_buyer()
    mug, desk = await buyer.purchase(MUG), await buyer.purchase(DESK)
    await close_windows(store)
    assert await contents(store) == [[("MUG", 1)]]
    store.clock.advance(timedelta(seconds=1))
    orders = [await store.load_order(require_order(outcome).id) for outcome in (mug, desk)]
    assert statuses(orders) == [OrderStatus.SCHEDULED, OrderStatus.OPEN]
    await add_stock(store, DESK.id, 1)
    assert await contents(store) == [[("MUG", 1)], [("DESK", 1)]]
    assert (await store.load_order(orders[1].id)).status is OrderStatus.SCHEDULED


async def test_a_single_partly_filled_order_is_not_split(store: Store) -> None:
    """R36."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 1), (DESK, 1)])
    order = require_order(await buyer.check_out(cart, **await create_ids(buyer)))
    await close_windows(store)
    assert await list_shipments(store) == ()
    assert (await store.load_order(order.id)).status is OrderStatus.OPEN
    await add_stock(store, DESK.id, 1)
    assert await contents(store) == [[("MUG", 1), ("DESK", 1)]]


async def test_who_has_waited_longest_gets_what_comes_in(store: Store) -> None:
    """R34: of two who wait for the same thing the older order is filled first."""
    orders = []
    for email, address in (("ada@example.com", HOME), ("bob@example.com", OFFICE)):
        buyer = await store.sign_in_buyer(email)
        cart = await store.create_cart([(DESK, 2)])
        ids = await create_ids(buyer, address=address)
        orders.append(require_order(await buyer.check_out(cart, **ids)))
        store.clock.advance(timedelta(seconds=1))
    await close_windows(store)
    await add_stock(store, DESK.id, 2)
    assert statuses([await store.load_order(order.id) for order in orders]) == [
        OrderStatus.SCHEDULED,
        OrderStatus.OPEN,
    ]
    await add_stock(store, DESK.id, 1)
    await add_stock(store, DESK.id, 1)
    assert await contents(store) == [[("DESK", 2)], [("DESK", 2)]]


async def test_no_run_touches_an_order_within_its_window(store: Store) -> None:
    """R120."""
    buyer = await store.one_click_buyer()
    await buyer.purchase(MUG)
    assert (await run_selection(store.dependencies)).shipments == ()
    assert statuses(await open_orders(buyer)) == [OrderStatus.OPEN]


async def test_a_guest_shares_no_parcel(store: Store) -> None:
    for _ in range(2):
        await store.check_out_as_guest(await store.create_cart([(MUG, 1)]))
    await close_windows(store)
    assert await contents(store) == [[("MUG", 1)], [("MUG", 1)]]


async def event_details(buyer: Buyer, order: Order) -> list[tuple[str, str | None, str | None]]:
    async with buyer.dependencies.database.read() as reading:
        events = await reading.orders.list_events(order.id, 0, 100)
    return [(event.type.value, event.actor, event.detail) for event in events]


async def test_the_log_says_why(store: Store) -> None:
    """R40, R119."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG))
    await buyer.purchase(MUG)
    await close_windows(store)
    assert await event_details(buyer, order) == [
        ("placed", "buyer", None),
        (
            "joined",
            "buyer",
            "same address and payment method, within the window of the open order",
        ),
        ("scheduled", "shop", "all of its destination was in stock"),
    ]


async def test_stock_that_comes_in_during_a_run_is_looked_at(store: Store) -> None:
    """R39: another run follows."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(DESK))
    await close_windows(store)
    job, now = SelectionJob(store.dependencies), store.clock.now()
    async with store.database.begin() as work:
        await work.selection_requests.request(now)
    (lease,) = await job.claim(now, now + timedelta(minutes=1), 1)
    async with store.database.begin() as work:
        await work.selection_requests.request(now)
    await job.run(lease, now)
    async with store.database.begin() as work:
        await work.stock.release({DESK.id: 1})
    await store.work_until_idle()
    assert (await store.load_order(order.id)).status is OrderStatus.SCHEDULED
