"""Refunds at Stripe: one for each key, with parts, failures that come later, and lost answers."""

from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.stripe_payments.building import StripePayments
from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    IdempotencyKeyReused,
    InvalidChargeState,
    ProviderUnavailable,
    RefundCompleted,
    RefundFailed,
    RefundPending,
    RefundResult,
)
from tests.adapters.stripe_payments.scripted_stripe import (
    INTENT,
    REPLAYED,
    Answer,
    NoAnswer,
    ScriptedStripe,
    build_payments,
    list_answer,
    refusal_answer,
)
from tests.conftest import AnyDatabase

USD = Currency("USD", 2)
CREATE = "POST /v1/refunds"
LIST = "GET /v1/refunds"
RETRIEVE = "GET /v1/refunds/re_1"
STORED_FAILURE = refusal_answer(500, "api_error", headers=REPLAYED)


def refund_object(status: str = "succeeded", key: str = "r", **fields: object) -> dict[str, object]:
    return {
        "id": "re_1",
        "object": "refund",
        "status": status,
        "amount": 400,
        "currency": "usd",
        "metadata": {"gateway_key": key},
        **fields,
    }


@pytest.fixture
def script() -> ScriptedStripe:
    return ScriptedStripe()


@pytest.fixture
def payments(script: ScriptedStripe, databases: AnyDatabase, clock: ManualClock) -> StripePayments:
    return build_payments(script, databases, clock)


async def refund(payments: StripePayments, minor: int = 400, charge: str = INTENT) -> RefundResult:
    return await payments.provider.refund(charge, Money(minor, USD), "r")


async def test_a_part_is_given_back(payments: StripePayments, script: ScriptedStripe) -> None:
    script.answer(CREATE, Answer(refund_object()))
    assert await refund(payments) == RefundCompleted()
    assert script.form_of(CREATE) == {
        "payment_intent": INTENT,
        "amount": "400",
        "metadata[gateway_key]": "r",
    }
    assert script.list_keys(CREATE) == ["r"]


@pytest.mark.parametrize(
    ("refund_fields", "result"),
    [
        ({"status": "succeeded"}, RefundCompleted()),
        ({"status": "pending"}, RefundPending()),
        ({"status": "requires_action"}, RefundPending()),
        ({"status": "canceled"}, RefundFailed("CANCELED")),
        (
            {"status": "failed", "failure_reason": "expired_or_canceled_card"},
            RefundFailed("EXPIRED_OR_CANCELED_CARD"),
        ),
    ],
)
async def test_the_present_state_is_told_whatever_it_was(
    payments: StripePayments,
    script: ScriptedStripe,
    refund_fields: dict[str, str],
    result: RefundResult,
) -> None:
    """A refund that succeeded can fail later."""
    script.answer(CREATE, Answer(refund_object()))
    assert await refund(payments) == RefundCompleted()
    script.answer(RETRIEVE, Answer(refund_object(**refund_fields)))
    assert await payments.provider.find_refund("r") == result
    assert await refund(payments) == result
    assert script.calls == [CREATE, RETRIEVE, RETRIEVE]


async def test_a_refund_that_never_arrived_is_unknown(payments: StripePayments) -> None:
    assert await payments.provider.find_refund("r") is None


async def test_a_refund_whose_answer_was_lost_is_found_among_those_of_the_charge(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, NoAnswer())
    with pytest.raises(ProviderUnavailable):
        await refund(payments)
    script.answer(LIST, list_answer(refund_object(key="r0"), refund_object("pending")))
    assert await payments.provider.find_refund("r") == RefundPending()
    assert script.requests[-1].url.params["payment_intent"] == INTENT


async def test_what_never_arrived_is_asked_for_again_with_its_key(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, *[NoAnswer()] * 6, Answer(refund_object()))
    script.answer(LIST, list_answer())
    with pytest.raises(ProviderUnavailable):
        await refund(payments)
    assert await payments.provider.find_refund("r") is None
    assert await refund(payments) == RefundCompleted()
    assert set(script.list_keys(CREATE)) == {"r"}


@pytest.mark.parametrize(("minor", "charge"), [(401, INTENT), (400, "pi_2")])
async def test_a_key_cannot_be_used_for_something_else(
    payments: StripePayments, script: ScriptedStripe, minor: int, charge: str
) -> None:
    script.answer(CREATE, Answer(refund_object()))
    await refund(payments)
    with pytest.raises(IdempotencyKeyReused):
        await refund(payments, minor, charge)


@pytest.mark.parametrize(
    ("code", "parameter"),
    [
        ("charge_already_refunded", ""),
        ("resource_missing", "payment_intent"),
        ("", "amount"),
        ("", "payment_intent"),
        ("payment_intent_unexpected_state", ""),
    ],
)
async def test_more_than_was_taken_is_not_given_back(
    payments: StripePayments, script: ScriptedStripe, code: str, parameter: str
) -> None:
    script.answer(CREATE, refusal_answer(400, "invalid_request_error", code, param=parameter))
    script.answer(LIST, list_answer())
    with pytest.raises(InvalidChargeState):
        await refund(payments)
    assert await payments.provider.find_refund("r") is None


async def test_a_refusal_for_good_stays_one(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, refusal_answer(400, "invalid_request_error", "charge_disputed"))
    for _ in range(2):
        assert await refund(payments) == RefundFailed("CHARGE_DISPUTED")
    assert await payments.provider.find_refund("r") == RefundFailed("CHARGE_DISPUTED")
    assert script.calls == [CREATE]


async def test_after_a_stored_failure_another_attempt_has_another_key(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, STORED_FAILURE, Answer(refund_object()))
    script.answer(LIST, list_answer())
    with pytest.raises(ProviderUnavailable):
        await refund(payments)
    assert await refund(payments) == RefundCompleted()
    assert script.list_keys(CREATE) == ["r", "r.2"]
    assert script.form_of(CREATE)["metadata[gateway_key]"] == "r"


async def test_a_stored_failure_that_gave_the_money_back_is_no_reason_to_do_it_twice(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, STORED_FAILURE)
    with pytest.raises(ProviderUnavailable):
        await refund(payments)
    script.answer(LIST, list_answer(refund_object()))
    assert await refund(payments) == RefundCompleted()
    assert script.list_keys(CREATE) == ["r"]


async def test_an_old_key_is_another_attempt_once_nothing_is_there(
    payments: StripePayments, script: ScriptedStripe, clock: ManualClock
) -> None:
    script.answer(CREATE, *[NoAnswer()] * 6, Answer(refund_object()))
    script.answer(LIST, list_answer())
    with pytest.raises(ProviderUnavailable):
        await refund(payments)
    clock.advance(timedelta(hours=23))
    assert await refund(payments) == RefundCompleted()
    assert script.list_keys(CREATE)[-1] == "r.2"


async def test_what_stripe_cannot_give_back_exactly_is_refused(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    amount = Money(1234, Currency("BHD", 3))
    assert await payments.provider.refund(INTENT, amount, "r") == RefundFailed("AMOUNT_REFUSED")
    assert script.calls == []
