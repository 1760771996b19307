"""R128: one request is answered in time, however many parcels and calls it is about."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.money import Money
from gateway.engine.orders.shipments import ShipmentState
from gateway.engine.user_errors import ErrorCode
from gateway.services import provider_waits
from gateway.services.orders.carrier_updates import CarrierWord, update_order_parcels
from gateway.services.orders.pending_changes import CHANGE_LEASE, PendingChangeRecovery
from gateway.services.ports.payments import (
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureResult,
    ProviderUnavailable,
)
from gateway.services.provider_waits import (
    MAX_RETRY_WAIT,
    answer_in_time,
    limit_wait,
)
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.services.orders.changing import set_quantity
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import close_window, list_parcels, load_money, place_order
from tests.services.orders.payments import with_payments
from tests.services.orders.test_scheduling import add_stock
from tests.shelves import DESK, MUG
from tests.store import Store, create_ids, require_order

WAIT = timedelta(seconds=0.1)


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_waits, "MAX_ANSWER_WAIT", WAIT)


class SlowPayments:
    """A provider that answers to the first two captures, and then to nothing."""

    def __init__(self, store: Store) -> None:
        self._provider: Any = store.dependencies.payment_provider
        self.is_slow = True
        self._capture_count = 0
        self.store = with_payments(
            store, capture=self._capture, authorize=self._authorize, find_by_key=self._find_by_key
        )

    async def _capture(
        self, charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        self._capture_count += 1
        if self.is_slow and self._capture_count > 2:
            await asyncio.Event().wait()
        result: CaptureResult = await self._provider.capture(
            charge_id, amount, idempotency_key, final=final
        )
        return result

    async def _authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        if self.is_slow:
            await asyncio.Event().wait()
        result: AuthorizationResult = await self._provider.authorize(request)
        return result

    async def _find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        if self.is_slow:
            return AuthorizationUnknown()
        result: AuthorizationResult | None = await self._provider.find_by_key(idempotency_key)
        return result


async def test_waits_of_one_request_share_its_time() -> None:
    now = asyncio.get_running_loop().time
    start = now()
    for _ in range(2):
        with answer_in_time():
            for _ in range(5):
                with answer_in_time(), pytest.raises(ProviderUnavailable):
                    async with limit_wait():
                        await asyncio.Event().wait()
    # Two requests, not ten waits.
    assert 2 <= (now() - start) / WAIT.total_seconds() < 9


async def test_a_wait_may_be_shorter_than_the_request() -> None:
    with answer_in_time():
        with pytest.raises(ProviderUnavailable):
            async with limit_wait(timedelta()):
                await asyncio.Event().wait()
        async with limit_wait():
            await asyncio.sleep(0)
    # Outside a request each wait has a time of its own.
    async with limit_wait():
        await asyncio.sleep(0)


async def test_parcels_of_one_order_share_the_time_of_their_request(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for what is answered.
    monkeypatch.setattr(provider_waits, "MAX_ANSWER_WAIT", timedelta(seconds=2))
    slow = SlowPayments(store)
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    # Two of one destination, whose mugs leave together: the one that lacks something is split.
    order, _ = [
        require_order(await buyer.check_out(await store.create_cart(lines), **ids))
        for lines in ([(MUG, 1), (DESK, 1)], [(MUG, 1)])
    ]
    await close_window(store)
    store.clock.advance(timedelta(seconds=1))
    await add_stock(store, DESK.id, 1)
    word = CarrierWord(ShipmentState.DISPATCHED, "carrier")
    outcome = await update_order_parcels(order.id, word, slow.store.dependencies)
    assert [error.code for error in outcome.user_errors] == [ErrorCode.PURCHASE_IN_PROGRESS]
    assert await find_violations(store) == []
    states = [parcel.state.value for parcel in await list_parcels(store, order)]
    assert sorted(states) == ["DISPATCHED", "READY"]
    slow.is_slow = False
    monkeypatch.undo()
    store.clock.advance(MAX_RETRY_WAIT)
    await slow.store.work_until_idle()
    money = await load_money(store, order)
    assert (money.held_amount, money.captured) == (0, money.due)
    outcome = await update_order_parcels(order.id, word, slow.store.dependencies)
    assert outcome.value is not None, outcome.user_errors
    assert await find_violations(store) == []


async def test_a_dearer_change_without_an_answer_is_rolled_back_soon(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowPayments(store)
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    slow_buyer = replace(buyer, store=slow.store)
    outcome = await set_quantity(slow_buyer, order, 4)
    assert [error.code for error in outcome.user_errors] == [ErrorCode.PURCHASE_IN_PROGRESS]
    job = PendingChangeRecovery(slow.store.dependencies)
    for wait in (CHANGE_LEASE, MAX_RETRY_WAIT):
        # It is not asked for again before the one that waits is rolled back.
        refusal = await set_quantity(slow_buyer, order, 4)
        assert [error.code for error in refusal.user_errors] == [ErrorCode.VERSION_CONFLICT]
        store.clock.advance(wait)
        await run_due_jobs((job,), store.clock.now())
        due = await job.next_due(store.clock.now())
        assert due is not None
        assert due <= store.clock.now() + MAX_RETRY_WAIT
    slow.is_slow = False
    monkeypatch.undo()
    store.clock.advance(MAX_RETRY_WAIT)
    await run_due_jobs((job,), store.clock.now())
    assert await job.next_due(store.clock.now()) is None
    assert (await set_quantity(slow_buyer, order, 4)).user_errors == ()
    assert await find_violations(store) == []
