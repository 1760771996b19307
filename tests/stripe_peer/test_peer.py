"""The peer behaves as Stripe documents it: driven by Stripe's own library."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import stripe

from tests.stripe_peer.fixtures import StripeAccount

CARD_ONLY = {"allowed_payment_method_types": ["card"]}


@pytest.fixture
def client(stripe_account: StripeAccount) -> Iterator[stripe.StripeClient]:
    with httpx.Client(trust_env=False) as http:
        yield stripe.StripeClient(
            stripe_account.secret_key,
            base_addresses={"api": stripe_account.api_url},
            max_network_retries=0,
            http_client=BorrowedClient(http),
        )


class BorrowedClient(stripe.HTTPClient):
    """Stripe's library over a client that the test closes."""

    name = "httpx"

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self._http = http

    def request(  # type: ignore[override]
        self, method: str, url: str, headers: dict[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, httpx.Headers]:
        try:
            answer = self._http.request(method, url, headers=headers, content=post_data)
        except httpx.HTTPError as error:
            raise stripe.APIConnectionError(str(error)) from error  # type: ignore[no-untyped-call]
        return answer.content, answer.status_code, answer.headers

    def close(self) -> None:
        """The test closes what it lent."""


def make_customer(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({"metadata": {"gateway_subject": "purchaser"}}).id


def attach(client: stripe.StripeClient, account: StripeAccount, number: str, customer: str) -> str:
    method = account.create_method(number)
    client.v1.payment_methods.attach(method, {"customer": customer})
    return method


def hold(
    client: stripe.StripeClient,
    method: str,
    customer: str | None,
    *,
    amount: int = 1999,
    currency: str = "eur",
    key: str = "attempt",
    is_off_session: bool = True,
) -> stripe.PaymentIntent:
    params = {
        "amount": amount,
        "currency": currency,
        "payment_method": method,
        "confirm": True,
        "capture_method": "manual",
        "expand": ["latest_charge"],
        **CARD_ONLY,
        **({"customer": customer} if customer else {}),
        **({"off_session": True} if is_off_session else {"return_url": "http://shop.test/pay#x"}),
    }
    return client.v1.payment_intents.create(params, {"idempotency_key": key})  # type: ignore[arg-type]


def test_a_hold_is_captured_in_part_and_refunded_in_parts(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    intent = hold(client, attach(client, stripe_account, "4242424242424242", customer), customer)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 1999)

    captured = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1500})
    assert (captured.status, captured.amount_received, captured.amount_capturable) == (
        "succeeded",
        1500,
        0,
    )

    client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    with pytest.raises(stripe.InvalidRequestError, match=r"1101.*greater than unrefunded.*1100"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1101})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": intent.id})
    assert [refund.amount for refund in listed.data] == [1100, 400]


def test_one_key_is_one_payment_however_often_it_is_sent(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, "4242424242424242", customer)
    stripe_account.drop_answers(3, path="/v1/payment_intents")
    for _ in range(3):
        with pytest.raises(stripe.APIConnectionError):
            hold(client, method, customer)
    assert hold(client, method, customer).id == hold(client, method, customer).id
    assert len(stripe_account.list_intents()) == 1
    with pytest.raises(stripe.IdempotencyError):
        hold(client, method, customer, amount=2000)
    stripe_account.set_clock(24 * 60 * 60)
    hold(client, method, customer, amount=2000)
    assert [intent["amount"] for intent in stripe_account.list_intents()] == [1999, 2000]


def test_a_stored_500_is_answered_again_and_another_one_is_not(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, "4242424242424242", customer)
    stripe_account.answer_with(500, path="/v1/payment_intents", stored=True, after_work=True)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            hold(client, method, customer, key="stored")
        assert caught.value.http_status == 500
    assert len(stripe_account.list_intents()) == 1
    stripe_account.answer_with(503, path="/v1/payment_intents", stored=False)
    with pytest.raises(stripe.APIError):
        hold(client, method, customer, key="not stored")
    assert hold(client, method, customer, key="not stored").status == "requires_capture"


async def test_a_key_in_use_is_a_conflict(stripe_account: StripeAccount) -> None:
    stripe_account.delay(0.3)
    headers = {
        "authorization": f"Bearer {stripe_account.secret_key}",
        "stripe-version": "2026-10-28.endive",
        "idempotency-key": "same",
    }
    async with httpx.AsyncClient(
        base_url=stripe_account.api_url, headers=headers, trust_env=False
    ) as http:
        answers = await asyncio.gather(*(http.post("/v1/customers") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert len(stripe_account.list_customers()) == 1


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000341", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000002760003184", "authentication_required", "authentication_required"),
        ("4000002500003155", "authentication_required", "authentication_required"),
    ],
)
def test_a_402_carries_its_intent(
    client: stripe.StripeClient,
    stripe_account: StripeAccount,
    number: str,
    code: str,
    decline_code: str,
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, number, customer)
    with pytest.raises(stripe.CardError) as caught:
        hold(client, method, customer)
    error = caught.value
    assert (error.http_status, error.code) == (402, code)
    assert error.error is not None
    assert error.error.decline_code == decline_code
    intent = error.error.payment_intent
    assert intent is not None
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert stripe_account.list_intents()[0]["last_payment_error"]["code"] == code


def test_a_card_that_was_set_up_is_not_asked_about_again(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    setup = client.v1.setup_intents.create({"customer": customer, "usage": "off_session"})
    assert setup.client_secret is not None
    method = stripe_account.confirm_setup(setup.client_secret, "4000002500003155")["payment_method"]
    assert hold(client, method, customer).status == "requires_capture"


def test_holds_last_as_long_as_their_session_says_and_end(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, "4242424242424242", customer)
    for key, is_off_session, seconds in (("off", True, 410_400), ("on", False, 604_800)):
        intent = hold(client, method, customer, key=key, is_off_session=is_off_session)
        assert isinstance(intent.latest_charge, stripe.Charge)
        details = intent.latest_charge.payment_method_details
        assert details is not None
        assert details.card is not None
        assert details.card.capture_before == pytest.approx(intent.created + seconds, abs=1)
    stripe_account.set_clock(410_401)
    assert [intent["status"] for intent in stripe_account.list_intents()] == [
        "canceled",
        "requires_capture",
    ]


def test_the_bank_asks_and_leads_back(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    for outcome, told, status in (
        ("complete", "succeeded", "requires_capture"),
        ("fail", "failed", "requires_payment_method"),
    ):
        method = stripe_account.create_method("4000002760003184")
        intent = hold(client, method, customer, key=outcome, is_off_session=False)
        assert intent.status == "requires_action"
        assert intent.next_action is not None
        assert intent.next_action.redirect_to_url is not None
        page = str(intent.next_action.redirect_to_url.url)
        assert 'value="complete"' in httpx.get(page).text
        answer = httpx.post(page, data={"outcome": outcome})
        assert answer.status_code == 303
        assert answer.headers["location"] == (
            f"http://shop.test/pay?payment_intent={intent.id}"
            f"&payment_intent_client_secret={intent.client_secret}&redirect_status={told}#x"
        )
        assert client.v1.payment_intents.retrieve(intent.id).status == status


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported"),
        ({"colour": "red"}, "parameter_unknown"),
        ({"amount": 49}, "amount_too_small"),
        ({"amount": 0}, "parameter_invalid_integer"),
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"amount": 1005, "currency": "kwd"}, "parameter_invalid_integer"),
        ({"amount": 1050, "currency": "isk"}, "parameter_invalid_integer"),
        ({"payment_method": "pm_none"}, "resource_missing"),
        ({"customer": "cus_none"}, "resource_missing"),
    ],
)
def test_wrong_parameters_are_refused_and_nothing_is_made(
    client: stripe.StripeClient,
    stripe_account: StripeAccount,
    parameters: dict[str, object],
    code: str,
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create({"amount": 1999, "currency": "usd", **parameters})  # type: ignore[typeddict-item]
    assert caught.value.code == code
    assert stripe_account.list_intents() == []


def test_a_bare_method_is_used_once_and_a_foreign_one_never(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    owner, stranger = make_customer(client), make_customer(client)
    bare = stripe_account.create_method("4242424242424242")
    assert hold(client, bare, None, is_off_session=False).status == "requires_capture"
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        hold(client, bare, None, key="again", is_off_session=False)
    attached = attach(client, stripe_account, "4242424242424242", owner)
    with pytest.raises(stripe.InvalidRequestError, match="must be attached to the customer"):
        hold(client, attached, stranger, key="stranger")
    client.v1.payment_methods.detach(attached)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        hold(client, attached, owner, key="detached")


def test_lists_are_paged_newest_first(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, "4242424242424242", customer)
    made = [hold(client, method, customer, key=str(n)).id for n in range(5)]
    listed = client.v1.payment_intents.list({"customer": customer, "limit": 2})
    assert [intent.id for intent in listed.auto_paging_iter()] == made[::-1]


def test_cancelling_lets_go_and_twice_is_refused(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, "4242424242424242", customer)
    intent = hold(client, method, customer)
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.cancel(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.capture(intent.id)


def test_a_refund_can_fail_later(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, "4000000000005126", customer)
    intent = hold(client, method, customer)
    client.v1.payment_intents.capture(intent.id)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    stripe_account.finish_refund(refund.id)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert "refund.failed" in [event["type"] for event in stripe_account.events()]


def test_away_and_back_nothing_is_forgotten(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    stripe_account.go_away()
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.retrieve(customer)
    stripe_account.come_back()
    assert client.v1.customers.retrieve(customer).id == customer


def test_too_many_requests_say_when_to_come_back(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    stripe_account.answer_with(429, retry_after="1", stored=False)
    with pytest.raises(stripe.RateLimitError) as caught:
        make_customer(client)
    assert caught.value.headers is not None
    assert caught.value.headers["retry-after"] == "1"
    assert stripe_account.list_customers() == []


def test_events_are_signed_as_the_library_checks_it(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    make_customer(client)
    event = stripe_account.events()[0]
    assert client.v1.events.retrieve(event["id"]).type == "customer.created"
    body, headers = stripe_account.sign_event(
        event, signing_secrets=["whsec_old", stripe_account.webhook_secret]
    )
    read = stripe.Webhook.construct_event(
        body, headers["stripe-signature"], stripe_account.webhook_secret
    )
    assert read.id == event["id"]
    for wrong in (
        stripe_account.sign_event(event, signing_secrets=["whsec_foreign"]),
        stripe_account.sign_event(event, at=stripe_account.now() - 301),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(
                wrong[0], wrong[1]["stripe-signature"], stripe_account.webhook_secret
            )


@pytest.mark.parametrize(
    ("manner", "types"),
    [
        ("on_time", ["customer.created"]),
        ("twice", ["customer.created", "customer.created"]),
        ("never", []),
    ],
)
async def test_a_webhook_is_told_in_the_manner_that_was_asked_for(
    stripe_account: StripeAccount, manner: str, types: list[str]
) -> None:
    """An address of the peer itself is told: what it answers does not matter."""
    stripe_account.set_webhook(f"{stripe_account.api_url}/hook", manner=manner)
    await asyncio.to_thread(make_customer_by_form, stripe_account)
    for _ in range(50):
        if len(stripe_account.deliveries()) == len(types):
            break
        await asyncio.sleep(0.05)
    assert [told["type"] for told in stripe_account.deliveries()] == types
    assert len(stripe_account.events()) == 1


def make_customer_by_form(account: StripeAccount) -> None:
    headers = {"stripe-version": "2026-10-28.endive"}
    httpx.post(f"{account.api_url}/v1/customers", headers=headers, auth=(account.secret_key, ""))


def test_whoever_has_another_key_or_no_version_is_refused(stripe_account: StripeAccount) -> None:
    version = {"stripe-version": "2026-10-28.endive"}
    for key, headers, status in (
        ("sk_live_other", version, 401),
        (stripe_account.publishable_key, version, 403),
        (stripe_account.secret_key, {}, 400),
    ):
        answer = httpx.post(
            f"{stripe_account.api_url}/v1/customers", headers=headers, auth=(key, "")
        )
        assert answer.status_code == status
    assert stripe_account.list_customers() == []


def test_a_dispute_and_a_deleted_customer_are_told(
    client: stripe.StripeClient, stripe_account: StripeAccount
) -> None:
    customer = make_customer(client)
    method = attach(client, stripe_account, "4242424242424242", customer)
    intent = hold(client, method, customer)
    client.v1.payment_intents.capture(intent.id)
    dispute = stripe_account.dispute(intent.id)
    stripe_account.close_dispute(dispute["id"])
    assert client.v1.disputes.retrieve(dispute["id"]).status == "lost"
    client.v1.customers.delete(customer)
    assert client.v1.payment_methods.retrieve(method).customer is None
    assert [event["type"] for event in stripe_account.events()][-4:] == [
        "charge.dispute.created",
        "charge.dispute.closed",
        "payment_method.detached",
        "customer.deleted",
    ]
