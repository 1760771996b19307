"""The tests' peer, localstripe and Stripe answer alike what the gateway asks.

Run on the peer always, on localstripe by `make stripe-peer`, and on Stripe's test mode where
STRIPE_TEST_KEY is set. Where localstripe is known to differ its test is not run on it:
`PEER_AND_STRIPE` says so, and CONTRIBUTING.md lists why.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import stripe

from tests.stripe_peer.cards import NAMED_METHODS
from tests.stripe_peer.fixtures import StripeAccount
from tests.stripe_peer.other_peers import LOCALSTRIPE_URL, TEST_KEY
from tests.stripe_peer.test_peer import BorrowedClient

PEER = pytest.param("peer")
LOCALSTRIPE = pytest.param("localstripe", marks=pytest.mark.localstripe)
STRIPE = pytest.param("stripe", marks=pytest.mark.stripe_test_mode)
PEER_AND_STRIPE = pytest.mark.parametrize("any_stripe", [PEER, STRIPE], indirect=True)
OK, DECLINED = "4242424242424242", "4000000000000341"
ALWAYS_ASKS = "4000002760003184"


@dataclass(frozen=True, slots=True)
class AnyStripe:
    """One of the three, with how a card becomes a method there."""

    name: str
    client: stripe.StripeClient
    account: StripeAccount

    def create_method(self, number: str) -> str:
        if self.name == "peer":
            return self.account.create_method(number)
        if self.name == "stripe":
            return next(name for name, held in NAMED_METHODS.items() if held == number)
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        return self.client.v1.payment_methods.create({"type": "card", "card": card}).id  # type: ignore[arg-type]

    def attach(self, number: str) -> tuple[str, str]:
        """A customer, and a method of theirs."""
        customer = self.client.v1.customers.create({"metadata": {"gateway_subject": "test"}}).id
        method = self.create_method(number)
        return customer, self.client.v1.payment_methods.attach(method, {"customer": customer}).id

    def hold(self, customer: str, method: str, key: str | None = None) -> stripe.PaymentIntent:
        params = {
            "amount": 1999,
            "currency": "eur",
            "customer": customer,
            "payment_method": method,
            "confirm": True,
            "off_session": True,
            "capture_method": "manual",
            "metadata": {"gateway_key": "attempt"},
        }
        if self.name != "localstripe":
            params["allowed_payment_method_types"] = ["card"]
        options = {"idempotency_key": key or secrets.token_hex(8)}
        return self.client.v1.payment_intents.create(params, options)  # type: ignore[arg-type]


@pytest.fixture(params=[PEER, LOCALSTRIPE, STRIPE])
def any_stripe(
    request: pytest.FixtureRequest, stripe_account: StripeAccount
) -> Iterator[AnyStripe]:
    keys = {
        "peer": (stripe_account.secret_key, stripe_account.api_url),
        "localstripe": ("sk_test_12345", os.environ.get(LOCALSTRIPE_URL, "")),
        "stripe": (os.environ.get(TEST_KEY, "sk_test_"), "https://api.stripe.com"),
    }
    key, address = keys[request.param]
    with httpx.Client(trust_env=request.param == "stripe", timeout=30) as http:
        client = stripe.StripeClient(
            key,
            base_addresses={"api": address},
            max_network_retries=0,
            http_client=BorrowedClient(http),
        )
        yield AnyStripe(request.param, client, stripe_account)


def test_a_hold_is_captured_in_part(any_stripe: AnyStripe) -> None:
    intent = any_stripe.hold(*any_stripe.attach(OK))
    assert (intent.status, intent.amount) == ("requires_capture", 1999)
    assert intent.metadata["gateway_key"] == "attempt"
    captured = any_stripe.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1500})
    assert captured.status == "succeeded"


def test_a_hold_is_cancelled_once(any_stripe: AnyStripe) -> None:
    intent = any_stripe.hold(*any_stripe.attach(OK))
    assert any_stripe.client.v1.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        any_stripe.client.v1.payment_intents.cancel(intent.id)


def test_what_was_taken_is_given_back_in_parts(any_stripe: AnyStripe) -> None:
    intent = any_stripe.hold(*any_stripe.attach(OK))
    any_stripe.client.v1.payment_intents.capture(intent.id)
    for amount in (400, 600):
        refund = any_stripe.client.v1.refunds.create(
            {"payment_intent": intent.id, "amount": amount, "metadata": {"gateway_key": "part"}}
        )
        assert (refund.status, refund.amount) == ("succeeded", amount)
    listed = any_stripe.client.v1.refunds.list({"payment_intent": intent.id})
    assert sorted(refund.amount for refund in listed.data) == [400, 600]


@PEER_AND_STRIPE
def test_a_declined_card_is_a_402(any_stripe: AnyStripe) -> None:
    customer, method = any_stripe.attach(DECLINED)
    with pytest.raises(stripe.CardError) as caught:
        any_stripe.hold(customer, method)
    assert (caught.value.http_status, caught.value.code) == (402, "card_declined")


def test_a_method_is_set_up_and_detached(any_stripe: AnyStripe) -> None:
    customer, method = any_stripe.attach(OK)
    setup = any_stripe.client.v1.setup_intents.create(
        {"customer": customer, "usage": "off_session"}
    )
    assert setup.status == "requires_payment_method"
    params: dict[str, str] = {"payment_method": method}
    if any_stripe.name != "localstripe":
        params["return_url"] = "https://shop.test/"
    confirmed = any_stripe.client.v1.setup_intents.confirm(setup.id, params)  # type: ignore[arg-type]
    assert (confirmed.status, confirmed.payment_method) == ("succeeded", method)
    any_stripe.client.v1.payment_methods.detach(method)
    assert any_stripe.client.v1.payment_methods.retrieve(method).customer is None


@PEER_AND_STRIPE
def test_one_key_is_one_payment(any_stripe: AnyStripe) -> None:
    customer, method = any_stripe.attach(OK)
    key = secrets.token_hex(8)
    assert any_stripe.hold(customer, method, key).id == any_stripe.hold(customer, method, key).id
    listed = any_stripe.client.v1.payment_intents.list({"customer": customer})
    assert len(listed.data) == 1
    with pytest.raises(stripe.IdempotencyError):
        any_stripe.client.v1.payment_intents.create(
            {"amount": 2000, "currency": "eur"}, {"idempotency_key": key}
        )


@PEER_AND_STRIPE
def test_a_card_that_asks_is_a_402_off_session(any_stripe: AnyStripe) -> None:
    customer, method = any_stripe.attach(ALWAYS_ASKS)
    with pytest.raises(stripe.CardError) as caught:
        any_stripe.hold(customer, method)
    assert (caught.value.http_status, caught.value.code) == (402, "authentication_required")


@PEER_AND_STRIPE
def test_more_than_was_taken_is_not_given_back(any_stripe: AnyStripe) -> None:
    intent = any_stripe.hold(*any_stripe.attach(OK))
    any_stripe.client.v1.payment_intents.capture(intent.id)
    with pytest.raises(stripe.InvalidRequestError):
        any_stripe.client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})


@PEER_AND_STRIPE
def test_an_amount_below_the_minimum_is_refused(any_stripe: AnyStripe) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        any_stripe.client.v1.payment_intents.create({"amount": 1, "currency": "usd"})
    assert caught.value.code == "amount_too_small"
