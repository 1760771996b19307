"""R124, R125: the sums of an order's money and goods after random histories, on both databases."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import LineQuantity, ReturnedParcel, Shipment, ShipmentState
from gateway.services.orders.order_money import amounts_of
from gateway.services.ports.refunds import OrderRefund, RefundStatus
from tests.conftest import open_test_database
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import (
    advance,
    ask_return,
    close_window,
    dispatch,
    list_parcels,
    load_money,
    place_order,
    refund,
    say,
)
from tests.shelves import MUG, PRINT
from tests.store import Buyer, Store

PAUSE = timedelta(minutes=2)
ORDERED = 2
"""How many prints are ordered, of which there are three."""
LINES = ((MUG, 3), (PRINT, ORDERED))
COUNTS, INDEXES = st.integers(1, 3), st.integers(0, 1)
_numbers = itertools.count()
Step: TypeAlias = tuple[Any, ...]
STEPS = st.lists(
    st.tuples(st.just("dispatch"), INDEXES, COUNTS)
    | st.tuples(st.just("deliver"))
    | st.tuples(st.just("come_back"), st.sampled_from(ReturnedParcel))
    | st.tuples(st.just("refund_line"), INDEXES, COUNTS, st.booleans(), st.booleans())
    | st.tuples(st.just("refund_amount"), st.integers(1, 9_000))
    | st.tuples(st.just("refund_rest"), st.booleans())
    | st.tuples(st.just("ask"), INDEXES, COUNTS)
    | st.tuples(st.just("receive"), st.none() | COUNTS, st.booleans(), st.booleans()),
    min_size=4,
    max_size=12,
)


@dataclass
class History:
    """One order and what happens to it; what is refused changes nothing, and is gone over."""

    store: Store
    buyer: Buyer
    order: Order
    stock: int
    stored_value: int
    asked: list[str] = field(default_factory=list)

    def line(self, index: int, count: int) -> LineQuantity:
        return LineQuantity(self.order.lines[index].id, count)

    async def parcels(self, is_one: Callable[[Shipment], bool]) -> list[Shipment]:
        return [each for each in await list_parcels(self.store, self.order) if is_one(each)]

    async def dispatch(self, index: int, count: int) -> None:
        for parcel in await self.parcels(lambda each: each.state is ShipmentState.READY):
            await dispatch(self.store, parcel, (self.line(index, count),))

    async def deliver(self) -> None:
        for parcel in await self.parcels(lambda each: each.state is ShipmentState.DISPATCHED):
            await say(self.store, parcel, ShipmentState.DELIVERED)

    async def come_back(self, on_return: ReturnedParcel) -> None:
        states = {ShipmentState.DISPATCHED, ShipmentState.RETURNED}
        for parcel in (await self.parcels(lambda each: each.state in states))[:1]:
            await say(self.store, parcel, ShipmentState.RETURNED, on_return)

    async def refund_line(self, index: int, count: int, shipping: bool, restock: bool) -> None:  # noqa: FBT001 - drawn
        lines = (self.line(index, count),)
        await refund(self.store, self.order, lines=lines, shipping=shipping, restock=restock)

    async def refund_amount(self, minor: int) -> None:
        await refund(self.store, self.order, amount=Decimal(minor).scaleb(-2))

    async def refund_rest(self, restock: bool) -> None:  # noqa: FBT001 - drawn
        await refund(self.store, self.order, restock=restock)

    async def ask(self, index: int, count: int) -> None:
        outcome = await ask_return(
            self.store, self.order, self.buyer.caller, self.line(index, count)
        )
        if outcome.value is not None:
            self.asked.append(outcome.value.id)
            await advance(self.store, outcome.value.id, "APPROVED")

    async def receive(self, count: int | None, refund: bool, restock: bool) -> None:  # noqa: FBT001 - drawn
        for id in self.asked[-1:]:
            async with self.store.database.read() as reading:
                record = await reading.returns.find(id)
            assert record is not None
            lines = None if count is None else (LineQuantity(record.lines[0].line_id, count),)
            await advance(self.store, id, "RECEIVED", lines=lines, refund=refund, restock=restock)

    async def check(self) -> None:
        """The sums, whatever happened."""
        assert await find_violations(self.store) == []
        money = await load_money(self.store, self.order)
        async with self.store.database.read() as reading:
            refunds = await reading.refunds.list_for_orders([self.order.id])
            returns = await reading.returns.list_for_orders([self.order.id])
        standing = [each for each in refunds if each.status is not RefundStatus.FAILED]
        completed = [each for each in refunds if each.status is RefundStatus.COMPLETED]
        assert 0 <= money.refunded <= money.captured <= money.due
        assert money.due == money.held_amount + money.captured + money.outstanding
        assert money.refunded == sum(each.shares.charged for each in completed)
        assert all(0 <= each.tax.minor <= each.amount.minor for each in refunds)
        self.check_lines(standing)
        amounts = amounts_of(self.order)
        assert sum(each.amount.minor for each in standing) <= amounts.total.gross
        assert sum(each.tax.minor for each in standing) <= amounts.total.tax
        balance = await self.store.stored_value_balance("STORED25")
        credited = sum(each.shares.stored_value for each in completed)
        assert balance == self.stored_value + credited
        prints = self.order.lines[1].id
        came_back = await self.parcels(lambda each: each.on_return is ReturnedParcel.REFUND)
        restocked = (
            sum(count_in(each, prints) for each in came_back)
            + sum(each.restocked.get(prints, 0) for each in returns)
            + sum(count_of(each, prints) for each in refunds if each.restock)
        )
        assert await self.store.available_stock(PRINT) == self.stock + restocked
        assert restocked <= ORDERED

    def check_lines(self, refunds: list[OrderRefund]) -> None:
        """No line gives back more than it cost, and all of it once all its units are."""
        is_by_lines = all(each.shares.lines or each.shares.shipping.gross for each in refunds)
        for amount in amounts_of(self.order).lines:
            parts = [
                part for each in refunds for part in each.lines if part.line_id == amount.line_id
            ]
            total = sum(part.amount.minor for part in parts)
            count = sum(part.quantity for part in parts)
            assert (count <= amount.quantity, total <= amount.total.gross) == (True, True)
            if count == amount.quantity and is_by_lines:
                assert total == amount.total.gross


def count_in(parcel: Shipment, line_id: str) -> int:
    return sum(line.quantity for line in parcel.lines if line.line_id == line_id)


def count_of(order_refund: OrderRefund, line_id: str) -> int:
    return sum(line.quantity for line in order_refund.lines if line.line_id == line_id)


async def run_history(
    database_url: str, clock: ManualClock, method: str, codes: tuple[str, ...], steps: list[Step]
) -> None:
    database = await open_test_database(database_url, clock)
    try:
        await run_steps(await Store.open(database, clock), method, codes, steps)
    finally:
        await database.close()


async def run_steps(
    store: Store, method: str, codes: tuple[str, ...], steps: Sequence[Step]
) -> None:
    """An order of a buyer of its own, and what happens to it."""
    await fill_up(store)
    buyer = await store.sign_in_buyer(f"buyer{next(_numbers)}@example.com")
    order = await place_order(buyer, LINES, method, codes)
    await close_window(store)
    stock = await store.available_stock(PRINT)
    assert stock == 3 - ORDERED
    balance = await store.stored_value_balance("STORED25")
    history = History(store, buyer, order, stock, balance)
    for name, *values in steps:
        await getattr(history, name)(*values)
        await history.check()
    await store.run_due_jobs(PAUSE)
    await history.check()


async def fill_up(store: Store) -> None:
    """Three prints and 25.00 of stored value, whatever the history before left of them."""
    prints = await store.available_stock(PRINT)
    assert prints is not None
    balance = await store.stored_value_balance("STORED25")
    async with store.database.begin() as work:
        await work.stock.release({PRINT.id: 3 - prints})
        await work.stored_values.credit("STORED25", 2500 - balance)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=STEPS,
    method=st.sampled_from(["sim_ok", "sim_refund_fails"]),
    codes=st.sampled_from([(), ("STORED25",), ("SAVE10",)]),
)
def test_money_and_goods_add_up_after_any_history(
    database_url: str, clock: ManualClock, steps: list[Step], method: str, codes: tuple[str, ...]
) -> None:  # R124, R125
    asyncio.run(run_history(database_url, clock, method, codes, steps))
