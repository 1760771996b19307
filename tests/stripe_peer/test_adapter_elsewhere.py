"""The gateway's adapter on localstripe: what that does as Stripe does, and is not our own belief.

It knows no `allowed_payment_method_types`, which are left out on the way to it; what else it does
otherwise is not asked here. CONTRIBUTING.md lists it.
"""

import os
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import SystemClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.stripe_payments.access import StripeAccess
from gateway.adapters.stripe_payments.building import StripePayments, build_stripe_payments
from gateway.engine.money import Currency, Money
from gateway.services.ports.payment_method_vault import AdoptedMethod, MethodRefusal
from gateway.services.ports.payments import (
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    DeclineReason,
    RefundCompleted,
)
from gateway.services.ports.provider_events import HoldNotice, HoldState
from tests.stripe_peer.other_peers import LOCALSTRIPE_URL

pytestmark = pytest.mark.localstripe

SUBJECT = "pur_1"
EUR = Currency("EUR", 2)
UNKNOWN_PARAMETERS = ("allowed_payment_method_types",)


class LocalstripeTransport(httpx.AsyncHTTPTransport):
    """Leaves out of forms what localstripe does not know."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        form = parse_qsl((await request.aread()).decode())
        known_form = [pair for pair in form if not pair[0].startswith(UNKNOWN_PARAMETERS)]
        if known_form == form:
            return await super().handle_async_request(request)
        content = urlencode(known_form).encode()
        headers = [pair for pair in request.headers.raw if pair[0].lower() != b"content-length"]
        return await super().handle_async_request(
            httpx.Request(request.method, request.url, headers=headers, content=content)
        )


@pytest.fixture
async def payments(database: SqliteDatabase) -> AsyncIterator[StripePayments]:
    access = StripeAccess(SecretStr("sk_test_12345"), "pk_test_12345", os.environ[LOCALSTRIPE_URL])
    async with httpx.AsyncClient(transport=LocalstripeTransport()) as http:
        yield build_stripe_payments(
            access, http, database, RandomIds(), SystemClock(), "https://shop.example"
        )


async def create_method(payments: StripePayments) -> str:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    created = await payments.client.v1.payment_methods.create_async({"type": "card", "card": card})  # type: ignore[arg-type]
    return created.id


async def hold(payments: StripePayments, key: str) -> str:
    """The id of a hold of 19.99 EUR on a saved card."""
    adopted = await payments.methods.adopt(await create_method(payments), SUBJECT)
    assert isinstance(adopted, AdoptedMethod)
    granted = await payments.provider.authorize(
        AuthorizationRequest(Money(1999, EUR), adopted.provider_token, key, SUBJECT)
    )
    assert isinstance(granted, AuthorizationGranted)
    return granted.charge_id


async def test_what_was_taken_is_given_back_in_parts(payments: StripePayments) -> None:
    """It is taken by hand: localstripe does not tell what it has taken, nor by which key."""
    provider, key = payments.provider, RandomIds().new("att")
    charge = await hold(payments, key)
    assert isinstance(await provider.find_by_key(key), AuthorizationGranted)
    await payments.client.v1.payment_intents.capture_async(charge)
    for part in (400, 600):
        refund_key = f"{key}.{part}"
        assert await provider.refund(charge, Money(part, EUR), refund_key) == RefundCompleted()
        assert await provider.find_refund(refund_key) == RefundCompleted()
    [notice] = await payments.notices.fetch("payment_intent.succeeded", charge)
    assert notice == HoldNotice(key, charge, HoldState.CAPTURED)


async def test_a_hold_is_let_go(payments: StripePayments) -> None:
    provider, key = payments.provider, RandomIds().new("att")
    charge = await hold(payments, key)
    for _ in range(2):
        await provider.release(charge)
    assert await provider.find_by_key(key) == AuthorizationDeclined(DeclineReason.RELEASED)
    [notice] = await payments.notices.fetch("payment_intent.canceled", charge)
    assert notice == HoldNotice(key, charge, HoldState.RELEASED)


async def test_a_card_is_saved_shown_and_given_up(payments: StripePayments) -> None:
    vault = payments.methods
    adopted = await vault.adopt(await create_method(payments), SUBJECT)
    assert isinstance(adopted, AdoptedMethod)
    assert (adopted.details.brand, adopted.details.last_four) == ("visa", "4242")
    token = adopted.provider_token
    assert await vault.adopt(token, SUBJECT) == adopted
    assert await vault.adopt(token, "pur_2") is MethodRefusal.UNKNOWN
    assert await vault.find_details(token, SUBJECT) == adopted.details
    for _ in range(2):
        await vault.detach(token)
    assert await vault.find_details(token, SUBJECT) is None


async def test_a_customer_is_forgotten_with_the_cards(payments: StripePayments) -> None:
    customer = await payments.customers.ensure(SUBJECT)
    for _ in range(2):
        await payments.methods.forget_customer(SUBJECT)
    assert await payments.customers.find(SUBJECT) is None
    assert await payments.customers.ensure(SUBJECT) != customer
