"""Purchases of one purchaser to one destination become one order."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.engine.checkout.outcomes import OrderPlaced, PriceChanged, PurchaseOutcome
from gateway.engine.orders.order import Order, OrderBucket, OrderChange
from gateway.engine.pricing.purchase import ExtraCharge
from gateway.services.ports.outbox import MessageKind
from tests.services.checkout.test_interrupted_purchases import confirm
from tests.shelves import DESK, MUG, OFFICE
from tests.store import Buyer, Store

pytestmark = pytest.mark.usefixtures("short_patience")
WINDOW = timedelta(minutes=90)


def require_placed(outcome: PurchaseOutcome) -> OrderPlaced:
    assert isinstance(outcome, OrderPlaced), outcome
    return outcome


def gross(order: Order) -> int:
    assert order.total.gross is not None
    return order.total.gross.minor


async def open_orders(buyer: Buyer) -> tuple[Order, ...]:
    """The buyer's open orders, the earliest first."""
    purchaser_id = buyer.caller.purchaser_id
    assert purchaser_id is not None
    async with buyer.dependencies.database.read() as reading:
        orders = await reading.orders.list_open_for(purchaser_id)
    return tuple(sorted(orders, key=lambda order: order.placed_at))


async def event_types(store: Store, order: Order) -> Sequence[OrderChange]:
    async with store.database.read() as reading:
        return [event.type for event in await reading.orders.list_events(order.id, 0, 100)]


async def test_a_second_click_joins_and_pays_no_shipping_again(store: Store) -> None:
    """R118."""
    buyer = await store.one_click_buyer()
    first = require_placed(await buyer.purchase(MUG, 1))
    second = require_placed(await buyer.purchase(MUG, 2))
    assert first.merged_into is None
    assert second.merged_into == second.order
    assert second.order.id == first.order.id
    assert second.undo_until == first.undo_until
    (order,) = await open_orders(buyer)
    assert [(line.quantity, line.clicked) for line in order.lines] == [(1, True), (2, True)]
    assert (first.line_id, second.line_id) == tuple(line.id for line in order.lines)
    assert [item.line_id for item in order.items] == [line.id for line in order.lines]
    assert order.shipping_total == first.order.shipping_total
    # 10.00 and 5.00 for shipping with 0.73 tax, then 20.00 with 1.45: rounded line by line.
    assert await store.list_charges() == [(1573, "HELD"), (2145, "HELD")]
    assert gross(order) == 1573 + 2145
    assert await event_types(store, order) == [OrderChange.PLACED, OrderChange.JOINED]


async def test_a_repeated_key_tells_the_same_again(store: Store) -> None:
    """R22, R118: one charge a purchase."""
    buyer = await store.one_click_buyer()
    await buyer.purchase(MUG, 1)
    outcome = require_placed(await buyer.purchase(MUG, 2, key="again"))
    assert require_placed(await buyer.purchase(MUG, 2, key="again")) == outcome
    assert len(await store.list_charges()) == 2


@pytest.mark.parametrize(("wait", "count"), [(WINDOW, 1), (WINDOW + timedelta(seconds=1), 2)])
async def test_the_window_is_measured_from_the_opening(
    store: Store, wait: timedelta, count: int
) -> None:
    """R119: what is placed at its very end still joins."""
    buyer = await store.one_click_buyer()
    placed = require_placed(await buyer.purchase(MUG, 1))
    store.clock.advance(placed.order.placed_at + wait / 2 - store.clock.now())
    await buyer.purchase(MUG, 1)
    store.clock.advance(placed.order.placed_at + wait - store.clock.now())
    await buyer.purchase(MUG, 1)
    assert len(await open_orders(buyer)) == count


async def test_what_ships_late_is_an_order_of_its_own(store: Store) -> None:
    """R29: one order a bucket."""
    buyer = await store.one_click_buyer()
    await buyer.purchase(MUG, 1)
    await buyer.purchase(DESK, 1)
    await buyer.purchase(MUG, 1)
    assert [(order.bucket, len(order.lines)) for order in await open_orders(buyer)] == [
        (OrderBucket.SHORT_TERM, 2),
        (OrderBucket.LONG_TERM, 1),
    ]


async def test_another_address_or_method_is_another_order(store: Store) -> None:
    """R30."""
    buyer = await store.sign_in_buyer()
    home, office = await buyer.save_address(), await buyer.save_address(OFFICE, "office")
    card, other_card = await buyer.save_payment_method(), await buyer.save_payment_method("sim_3ds")
    for address, method, label in (
        (home, card, "home"),
        (office, card, "office"),
        (home, other_card, "other"),
    ):
        await buyer.enable_one_click(address, method, label)
    await buyer.purchase(MUG, 1, profile="home")
    store.clock.advance(timedelta(seconds=1))
    await buyer.purchase(MUG, 1, profile="office")
    await buyer.purchase(MUG, 1, profile="home")
    await buyer.purchase(MUG, 1, profile="other")
    assert [len(order.lines) for order in await open_orders(buyer)] == [2, 1]


async def test_two_first_clicks_at_once_are_one_order(store: Store) -> None:
    """R118: the second was shown shipping of its own, which is then not captured."""
    buyer = await store.one_click_buyer()
    await asyncio.gather(*(buyer.purchase(MUG, 1) for _ in range(4)))
    (order,) = await open_orders(buyer)
    assert len(order.lines) == 4
    assert gross(order) == 4 * 1073 + 500


async def test_the_guard_is_for_what_the_click_adds(store: Store) -> None:
    """R118."""
    buyer = await store.one_click_buyer()
    await buyer.purchase(MUG, 1)
    refusal = await buyer.purchase(MUG, 1, expected="10.72")
    assert isinstance(refusal, PriceChanged)
    assert (refusal.expected.minor, refusal.actual.minor) == (1072, 1073)
    require_placed(await buyer.purchase(MUG, 1, expected="10.73"))


async def test_a_cart_does_not_join(store: Store) -> None:
    """R32."""
    buyer = await store.sign_in_buyer()
    address, method = await buyer.save_address(), await buyer.save_payment_method()
    await buyer.enable_one_click(address, method)
    await buyer.purchase(MUG, 1)
    cart = await store.create_cart([(MUG, 1)])
    ids = {"address_id": address.id, "payment_method_id": method.id}
    store.clock.advance(timedelta(seconds=1))
    outcome = require_placed(await buyer.check_out(cart, **ids))
    assert outcome.merged_into is None
    await buyer.purchase(MUG, 1)
    assert [len(order.lines) for order in await open_orders(buyer)] == [2, 1]


async def test_a_device_joins_only_what_was_ordered_on_it(store: Store) -> None:
    """R118: without a sign-in; with one, what was ordered anywhere."""
    first_device = await store.one_click_buyer()
    await first_device.purchase(MUG, 1)
    second_device = await store.sign_in_buyer()
    (address,), (method,) = await second_device.saved_details()
    await second_device.enable_one_click(address, method)
    store.clock.advance(timedelta(seconds=1))
    alone = require_placed(await (await second_device.on_device_alone()).purchase(MUG, 1))
    assert alone.merged_into is None
    joined = require_placed(await second_device.purchase(MUG, 1))
    assert joined.merged_into is not None
    assert [len(order.lines) for order in await open_orders(second_device)] == [2, 1]


async def test_what_closes_before_the_bank_answers_costs_what_was_shown(store: Store) -> None:
    """R118: confirmed too late to join, it is an order at the price of joining."""
    buyer = await store.one_click_buyer("sim_3ds")
    await confirm(store, await buyer.purchase(MUG, 1))
    (order,) = await open_orders(buyer)
    store.clock.advance(order.closes_at - store.clock.now())
    waiting = await buyer.purchase(MUG, 1)
    store.clock.advance(timedelta(seconds=1))
    await confirm(store, waiting)
    _, late_order = await open_orders(buyer)
    assert gross(late_order) == 1073
    assert late_order.terms is not None
    assert late_order.terms.shipping == (ExtraCharge("Slow", 0),)
    assert await store.list_charges() == [(1073, "HELD"), (1573, "HELD")]


async def test_a_mail_tells_what_was_added(store: Store) -> None:
    """R118: one mail a purchase."""
    buyer = await store.one_click_buyer()
    first = require_placed(await buyer.purchase(MUG, 1))
    await buyer.purchase(MUG, 1)
    async with store.database.begin() as work:
        now = store.clock.now()
        messages = await work.outbox.claim(now, now + WINDOW, 10, MessageKind.MAIL)
    keys = {message.dedupe_key for message in messages}
    (order,) = await open_orders(buyer)
    assert keys == {
        f"order-placed-{first.order.id}",
        f"order-joined-{order.lines[1].purchase_id}",
    }
