"""What every payment provider does alike; ``PROVIDERS`` says which are tested."""

import asyncio
from datetime import UTC, timedelta

import pytest

from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    CaptureCompleted,
    CaptureRefused,
    DeclineReason,
    IdempotencyKeyReused,
    InvalidChargeState,
    RefundCompleted,
)
from tests.adapters.providers_under_test import TEN, USD, ProviderUnderTest


async def test_one_key_is_one_charge_however_often_it_is_asked(
    payments: ProviderUnderTest,
) -> None:  # R129
    answers = await asyncio.gather(*(payments.authorize() for _ in range(20)))
    assert len(set(answers)) == 1
    assert isinstance(answers[0], AuthorizationGranted)
    assert answers[0] == await payments.provider.find_by_key("k")
    assert await payments.count_charges() == 1


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("declined", DeclineReason.DECLINED),
        ("insufficient", DeclineReason.INSUFFICIENT_FUNDS),
        ("unknown", DeclineReason.UNKNOWN_METHOD),
    ],
)
async def test_a_refusal_stays_one(
    payments: ProviderUnderTest, token: str, reason: DeclineReason
) -> None:
    for _ in range(2):
        assert await payments.authorize(token) == AuthorizationDeclined(reason)
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(reason)


@pytest.mark.parametrize(
    ("token", "amount", "customer_id"),
    [
        ("declined", TEN, "pur_1"),
        ("ok", Money(1001, USD), "pur_1"),
        ("ok", Money(1000, Currency("EUR", 2)), "pur_1"),
        ("ok", TEN, "pur_2"),
    ],
)
async def test_a_key_cannot_be_used_for_something_else(
    payments: ProviderUnderTest, token: str, amount: Money, customer_id: str
) -> None:  # R129
    granted = await payments.authorize()
    with pytest.raises(IdempotencyKeyReused):
        await payments.authorize(token, "k", amount, customer_id)
    assert await payments.provider.find_by_key("k") == granted
    assert await payments.count_charges() == 1


async def test_a_key_that_never_arrived_is_unknown(payments: ProviderUnderTest) -> None:
    assert await payments.provider.find_by_key("k") is None
    assert await payments.provider.find_refund("r") is None


async def test_a_hold_that_was_let_go_is_no_longer_one(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    for _ in range(2):
        await payments.provider.release(charge_id)
    assert await payments.capture(charge_id) == CaptureRefused()
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(DeclineReason.RELEASED)
    with pytest.raises(InvalidChargeState):
        await payments.refund(charge_id)


async def test_what_was_taken_is_given_back_and_not_let_go(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    for _ in range(2):
        assert await payments.capture(charge_id) == CaptureCompleted()
    with pytest.raises(InvalidChargeState):
        await payments.provider.release(charge_id)
    for _ in range(2):
        assert await payments.refund(charge_id) == RefundCompleted()
    assert await payments.provider.find_refund("r") == RefundCompleted()
    assert await payments.capture(charge_id) == CaptureCompleted()


async def test_no_more_is_taken_than_is_held(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    with pytest.raises(InvalidChargeState):
        await payments.capture(charge_id, 1001)
    assert await payments.capture(charge_id, 600, "c2") == CaptureCompleted()
    assert await payments.capture(charge_id, 400, "c3") == CaptureRefused()


async def test_a_capture_s_key_cannot_be_used_for_something_else(
    payments: ProviderUnderTest,
) -> None:
    charge_id = await payments.hold()
    await payments.capture(charge_id, 600)
    with pytest.raises(IdempotencyKeyReused):
        await payments.capture(charge_id, 500)


async def test_no_more_is_given_back_than_was_taken(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    await payments.capture(charge_id, 900)
    assert await payments.refund(charge_id, 400, "r1") == RefundCompleted()
    with pytest.raises(InvalidChargeState):
        await payments.refund(charge_id, 501, "r2")
    assert await payments.refund(charge_id, 500, "r3") == RefundCompleted()
    with pytest.raises(IdempotencyKeyReused):
        await payments.refund(charge_id, 399, "r1")


async def test_what_the_payer_must_confirm_holds_nothing_until_then(
    payments: ProviderUnderTest,
) -> None:  # R130
    action = await payments.authorize("action")
    assert isinstance(action, AuthorizationActionRequired)
    assert await payments.authorize("action") == action
    assert await payments.provider.find_by_key("k") == action
    assert await payments.capture(action.charge_id) == CaptureRefused()
    await payments.confirm(action)
    granted = await payments.provider.find_by_key("k")
    assert isinstance(granted, AuthorizationGranted)
    assert granted.charge_id == action.charge_id
    assert await payments.capture(action.charge_id) == CaptureCompleted()


async def test_what_waits_for_its_payer_can_be_given_up(payments: ProviderUnderTest) -> None:
    action = await payments.authorize("action")
    assert isinstance(action, AuthorizationActionRequired)
    await payments.provider.release(action.charge_id)
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(DeclineReason.RELEASED)


async def test_an_unknown_charge_is_refused(payments: ProviderUnderTest) -> None:
    for call in (
        payments.provider.release("pi_none"),
        payments.refund("pi_none"),
        payments.capture("pi_none"),
    ):
        with pytest.raises(InvalidChargeState):
            await call


async def test_a_present_payer_is_asked_as_an_absent_one_is(payments: ProviderUnderTest) -> None:
    granted = await payments.authorize("ok", "k1", is_payer_present=True)
    assert isinstance(granted, AuthorizationGranted)
    action = await payments.authorize("action", "k2", customer_id="pur_2", is_payer_present=True)
    assert isinstance(action, AuthorizationActionRequired)
    await payments.confirm(action)
    assert isinstance(await payments.provider.find_by_key("k2"), AuthorizationGranted)


async def test_a_hold_says_when_it_ends_if_it_does(payments: ProviderUnderTest) -> None:
    lifetime = payments.provider.hold_lifetime
    granted = await payments.authorize()
    assert isinstance(granted, AuthorizationGranted)
    if lifetime is not None:
        assert lifetime > timedelta(0)
        assert granted.held_until is not None
        assert granted.held_until.tzinfo is UTC


async def test_a_hold_that_is_gone_is_made_anew_and_one_is_added_to_another(
    payments: ProviderUnderTest,
) -> None:  # R131
    """Each is a charge of its own, for the same customer and method."""
    await payments.save()
    first = await payments.hold("k1")
    await payments.provider.release(first)
    renewed = await payments.hold("k2", renewed_charge_id=first)
    added = await payments.hold("k3", raised_charge_id=renewed)
    assert len({first, renewed, added}) == 3
    assert await payments.capture(renewed, 1000, "c2") == CaptureCompleted()
    assert await payments.capture(added, 1000, "c3") == CaptureCompleted()


async def test_parts_are_taken_as_often_as_the_provider_says(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    assert await payments.capture(charge_id, 600, "c1", final=False) == CaptureCompleted()
    second = await payments.capture(charge_id, 300, "c2", final=True)
    assert second == (CaptureRefused() if payments.provider.captures_once else CaptureCompleted())
    assert await payments.capture(charge_id, 100, "c3") == CaptureRefused()


async def test_its_tokens_begin_as_it_says_and_an_amount_is_charged(
    payments: ProviderUnderTest,
) -> None:
    details = payments.provider.details
    assert details.name
    assert payments.tokens["ok"].startswith(details.token_prefix)
    assert payments.provider.find_amount_refusal(TEN) is None
