"""The Customers at Stripe: one for each subject, known by our id alone, and forgotten on demand."""

import asyncio

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.repositories.payment_requests import PaymentRequestsRepository
from gateway.adapters.stripe_payments.building import StripePayments
from gateway.services.ports.payments import ProviderDetails, ProviderUnavailable
from tests.adapters.stripe_payments.scripted_stripe import (
    CUSTOMER,
    PUBLISHABLE_KEY,
    SECRET_KEY,
    Answer,
    NoAnswer,
    ScriptedStripe,
    build_payments,
)
from tests.adapters.stripe_payments.test_authorizations import CUSTOMERS, build_request
from tests.conftest import AnyDatabase
from tests.stripe_peer.in_process import NearStripe


def build_near_payments(
    stripe: NearStripe, database: AnyDatabase, clock: ManualClock
) -> StripePayments:
    """The adapter over the peer in this process, which takes any of its keys."""
    stripe.state.secret_key = SECRET_KEY
    return build_payments(stripe, database, clock)


async def test_each_subject_has_one(databases: AnyDatabase, clock: ManualClock) -> None:
    customers = build_near_payments(NearStripe(clock), databases, clock).customers
    made = await asyncio.gather(*(customers.ensure("pur_1") for _ in range(5)))
    assert len(set(made)) == 1
    other = await customers.ensure("pur_2")
    assert other != made[0]
    assert await customers.find("pur_1") == made[0]
    assert await customers.find_subject(made[0]) == "pur_1"
    assert await customers.find("pur_3") is None
    assert await customers.find_subject("cus_of_others") is None


async def test_without_an_answer_none_is_kept(databases: AnyDatabase, clock: ManualClock) -> None:
    script = ScriptedStripe()
    script.answer(CUSTOMERS, *[NoAnswer()] * 6, Answer({"id": CUSTOMER, "object": "customer"}))
    customers = build_payments(script, databases, clock).customers
    with pytest.raises(ProviderUnavailable):
        await customers.ensure("pur_1")
    assert await customers.find("pur_1") is None
    assert await customers.ensure("pur_1") == CUSTOMER
    assert set(script.list_keys(CUSTOMERS)) == {"customer-pur_1"}


async def test_one_that_was_deleted_at_stripe_is_made_anew_also_on_the_same_day(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """Stripe answers the key for a day with the Customer that was made first."""
    payments = build_near_payments(NearStripe(clock), databases, clock)
    customers = payments.customers
    made = []
    for _ in range(3):
        customer = await customers.ensure("pur_1")
        made.append(customer)
        await payments.client.v1.customers.delete_async(customer)
        await customers.replace(customer)
    assert len(set(made)) == 3


async def test_who_is_erased_is_forgotten_with_what_was_asked_for_them(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    stripe = NearStripe(clock)
    payments = build_near_payments(stripe, databases, clock)
    for key, subject in (("k1", "pur_1"), ("k2", "pur_2")):
        token = stripe.account.create_method("4242424242424242")
        request = build_request(provider_token=token, idempotency_key=key, customer_id=subject)
        await payments.provider.authorize(request)
    customer = await payments.customers.find("pur_1")
    assert customer is not None
    await payments.customers.forget(customer)
    await payments.customers.forget(customer)
    async with databases.read() as reading:
        requests = PaymentRequestsRepository(reading.session)
        assert await requests.find("k1") is None
        assert await requests.find("k2") is not None
    assert await payments.customers.find("pur_1") is None
    assert await payments.customers.find("pur_2") is not None


def test_what_a_browser_needs(databases: AnyDatabase, clock: ManualClock) -> None:
    provider = build_payments(ScriptedStripe(), databases, clock).provider
    assert provider.details == ProviderDetails("stripe", PUBLISHABLE_KEY, token_prefix="pm_")
