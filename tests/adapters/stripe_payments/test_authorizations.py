"""Holds at Stripe: what is asked, what answers mean, and that one key is one PaymentIntent."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.stripe_payments.building import StripePayments
from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationUnknown,
    DeclineReason,
    IdempotencyKeyReused,
)
from tests.adapters.stripe_payments.scripted_stripe import (
    CLIENT_SECRET,
    CUSTOMER,
    INTENT,
    METHOD,
    REPLAYED,
    SECRET_KEY,
    Answer,
    NoAnswer,
    ScriptedStripe,
    build_payments,
    intent,
    intent_answer,
    list_answer,
    refusal_answer,
)
from tests.conftest import AnyDatabase

TEN = Money(1000, Currency("USD", 2))
CREATED_AT = datetime.fromtimestamp(1_793_620_800, UTC)
HELD = AuthorizationGranted(INTENT, CREATED_AT + timedelta(days=4, hours=18))
CREATE = "POST /v1/payment_intents"
LIST = "GET /v1/payment_intents"
RETRIEVE = f"GET /v1/payment_intents/{INTENT}"
CANCEL = f"POST /v1/payment_intents/{INTENT}/cancel"
CUSTOMERS = "POST /v1/customers"


def build_request(**changes: object) -> AuthorizationRequest:
    terms = {
        "amount": TEN,
        "provider_token": METHOD,
        "idempotency_key": "k",
        "customer_id": "pur_1",
        **changes,
    }
    return AuthorizationRequest(**terms)  # type: ignore[arg-type]


@pytest.fixture
def script() -> ScriptedStripe:
    script = ScriptedStripe()
    script.answer(CUSTOMERS, Answer({"id": CUSTOMER, "object": "customer"}))
    return script


@pytest.fixture
def payments(script: ScriptedStripe, databases: AnyDatabase, clock: ManualClock) -> StripePayments:
    return build_payments(script, databases, clock)


async def test_a_hold_off_session(payments: StripePayments, script: ScriptedStripe) -> None:
    script.answer(CREATE, intent_answer())
    assert await payments.provider.authorize(build_request()) == HELD
    assert script.calls == [CUSTOMERS, CREATE]
    assert script.form_of(CUSTOMERS) == {"metadata[gateway_subject]": "pur_1"}
    assert script.list_keys(CUSTOMERS) == ["customer-pur_1"]
    assert script.list_keys(CREATE) == ["k"]
    assert script.form_of(CREATE) == {
        "amount": "1000",
        "currency": "usd",
        "customer": CUSTOMER,
        "payment_method": METHOD,
        "allowed_payment_method_types[0]": "card",
        "capture_method": "manual",
        "confirm": "true",
        "off_session": "true",
        "metadata[gateway_key]": "k",
        "expand[0]": "latest_charge",
    }
    headers = script.requests[1].headers
    assert headers["Authorization"] == f"Bearer {SECRET_KEY}"
    assert headers["Stripe-Version"] == "2026-10-28.endive"


async def test_a_hold_on_session(payments: StripePayments, script: ScriptedStripe) -> None:
    script.answer(CREATE, intent_answer())
    result = await payments.provider.authorize(build_request(is_payer_present=True))
    assert result == AuthorizationGranted(INTENT, CREATED_AT + timedelta(days=7))
    form = script.form_of(CREATE)
    assert form["return_url"].startswith("https://shop.example/pay/return?payment=pay_")
    assert form["setup_future_usage"] == "off_session"
    assert "off_session" not in form


async def test_the_charge_tells_until_when_it_is_held(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    charge = {"payment_method_details": {"card": {"capture_before": 1_793_700_000}}}
    script.answer(CREATE, intent_answer(latest_charge=charge))
    assert await payments.provider.authorize(build_request()) == AuthorizationGranted(
        INTENT, datetime.fromtimestamp(1_793_700_000, UTC)
    )


async def test_lost_answers_are_asked_for_with_the_same_key(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, NoAnswer(), NoAnswer(), NoAnswer(), intent_answer(headers=REPLAYED))
    script.answer(RETRIEVE, intent_answer())
    assert await payments.provider.authorize(build_request()) == HELD
    assert script.list_keys(CREATE) == ["k"] * 4


async def test_a_second_request_with_the_key_looks_and_asks_for_nothing(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, intent_answer())
    script.answer(RETRIEVE, intent_answer())
    for _ in range(2):
        assert await payments.provider.authorize(build_request()) == HELD
    assert await payments.provider.find_by_key("k") == HELD
    assert script.calls == [CUSTOMERS, CREATE, RETRIEVE, RETRIEVE]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(1001, TEN.currency)},
        {"amount": Money(1000, Currency("EUR", 2))},
        {"provider_token": "pm_2"},
        {"customer_id": "pur_2"},
    ],
)
async def test_a_key_cannot_be_used_for_something_else(
    payments: StripePayments, script: ScriptedStripe, changes: dict[str, object]
) -> None:
    script.answer(CREATE, intent_answer())
    await payments.provider.authorize(build_request())
    with pytest.raises(IdempotencyKeyReused):
        await payments.provider.authorize(build_request(**changes))
    assert script.calls.count(CREATE) == 1


async def test_a_key_that_never_arrived_is_unknown(payments: StripePayments) -> None:
    assert await payments.provider.find_by_key("k") is None


async def test_an_intent_whose_answer_was_lost_is_found_among_the_customer_s(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, NoAnswer())
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    foreign_intent = intent(id="pi_2", metadata={})
    script.answer(LIST, list_answer(foreign_intent, intent()))
    assert await payments.provider.find_by_key("k") == HELD
    assert script.requests[-1].url.params["customer"] == CUSTOMER


async def test_what_never_arrived_is_asked_for_again_with_its_key(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, *[NoAnswer()] * 6, intent_answer())
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    script.answer(LIST, list_answer())
    assert await payments.provider.find_by_key("k") == HELD
    assert set(script.list_keys(CREATE)) == {"k"}


@pytest.mark.parametrize(
    ("decline_code", "reason"),
    [
        ("generic_decline", DeclineReason.DECLINED),
        ("insufficient_funds", DeclineReason.INSUFFICIENT_FUNDS),
    ],
)
async def test_a_decline_is_cancelled_and_stays_one(
    payments: StripePayments, script: ScriptedStripe, decline_code: str, reason: DeclineReason
) -> None:
    declined_intent = intent(
        "requires_payment_method",
        last_payment_error={"code": "card_declined", "decline_code": decline_code},
    )
    script.answer(
        CREATE,
        refusal_answer(
            402,
            "card_error",
            "card_declined",
            decline_code=decline_code,
            payment_intent=declined_intent,
        ),
    )
    script.answer(CANCEL, intent_answer("canceled"))
    script.answer(RETRIEVE, intent_answer("canceled"))
    for _ in range(2):
        assert await payments.provider.authorize(build_request()) == AuthorizationDeclined(reason)
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(reason)
    assert script.calls == [CUSTOMERS, CREATE, CANCEL, RETRIEVE, RETRIEVE]


async def test_authentication_is_an_action_of_the_payer(
    payments: StripePayments, script: ScriptedStripe, clock: ManualClock
) -> None:
    waiting_intent = intent(
        "requires_payment_method", last_payment_error={"code": "authentication_required"}
    )
    script.answer(
        CREATE,
        refusal_answer(402, "card_error", "authentication_required", payment_intent=waiting_intent),
    )
    script.answer(RETRIEVE, Answer(waiting_intent), intent_answer())
    action = await payments.provider.authorize(build_request())
    assert isinstance(action, AuthorizationActionRequired)
    assert (action.charge_id, action.client_secret) == (INTENT, CLIENT_SECRET)
    assert action.url.startswith("https://shop.example/pay#pay_")
    assert action.expires_at == clock.now() + timedelta(hours=1)
    assert await payments.provider.authorize(build_request()) == action
    assert await payments.provider.find_by_key("k") == HELD


async def test_a_confirmation_that_comes_too_late_is_cancelled_before_it_is_declined(
    payments: StripePayments, script: ScriptedStripe, clock: ManualClock
) -> None:
    script.answer(CREATE, intent_answer("requires_action"))
    await payments.provider.authorize(build_request(is_payer_present=True))
    clock.advance(timedelta(hours=1))
    script.answer(RETRIEVE, intent_answer("requires_action"), intent_answer("canceled"))
    script.answer(CANCEL, intent_answer("canceled"))
    expired = AuthorizationDeclined(DeclineReason.AUTHENTICATION_EXPIRED)
    for _ in range(2):
        assert await payments.provider.find_by_key("k") == expired
    assert script.calls[-3:] == [RETRIEVE, CANCEL, RETRIEVE]
