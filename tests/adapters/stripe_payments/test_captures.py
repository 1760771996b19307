"""Captures and releases at Stripe."""

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.stripe_payments.building import StripePayments
from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    CaptureCompleted,
    CaptureRefused,
    CaptureResult,
    CaptureUnknown,
    InvalidChargeState,
    ProviderUnavailable,
)
from tests.adapters.stripe_payments.scripted_stripe import (
    INTENT,
    NoAnswer,
    ScriptedStripe,
    build_payments,
    intent_answer,
    refusal_answer,
)
from tests.conftest import AnyDatabase

USD = Currency("USD", 2)
RETRIEVE = f"GET /v1/payment_intents/{INTENT}"
CANCEL = f"POST /v1/payment_intents/{INTENT}/cancel"
CAPTURE = f"POST /v1/payment_intents/{INTENT}/capture"
CAPTURED = intent_answer(
    "succeeded", amount_received=600, metadata={"gateway_key": "k", "gateway_capture_key": "c"}
)
UNEXPECTED_STATE = refusal_answer(400, "invalid_request_error", "payment_intent_unexpected_state")
MISSING = refusal_answer(404, "invalid_request_error", "resource_missing", param="intent")


@pytest.fixture
def script() -> ScriptedStripe:
    return ScriptedStripe()


@pytest.fixture
def payments(script: ScriptedStripe, databases: AnyDatabase, clock: ManualClock) -> StripePayments:
    return build_payments(script, databases, clock)


async def capture(payments: StripePayments, minor: int = 600, key: str = "c") -> CaptureResult:
    return await payments.provider.capture(INTENT, Money(minor, USD), key, final=True)


async def test_a_part_is_captured_once(payments: StripePayments, script: ScriptedStripe) -> None:
    script.answer(CAPTURE, CAPTURED)
    assert await capture(payments) == CaptureCompleted()
    assert script.form_of(CAPTURE) == {
        "amount_to_capture": "600",
        "metadata[gateway_capture_key]": "c",
    }
    assert script.list_keys(CAPTURE) == ["c"]
    assert payments.provider.captures_once


async def test_a_repetition_after_the_key_is_forgotten_takes_nothing_more(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CAPTURE, UNEXPECTED_STATE)
    script.answer(RETRIEVE, CAPTURED)
    assert await capture(payments) == CaptureCompleted()


async def test_an_expired_hold_is_refused(payments: StripePayments, script: ScriptedStripe) -> None:
    script.answer(CAPTURE, UNEXPECTED_STATE)
    script.answer(RETRIEVE, intent_answer("canceled"))
    assert await capture(payments) == CaptureRefused()


async def test_without_an_answer_the_outcome_is_unknown(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CAPTURE, NoAnswer())
    assert await capture(payments) == CaptureUnknown()
    assert set(script.list_keys(CAPTURE)) == {"c"}


async def test_a_release_cancels(payments: StripePayments, script: ScriptedStripe) -> None:
    script.answer(CANCEL, intent_answer("canceled"), UNEXPECTED_STATE)
    script.answer(RETRIEVE, intent_answer("canceled"))
    await payments.provider.release(INTENT)
    await payments.provider.release(INTENT)


async def test_what_is_captured_is_not_let_go(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CANCEL, UNEXPECTED_STATE)
    script.answer(RETRIEVE, intent_answer("succeeded", amount_received=1000))
    with pytest.raises(InvalidChargeState, match="is CAPTURED, cannot become RELEASED"):
        await payments.provider.release(INTENT)


async def test_a_release_without_an_answer_is_to_be_repeated(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CANCEL, NoAnswer())
    with pytest.raises(ProviderUnavailable):
        await payments.provider.release(INTENT)


async def test_an_unknown_charge_is_refused(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CANCEL, MISSING)
    script.answer(CAPTURE, MISSING)
    for call in (payments.provider.release(INTENT), capture(payments)):
        with pytest.raises(InvalidChargeState):
            await call
