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
    REPLAYED,
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


@pytest.mark.parametrize(
    ("captured_minor", "result"), [(600, CaptureCompleted()), (500, CaptureRefused())]
)
async def test_what_was_captured_by_hand_at_stripe_is_not_captured_again(
    payments: StripePayments, script: ScriptedStripe, captured_minor: int, result: CaptureResult
) -> None:
    script.answer(CAPTURE, UNEXPECTED_STATE)
    script.answer(RETRIEVE, intent_answer("succeeded", amount_received=captured_minor))
    assert await capture(payments) == result
    assert script.calls == [CAPTURE, RETRIEVE]


async def test_what_another_key_has_taken_is_not_this_capture(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CAPTURE, UNEXPECTED_STATE)
    script.answer(RETRIEVE, CAPTURED)
    assert await capture(payments, key="c2") == CaptureRefused()


async def test_a_stored_failure_that_took_nothing_is_captured_under_another_key(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    """A PaymentIntent is captured once, so that no other key takes it twice."""
    stored_failure = refusal_answer(500, "api_error", headers=REPLAYED)
    script.answer(CAPTURE, stored_failure, CAPTURED)
    script.answer(RETRIEVE, intent_answer())
    assert await capture(payments) == CaptureCompleted()
    first_key, second_key = script.list_keys(CAPTURE)
    assert first_key == "c"
    assert second_key.startswith("c.again_")
    assert script.form_of(CAPTURE)["metadata[gateway_capture_key]"] == "c"


async def test_a_stored_failure_that_took_the_money_is_a_capture(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CAPTURE, refusal_answer(500, "api_error", headers=REPLAYED))
    script.answer(RETRIEVE, CAPTURED)
    assert await capture(payments) == CaptureCompleted()
    assert script.list_keys(CAPTURE) == ["c"]


async def test_what_cannot_be_captured_at_last_is_refused(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CAPTURE, refusal_answer(400, "invalid_request_error", "amount_too_small"))
    script.answer(RETRIEVE, intent_answer())
    assert await capture(payments) == CaptureRefused()
    with pytest.raises(InvalidChargeState):
        await capture(payments, 1001)


async def test_a_part_that_stripe_cannot_count_is_not_asked_for(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    with pytest.raises(InvalidChargeState, match=r"12\.345 BHD cannot be captured"):
        await payments.provider.capture(INTENT, Money(12345, Currency("BHD", 3)), "c", final=True)
    assert script.calls == []


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


async def test_what_was_taken_is_told_as_it_is_now(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(RETRIEVE, intent_answer(), CAPTURED, MISSING)
    assert await payments.provider.find_captured_minor(INTENT) == 0
    assert await payments.provider.find_captured_minor(INTENT) == 600
    with pytest.raises(InvalidChargeState):
        await payments.provider.find_captured_minor(INTENT)
