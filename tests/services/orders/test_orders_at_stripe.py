"""The money of orders at Stripe: taken, given back and let go, also while Stripe is away."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.engine.orders.holds import HOLD_RENEWAL_MARGIN
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.user_errors import ErrorCode
from gateway.services.account_erasure import AccountDependencies
from gateway.services.checkout.guest_customers import GUEST_PAUSE
from gateway.services.orders.provider_notices import note_hold, note_refund
from gateway.services.ports.provider_events import HoldNotice, RefundNotice
from gateway.services.ports.refunds import RefundStatus
from gateway.services.provider_clearance import ProviderClearanceJob
from gateway.services.provider_waits import MAX_RETRY_WAIT
from gateway.worker import run_due_jobs
from tests.api.conftest import offline_gift_dependencies
from tests.services.orders.changing import error_rows, set_quantity
from tests.services.orders.conftest import StripeStore
from tests.services.orders.ending_holds import OFF_SESSION
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import (
    close_window,
    deliver,
    dispatch,
    list_event_types,
    list_parcels,
    refund,
)
from tests.services.orders.payments import list_amounts, list_payments
from tests.store import require_order


# R123
async def test_a_parcel_that_leaves_is_captured_once(stripe_store: StripeStore) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    assert stripe_store.intents() == [("requires_capture", 16588, 0)]
    await close_window(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    again = await dispatch(store, parcel)
    assert [error.code for error in again.user_errors] == [ErrorCode.NOT_MODIFIABLE]
    assert stripe_store.intents() == [("succeeded", 16588, 16588)]
    assert len(stripe_store.account.requests(path="/capture", method="POST")) == 1


async def test_a_cancelled_order_holds_nothing(stripe_store: StripeStore) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    assert (await store.cancel(order)).value is not None
    assert stripe_store.intents() == [("canceled", 16588, 0)]


async def test_what_was_cancelled_at_stripe_counts_as_done(stripe_store: StripeStore) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    [intent] = stripe_store.account.list_intents()
    stripe_store.account.expire_hold(intent["id"])
    assert (await store.cancel(order)).value is not None
    assert await list_amounts(store, order.id) == [(OrderPaymentState.RELEASED, 0, 0)]


# R131
async def test_an_expired_hold_is_authorised_anew_once(stripe_store: StripeStore) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    await close_window(store)
    [intent] = stripe_store.account.list_intents()
    stripe_store.account.expire_hold(intent["id"])
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    assert stripe_store.intents() == [("canceled", 16588, 0), ("succeeded", 16588, 16588)]


# R131
async def test_a_guests_expired_hold_is_authorised_anew_for_the_same_customer(
    stripe_store: StripeStore,
) -> None:
    store = stripe_store.store
    cart = await store.create_cart()
    method = stripe_store.side.create_token("sim_ok")
    order = require_order(await store.check_out_as_guest(cart, method))
    await close_window(store)
    [intent] = stripe_store.account.list_intents()
    stripe_store.account.expire_hold(intent["id"])
    for parcel in await list_parcels(store, order):
        outcome = await dispatch(store, parcel)
        assert outcome.value is not None, outcome.user_errors
    first, second = stripe_store.account.list_intents()
    assert (first["status"], second["status"]) == ("canceled", "succeeded")
    assert first["customer"] == second["customer"]
    assert len(stripe_store.account.list_customers()) == 1


async def test_a_guests_customer_is_deleted_after_the_order_and_refunds_go_on(
    stripe_store: StripeStore,
) -> None:  # R117
    store, account = stripe_store.store, stripe_store.account
    cart = await store.create_cart()
    method = account.create_method("sim_ok")
    order = require_order(await store.check_out_as_guest(cart, method))
    job = ProviderClearanceJob(
        AccountDependencies(store.dependencies, offline_gift_dependencies(store.dependencies))
    )
    store.clock.advance(GUEST_PAUSE)
    await run_due_jobs((job,), store.clock.now())
    assert account.requests(method="DELETE") == []
    await deliver(store, order)
    store.clock.advance(GUEST_PAUSE)
    for _ in range(2):
        await run_due_jobs((job,), store.clock.now())
    [customer] = account.list_customers()
    assert customer["deleted"]
    [attached] = account.list_methods()
    assert attached["customer"] is None
    assert (await refund(store, order)).value is not None
    [given_back] = account.list_refunds()
    assert given_back["status"] == "succeeded"


async def test_refunds_in_parts_are_never_more_than_was_taken(stripe_store: StripeStore) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    await close_window(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    for amount in ("100.00", "65.88"):
        outcome = await refund(store, order, amount=Decimal(amount))
        assert outcome.value is not None, outcome.user_errors
        assert outcome.value.status is RefundStatus.COMPLETED
    assert (await refund(store, order, amount=Decimal("0.01"))).value is None
    assert [made["amount"] for made in stripe_store.account.list_refunds()] == [10000, 6588]


# R128
async def test_while_stripe_is_away_money_waits_and_then_moves_once(
    stripe_store: StripeStore,
) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    await close_window(store)
    [parcel] = await list_parcels(store, order)
    stripe_store.account.go_away()
    try:
        outcome = await dispatch(store, parcel)
        assert [error.code for error in outcome.user_errors] == [ErrorCode.PURCHASE_IN_PROGRESS]
        assert "not yet confirmed" in outcome.user_errors[0].message
    finally:
        stripe_store.account.come_back()
    assert stripe_store.intents() == [("requires_capture", 16588, 0)]
    store.clock.advance(MAX_RETRY_WAIT)
    await store.work_until_idle()
    assert (await dispatch(store, parcel)).value is not None
    assert stripe_store.intents() == [("succeeded", 16588, 16588)]


# R128
async def test_a_dearer_order_while_stripe_is_away_stays_as_it_was(
    stripe_store: StripeStore,
) -> None:
    store, (buyer, order) = stripe_store.store, await stripe_store.place()
    stripe_store.account.go_away()
    try:
        outcome = await set_quantity(buyer, order, 4)
    finally:
        stripe_store.account.come_back()
    assert error_rows(outcome) == [
        (
            ErrorCode.PURCHASE_IN_PROGRESS,
            "input.orderId",
            "The payment provider has not answered: nothing was changed. Try again in a minute.",
        )
    ]
    store.clock.advance(timedelta(seconds=75))
    await store.work_until_idle()
    assert {status for status, _, _ in stripe_store.intents()[1:]} <= {"canceled"}
    assert (await store.load_order(order.id)).lines[0].quantity == 3
    assert (await set_quantity(buyer, order, 4)).value is not None
    held = [amount for status, amount, _ in stripe_store.intents() if status == "requires_capture"]
    assert held == [16588, 1072]


# R128
async def test_a_cancellation_while_stripe_is_away_lets_go_when_it_is_back(
    stripe_store: StripeStore,
) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    stripe_store.account.go_away()
    try:
        assert (await store.cancel(order)).value is not None
    finally:
        stripe_store.account.come_back()
    assert await list_amounts(store, order.id) == [(OrderPaymentState.RELEASING, 0, 0)]
    store.clock.advance(timedelta(seconds=75))
    await store.work_until_idle()
    assert await list_amounts(store, order.id) == [(OrderPaymentState.RELEASED, 0, 0)]
    assert stripe_store.intents() == [("canceled", 16588, 0)]


# R124
async def test_a_refund_while_stripe_is_away_is_given_once(stripe_store: StripeStore) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    await close_window(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    stripe_store.account.go_away()
    try:
        outcome = await refund(store, order, amount=Decimal("10.00"))
        assert outcome.value is not None, outcome.user_errors
        assert outcome.value.status is RefundStatus.PENDING
    finally:
        stripe_store.account.come_back()
    store.clock.advance(timedelta(seconds=75))
    await store.work_until_idle()
    assert [made["amount"] for made in stripe_store.account.list_refunds()] == [1000]


async def tell(stripe_store: StripeStore, event_type: str, object_id: str) -> None:
    """What follows from an event of the account, told twice."""
    for _ in range(2):
        for notice in await stripe_store.side.notices.fetch(event_type, object_id):
            assert isinstance(notice, RefundNotice | HoldNotice)
            if isinstance(notice, RefundNotice):
                assert await note_refund(notice, stripe_store.store.dependencies)
            else:
                assert await note_hold(notice, stripe_store.store.dependencies)


# R124, R128
async def test_a_refund_of_a_cancelled_order_that_fails_later_shows_and_is_given_another_time(
    stripe_store: StripeStore,
) -> None:
    store, (_, order) = stripe_store.store, await stripe_store.place()
    [intent] = stripe_store.account.list_intents()
    stripe_store.account.capture_by_hand(intent["id"])
    assert (await store.cancel(order)).value is not None
    assert await list_amounts(store, order.id) == [(OrderPaymentState.REFUNDED, 16588, 16588)]
    [made] = stripe_store.account.list_refunds()
    await tell(stripe_store, "refund.updated", made["id"])
    assert await list_amounts(store, order.id) == [(OrderPaymentState.REFUNDED, 16588, 16588)]
    stripe_store.account.finish_refund(made["id"], "failed")
    await tell(stripe_store, "refund.failed", made["id"])
    assert await list_amounts(store, order.id) == [(OrderPaymentState.CAPTURED, 16588, 0)]
    assert (await list_event_types(store, order)).count("refund_failed") == 1
    outcome = await refund(store, order)
    assert outcome.value is not None, outcome.user_errors
    assert outcome.value.status is RefundStatus.COMPLETED
    assert await list_amounts(store, order.id) == [(OrderPaymentState.REFUNDED, 16588, 16588)]
    assert [made["status"] for made in stripe_store.account.list_refunds()] == [
        "failed",
        "succeeded",
    ]


# R128
@pytest.mark.parametrize("is_told", [True, False])
async def test_a_refund_of_a_cancelled_order_that_fails_while_it_is_pending_shows(
    stripe_store: StripeStore, *, is_told: bool
) -> None:
    card = stripe_store.account.create_method("4000000000007726")
    store, (_, order) = stripe_store.store, await stripe_store.place(card)
    [intent] = stripe_store.account.list_intents()
    stripe_store.account.capture_by_hand(intent["id"])
    assert (await store.cancel(order)).value is not None
    assert await list_amounts(store, order.id) == [(OrderPaymentState.REFUNDING, 16588, 0)]
    [made] = stripe_store.account.list_refunds()
    stripe_store.account.finish_refund(made["id"], "failed")
    if is_told:
        await tell(stripe_store, "refund.failed", made["id"])
    else:
        store.clock.advance(MAX_RETRY_WAIT)
    await store.work_until_idle()
    assert await list_amounts(store, order.id) == [(OrderPaymentState.CAPTURED, 16588, 0)]
    assert (await list_event_types(store, order)).count("refund_failed") == 1


# R123, R128
@pytest.mark.parametrize("captured_minor", [16588, 10000, 8294])
async def test_what_was_captured_by_hand_is_not_taken_again_at_dispatch(
    stripe_store: StripeStore, captured_minor: int
) -> None:
    """Half of it, too: what is still to pay is as much as was taken."""
    store, (_, order) = stripe_store.store, await stripe_store.place()
    [intent] = stripe_store.account.list_intents()
    stripe_store.account.capture_by_hand(intent["id"], captured_minor)
    await tell(stripe_store, "payment_intent.succeeded", intent["id"])
    await close_window(store)
    [parcel] = await list_parcels(store, order)
    outcome = await dispatch(store, parcel)
    assert outcome.value is not None, outcome.user_errors
    received = [received for _, _, received in stripe_store.intents()]
    assert received == [minor for minor in (captured_minor, 16588 - captured_minor) if minor]
    assert await find_violations(store) == []


# -- holds that end


async def wait(stripe_store: StripeStore, elapsed: timedelta) -> None:
    """Let time pass here and at Stripe, and the worker do what is due."""
    clock = stripe_store.store.clock
    clock.advance(elapsed)
    stripe_store.account.set_clock(int((clock.now() - datetime.now(UTC)).total_seconds()))
    await stripe_store.store.work_until_idle()


# R131
async def test_a_hold_at_stripe_is_renewed_before_it_ends(stripe_store: StripeStore) -> None:
    store, account = stripe_store.store, stripe_store.account
    cart = await store.create_cart()
    order = require_order(await store.check_out_as_guest(cart, account.create_method("sim_ok")))
    [payment] = await list_payments(store, order.id)
    assert payment.held_until is not None
    await wait(stripe_store, payment.held_until - store.clock.now() - HOLD_RENEWAL_MARGIN)
    amount = payment.amount.minor
    assert stripe_store.intents() == [("canceled", amount, 0), ("requires_capture", amount, 0)]
    [renewed] = await list_payments(store, order.id)
    assert renewed.held_until is not None
    assert abs(renewed.held_until - store.clock.now() - OFF_SESSION) < timedelta(minutes=1)
    assert len(account.list_customers()) == 1
    for parcel in await list_parcels(store, order):
        assert (await dispatch(store, parcel)).value is not None
    assert stripe_store.intents() == [("canceled", amount, 0), ("succeeded", amount, amount)]


# R128, R131
async def test_a_hold_that_ends_while_stripe_is_away_is_renewed_once_afterwards(
    stripe_store: StripeStore,
) -> None:
    store, account = stripe_store.store, stripe_store.account
    _, order = await stripe_store.place()
    [payment] = await list_payments(store, order.id)
    assert payment.held_until is not None
    account.go_away()
    try:
        await wait(stripe_store, payment.held_until - store.clock.now() - HOLD_RENEWAL_MARGIN)
    finally:
        account.come_back()
    # The answer of the first that arrives is lost.
    account.drop_answers(1, path="/v1/payment_intents", method="POST")
    for _ in range(3):
        await wait(stripe_store, timedelta(minutes=1))
    assert stripe_store.intents() == [("canceled", 16588, 0), ("requires_capture", 16588, 0)]
