"""Charges captured, released and refunded as a whole, and what a silent provider leaves."""

from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.money import Money
from gateway.services.orders import charges
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import CaptureResult, CaptureUnknown
from tests.conftest import AnyDatabase
from tests.services.orders.parcels import list_event_types
from tests.services.orders.payments import (
    list_amounts,
    list_at_provider,
    place_order,
    with_payments,
)
from tests.store import Store


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def return_all(store: Store, payment: OrderPayment) -> None:
    async with store.database.begin() as work:
        returning = await charges.start_returning_all(payment.order_id, work, store.dependencies)
    for changed_payment in returning:
        await charges.complete_payment_change(changed_payment, store.dependencies)


async def test_a_whole_charge_is_captured_and_refunded(store: Store) -> None:
    payment = await place_order(store)
    assert (payment.held_minor, payment.refundable_minor) == (1573, 0)
    assert await charges.capture_all(payment.order_id, store.dependencies)
    assert await charges.capture_all(payment.order_id, store.dependencies)
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1573, 0)]
    await return_all(store, payment)
    assert await list_amounts(store, payment.order_id) == [("REFUNDED", 1573, 1573)]
    assert await list_at_provider(store) == [("REFUNDED", 1573, 1573)]


async def test_a_whole_charge_is_let_go(store: Store) -> None:
    payment = await place_order(store)
    await return_all(store, payment)
    assert await list_amounts(store, payment.order_id) == [("RELEASED", 0, 0)]


async def test_an_expired_hold_is_given_anew_and_captured(store: Store) -> None:
    payment = await place_order(store, "sim_hold_expires")
    assert await charges.capture_all(payment.order_id, store.dependencies)
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1573, 0)]
    assert await list_at_provider(store) == [("CAPTURED", 1573, 0), ("RELEASED", 0, 0)]


async def test_a_refund_that_fails_later_leaves_the_charge_captured(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    payment = await place_order(store, "sim_refund_fails")
    await charges.capture_all(payment.order_id, store.dependencies)
    await return_all(store, payment)
    assert await list_amounts(store, payment.order_id) == [("REFUNDING", 1573, 0)]
    await store.run_due_jobs(timedelta(seconds=31))
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1573, 0)]
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        f"the refund of {payment.id} failed: DECLINED"
    ]


async def test_what_was_given_back_by_hand_is_not_given_back_again(store: Store) -> None:
    payment = await place_order(store)
    await charges.capture_all(payment.order_id, store.dependencies)
    provider = store.dependencies.payment_provider
    await provider.refund(payment.charge_id, payment.amount, "by hand")
    await return_all(store, payment)
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1573, 0)]
    order = await store.load_order(payment.order_id)
    assert await list_event_types(store, order) == ["placed", "refund_failed"]
    assert await list_at_provider(store) == [("REFUNDED", 1573, 1573)]


async def test_silence_is_no_refusal(store: Store) -> None:
    payment = await place_order(store)
    provider = store.dependencies.payment_provider

    async def fall_silent(
        charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        await provider.capture(charge_id, amount, idempotency_key, final=final)
        return CaptureUnknown()

    silent = with_payments(store, capture=fall_silent)
    assert not await charges.capture_all(payment.order_id, silent.dependencies)
    await silent.run_due_jobs(timedelta(seconds=31))
    assert await list_amounts(store, payment.order_id) == [("CAPTURING", 0, 0)]
    await store.run_due_jobs(timedelta(seconds=5))
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1573, 0)]
    assert await list_at_provider(store) == [("CAPTURED", 1573, 0)]
