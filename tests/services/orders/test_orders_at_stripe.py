"""The money of orders at Stripe: taken, given back and let go, also while Stripe is away."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.stripe_payments.access import StripeAccess, StripeTiming
from gateway.adapters.stripe_payments.building import build_stripe_payments
from gateway.engine.orders.holds import HOLD_RENEWAL_MARGIN
from gateway.engine.orders.order import Order
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.user_errors import ErrorCode
from gateway.services.ports.refunds import RefundStatus
from gateway.services.provider_waits import MAX_RETRY_WAIT
from tests.services.orders.changing import error_rows, set_quantity
from tests.services.orders.ending_holds import OFF_SESSION
from tests.services.orders.parcels import (
    close_window,
    dispatch,
    list_parcels,
    place_order,
    refund,
)
from tests.services.orders.payments import list_amounts, list_payments
from tests.store import Buyer, Store, require_order
from tests.stripe_peer.fixtures import StripeAccount

TIMING = StripeTiming(call_seconds=1.5, look_up_seconds=1.0, try_seconds=0.5, pause_seconds=0.01)
OK_CARD = "sim_ok"


@dataclass
class StripeStore:
    """A store that is paid at Stripe."""

    store: Store
    account: StripeAccount

    def intents(self) -> list[tuple[str, int, int]]:
        """Status, amount and what was received of each PaymentIntent, oldest first."""
        return [
            (intent["status"], intent["amount"], intent["amount_received"])
            for intent in self.account.list_intents()
        ]

    async def place(self, card: str = OK_CARD) -> tuple[Buyer, Order]:
        """An order of a purchaser, 165.88, and who placed it."""
        buyer = await self.store.sign_in_buyer()
        return buyer, await place_order(buyer, method=self.account.create_method(card))


@pytest.fixture
async def stripe_store(
    stripe_account: StripeAccount, database: SqliteDatabase, clock: ManualClock
) -> AsyncIterator[StripeStore]:
    stripe_account.set_clock(int((clock.now() - datetime.now(UTC)).total_seconds()))
    access = StripeAccess(
        SecretStr(stripe_account.secret_key), stripe_account.publishable_key, stripe_account.api_url
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        payments = build_stripe_payments(
            access, http, database, RandomIds(), clock, "https://shop.example", timing=TIMING
        )
        store = await Store.open(database, clock)
        identity = replace(store.dependencies.identity, payment_method_vault=payments.methods)
        yield StripeStore(
            store.with_dependencies(identity=identity, payment_provider=payments.provider),
            stripe_account,
        )


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
    method = stripe_store.account.create_method(OK_CARD)
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
        assert [error.code for error in outcome.user_errors] == [ErrorCode.PAYMENT_DECLINED]
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
            ErrorCode.PAYMENT_DECLINED,
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
    order = require_order(await store.check_out_as_guest(cart, account.create_method(OK_CARD)))
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
