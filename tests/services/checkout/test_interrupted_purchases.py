"""Purchases that wait for their payer, whose provider is silent, or that a crash cut off (R22)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import (
    PaymentActionRequired,
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.engine.orders.order import OrderStatus
from gateway.services.checkout import attempt_outcomes, drafts, payment_attempts, recovery
from gateway.services.orders import lifecycle
from gateway.services.ports.payments import (
    AuthorizationDeclined,
    AuthorizationRequest,
    AuthorizationUnknown,
    DeclineReason,
)
from tests.engine.purchases import net_tax_gross, usd
from tests.kills import ProcessCrash
from tests.shelves import PRINT
from tests.store import HOUR, Buyer, Store, require_order


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def check_nothing_happened(store: Store, *, charges: Sequence[tuple[int, str]] = ()) -> None:
    assert await store.order_statuses() == []
    assert await store.list_charges() == list(charges)
    assert await store.available_stock(PRINT) == 3
    assert await store.count_rows("outbox") == 0


# -- 3-D Secure


async def confirm(store: Store, outcome: PurchaseOutcome) -> None:
    """What the payer's confirmation at the bank's page sets off."""
    assert isinstance(outcome, PaymentActionRequired)
    assert outcome.redirect_url is not None
    key = await store.confirm(outcome.redirect_url)
    await recovery.resume_attempt(key, store.dependencies)


# R130
async def test_a_confirmed_payment_is_an_order_under_the_first_key(store: Store) -> None:
    buyer = await store.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(PRINT, key="k")
    assert isinstance(waiting, PaymentActionRequired)
    assert waiting.expires_at == store.clock.now() + timedelta(minutes=15)
    assert await buyer.purchase(PRINT, key="k") == waiting
    assert (await store.order_statuses(), await store.available_stock(PRINT)) == ([], 2)
    await confirm(store, waiting)
    order = require_order(await buyer.purchase(PRINT, key="k"))
    assert (await store.order_statuses(), await store.list_charges()) == (
        ["OPEN"],
        [(13370, "HELD")],
    )
    assert order.placed_at == store.clock.now()
    assert await store.count_rows("outbox") == 1


async def test_a_payment_nobody_confirms_is_over(store: Store) -> None:
    """What was taken comes back, and the key keeps the refusal."""
    buyer = await store.one_click_buyer("sim_3ds")
    await buyer.purchase(PRINT, key="k")
    await store.run_due_jobs(timedelta(minutes=14))
    assert await store.available_stock(PRINT) == 2
    await store.run_due_jobs(timedelta(minutes=2))
    await check_nothing_happened(store)
    assert await buyer.purchase(PRINT, key="k") == drafts.decline(
        DeclineReason.AUTHENTICATION_EXPIRED
    )


async def test_a_confirmation_that_the_gateway_missed_is_found(store: Store) -> None:
    """A crash between the bank's page and the order."""
    buyer = await store.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(key="k")
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    await store.dependencies.payment_provider.confirm(token)  # type: ignore[attr-defined]
    await store.run_due_jobs(timedelta(minutes=16))
    assert require_order(await buyer.purchase(key="k")).status is OrderStatus.OPEN


async def test_who_asks_again_gets_the_order_that_the_gateway_missed(store: Store) -> None:
    """gifts 1: the confirmed charge is looked up with the same key."""
    buyer = await store.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(key="k")
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    await store.dependencies.payment_provider.confirm(token)  # type: ignore[attr-defined]
    assert require_order(await buyer.purchase(key="k")).status is OrderStatus.OPEN
    assert await store.list_charges() == [(1573, "HELD")]


async def test_a_checkout_that_was_confirmed_unseen_is_found_as_well(store: Store) -> None:
    cart = await store.create_cart()
    waiting = await store.check_out_as_guest(
        cart, "sim_3ds", idempotency_key="k", expected_total=Decimal(99)
    )
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    await store.dependencies.payment_provider.confirm(token)  # type: ignore[attr-defined]
    again = await store.check_out_as_guest(
        cart, "sim_3ds", idempotency_key="k", expected_total=Decimal(99)
    )
    assert require_order(again).status is OrderStatus.OPEN


async def test_a_confirmation_after_the_payers_time_holds_nothing(store: Store) -> None:
    """The provider's clock may be behind ours."""
    buyer = await store.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(PRINT, key="k")
    assert isinstance(waiting, PaymentActionRequired)
    key = (await store._column("SELECT id FROM purchase_attempts"))[0]
    still_open = await store.dependencies.payment_provider.find_by_key(key)

    provider = InterruptiblePayments(store)
    provider.fixed_answer = still_open
    await store.with_dependencies(payment_provider=provider).run_due_jobs(timedelta(minutes=16))
    store.clock.advance(-timedelta(minutes=16))
    token = (waiting.redirect_url or "").rpartition("/")[2]
    assert await store.dependencies.payment_provider.confirm(token) is None  # type: ignore[attr-defined]
    await check_nothing_happened(store, charges=[(13370, "RELEASED")])


async def test_what_is_confirmed_for_something_else_is_left_alone(store: Store) -> None:
    """gifts 1: a gift's hold is not an attempt that was given up as lost."""
    request = AuthorizationRequest(usd(500), "sim_ok", "gft_1.pay_1.500.1", "pur_1")
    await store.dependencies.payment_provider.authorize(request)
    await recovery.resume_attempt(request.idempotency_key, store.dependencies)
    assert await store.list_charges() == [(500, "HELD")]


# -- silence, crashes


class InterruptiblePayments:
    """The simulated provider, watched and sometimes cut off."""

    def __init__(self, store: Store) -> None:
        self.inner = store.dependencies.payment_provider
        self.reached = True
        self.answers = True
        self.fixed_answer: object = None
        self.authorize_called = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def authorize(self, request: AuthorizationRequest) -> object:
        self.authorize_called.set()
        await self.may_answer.wait()
        answer: object = (
            await self.inner.authorize(request) if self.reached else AuthorizationUnknown()
        )
        return answer if self.answers else AuthorizationUnknown()

    async def find_by_key(self, key: str) -> object:
        if self.fixed_answer is not None:
            return self.fixed_answer
        return await self.inner.find_by_key(key) if self.answers else AuthorizationUnknown()

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


def with_provider(buyer: Buyer, provider: InterruptiblePayments) -> Buyer:
    return replace(buyer, store=buyer.store.with_dependencies(payment_provider=provider))


async def test_a_silent_provider_is_asked_what_became_of_the_charge(store: Store) -> None:
    """R22, R129: never charged anew."""
    buyer = await store.one_click_buyer("sim_timeout")
    assert net_tax_gross(require_order(await buyer.purchase()).total)[2] == 1573
    assert await store.list_charges() == [(1573, "HELD")]


async def test_whoever_repeats_while_it_is_under_way_is_told_to_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: and gets the order once there is one."""
    provider = InterruptiblePayments(store)
    provider.may_answer.clear()
    buyer = with_provider(await store.one_click_buyer(), provider)
    first = asyncio.create_task(buyer.purchase(key="k"))
    await provider.authorize_called.wait()
    assert await buyer.purchase(key="k") == PurchaseInProgress(1000)
    monkeypatch.setattr(attempt_outcomes, "RESULT_TIMEOUT_SECONDS", 60.0)
    second = asyncio.create_task(buyer.purchase(key="k"))
    await asyncio.sleep(0)
    provider.may_answer.set()
    assert require_order(await first) == require_order(await second)


async def test_an_unknown_outcome_is_settled_by_the_worker(store: Store) -> None:
    """R22: the provider has the charge but says nothing for a while."""
    provider = InterruptiblePayments(store)
    provider.answers = False
    buyer = with_provider(await store.one_click_buyer(), provider)
    assert await buyer.purchase(PRINT, key="k") == PurchaseInProgress(1000)
    await buyer.store.run_due_jobs(timedelta(seconds=31))
    assert (await store.order_statuses(), await store.available_stock(PRINT)) == ([], 2)
    provider.answers = True
    await buyer.store.run_due_jobs(HOUR)
    require_order(await buyer.purchase(PRINT, key="k"))
    assert (await store.order_statuses(), await store.list_charges()) == (
        ["OPEN"],
        [(13370, "HELD")],
    )


async def test_what_the_provider_never_saw_is_given_up(store: Store) -> None:
    """R22: the stock comes back, and the same request may run again."""
    provider = InterruptiblePayments(store)
    provider.reached = False
    buyer = with_provider(await store.one_click_buyer(), provider)
    assert await buyer.purchase(PRINT, key="k") == PurchaseInProgress(1000)
    assert await store.available_stock(PRINT) == 2
    await store.run_due_jobs(timedelta(seconds=31))
    await check_nothing_happened(store)
    provider.reached = True
    require_order(await buyer.purchase(PRINT, key="k"))


async def test_a_charge_that_comes_after_giving_up_is_let_go(store: Store) -> None:
    """R22: a process that slept for a minute must not leave money held."""
    provider = InterruptiblePayments(store)
    provider.may_answer.clear()
    buyer = with_provider(await store.one_click_buyer(), provider)
    asleep = asyncio.create_task(buyer.purchase(key="k"))
    await provider.authorize_called.wait()
    await store.run_due_jobs(timedelta(seconds=31))
    provider.may_answer.set()
    assert await asleep == PurchaseInProgress(1000)
    assert (await store.order_statuses(), await store.list_charges()) == ([], [(1573, "RELEASED")])
    require_order(await buyer.purchase(key="k"))
    assert await store.list_charges() == [(1573, "HELD"), (1573, "RELEASED")]


async def test_a_payment_confirmed_after_its_time_is_let_go(store: Store) -> None:
    buyer = await store.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(key="k")
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    charge = await store.dependencies.payment_provider.confirm(token)  # type: ignore[attr-defined]
    declined = AuthorizationDeclined(DeclineReason.AUTHENTICATION_EXPIRED)
    await payment_attempts.record_authorization(
        charge.idempotency_key, declined, store.dependencies
    )
    await recovery.resume_attempt(charge.idempotency_key, store.dependencies)
    assert (await store.order_statuses(), await store.list_charges()) == ([], [(1573, "RELEASED")])


async def test_a_crash_between_charge_and_order_is_repaired(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: on restart the provider is asked by the same key."""

    async def dying(*_: object) -> None:
        raise ProcessCrash

    buyer = await store.one_click_buyer()
    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "place_order", dying)
        with pytest.raises(ProcessCrash):
            await buyer.purchase(PRINT, key="k")
    assert (await store.order_statuses(), await store.list_charges()) == ([], [(13370, "HELD")])
    assert await store.available_stock(PRINT) == 2
    await store.run_due_jobs(timedelta(seconds=31))
    assert (await store.order_statuses(), await store.list_charges()) == (
        ["OPEN"],
        [(13370, "HELD")],
    )
    require_order(await buyer.purchase(PRINT, key="k"))
    assert await store.available_stock(PRINT) == 2
    assert await store.count_rows("outbox") == 1


async def test_a_crash_before_the_charge_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22."""

    async def dying(*_: object) -> None:
        raise ProcessCrash

    buyer = await store.one_click_buyer()
    with monkeypatch.context() as patched:
        patched.setattr(payment_attempts, "_authorize", dying)
        with pytest.raises(ProcessCrash):
            await buyer.purchase(PRINT, key="k")
    await store.run_due_jobs(timedelta(seconds=31))
    await check_nothing_happened(store)
    require_order(await buyer.purchase(PRINT, key="k"))
