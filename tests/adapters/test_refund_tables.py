"""Refunds and returns as they are kept, on SQLite and on Postgres."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.amounts import TaxedShare
from gateway.engine.orders.refunds import Refund, RefundLine
from gateway.engine.orders.returns import OrderReturn, ReturnLine, ReturnStatus
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.refunds import (
    OrderRefund,
    RefundStatus,
    SealedReason,
    StoredReturn,
)
from tests.conftest import AnyDatabase
from tests.engine.purchases import USD
from tests.store import Store, require_order

SHARES = Refund(
    (RefundLine("orl_1", 2, TaxedShare(1089, 89)),),
    TaxedShare(500, 41),
    TaxedShare(1600, 130),
    stored_value=100,
)


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def place_order(store: Store) -> str:
    return require_order(await store.check_out_as_guest(await store.create_cart())).id


def build_refund(store: Store, order_id: str, id: str) -> OrderRefund:
    return OrderRefund(
        id, order_id, SHARES, USD, RefundStatus.PENDING, store.clock.now(), "staff:desk"
    )


def build_return(store: Store, order_id: str, id: str) -> StoredReturn:
    progress = OrderReturn(ReturnStatus.REQUESTED, (ReturnLine("orl_1", 2),))
    return StoredReturn(id, order_id, progress, store.clock.now())


async def test_refunds_come_back_as_they_went(store: Store) -> None:  # R124
    order_id, other_id = await place_order(store), await place_order(store)
    first = replace(build_refund(store, order_id, "ref_1"), reason="Broken.", restock=True)
    store.clock.advance(timedelta(seconds=1))
    second = replace(build_refund(store, order_id, "ref_2"), shares=replace(SHARES, lines=()))
    other = build_refund(store, other_id, "ref_3")
    async with store.database.begin() as work:
        for refund in (second, first, other):
            await work.refunds.add(refund)
    async with store.database.begin() as work:
        assert await work.refunds.list_for_orders([order_id]) == (first, second)
        assert await work.refunds.find_many(["ref_3", "ref_none"]) == {"ref_3": other}
        assert await work.refunds.find_for_update("ref_1") == first
        assert await work.refunds.find_for_update("ref_none") is None


async def test_a_refund_ends_once(store: Store) -> None:  # R124
    refund = build_refund(store, await place_order(store), "ref_1")
    completed = replace(refund, status=RefundStatus.COMPLETED, version=2)
    async with store.database.begin() as work:
        await work.refunds.add(refund)
        await work.refunds.save_status(completed)
        assert await work.refunds.find_for_update("ref_1") == completed
    with pytest.raises(VersionConflict):
        async with store.database.begin() as work:
            await work.refunds.save_status(replace(completed, status=RefundStatus.FAILED))


async def test_returns_come_back_as_they_went(store: Store) -> None:  # R125
    order_id = await place_order(store)
    refund = build_refund(store, order_id, "ref_1")
    requested = build_return(store, order_id, "ret_1")
    reason = SealedReason("pur_1", b"sealed")
    store.clock.advance(timedelta(seconds=1))
    later = build_return(store, order_id, "ret_2")
    async with store.database.begin() as work:
        await work.refunds.add(refund)
        await work.returns.add(later, None)
        await work.returns.add(requested, reason)
        received = replace(
            requested,
            progress=OrderReturn(ReturnStatus.RECEIVED, (ReturnLine("orl_1", 2, 1),)),
            restocked={"orl_1": 1},
            refund_id="ref_1",
            version=2,
        )
        await work.returns.save(received)
    async with store.database.read() as reading:
        returns = reading.returns
        assert await returns.find("ret_1") == received
        assert await returns.find("ret_none") is None
        assert await returns.list_for_orders([order_id]) == (received, later)
        assert await returns.find_reasons(["ret_1", "ret_2"]) == {"ret_1": reason}
    with pytest.raises(VersionConflict):
        async with store.database.begin() as work:
            await work.returns.save(received)


async def test_returns_are_listed_the_latest_first(store: Store) -> None:  # R125
    order_id = await place_order(store)
    returns = []
    for number in range(3):
        store.clock.advance(timedelta(seconds=1))
        returns.append(build_return(store, order_id, f"ret_{number}"))
    first, second, third = returns
    async with store.database.begin() as work:
        for stored_return in returns:
            await work.returns.add(stored_return, None)
        declined = replace(
            second, progress=replace(second.progress, status=ReturnStatus.DECLINED), version=2
        )
        await work.returns.save(declined)
        pages = work.returns
        assert await pages.list_page(None, 2, None) == (third, declined)
        assert await pages.list_page(None, 2, declined.list_position) == (first,)
        assert await pages.list_page(ReturnStatus.DECLINED, 2, None) == (declined,)
        assert await pages.list_page(ReturnStatus.REQUESTED, 1, third.list_position) == (first,)
