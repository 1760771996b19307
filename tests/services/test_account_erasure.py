"""Erasing an account while it buys, and by an identity provider's token."""

from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.checkout.outcomes import (
    DraftOrder,
    InvalidPurchase,
    PaymentActionRequired,
    SignInRequired,
)
from gateway.engine.user_errors import ErrorCode
from gateway.services.account_erasure import AccountDependencies, erase_account
from gateway.services.checkout import payment_attempts
from gateway.services.checkout.payment_attempts import IdempotencyKey
from gateway.services.customer_groups import join_group
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Authentication, Caller
from gateway.services.ports.account_erasures import ERASED_PURCHASER_ID
from gateway.services.ports.clients import PresentedCredentials
from gateway.services.ports.purchase_attempts import PurchaseAttempt
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.services.test_promotions import import_promotions
from tests.store import Buyer, Store


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def erase(store: Store, caller: Caller) -> list[tuple[ErrorCode, str]]:
    """Why the caller's account is not erased; nothing if it is."""
    gifts = offline_gift_dependencies(store.dependencies)
    outcome, _ = await erase_account(
        caller=caller, dependencies=AccountDependencies(store.dependencies, gifts)
    )
    return [(error.code, error.message) for error in outcome.user_errors]


async def prepare_buyer(store: Store, method: str = "sim_ok") -> Buyer:
    """Somebody who has just signed in and turned one-click on."""
    buyer = await store.sign_in_buyer()
    await buyer.enable_one_click(
        await buyer.save_address(), await buyer.save_payment_method(method)
    )
    return buyer


async def test_a_payment_that_waits_keeps_the_account(store: Store) -> None:  # R117
    buyer = await prepare_buyer(store, "sim_3ds")
    assert isinstance(await buyer.purchase(), PaymentActionRequired)
    [(code, message)] = await erase(store, buyer.caller)
    assert code is ErrorCode.NOT_MODIFIABLE
    assert message.startswith("Not everything has ended: a purchase waits for its payment. ")
    await store.run_due_jobs(timedelta(minutes=16))
    again = await buyer.sign_in_again()
    assert await erase(store, again.caller) == []


async def test_who_was_erased_meanwhile_buys_nothing(store: Store) -> None:  # R117
    """A request that had begun before finds nobody to buy for."""
    buyer = await prepare_buyer(store)
    assert await erase(store, buyer.caller) == []
    outcome = await buyer.purchase()
    assert isinstance(outcome, InvalidPurchase)
    assert [error.code for error in outcome.user_errors] == [ErrorCode.FORBIDDEN]


async def test_an_erasure_in_the_midst_of_a_purchase_wins(
    store: Store, databases: AnyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:  # R117
    buyer, begin = await prepare_buyer(store), payment_attempts._begin_attempt

    async def erase_first(
        key: IdempotencyKey, draft: DraftOrder, dependencies: Dependencies
    ) -> PurchaseAttempt:
        assert await erase(store, buyer.caller) == []
        return await begin(key, draft, dependencies)

    monkeypatch.setattr(payment_attempts, "_begin_attempt", erase_first)
    assert await buyer.purchase() == SignInRequired("This account was erased. Sign in anew to buy.")
    assert await store.list_charges() == []
    async with databases.read() as reading:
        assert await reading.data_keys.list_after("", 10) == {}


async def test_nobody_who_is_erased_stays_in_a_group(store: Store) -> None:  # R117
    await import_promotions(store, "groups: [wholesale]")
    buyer = await prepare_buyer(store)
    assert await join_group("ada@example.com", "wholesale", store.dependencies) is None
    assert await erase(store, buyer.caller) == []
    async with store.database.read() as reading:
        assert await reading.customer_groups.list_for(buyer.caller.purchaser_id or "") == set()


async def test_two_erasures_at_once_are_one(store: Store) -> None:  # R117
    buyer = await prepare_buyer(store)
    assert await erase(store, buyer.caller) == []
    assert await erase(store, buyer.caller) == []


async def test_the_providers_token_opens_no_new_account(
    store: Store, databases: AnyDatabase, clock: ManualClock
) -> None:  # R117
    for email, digest in (("ada@example.com", "one"), ("grace@example.com", "two")):
        buyer = await store.sign_in_buyer(email)
        assert buyer.caller.authentication is not None
        ends_at = clock.now() + timedelta(hours=1)
        authentication = Authentication(
            buyer.caller.authentication.purchaser_id, clock.now(), digest, ends_at
        )
        caller = Caller(buyer.caller.client, authentication=authentication)
        assert await erase(store, caller) == []
        async with databases.read() as reading:
            match = await reading.clients.look_up(PresentedCredentials(session=digest), clock.now())
        assert match.session_purchaser == ERASED_PURCHASER_ID
