"""Captures, releases and refunds in parts at the simulated provider, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.engine.money import Money
from gateway.services.ports.payments import (
    AuthorizationDeclined,
    AuthorizationGranted,
    CaptureCompleted,
    CaptureRefused,
    DeclineReason,
    IdempotencyKeyReused,
    InvalidChargeState,
    RefundCompleted,
    RefundFailed,
    RefundPending,
)
from tests.adapters.simulated_charges import (
    EUR,
    USD,
    authorization_request,
    authorize,
    capture,
    list_amounts,
    list_charge_states,
    refund,
)
from tests.conftest import AnyDatabase


@pytest.fixture
def payments(databases: AnyDatabase) -> SimulatedPaymentProvider:
    return SimulatedPaymentProvider(databases, RandomIds(), "https://shop.example/")


async def test_one_key_takes_once_and_at_most_as_much_as_is_held(
    payments: SimulatedPaymentProvider,
) -> None:
    charge = await authorize(payments)
    for much in (Money(1001, USD), Money(1000, EUR)):
        with pytest.raises(InvalidChargeState):
            await payments.capture(charge, much, "c", final=False)
    captures = await asyncio.gather(*(capture(payments, charge, 900, final=True) for _ in range(5)))
    assert captures == [CaptureCompleted()] * 5
    [charge_row] = await payments.list_charges()
    assert (charge_row.status, charge_row.amount_minor, charge_row.captured_minor) == (
        "CAPTURED",
        1000,
        900,
    )
    assert await payments.authorize(authorization_request("sim_ok")) == AuthorizationGranted(charge)


async def test_a_charge_is_captured_in_parts(payments: SimulatedPaymentProvider) -> None:
    assert not payments.captures_once
    charge = await authorize(payments)
    assert await capture(payments, charge, 300, "c1") == CaptureCompleted()
    assert await capture(payments, charge, 300, "c1") == CaptureCompleted()
    assert await list_amounts(payments) == [("HELD", 300, 0)]
    assert await payments.find_captured_minor(charge) == 300
    with pytest.raises(InvalidChargeState):
        await capture(payments, charge, 701, "c2")
    assert await capture(payments, charge, 700, "c2") == CaptureCompleted()
    assert await list_amounts(payments) == [("CAPTURED", 1000, 0)]
    with pytest.raises(InvalidChargeState):
        await capture(payments, charge, 1, "c3")


async def test_a_final_capture_lets_go_of_the_rest(payments: SimulatedPaymentProvider) -> None:
    charge = await authorize(payments)
    await capture(payments, charge, 300, "c1")
    assert await capture(payments, charge, 400, "c2", final=True) == CaptureCompleted()
    assert await capture(payments, charge, 300, "c3") == CaptureRefused()
    await payments.release(charge)
    assert await list_amounts(payments) == [("CAPTURED", 700, 0)]


async def test_what_is_not_captured_can_be_let_go(payments: SimulatedPaymentProvider) -> None:
    charge = await authorize(payments)
    await capture(payments, charge, 300, "c1")
    await payments.release(charge)
    await payments.release(charge)
    assert await capture(payments, charge, 300, "c1") == CaptureCompleted()
    assert await capture(payments, charge, 300, "c2") == CaptureRefused()
    assert await list_amounts(payments) == [("CAPTURED", 300, 0)]


async def test_a_key_of_a_capture_or_refund_is_for_that_alone(
    payments: SimulatedPaymentProvider,
) -> None:
    charge, other = await authorize(payments), await authorize(payments, key="k2")
    await capture(payments, charge, 300)
    for repeated in (
        capture(payments, charge, 301),
        capture(payments, other, 300),
        refund(payments, charge, 300, "c"),
    ):
        with pytest.raises(IdempotencyKeyReused):
            await repeated
    assert await payments.find_refund("c") is None
    assert set(await list_amounts(payments)) == {("HELD", 300, 0), ("HELD", 0, 0)}


async def test_a_charge_is_refunded_in_parts(payments: SimulatedPaymentProvider) -> None:
    charge = await authorize(payments)
    await capture(payments, charge, 900, "c1")
    assert await refund(payments, charge, 200, "r1") == RefundCompleted()
    assert await list_amounts(payments) == [("HELD", 900, 200)]
    await capture(payments, charge, 100, "c2")
    refunds = await asyncio.gather(*(refund(payments, charge, 300, "r2") for _ in range(5)))
    assert refunds == [RefundCompleted()] * 5
    assert await payments.find_refund("r2") == RefundCompleted()
    assert await list_amounts(payments) == [("CAPTURED", 1000, 500)]
    for much in (Money(501, USD), Money(500, EUR)):
        with pytest.raises(InvalidChargeState):
            await payments.refund(charge, much, "r3")
    assert await payments.find_refund("r3") is None
    assert await refund(payments, charge, 500, "r3") == RefundCompleted()
    assert await list_amounts(payments) == [("REFUNDED", 1000, 1000)]


async def test_what_was_captured_and_refunded_before_the_rest_is_let_go(
    payments: SimulatedPaymentProvider,
) -> None:
    charge = await authorize(payments)
    await capture(payments, charge, 300)
    await refund(payments, charge, 300)
    assert await list_amounts(payments) == [("HELD", 300, 300)]
    await payments.release(charge)
    assert await list_amounts(payments) == [("REFUNDED", 300, 300)]


async def test_a_refund_may_fail_later(
    payments: SimulatedPaymentProvider, clock: ManualClock
) -> None:
    charge = await authorize(payments, "sim_refund_fails")
    await capture(payments, charge)
    assert await refund(payments, charge, 600, "r1") == RefundPending()
    with pytest.raises(InvalidChargeState):
        await refund(payments, charge, 600, "r2")
    clock.advance(timedelta(seconds=2) - timedelta.resolution)
    assert await payments.find_refund("r1") == RefundPending()
    clock.advance(timedelta.resolution)
    assert await payments.find_refund("r1") == RefundFailed("DECLINED")
    assert await refund(payments, charge, 600, "r1") == RefundFailed("DECLINED")
    assert await refund(payments, charge, 1000, "r2") == RefundPending()
    assert await list_amounts(payments) == [("CAPTURED", 1000, 0)]


async def test_a_raise_may_be_refused(payments: SimulatedPaymentProvider) -> None:
    charge = await authorize(payments, "sim_raise_refused")
    raised = authorization_request("sim_raise_refused", "k2", raised_charge_id=charge)
    assert await payments.authorize(raised) == AuthorizationDeclined(DeclineReason.DECLINED)
    granted = authorization_request("sim_ok", "k3", raised_charge_id=charge)
    assert isinstance(await payments.authorize(granted), AuthorizationGranted)
    assert dict(await list_charge_states(payments)) == {
        "k": "HELD",
        "k2": "DECLINED",
        "k3": "HELD",
    }
