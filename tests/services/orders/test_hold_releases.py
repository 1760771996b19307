"""What is held too much is let go once all of an order has left (R118, R123)."""

from datetime import timedelta

import pytest

from gateway.engine.orders.payments import PaymentStage
from gateway.engine.orders.shipments import ShipmentState
from gateway.services.orders import changes
from gateway.services.orders.carrier_updates import CarrierWord, update_order_parcels
from gateway.services.orders.order_edits import LineEdit
from gateway.services.orders.order_money import order_money
from tests.services.orders.test_joining import open_orders, require_placed
from tests.shelves import MUG
from tests.store import Store

pytestmark = pytest.mark.usefixtures("short_patience")


async def test_a_line_that_was_taken_out_leaves_no_hold_behind(store: Store) -> None:
    buyer = await store.one_click_buyer()
    await buyer.purchase(MUG, 1)
    store.clock.advance(timedelta(seconds=1))
    placed = require_placed(await buyer.purchase(MUG, 2))
    assert placed.line_id is not None
    outcome = await changes.change_order(
        placed.order.id,
        LineEdit(placed.line_id, 0),
        caller=buyer.caller,
        dependencies=store.dependencies,
    )
    assert outcome.user_errors == ()
    store.clock.advance(timedelta(minutes=90))
    await store.work_until_idle()
    word = CarrierWord(ShipmentState.DISPATCHED, "carrier")
    dispatched = await update_order_parcels(placed.order.id, word, store.dependencies)
    assert dispatched.user_errors == ()
    assert await store.list_charges() == [(1573, "CAPTURED"), (2145, "RELEASED")]
    order = await store.load_order(placed.order.id)
    async with store.database.read() as reading:
        money = order_money(order, await reading.order_payments.list_for(order.id))
    assert (money.captured, money.held_amount, money.outstanding) == (1573, 0, 0)
    assert money.stage is PaymentStage.CAPTURED
    assert await open_orders(buyer) == ()
