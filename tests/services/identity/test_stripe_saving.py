"""Cards that are saved, deleted and saved again at Stripe: what is saved can be charged."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.stripe_payments.building import StripePayments
from gateway.adapters.stripe_payments.payment_methods import MAX_SETUPS
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.engine.money import Currency, Money
from gateway.services.account_erasure import AccountDependencies, erase_account
from gateway.services.identity.payment_methods import (
    REFUSAL_MESSAGES,
    delete_method,
    list_methods,
    save_method,
    start_setup,
)
from gateway.services.ports.payment_method_vault import MethodRefusal, PaymentMethodVault
from gateway.services.ports.payments import (
    AuthorizationGranted,
    AuthorizationRequest,
    ProviderUnavailable,
)
from gateway.services.provider_clearance import GONE_KEPT, ProviderClearanceJob
from gateway.services.provider_waits import MAX_RETRY_WAIT
from gateway.worker import run_due_jobs
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.services.identity.conftest import MOMENT
from tests.store import Buyer, Store
from tests.stripe_peer.fixtures import StripeAccount
from tests.stripe_side import build_payments

OK_CARD = "4242424242424242"
PRICE = Money(1000, Currency("USD", 2))
REFUSED, AWAY = REFUSAL_MESSAGES[MethodRefusal.UNKNOWN], "away"


@dataclass
class Wallet:
    """The use cases of one purchaser's cards, with the job that lets Stripe forget them."""

    store: Store
    buyer: Buyer
    payments: StripePayments
    account: StripeAccount
    vault: PaymentMethodVault
    saved: list[PaymentMethod] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return str(self.buyer.caller.purchaser_id)

    async def save(self, token: str) -> str:
        """The provider's token that was saved, or why none was."""
        self.store.clock.advance(MOMENT)
        identity = replace(self.store.dependencies.identity, payment_method_vault=self.vault)
        outcome = await save_method(token, None, caller=self.buyer.caller, dependencies=identity)
        if outcome.value is None:
            return outcome.user_errors[0].message
        self.saved.append(outcome.value)
        return outcome.value.provider_token

    async def set_up(self) -> str:
        """A new setup in which a card was entered."""
        outcome = await start_setup(
            caller=self.buyer.caller, dependencies=self.store.dependencies.identity
        )
        assert outcome.value is not None, outcome.user_errors
        setup = outcome.value.client_secret.partition("_secret_")[0]
        self.account.confirm_setup(setup, OK_CARD)
        return setup

    async def delete(self) -> None:
        """Delete what was saved last."""
        outcome = await delete_method(
            self.saved[-1].id,
            caller=self.buyer.caller,
            dependencies=self.store.dependencies.identity,
        )
        assert outcome.value is not None, outcome.user_errors

    async def clear(self, elapsed: timedelta = timedelta()) -> None:
        """Let time pass, and what is due to go, go."""
        self.store.clock.advance(elapsed)
        await run_due_jobs((self.job,), self.store.clock.now())

    @property
    def job(self) -> ProviderClearanceJob:
        gifts = offline_gift_dependencies(self.store.dependencies)
        return ProviderClearanceJob(AccountDependencies(self.store.dependencies, gifts))

    async def list_tokens(self) -> list[str]:
        dependencies = self.store.dependencies
        async with dependencies.database.read() as reading:
            methods = await list_methods(self.subject, reading=reading, cipher=dependencies.cipher)
        return [method.provider_token for method in methods]

    async def are_all_chargeable(self) -> bool:
        """Whether each saved card can be charged, one click after another."""
        return all(
            [
                isinstance(
                    await self.payments.provider.authorize(
                        AuthorizationRequest(PRICE, token, RandomIds().new("att"), self.subject)
                    ),
                    AuthorizationGranted,
                )
                for token in await self.list_tokens()
            ]
        )


@pytest.fixture
async def wallet(
    stripe_account: StripeAccount, databases: AnyDatabase, clock: ManualClock
) -> AsyncIterator[Wallet]:
    async with httpx.AsyncClient(trust_env=False) as http:
        payments = build_payments(
            stripe_account.secret_key,
            stripe_account.publishable_key,
            stripe_account.api_url,
            http,
            databases,
            clock,
        )
        store = await Store.open(databases, clock)
        identity = replace(store.dependencies.identity, payment_method_vault=payments.methods)
        store = store.with_dependencies(identity=identity)
        buyer = await store.sign_in_buyer()
        yield Wallet(store, buyer, payments, stripe_account, payments.methods)


async def test_a_card_that_went_is_not_saved_again_by_its_token(wallet: Wallet) -> None:  # R142
    """Neither by its own, nor by that of its setup: Stripe charges no card that was detached."""
    bare, setup = wallet.account.create_method(OK_CARD), await wallet.set_up()
    for token in (bare, setup):
        assert (await wallet.save(token)).startswith("pm_")
        await wallet.delete()
        await wallet.clear()
        for _ in range(3):
            assert await wallet.save(token) == REFUSED
        await wallet.clear(GONE_KEPT)
        assert await wallet.save(token) == REFUSED
        assert await wallet.save(wallet.saved[-1].provider_token) == REFUSED
    assert await wallet.list_tokens() == []


async def test_a_card_that_waits_to_go_can_be_saved_again_and_stays(wallet: Wallet) -> None:
    """Delete, save, delete, save, at once: what is saved last can be charged."""
    for token in (wallet.account.create_method(OK_CARD), await wallet.set_up()):
        for _ in range(3):
            assert (await wallet.save(token)).startswith("pm_")
            await wallet.delete()
        assert (await wallet.save(token)).startswith("pm_")
    await wallet.clear(GONE_KEPT)
    assert len(await wallet.list_tokens()) == 2
    assert await wallet.are_all_chargeable()


async def test_a_new_card_is_saved_after_one_that_went(wallet: Wallet) -> None:
    for _ in range(3):
        assert (await wallet.save(await wallet.set_up())).startswith("pm_")
        await wallet.delete()
        await wallet.clear()
    token = await wallet.save(wallet.account.create_method(OK_CARD))
    assert await wallet.list_tokens() == [token]
    assert await wallet.are_all_chargeable()


async def test_saves_at_once_are_one(wallet: Wallet) -> None:
    for token in (wallet.account.create_method(OK_CARD), await wallet.set_up()):
        saved_tokens = await asyncio.gather(*(wallet.save(token) for _ in range(4)))
        assert len(set(saved_tokens)) == 1
    assert len(await wallet.list_tokens()) == 2
    assert await wallet.are_all_chargeable()


@dataclass
class InterruptedVault:
    """The cards at Stripe; something else happens after one was looked at, before it is kept."""

    vault: PaymentMethodVault
    interruption: Callable[[], Awaitable[None]]

    async def adopt(self, provider_token: str, customer_id: str) -> object:
        adopted = await self.vault.adopt(provider_token, customer_id)
        await self.interruption()
        return adopted


@pytest.mark.parametrize("is_setup", [False, True])
async def test_a_card_that_goes_while_it_is_saved_is_not_saved(
    wallet: Wallet, *, is_setup: bool
) -> None:
    """The job is done between Stripe's answer and the row."""
    token = await wallet.set_up() if is_setup else wallet.account.create_method(OK_CARD)
    await wallet.save(token)
    await wallet.delete()
    wallet.vault = InterruptedVault(wallet.payments.methods, wallet.clear)  # type: ignore[assignment]
    assert await wallet.save(token) == REFUSED
    assert await wallet.list_tokens() == []


async def test_a_saved_card_that_is_deleted_while_it_is_saved_again_is_not_saved(
    wallet: Wallet,
) -> None:
    token = wallet.account.create_method(OK_CARD)
    await wallet.save(token)

    async def delete_and_clear() -> None:
        await wallet.delete()
        await wallet.clear()

    wallet.vault = InterruptedVault(wallet.payments.methods, delete_and_clear)  # type: ignore[assignment]
    assert await wallet.save(token) == REFUSED
    assert await wallet.list_tokens() == []


@dataclass
class LateVault:
    """The cards at Stripe; something else happens before one is detached."""

    vault: PaymentMethodVault
    interruption: Callable[[], Awaitable[object]]

    async def detach(self, provider_token: str) -> None:
        await self.interruption()
        await self.vault.detach(provider_token)


async def test_a_card_is_not_saved_again_once_the_job_has_begun(wallet: Wallet) -> None:
    token = wallet.account.create_method(OK_CARD)
    await wallet.save(token)
    await wallet.delete()
    answers: list[str] = []

    async def save() -> None:
        answers.append(await wallet.save(token))

    dependencies = wallet.store.dependencies
    late_vault: PaymentMethodVault = LateVault(wallet.payments.methods, save)  # type: ignore[assignment]
    job = wallet.job
    identity = replace(dependencies.identity, payment_method_vault=late_vault)
    late = replace(job.dependencies, orders=replace(dependencies, identity=identity))
    await run_due_jobs((replace(job, dependencies=late),), wallet.store.clock.now())
    assert answers == [REFUSED]
    assert await wallet.list_tokens() == []
    [method] = wallet.account.list_methods()
    assert method["customer"] is None


async def test_what_has_begun_is_done_when_stripe_is_back(wallet: Wallet) -> None:
    token = wallet.account.create_method(OK_CARD)
    await wallet.save(token)
    await wallet.delete()
    wallet.account.answer_with(503, 100, path="/detach", stored=False)
    await wallet.clear()
    assert await wallet.save(token) == REFUSED
    wallet.account.clear_faults()
    await wallet.clear(MAX_RETRY_WAIT)
    [method] = wallet.account.list_methods()
    assert method["customer"] is None
    await wallet.clear(GONE_KEPT)
    async with wallet.store.database.read() as reading:
        assert await reading.provider_clearances.list_for(wallet.subject) == ()


async def test_what_stripe_repeats_of_a_detachment_is_looked_at(wallet: Wallet) -> None:
    """A 500 that it keeps, twice: the card is not taken for gone."""
    token = wallet.account.create_method(OK_CARD)
    await wallet.save(token)
    wallet.account.answer_with(500, 100, path="/detach", stored=True)
    with pytest.raises(ProviderUnavailable):
        await wallet.payments.methods.detach(token)
    wallet.account.clear_faults()
    wallet.store.clock.advance(timedelta(seconds=1))
    await wallet.payments.methods.detach(token)
    [method] = wallet.account.list_methods()
    assert method["customer"] is None


async def test_the_token_of_what_waits_is_not_readable(wallet: Wallet) -> None:
    token = wallet.account.create_method(OK_CARD)
    await wallet.save(token)
    await wallet.delete()
    async with wallet.store.database.read() as reading:
        [clearance] = await reading.provider_clearances.list_for(wallet.subject)
    assert clearance.sealed is not None
    assert token.encode() not in clearance.sealed
    assert "sealed" not in repr(clearance)


async def test_of_an_erased_purchaser_the_customer_goes_with_what_waits(
    wallet: Wallet,
) -> None:  # R117
    """The key of the token is gone; Stripe deletes the Customer with its cards."""
    await wallet.save(wallet.account.create_method(OK_CARD))
    await wallet.delete()
    outcome, _ = await erase_account(
        caller=wallet.buyer.caller, dependencies=wallet.job.dependencies
    )
    assert outcome.user_errors == ()
    await wallet.clear()
    async with wallet.store.database.read() as reading:
        assert await reading.provider_clearances.list_for(wallet.subject) == ()
    [method] = wallet.account.list_methods()
    assert method["customer"] is None
    assert [customer.get("deleted") for customer in wallet.account.list_customers()] == [True]


async def test_a_bare_card_is_attached_to_another_customer_where_stripe_lost_one(
    wallet: Wallet,
) -> None:
    customer = await wallet.payments.customers.ensure(wallet.subject)
    await wallet.payments.client.v1.customers.delete_async(customer)
    token = wallet.account.create_method(OK_CARD)
    assert await wallet.save(token) == token
    assert await wallet.are_all_chargeable()


async def test_a_setup_is_asked_for_by_few_calls_however_many_there_were(wallet: Wallet) -> None:
    """As many cards as a day allows, then none more until the first is a day old."""
    await wallet.payments.customers.ensure(wallet.subject)
    identity = wallet.store.dependencies.identity
    for _ in range(MAX_SETUPS):
        calls_before = len(wallet.account.requests())
        await wallet.set_up()
        assert len(wallet.account.requests()) - calls_before <= 3
    calls_before = len(wallet.account.requests())
    outcome = await start_setup(caller=wallet.buyer.caller, dependencies=identity)
    assert [error.code for error in outcome.user_errors] == ["LIMIT_EXCEEDED"]
    assert len(wallet.account.requests()) - calls_before == 1
    assert len(wallet.account.list_setups()) == MAX_SETUPS


async def test_setups_asked_for_at_once_are_one(wallet: Wallet) -> None:
    await wallet.set_up()
    setups = await asyncio.gather(
        *(wallet.payments.methods.start_setup(wallet.subject) for _ in range(5))
    )
    assert len({setup.client_secret for setup in setups if setup is not None}) == 1
    assert len(wallet.account.list_setups()) == 2
