"""Purchases while the provider is away: answers come in time, and what was taken is finished."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import PaymentActionRequired, PurchaseInProgress
from gateway.services.checkout import attempt_outcomes, drafts, payment_attempts
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationRequest,
    AuthorizationUnknown,
    DeclineReason,
    ProviderUnavailable,
)
from gateway.services.provider_waits import MAX_RETRY_WAIT
from tests.services.orders.payments import with_payments
from tests.shelves import PRINT
from tests.store import Buyer, Store, require_order

IN_PROGRESS = PurchaseInProgress(1000)
LEASE = payment_attempts.CHARGE_LEASE + timedelta(seconds=1)


MAX_SILENT_SECONDS = 4.0
"""Less than either of the times that requests have unless tests hurry them."""

pytestmark = pytest.mark.usefixtures("short_patience")


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


@contextmanager
def hurry_provider() -> Iterator[None]:
    """Requests have the hundredth part of their time: for a provider that says nothing."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(attempt_outcomes, "ANSWER_TIMEOUT_SECONDS", 0.09)
        yield


@dataclass
class RemotePayments:
    """The simulation, behind a line: cut, it is not reached; mute, no answer ever comes."""

    payments: Any
    is_cut: bool = False
    is_mute: bool = False
    answers_unknown: bool = False
    calls: int = 0

    async def authorize(self, request: AuthorizationRequest) -> object:
        return await self._call(lambda: self.payments.authorize(request))

    async def find_by_key(self, key: str) -> object:
        return await self._call(lambda: self.payments.find_by_key(key))

    async def _call(self, call: Callable[[], Awaitable[object]]) -> object:
        self.calls += 1
        if self.is_cut:
            return AuthorizationUnknown()
        answer = await call()
        if self.is_mute:
            await asyncio.Event().wait()
        return AuthorizationUnknown() if self.answers_unknown else answer

    def __getattr__(self, name: str) -> object:
        return getattr(self.payments, name)


async def remote_buyer(store: Store, method: str = "sim_ok") -> tuple[RemotePayments, Buyer]:
    payments = RemotePayments(store.dependencies.payment_provider)
    remote = store.with_dependencies(payment_provider=payments)
    return payments, await remote.one_click_buyer(method)


async def seconds_of(answer: Awaitable[object]) -> tuple[object, float]:
    now = asyncio.get_running_loop().time
    started = now()
    return await answer, now() - started


def test_a_request_takes_less_than_ten_seconds_in_all() -> None:
    """R129: and the worker begins only when no request asks any more, soon enough for 30 s."""
    assert attempt_outcomes.RESULT_TIMEOUT_SECONDS < attempt_outcomes.ANSWER_TIMEOUT_SECONDS < 10
    patience = timedelta(seconds=10)
    assert patience < payment_attempts.CHARGE_LEASE <= timedelta(seconds=20)
    assert timedelta(seconds=40) >= MAX_RETRY_WAIT


async def test_no_answer_ever_is_a_purchase_in_progress(store: Store) -> None:
    """R129: for the first request, one beside it, and one that comes later."""
    payments, buyer = await remote_buyer(store)
    payments.is_mute = True
    with hurry_provider():
        for answer, seconds in await asyncio.gather(
            seconds_of(buyer.purchase(PRINT, key="k")), seconds_of(buyer.purchase(PRINT, key="k"))
        ):
            assert answer == IN_PROGRESS
            assert seconds < MAX_SILENT_SECONDS
        store.clock.advance(LEASE)
        answer, seconds = await seconds_of(buyer.purchase(PRINT, key="k"))
        assert (answer, seconds < MAX_SILENT_SECONDS) == (IN_PROGRESS, True)
    payments.is_mute = False
    require_order(await buyer.purchase(PRINT, key="k"))
    assert await store.list_charges() == [(13370, "HELD")]


async def test_who_asks_again_after_a_lost_answer_gets_the_order_at_once(store: Store) -> None:
    """R129: without the worker, and without a notice."""
    payments, buyer = await remote_buyer(store)
    payments.answers_unknown = True
    assert await buyer.purchase(PRINT, key="k") == IN_PROGRESS
    payments.answers_unknown = False
    # The first request may be asking until then.
    store.clock.advance(timedelta(seconds=attempt_outcomes.ANSWER_TIMEOUT_SECONDS))
    require_order(await buyer.purchase(PRINT, key="k"))
    assert await store.list_charges() == [(13370, "HELD")]
    assert await store.order_statuses() == ["OPEN"]


async def test_nobody_asks_again_and_no_notice_comes(store: Store) -> None:
    """R129: the order is there within 30 s of the click."""
    payments, buyer = await remote_buyer(store)
    payments.answers_unknown = True
    clicked_at = store.clock.now()
    assert await buyer.purchase(PRINT, key="k") == IN_PROGRESS
    payments.answers_unknown = False
    while await store.order_statuses() == []:
        assert store.clock.now() - clicked_at < timedelta(seconds=30)
        await buyer.store.run_due_jobs(timedelta(seconds=1))
    assert await store.list_charges() == [(13370, "HELD")]


@pytest.mark.parametrize("minutes", [1, 10, 120, 26 * 60])
async def test_a_provider_that_was_away_is_asked_soon_after_its_return(
    store: Store, minutes: int
) -> None:
    """R129: however long it was away, what was taken is finished within 90 s."""
    payments, buyer = await remote_buyer(store)
    payments.answers_unknown = True
    assert await buyer.purchase(PRINT, key="k") == IN_PROGRESS
    for _ in range(8):
        await buyer.store.run_due_jobs(timedelta(minutes=minutes) / 8)
    payments.answers_unknown = False
    back_at = store.clock.now()
    while await store.order_statuses() == []:
        assert store.clock.now() - back_at < timedelta(seconds=60)
        await buyer.store.run_due_jobs(timedelta(seconds=2))
    assert await store.list_charges() == [(13370, "HELD")]
    require_order(await buyer.purchase(PRINT, key="k"))


async def test_a_provider_that_is_away_is_asked_again_every_half_minute(store: Store) -> None:
    payments, buyer = await remote_buyer(store)
    payments.answers_unknown = True
    await buyer.purchase(PRINT, key="k")
    for _ in range(100):
        await buyer.store.run_due_jobs(timedelta(seconds=6))
    assert 20 <= payments.calls - 2 <= 30


async def test_what_waits_for_its_payer_is_answered_while_the_provider_is_away(
    store: Store,
) -> None:
    """R130: where to confirm is known; what the page confirms with is not."""
    payments, buyer = await remote_buyer(store, "sim_3ds")
    waiting = await buyer.purchase(PRINT, key="k")
    for payments.is_cut, payments.is_mute in ((True, False), (False, True)):
        with hurry_provider():
            answer, seconds = await seconds_of(buyer.purchase(PRINT, key="k"))
        assert (answer, seconds < MAX_SILENT_SECONDS) == (waiting, True)
        assert isinstance(answer, PaymentActionRequired)
        assert answer.client_secret is None


async def test_an_expired_confirmation_is_let_go_when_the_provider_is_back(store: Store) -> None:
    """R130: nothing may be held afterwards, so the refusal waits for the release."""
    buyer = await store.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(PRINT, key="k")
    assert isinstance(waiting, PaymentActionRequired)
    [key] = await store._column("SELECT id FROM purchase_attempts")
    action = await store.dependencies.payment_provider.find_by_key(key)
    assert isinstance(action, AuthorizationActionRequired)

    async def find_by_key(_: str) -> object:
        return action

    async def release(_: str) -> None:
        raise ProviderUnavailable

    away = with_payments(store, find_by_key=find_by_key, release=release)
    for _ in range(20):
        await away.run_due_jobs(timedelta(minutes=16))
    assert await store.available_stock(PRINT) == 2
    await store.run_due_jobs(timedelta(seconds=31))
    assert await buyer.purchase(PRINT, key="k") == drafts.decline(
        DeclineReason.AUTHENTICATION_EXPIRED
    )
    assert await store.available_stock(PRINT) == 3


async def test_a_payment_to_confirm_that_the_provider_forgot_is_over(store: Store) -> None:
    """R129: the reservation comes back, and the key keeps the answer."""
    buyer = await store.one_click_buyer("sim_3ds")
    await buyer.purchase(PRINT, key="k")

    async def find_by_key(_: str) -> None:
        return None

    forgetful = with_payments(store, find_by_key=find_by_key)
    await forgetful.run_due_jobs(timedelta(minutes=16))
    assert await buyer.purchase(PRINT, key="k") == drafts.decline(DeclineReason.RELEASED)
    assert await store.available_stock(PRINT) == 3
