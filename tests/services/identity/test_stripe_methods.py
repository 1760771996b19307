"""Payment methods at Stripe: set up, saved and given up, by the use cases over the tests' peer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.stripe_payments.building import StripePayments
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.engine.user_errors import ErrorCollector
from gateway.services.identity.method_refresh import refresh_methods
from gateway.services.identity.payment_methods import (
    PROVIDER_AWAY_MESSAGE,
    REFUSAL_MESSAGES,
    list_methods,
    save_method,
    start_setup,
)
from gateway.services.identity.text_input import check_token
from gateway.services.outcomes import Outcome
from gateway.services.ports.payment_method_vault import MethodRefusal
from gateway.services.ports.payments import ProviderUnavailable
from tests.services.identity.conftest import MOMENT, Device, IdentityShop
from tests.stripe_peer.fixtures import StripeAccount
from tests.stripe_side import build_payments

OK_CARD, AUTHENTICATED_CARD = "4242424242424242", "4000002500003155"


@dataclass
class StripeShop:
    """The identity use cases, with cards at Stripe."""

    shop: IdentityShop
    payments: StripePayments
    account: StripeAccount

    async def sign_in(self, email: str) -> Device:
        return await self.shop.sign_in_device(email)

    async def save(self, device: Device, token: str) -> Outcome[PaymentMethod]:
        return await save_method(
            token, None, caller=device.caller, dependencies=self.shop.dependencies
        )

    async def start(self, device: Device) -> str:
        """The id of the setup that a browser is given."""
        outcome = await start_setup(caller=device.caller, dependencies=self.shop.dependencies)
        assert outcome.value is not None, outcome.user_errors
        assert outcome.value.publishable_key == self.account.publishable_key
        return outcome.value.client_secret.partition("_secret_")[0]

    async def list_tokens(self, device: Device) -> list[str]:
        """The provider's tokens that are kept."""
        owner, dependencies = device.caller.purchaser_id, self.shop.dependencies
        assert owner is not None
        async with dependencies.database.read() as reading:
            methods = await list_methods(owner, reading=reading, cipher=dependencies.cipher)
        return [method.provider_token for method in methods]


@pytest.fixture
async def stripe_shop(
    shop: IdentityShop,
    stripe_account: StripeAccount,
    database: SqliteDatabase,
    clock: ManualClock,
) -> AsyncIterator[StripeShop]:
    async with httpx.AsyncClient(trust_env=False) as http:
        payments = build_payments(
            stripe_account.secret_key,
            stripe_account.publishable_key,
            stripe_account.api_url,
            http,
            database,
            clock,
        )
        parts = replace(shop.dependencies, payment_method_vault=payments.methods)
        yield StripeShop(replace(shop, dependencies=parts), payments, stripe_account)


def list_refusals(outcome: Outcome[PaymentMethod]) -> list[tuple[str, tuple[str, ...] | None, str]]:
    assert outcome.value is None
    return [(error.code.value, error.field, error.message) for error in outcome.user_errors]


def refusal_rows(reason: MethodRefusal) -> list[tuple[str, tuple[str, ...] | None, str]]:
    return [("INVALID_INPUT", ("input", "providerToken"), REFUSAL_MESSAGES[reason])]


async def test_a_card_that_was_set_up_is_saved(stripe_shop: StripeShop) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    setup = await stripe_shop.start(ada)
    stripe_shop.account.confirm_setup(setup, OK_CARD)
    outcome = await stripe_shop.save(ada, setup)
    assert outcome.value is not None, outcome.user_errors
    assert outcome.value.provider_token.startswith("pm_")
    assert (outcome.value.brand, outcome.value.last_four) == ("visa", "4242")
    assert isinstance(outcome.value.expires_on, date)
    [made] = stripe_shop.account.list_setups()
    assert made["usage"] == "off_session"
    [customer] = stripe_shop.account.list_customers()
    assert made["customer"] == customer["id"]


async def test_a_bare_method_is_attached_and_saved_once(stripe_shop: StripeShop) -> None:  # R142
    ada = await stripe_shop.sign_in("ada@example.com")
    token = stripe_shop.account.create_method(OK_CARD)
    first, second = await stripe_shop.save(ada, token), await stripe_shop.save(ada, token)
    assert first.value is not None
    assert first.value == second.value
    assert await stripe_shop.list_tokens(ada) == [token]
    [method] = stripe_shop.account.list_methods()
    assert method["customer"] == await stripe_shop.payments.customers.find(
        str(ada.caller.purchaser_id)
    )


async def test_what_is_not_the_purchasers_is_refused(stripe_shop: StripeShop) -> None:  # R142
    ada = await stripe_shop.sign_in("ada@example.com")
    bob = await stripe_shop.sign_in("bob@example.com")
    account = stripe_shop.account
    bobs_setup = await stripe_shop.start(bob)
    account.confirm_setup(bobs_setup, OK_CARD)
    bobs_method = account.create_method(OK_CARD)
    assert (await stripe_shop.save(bob, bobs_method)).value is not None
    strange = [bobs_setup, bobs_method, "pm_none", "seti_none", "sim_ok", "tok_visa", "cus_1", "x"]
    for token in strange:
        assert list_refusals(await stripe_shop.save(ada, token)) == refusal_rows(
            MethodRefusal.UNKNOWN
        )
    assert await stripe_shop.list_tokens(ada) == []


async def test_a_setup_that_is_not_finished_is_refused(stripe_shop: StripeShop) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    setup = await stripe_shop.start(ada)
    assert list_refusals(await stripe_shop.save(ada, setup)) == refusal_rows(
        MethodRefusal.NOT_CONFIRMED
    )
    assert await stripe_shop.list_tokens(ada) == []


async def test_asking_again_makes_no_second_setup_until_a_card_is_entered(
    stripe_shop: StripeShop,
) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    first = [await stripe_shop.start(ada) for _ in range(5)]
    assert len(set(first)) == 1
    stripe_shop.account.confirm_setup(first[0], OK_CARD)
    second = [await stripe_shop.start(ada) for _ in range(3)]
    assert len({*first, *second}) == 2
    assert len(stripe_shop.account.list_setups()) == 2


async def test_a_set_up_needs_a_recent_sign_in(stripe_shop: StripeShop) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    stripe_shop.shop.clock.advance(timedelta(minutes=16))
    caller = (await ada.refresh()).caller
    outcome = await start_setup(caller=caller, dependencies=stripe_shop.shop.dependencies)
    assert [error.code for error in outcome.user_errors] == ["REAUTHENTICATION_REQUIRED"]
    assert stripe_shop.account.list_setups() == []


async def test_while_stripe_is_away_nothing_is_kept(stripe_shop: StripeShop) -> None:  # R142
    ada = await stripe_shop.sign_in("ada@example.com")
    token = stripe_shop.account.create_method(OK_CARD)
    stripe_shop.account.go_away()
    try:
        assert [error[2] for error in list_refusals(await stripe_shop.save(ada, token))] == [
            PROVIDER_AWAY_MESSAGE
        ]
        outcome = await start_setup(caller=ada.caller, dependencies=stripe_shop.shop.dependencies)
        assert [error.message for error in outcome.user_errors] == [PROVIDER_AWAY_MESSAGE]
    finally:
        stripe_shop.account.come_back()
    assert await stripe_shop.list_tokens(ada) == []
    assert (await stripe_shop.save(ada, token)).value is not None


async def test_a_lost_answer_attaches_once(stripe_shop: StripeShop) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    token = stripe_shop.account.create_method(AUTHENTICATED_CARD)
    stripe_shop.account.drop_answers(2, path="/attach")
    assert (await stripe_shop.save(ada, token)).value is not None
    keys = {
        request["headers"]["idempotency-key"]
        for request in stripe_shop.account.requests(path="/attach", method="POST")
    }
    assert len(keys) == 1


@pytest.mark.parametrize("after_work", [False, True])
async def test_a_failure_that_stripe_repeats_keeps_no_card_from_being_saved(
    stripe_shop: StripeShop, *, after_work: bool
) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    token = stripe_shop.account.create_method(OK_CARD)
    stripe_shop.account.answer_with(500, path="/attach", stored=True, after_work=after_work)
    assert (await stripe_shop.save(ada, token)).value is not None
    assert await stripe_shop.list_tokens(ada) == [token]
    [method] = stripe_shop.account.list_methods()
    assert method["customer"] is not None


async def test_a_card_that_the_bank_refuses_to_let_be_saved_is_not_kept(
    stripe_shop: StripeShop,
) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    token = stripe_shop.account.create_method("4000000000000002")
    assert list_refusals(await stripe_shop.save(ada, token)) == refusal_rows(MethodRefusal.DECLINED)
    assert await stripe_shop.list_tokens(ada) == []


async def test_a_purchaser_whose_customer_was_deleted_gets_another(
    stripe_shop: StripeShop,
) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    account = stripe_shop.account
    first = await stripe_shop.start(ada)
    customer = await stripe_shop.payments.customers.find(str(ada.caller.purchaser_id))
    account.confirm_setup(first, OK_CARD)
    assert customer is not None
    await stripe_shop.payments.customers.client.v1.customers.delete_async(customer)
    second = await stripe_shop.start(ada)
    assert second != first
    account.confirm_setup(second, OK_CARD)
    assert (await stripe_shop.save(ada, second)).value is not None
    present = await stripe_shop.payments.customers.find(str(ada.caller.purchaser_id))
    assert present is not None
    assert present != customer


async def test_what_is_detached_belongs_to_nobody(stripe_shop: StripeShop) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    token = stripe_shop.account.create_method(OK_CARD)
    assert (await stripe_shop.save(ada, token)).value is not None
    for _ in range(2):
        await stripe_shop.payments.methods.detach(token)
    await stripe_shop.payments.methods.detach("pm_none")
    [method] = stripe_shop.account.list_methods()
    assert method["customer"] is None


async def test_the_simulation_needs_no_setup(shop: IdentityShop) -> None:
    ada = await shop.sign_in_device("ada@example.com")
    outcome = await start_setup(caller=ada.caller, dependencies=shop.dependencies)
    assert [error.code for error in outcome.user_errors] == ["INVALID_INPUT"]
    for token in ("pm_1", "seti_1", "sim_none"):
        assert list_refusals(
            await save_method(token, None, caller=ada.caller, dependencies=shop.dependencies)
        ) == refusal_rows(MethodRefusal.UNKNOWN)


@pytest.mark.parametrize(
    ("token", "is_refused"),
    [
        ("pm_c4242424242424242a", False),
        ("pm_0242424242424242e4242424", False),
        ("seti_1a4242424242424242", False),
        (" pm_1Nv0FGQ9RKHgCVdK ", False),
        ("4242424242424242", True),
        ("4242 4242 4242 4242", True),
        ("pm_4242424242424242", True),
        ("my card 4242424242424242", True),
        ("pm_" + "a" * 253, True),
    ],
)
def test_a_token_is_no_card_number_however_many_digits_it_has(
    token: str, *, is_refused: bool
) -> None:
    collector = ErrorCollector()
    checked_token = check_token(token, ("input",), collector, max_length=255)
    assert bool(collector.errors) == is_refused
    assert checked_token == ("" if is_refused else token.strip())


async def test_a_forgotten_customer_is_deleted_at_stripe(stripe_shop: StripeShop) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    token = stripe_shop.account.create_method(OK_CARD)
    assert (await stripe_shop.save(ada, token)).value is not None
    subject, methods = str(ada.caller.purchaser_id), stripe_shop.payments.methods
    customer = await stripe_shop.payments.customers.find(subject)
    for _ in range(2):
        await methods.forget_customer(subject)
    assert await stripe_shop.payments.customers.find(subject) is None
    assert [request["path"] for request in stripe_shop.account.requests(method="DELETE")] == [
        f"/v1/customers/{customer}"
    ]
    await methods.forget_customer("pur_nobody")


async def test_what_changes_at_stripe_changes_here(stripe_shop: StripeShop) -> None:
    """A card that was taken away there is gone; one whose bank sent another is as it is now."""
    ada = await stripe_shop.sign_in("ada@example.com")
    account, dependencies = stripe_shop.account, stripe_shop.shop.dependencies
    subject = str(ada.caller.purchaser_id)
    kept_token, lost_token = account.create_method(OK_CARD), account.create_method(OK_CARD)
    for token in (kept_token, lost_token):
        stripe_shop.shop.clock.advance(MOMENT)
        assert (await stripe_shop.save(ada, token)).value is not None
    await refresh_methods(subject, dependencies=dependencies)
    assert await stripe_shop.list_tokens(ada) == [kept_token, lost_token]
    await stripe_shop.payments.methods.detach(lost_token)
    account.update_card(kept_token, exp_year=2041, exp_month=2, brand="mastercard", last4="4444")
    for _ in range(2):
        await refresh_methods(subject, dependencies=dependencies)
    assert await stripe_shop.list_tokens(ada) == [kept_token]
    async with dependencies.database.read() as reading:
        [method] = await list_methods(subject, reading=reading, cipher=dependencies.cipher)
    assert (method.brand, method.last_four) == ("mastercard", "4444")
    assert method.expires_on == date(2041, 2, 28)
    account.go_away()
    try:
        with pytest.raises(ProviderUnavailable):
            await refresh_methods(subject, dependencies=dependencies)
    finally:
        account.come_back()
    assert await stripe_shop.list_tokens(ada) == [kept_token]
    await stripe_shop.payments.methods.forget_customer(subject)
    await refresh_methods(subject, dependencies=dependencies)
    assert await stripe_shop.list_tokens(ada) == []


async def test_whoever_is_no_purchaser_has_nothing_to_refresh(stripe_shop: StripeShop) -> None:
    await refresh_methods("att_of_a_guest", dependencies=stripe_shop.shop.dependencies)


async def test_a_failure_that_stripe_repeats_does_not_keep_a_card(stripe_shop: StripeShop) -> None:
    ada = await stripe_shop.sign_in("ada@example.com")
    account, methods = stripe_shop.account, stripe_shop.payments.methods
    token = account.create_method(OK_CARD)
    assert (await stripe_shop.save(ada, token)).value is not None
    account.answer_with(500, 1, path=f"/v1/payment_methods/{token}/detach", stored=True)
    await methods.detach(token)
    [method] = account.list_methods()
    assert method["customer"] is None
