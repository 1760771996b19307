"""What is held too much is let go once all of an order has left (R118, R123)."""

from datetime import timedelta

import pytest

from gateway.engine.orders.payments import PaymentStage
from gateway.engine.orders.shipments import ReturnedParcel, ShipmentState
from gateway.services.orders import changes
from gateway.services.orders.carrier_updates import CarrierWord, update_order_parcels
from gateway.services.orders.order_edits import LineEdit
from gateway.services.orders.order_money import order_money
from tests.services.orders.changing import cancel, gross, order_after
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import dispatch, list_parcels, load_money, say
from tests.services.orders.test_changes import split_order
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


async def test_what_a_cancelled_rest_leaves_due_is_captured(store: Store) -> None:
    """R123, R126: all of it has left then, and no parcel follows that would capture a cent."""
    buyer, order = await split_order(store)
    for parcel in await list_parcels(store, order):
        assert (await dispatch(store, parcel)).value is not None
    left = order_after(await cancel(buyer, order))
    # One desk at 90.00 with 6.53 tax; shipped for 5.00. A half or a third of what was ordered.
    assert gross(left) == 10153
    async with store.database.read() as reading:
        pending = await reading.payment_operations.list_for(order.id)
    assert [(each.amount.minor, each.final) for each in pending if each.is_pending] == [(1, True)]
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    async with store.database.read() as reading:
        money = order_money(left, await reading.order_payments.list_for(order.id))
    assert (money.captured, money.held_amount, money.stage) == (10153, 0, PaymentStage.CAPTURED)
    assert await find_violations(store) == []


async def test_what_is_sent_again_lets_nothing_go_that_is_being_let_go(store: Store) -> None:
    """R123: a parcel comes back and leaves again before the worker has told the provider."""
    buyer, order = await split_order(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    order_after(await cancel(buyer, order))
    assert (await say(store, parcel, ShipmentState.RETURNED, ReturnedParcel.RESEND)).value
    [again] = [
        each for each in await list_parcels(store, order) if each.state is ShipmentState.READY
    ]
    assert (await dispatch(store, again)).value is not None
    async with store.database.read() as reading:
        pending = await reading.payment_operations.list_for(order.id)
    assert [(each.amount.minor, each.final) for each in pending if each.is_pending] == [(1, True)]
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    assert await find_violations(store) == []


async def test_what_is_due_is_captured_while_what_came_back_waits_to_leave_again(
    store: Store,
) -> None:
    """R123, R126: it left once, and the second time it leaves without a capture."""
    buyer, order = await split_order(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    assert (await say(store, parcel, ShipmentState.RETURNED, ReturnedParcel.RESEND)).value
    left = order_after(await cancel(buyer, order))
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    async with store.database.read() as reading:
        money = order_money(left, await reading.order_payments.list_for(order.id))
    assert (money.captured, money.held_amount, money.stage) == (10153, 0, PaymentStage.CAPTURED)
    assert await find_violations(store) == []
    [again] = [
        each for each in await list_parcels(store, order) if each.state is ShipmentState.READY
    ]
    assert (await dispatch(store, again)).value is not None
    assert await find_violations(store) == []


async def test_what_is_sent_again_is_not_captured_again(store: Store) -> None:
    """R118: one of two desks leaves twice, and the other is paid when it leaves."""
    _, order = await split_order(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    before = await load_money(store, order)
    assert (await say(store, parcel, ShipmentState.RETURNED, ReturnedParcel.RESEND)).value
    [again] = [
        each for each in await list_parcels(store, order) if each.state is ShipmentState.READY
    ]
    assert (await dispatch(store, again)).value is not None
    assert await load_money(store, order) == before
    assert before.held_amount > 0
    assert await find_violations(store) == []
