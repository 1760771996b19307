"""R126: killed at any await, joining, scheduling, dispatching and cancelling lose nothing."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import OrderPlaced
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.shipments import (
    LineQuantity,
    ReturnedParcel,
    Shipment,
    ShipmentState,
)
from gateway.services.orders import scheduling
from gateway.services.orders.carrier_updates import CarrierWord, update_parcel
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from gateway.services.orders.order_edits import LineEdit
from gateway.services.orders.scheduling import SelectionJob
from gateway.services.request_keys import IdempotentRequest
from tests.kills import count_awaits, kill_at_await, wait_before_each_call
from tests.services.merchant_calculators import SimpleCalculator
from tests.services.orders.changing import MUCH, change
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import refund
from tests.shelves import DESK, HOME, MUG, PRINT
from tests.store import STAFF, Buyer, Store, require_order

pytestmark = pytest.mark.usefixtures("short_patience")
LEASE = timedelta(minutes=5)
"""After that long the worker takes over what a process left behind."""
PLENTY = 10_000
MAX_AWAITS = 500

Work: TypeAlias = Coroutine[Any, Any, Any]


@dataclass
class Scene:
    """A buyer of their own for one kill, and what they have so far."""

    store: Store
    buyer: Buyer
    number: int

    @property
    def key(self) -> str:
        return f"killed at {self.number}"

    def stepwise(self) -> "Scene":
        """The same, where every call waits, so that it can be cut."""
        if not isinstance(self.store.database, SqliteDatabase):
            # Every statement waits there.
            return self
        store = wait_before_each_call(self.store)
        return Scene(store, replace(self.buyer, store=store), self.number)

    async def orders(self) -> tuple[Order, ...]:
        async with self.store.database.read() as reading:
            purchaser_id = self.buyer.caller.purchaser_id or ""
            return await reading.orders.list_by_purchaser(purchaser_id, 10, None)

    async def parcels(self) -> list[Shipment]:
        order_ids = [order.id for order in await self.orders()]
        async with self.store.database.read() as reading:
            return list(await reading.shipments.list_for_orders(order_ids))

    async def parcel(self) -> Shipment:
        return (await self.parcels())[0]

    async def close_window(self) -> None:
        self.store.clock.advance(timedelta(minutes=90))
        await self.store.work_until_idle()


async def set_scene(store: Store, number: int) -> Scene:
    buyer = await store.sign_in_buyer(f"ada{number}@example.com")
    await buyer.enable_one_click(
        await buyer.save_address(HOME), await buyer.save_payment_method("sim_ok")
    )
    return Scene(store, await buyer.on_device_alone(), number)


async def kill_everywhere(
    store: Store,
    prepare: Callable[[Scene], Awaitable[None]],
    work: Callable[[Scene], Awaitable[Work]],
    finish: Callable[[Scene], Awaitable[None]],
) -> None:
    """Kill ``work`` at its awaits, for each a buyer of its own.

    Then let the worker run; ``finish`` repeats the request and looks at what came of it.
    """
    async with store.database.begin() as transaction:
        await transaction.stock.release({PRINT.id: PLENTY})
    for number in count_awaits(store.database, MAX_AWAITS):
        start = store.clock.now()
        scene = await set_scene(store, number)
        await prepare(scene)
        survivor = await kill_at_await(await work(scene.stepwise()), number)
        # What was given to the database to commit is committed before anything that comes later.
        async with store.database.begin() as transaction:
            await transaction.stock.release({PRINT.id: 0})
        store.clock.advance(LEASE)
        await store.work_until_idle()
        assert await find_violations(store, start) == [], scene.key
        await finish(scene)
        await store.work_until_idle()
        assert await find_violations(store, start) == [], scene.key
        await check_stock(store)
        if survivor is not None:
            assert number > 3
            return
    pytest.fail(f"more than {MAX_AWAITS} awaits")


async def check_stock(store: Store) -> None:
    """No kill takes goods from stock that no order has."""
    sold = 0
    position = None
    async with store.database.read() as reading:
        while page := await reading.order_search.list_orders(None, position, 100):
            position = page[-1].list_position
            sold += sum(
                dict(order.demand).get(PRINT.id, 0)
                for order in page
                if order.status is not OrderStatus.CANCELLED
            )
    assert await store.available_stock(PRINT) == 3 + PLENTY - sold


async def buy_print(scene: Scene) -> None:
    require_order(await scene.buyer.purchase(PRINT))


async def test_joining(store: Store) -> None:
    """R118, R126: the second purchase is part of the order, once, with one charge."""

    async def work(scene: Scene) -> Work:
        return scene.buyer.purchase(PRINT, 2, key=scene.key)

    async def finish(scene: Scene) -> None:
        outcome = await scene.buyer.purchase(PRINT, 2, key=scene.key)
        assert isinstance(outcome, OrderPlaced), (scene.key, outcome)
        (order,) = await scene.orders()
        assert [line.quantity for line in order.lines] == [1, 2], scene.key
        async with store.database.read() as reading:
            charges = await reading.order_payments.list_for(order.id)
        assert order.total.gross is not None
        assert sum(charge.held_minor for charge in charges) == order.total.gross.minor, scene.key

    await kill_everywhere(store, buy_print, work, finish)


async def test_scheduling_an_order_whose_window_closes(store: Store) -> None:
    """R119, R126: each of its lines is in one parcel."""

    async def prepare(scene: Scene) -> None:
        await scene.buyer.purchase(MUG)
        await scene.buyer.purchase(PRINT, 2)
        store.clock.advance(timedelta(minutes=90))

    async def work(scene: Scene) -> Work:
        (order,) = await scene.orders()
        return scheduling.schedule_due_order(order.id, scene.store.dependencies)

    async def finish(scene: Scene) -> None:
        (order,) = await scene.orders()
        await scheduling.schedule_due_order(order.id, store.dependencies)
        (parcel,) = await scene.parcels()
        assert [line.quantity for line in parcel.lines] == [1, 2], scene.key
        assert (await store.load_order(order.id)).status is OrderStatus.SCHEDULED, scene.key

    await kill_everywhere(store, prepare, work, finish)


async def test_selecting_when_stock_comes_in(store: Store) -> None:
    """R34, R126: what waited leaves once, together with nothing else."""

    async def prepare(scene: Scene) -> None:
        await scene.buyer.purchase(PRINT)
        await scene.buyer.purchase(DESK, 2)
        await scene.close_window()
        async with store.database.begin() as transaction:
            await transaction.stock.release({DESK.id: 2})
            await transaction.selection_requests.request(store.clock.now())

    async def work(scene: Scene) -> Work:
        job, now = SelectionJob(scene.store.dependencies), store.clock.now()
        (lease,) = await job.claim(now, now + timedelta(minutes=1), 1)
        return job.run(lease, now)

    async def finish(scene: Scene) -> None:
        await scheduling.run_selection(store.dependencies)
        contents = [
            [(line.sku, line.quantity) for line in parcel.lines] for parcel in await scene.parcels()
        ]
        assert sorted(contents) == [[("DESK", 2)], [("PRINT", 1)]], scene.key

    await kill_everywhere(store, prepare, work, finish)


async def prepare_parcel(scene: Scene) -> None:
    await scene.buyer.purchase(MUG)
    await scene.buyer.purchase(PRINT, 2)
    await scene.close_window()


async def sum_captured(scene: Scene) -> int:
    (order,) = await scene.orders()
    async with scene.store.database.read() as reading:
        charges = await reading.order_payments.list_for(order.id)
    return sum(charge.captured_minor for charge in charges)


async def test_dispatching_a_part(store: Store) -> None:
    """R123, R126: what left is captured once, and the rest is a parcel of its own."""

    async def build_dispatch(scene: Scene) -> Dispatch:
        first_parcel = await scene.parcel()
        line_id = first_parcel.lines[1].line_id or ""
        request = IdempotentRequest(
            "staff:packer", scene.key, "shipmentDispatch", {"of": scene.key}
        )
        quantities = (LineQuantity(line_id, 1),)
        return Dispatch(first_parcel.id, "staff:packer", quantities, request=request)

    async def work(scene: Scene) -> Work:
        return dispatch_shipment(await build_dispatch(scene), scene.store.dependencies)

    async def finish(scene: Scene) -> None:
        for _ in range(2):
            dispatch = await build_dispatch(scene) if len(await scene.parcels()) == 1 else None
            if dispatch is None:
                dispatched, remaining = sorted(
                    await scene.parcels(), key=lambda parcel: parcel.state is ShipmentState.READY
                )
                assert [line.quantity for line in dispatched.lines] == [1], scene.key
                assert sorted(line.quantity for line in remaining.lines) == [1, 1], scene.key
            else:
                outcome = await dispatch_shipment(dispatch, store.dependencies)
                assert outcome.value is not None, (scene.key, outcome)
        (order,) = await scene.orders()
        assert order.status is OrderStatus.SCHEDULED
        # 120.00 with 8.70 tax for the print, and 5.00 for shipping.
        assert await sum_captured(scene) == 13370, scene.key

    await kill_everywhere(store, prepare_parcel, work, finish)


async def test_dispatching_the_last_parcel(store: Store) -> None:
    """R123, R126: all that is due is captured, once."""

    async def work(scene: Scene) -> Work:
        dispatch = Dispatch((await scene.parcel()).id, "staff:packer")
        return dispatch_shipment(dispatch, scene.store.dependencies)

    async def finish(scene: Scene) -> None:
        dispatch = Dispatch((await scene.parcel()).id, "staff:packer")
        await dispatch_shipment(dispatch, store.dependencies)
        (order,) = await scene.orders()
        assert order.status is OrderStatus.SHIPPED, scene.key
        assert order.due is not None
        assert await sum_captured(scene) == order.due.minor, scene.key

    async def prepare(scene: Scene) -> None:
        await scene.buyer.purchase(PRINT)
        await scene.close_window()

    await kill_everywhere(store, prepare, work, finish)


async def test_a_parcel_that_comes_back_and_is_sent_again(store: Store) -> None:
    """R126: it is sent again once."""

    async def prepare(scene: Scene) -> None:
        await prepare_parcel(scene)
        await dispatch_shipment(
            Dispatch((await scene.parcel()).id, "staff:packer"), store.dependencies
        )

    word = CarrierWord(ShipmentState.RETURNED, "carrier", on_return=ReturnedParcel.RESEND)

    async def work(scene: Scene) -> Work:
        return update_parcel((await scene.parcel()).id, word, scene.store.dependencies)

    async def finish(scene: Scene) -> None:
        await update_parcel((await scene.parcel()).id, word, store.dependencies)
        returned, again = sorted(await scene.parcels(), key=lambda parcel: parcel.is_resent)
        assert (returned.state, again.state) == (ShipmentState.RETURNED, ShipmentState.READY)
        assert again.resent_id == returned.id

    await kill_everywhere(store, prepare, work, finish)


async def test_cancelling(store: Store) -> None:
    """R126: goods and money come back, once."""

    async def work(scene: Scene) -> Work:
        (order,) = await scene.orders()
        return scene.store.cancel(order)

    async def finish(scene: Scene) -> None:
        (order,) = await scene.orders()
        # Killed before anything was stored, it was scheduled meanwhile or can still be cancelled.
        await store.cancel(order)
        (order,) = await scene.orders()
        assert order.status is OrderStatus.CANCELLED, scene.key

    await kill_everywhere(store, buy_print, work, finish)


async def test_changing_a_line(store: Store) -> None:
    """R120, R126: what it costs more is held once, and its goods are reserved once."""

    async def work(scene: Scene) -> Work:
        (order,) = await scene.orders()
        edit = LineEdit(order.lines[0].id, 3)
        return change(scene.store, order, edit, STAFF, MUCH, key=scene.key)

    async def finish(scene: Scene) -> None:
        (order,) = await scene.orders()
        edit = LineEdit(order.lines[0].id, 3)
        outcome = await change(store, order, edit, STAFF, MUCH, key=scene.key)
        assert outcome.user_errors == (), (scene.key, outcome)
        (order,) = await scene.orders()
        async with store.database.read() as reading:
            charges = await reading.order_payments.list_for(order.id)
        assert order.due is not None
        assert order.lines[0].quantity == 3, scene.key
        assert sum(charge.held_minor for charge in charges) == order.due.minor, scene.key

    await kill_everywhere(store, buy_print, work, finish)


async def test_changing_a_line_that_the_calculator_prices(store: Store) -> None:
    """R84, R126: its mind may change in between; what it said is held once, as it was stored."""
    calculator = SimpleCalculator()
    asking_store = store.with_dependencies(calculator=calculator)

    async def work(scene: Scene) -> Work:
        (order,) = await scene.orders()
        calculator.rate, calculator.is_down = (lambda _: "8.875"), False
        edit = LineEdit(order.lines[0].id, 3)
        return change(scene.store, order, edit, STAFF, MUCH, key=scene.key)

    async def finish(scene: Scene) -> None:
        (order,) = await scene.orders()
        calculator.rate, calculator.is_down = (lambda _: "20"), scene.number % 2 == 0
        edit = LineEdit(order.lines[0].id, 3)
        outcome = await change(asking_store, order, edit, STAFF, MUCH, key=scene.key)
        assert outcome.user_errors == (), (scene.key, outcome)
        (order,) = await scene.orders()
        async with store.database.read() as reading:
            charges = await reading.order_payments.list_for(order.id)
        assert order.due is not None
        # 360.00 and 3.00 by drone at 8.875 % or at 20 %, or by the tables.
        assert order.due.minor in (36300 + 3195 + 27, 36300 + 7200 + 60, 36500 + 2610), scene.key
        assert sum(charge.held_minor for charge in charges) == order.due.minor, scene.key

    await kill_everywhere(asking_store, buy_print, work, finish)


async def test_refunding(store: Store) -> None:
    """R124, R126: it is given back, and put back into stock, once."""

    async def prepare(scene: Scene) -> None:
        await scene.buyer.purchase(MUG, 2)
        await scene.close_window()
        await dispatch_shipment(
            Dispatch((await scene.parcel()).id, "staff:packer"), store.dependencies
        )

    async def work(scene: Scene) -> Work:
        (order,) = await scene.orders()
        lines = (LineQuantity(order.lines[0].id, 1),)
        return refund(scene.store, order, scene.key, lines=lines)

    async def finish(scene: Scene) -> None:
        (order,) = await scene.orders()
        lines = (LineQuantity(order.lines[0].id, 1),)
        outcome = await refund(store, order, scene.key, lines=lines)
        assert outcome.value is not None, (scene.key, outcome)
        async with store.database.read() as reading:
            charges = await reading.order_payments.list_for(order.id)
        assert [charge.refunded_minor for charge in charges] == [1072], scene.key

    await kill_everywhere(store, prepare, work, finish)
