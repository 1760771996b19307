"""What is given up goes at the payment provider, too: after its last open use, once, and later."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.simulated_payments.payment_methods import SimulatedPaymentMethods
from gateway.engine.checkout.outcomes import PaymentDeclined, PurchaseInProgress
from gateway.services.account_erasure import AccountDependencies, erase_account
from gateway.services.checkout.guest_customers import GUEST_PAUSE
from gateway.services.checkout.recovery import abandon_attempt, undo_attempt
from gateway.services.dependencies import Dependencies
from gateway.services.identity.payment_methods import delete_method
from gateway.services.ports.payments import (
    AuthorizationRequest,
    AuthorizationUnknown,
    ProviderUnavailable,
)
from gateway.services.provider_clearance import OPEN_USE_PAUSE, ProviderClearanceJob
from gateway.services.provider_waits import MAX_RETRY_WAIT
from gateway.worker import run_due_jobs
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.services.orders.parcels import deliver
from tests.store import Buyer, Store, create_ids, require_order


@dataclass
class Vault(SimulatedPaymentMethods):
    """Writes down what it is to forget; while it is ``away`` nothing is forgotten."""

    away: bool = False
    forgotten: list[str] = field(default_factory=list)

    async def detach(self, provider_token: str) -> None:
        self._forget(provider_token)

    async def forget_customer(self, customer_id: str) -> None:
        self._forget(customer_id)

    def _forget(self, what: str) -> None:
        if self.away:
            raise ProviderUnavailable("no answer")
        self.forgotten.append(what)


@dataclass
class UnansweredAuthorizations:
    """The simulation, which takes no request and gives no answer to one."""

    dependencies: Dependencies
    keys: list[str] = field(default_factory=list)

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationUnknown:
        self.keys.append(request.idempotency_key)
        return AuthorizationUnknown()

    def __getattr__(self, name: str) -> object:
        return getattr(self.dependencies.payment_provider, name)


@dataclass
class ClearanceStore:
    """A store with a vault that is watched."""

    store: Store
    vault: Vault

    @property
    def dependencies(self) -> AccountDependencies:
        gifts = offline_gift_dependencies(self.store.dependencies)
        return AccountDependencies(self.store.dependencies, gifts)

    async def work(self, elapsed: timedelta = timedelta()) -> None:
        """Let time pass and the job do what is due."""
        self.store.clock.advance(elapsed)
        jobs = (ProviderClearanceJob(self.dependencies),)
        while await run_due_jobs(jobs, self.store.clock.now()):
            pass

    async def list_failing(self) -> list[tuple[str, str | None]]:
        async with self.store.database.read() as reading:
            return [
                (clearance.id, clearance.failure)
                for clearance in await reading.provider_clearances.list_failing(10)
            ]

    async def delete(self, buyer: Buyer, method_id: str) -> None:
        outcome = await delete_method(
            method_id, caller=buyer.caller, dependencies=self.store.dependencies.identity
        )
        assert outcome.value is not None, outcome.user_errors


@pytest.fixture
async def house(databases: AnyDatabase, clock: ManualClock) -> ClearanceStore:
    store, vault = await Store.open(databases, clock), Vault()
    identity = replace(store.dependencies.identity, payment_method_vault=vault)
    return ClearanceStore(store.with_dependencies(identity=identity), vault)


async def test_a_method_that_nothing_needs_goes_at_once(house: ClearanceStore) -> None:
    buyer = await house.store.sign_in_buyer()
    method = await buyer.save_payment_method("sim_ok")
    await house.delete(buyer, method.id)
    await house.work()
    assert house.vault.forgotten == ["sim_ok"]
    await house.work(timedelta(days=1))
    assert house.vault.forgotten == ["sim_ok"]


async def test_one_that_an_order_may_be_charged_to_goes_after_it(house: ClearanceStore) -> None:
    buyer = await house.store.sign_in_buyer()
    ids = await create_ids(buyer, "sim_refund_fails")
    order = require_order(await buyer.check_out(await house.store.create_cart(), **ids))
    unused = await buyer.save_payment_method("sim_3ds")
    for method_id in (str(ids["payment_method_id"]), unused.id):
        await house.delete(buyer, method_id)
    await house.work()
    assert house.vault.forgotten == ["sim_3ds"]
    await deliver(house.store, order)
    await house.work(OPEN_USE_PAUSE)
    assert house.vault.forgotten == ["sim_3ds", "sim_refund_fails"]
    assert await house.list_failing() == []


async def test_a_cancelled_order_needs_none(house: ClearanceStore) -> None:
    buyer = await house.store.sign_in_buyer()
    ids = await create_ids(buyer)
    order = require_order(await buyer.check_out(await house.store.create_cart(), **ids))
    await house.delete(buyer, str(ids["payment_method_id"]))
    await house.work()
    assert house.vault.forgotten == []
    assert (await house.store.cancel(order)).value is not None
    await house.work(OPEN_USE_PAUSE)
    assert house.vault.forgotten == ["sim_ok"]


async def test_a_method_that_is_saved_again_stays(house: ClearanceStore) -> None:
    """It was given up while an order needed it, and is the purchaser's again when that ends."""
    buyer = await house.store.sign_in_buyer()
    ids = await create_ids(buyer)
    order = require_order(await buyer.check_out(await house.store.create_cart(), **ids))
    await house.delete(buyer, str(ids["payment_method_id"]))
    await house.work()
    await buyer.save_payment_method("sim_ok")
    assert (await house.store.cancel(order)).value is not None
    await house.work(OPEN_USE_PAUSE)
    assert house.vault.forgotten == []


async def test_while_the_provider_is_away_it_waits_and_the_check_tells(
    house: ClearanceStore,
) -> None:
    buyer = await house.store.sign_in_buyer()
    method = await buyer.save_payment_method()
    house.vault.away = True
    await house.delete(buyer, method.id)
    for _ in range(20):
        await house.work(MAX_RETRY_WAIT)
    assert await house.list_failing() == [(method.id, "ProviderUnavailable")]
    house.vault.away = False
    await house.work(MAX_RETRY_WAIT)
    assert house.vault.forgotten == ["sim_ok"]
    assert await house.list_failing() == []


async def test_a_guest_goes_a_day_after_the_order_has_ended(house: ClearanceStore) -> None:  # R117
    order = require_order(await house.store.check_out_as_guest(await house.store.create_cart()))
    await house.work(GUEST_PAUSE)
    assert house.vault.forgotten == []
    await deliver(house.store, order)
    await house.work(GUEST_PAUSE)
    [purchase_id] = house.vault.forgotten
    async with house.store.database.read() as reading:
        [payment] = await reading.order_payments.list_for(order.id)
        assert await reading.provider_clearances.list_for(purchase_id) == ()
    assert payment.purchase_id == purchase_id
    await house.work(GUEST_PAUSE)
    assert house.vault.forgotten == [purchase_id]


async def test_a_guest_whose_order_is_cancelled_goes(house: ClearanceStore) -> None:
    order = require_order(await house.store.check_out_as_guest(await house.store.create_cart()))
    assert (await house.store.cancel(order)).value is not None
    await house.work(GUEST_PAUSE / 2)
    assert house.vault.forgotten == []
    await house.store.work_until_idle()
    await house.work(GUEST_PAUSE / 2)
    assert len(house.vault.forgotten) == 1


async def test_a_guest_who_is_declined_goes_after_a_day(house: ClearanceStore) -> None:
    outcome = await house.store.check_out_as_guest(await house.store.create_cart(), "sim_declined")
    assert isinstance(outcome, PaymentDeclined)
    await house.work()
    assert house.vault.forgotten == []
    await house.work(GUEST_PAUSE)
    assert len(house.vault.forgotten) == 1


@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize("ends", [abandon_attempt, undo_attempt])
async def test_a_guest_whose_purchase_is_given_up_goes_after_a_day(
    house: ClearanceStore, ends: Callable[[str, Dependencies], Awaitable[object]]
) -> None:
    """Nobody knows whether the provider has made a customer before it stopped to answer."""
    store = house.store
    silent = store.with_dependencies(payment_provider=UnansweredAuthorizations(store.dependencies))
    outcome = await silent.check_out_as_guest(await store.create_cart())
    assert outcome == PurchaseInProgress(1000)
    [attempt_id] = silent.dependencies.payment_provider.keys  # type: ignore[attr-defined]
    await ends(attempt_id, store.dependencies)
    await house.work(GUEST_PAUSE)
    assert house.vault.forgotten == [attempt_id]


async def test_a_purchaser_who_buys_stays(house: ClearanceStore) -> None:
    buyer = await house.store.sign_in_buyer()
    ids = await create_ids(buyer)
    order = require_order(await buyer.check_out(await house.store.create_cart(), **ids))
    await deliver(house.store, order)
    await house.work(GUEST_PAUSE)
    assert house.vault.forgotten == []


# R117
async def test_an_erased_purchaser_is_forgotten_by_the_provider(house: ClearanceStore) -> None:
    buyer = await house.store.sign_in_buyer()
    purchaser_id = str(buyer.caller.purchaser_id)
    await buyer.save_payment_method()
    outcome, _ = await erase_account(caller=buyer.caller, dependencies=house.dependencies)
    assert outcome.user_errors == ()
    await house.work()
    assert house.vault.forgotten == [purchaser_id]
