"""Carts, orders, charges and purchases under way as they are kept, on SQLite and on Postgres."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartLine
from gateway.engine.checkout.outcomes import AttemptState, OrderPlaced
from gateway.engine.orders.order import OrderChange, OrderStatus
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.services.checkout import attempt_outcomes
from gateway.services.ports.database import DuplicateKey, VersionConflict
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)
from gateway.services.ports.purchase_attempts import PurchaseAttempt
from tests.conftest import AnyDatabase
from tests.engine.purchases import USD, usd
from tests.shelves import MUG, PRINT
from tests.store import HOUR, Store, require_order

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CART = Cart(
    "crt_1",
    1,
    USD,
    (CartLine(MUG.id, 2, 1000), CartLine("var_gone", 1)),
    Destination("US", "CA", None, "Here"),
    ("SAVE10",),
    "slow",
)


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


def attempt(clock: ManualClock, key: str = "k", **more: object) -> PurchaseAttempt:
    default_attempt = PurchaseAttempt(
        f"att_{key}", "pur_1", key, "print", AttemptState.CHARGING, "pur_1", b"sealed", clock.now()
    )
    return replace(default_attempt, **more)  # type: ignore[arg-type]


# -- carts


async def test_a_cart_comes_back_as_it_went(databases: AnyDatabase) -> None:
    bare = Cart("crt_2", 1, USD)
    async with databases.begin() as work:
        await work.carts.add(CART, NOON)
        await work.carts.add(bare, NOON)
    async with databases.read() as reading:
        assert await reading.carts.find("crt_1") == CART
        assert await reading.carts.find("crt_2") == bare
        assert await reading.carts.find("crt_3") is None


async def test_a_cart_is_changed_one_version_at_a_time(databases: AnyDatabase) -> None:
    """R86."""
    changed = replace(CART, version=2, codes=(), destination=None, method_id=None)
    async with databases.begin() as work:
        await work.carts.add(CART, NOON)
        await work.carts.save(changed, NOON)
        assert await work.carts.find("crt_1") == changed
    for wrong in (changed, replace(changed, version=4)):
        with pytest.raises(VersionConflict):
            async with databases.begin() as work:
                await work.carts.save(wrong, NOON)


async def test_carts_that_nobody_bought_are_pruned_the_oldest_first(
    databases: AnyDatabase,
) -> None:
    # R98
    async with databases.begin() as work:
        for number in range(5):
            cart = replace(CART, id=f"crt_{number}")
            await work.carts.add(cart, NOON + number * HOUR)
        await work.carts.lock_for_attempt("crt_0", 1, "att_1")
        await work.carts.mark_purchased("crt_0", "att_1", "ord_1")
        await work.carts.lock_for_attempt("crt_1", 1, "att_2")
        await work.carts.save(replace(CART, id="crt_2", version=2), NOON + 9 * HOUR)
        assert await work.carts.prune(NOON + 3 * HOUR, 9) == 0
        assert await work.carts.prune(NOON + 9 * HOUR, 1) == 1
        assert await work.carts.prune(NOON + 9 * HOUR, 9) == 1
        carts = [await work.carts.find(f"crt_{number}") for number in range(5)]
        assert [each and each.id for each in carts] == ["crt_0", "crt_1", "crt_2", None, None]
        await work.carts.unlock("crt_1", "att_2")
        assert await work.carts.prune(NOON + 9 * HOUR, 9) == 1


async def test_a_cart_is_held_by_one_purchase_and_bought_once(databases: AnyDatabase) -> None:
    async with databases.begin() as work:
        await work.carts.add(CART, NOON)
        assert not await work.carts.lock_for_attempt("crt_1", 2, "att_1")
        assert await work.carts.lock_for_attempt("crt_1", 1, "att_1")
        assert not await work.carts.lock_for_attempt("crt_1", 1, "att_2")
        with pytest.raises(VersionConflict):
            await work.carts.save(replace(CART, version=2), NOON)
        await work.carts.unlock("crt_1", "att_2")
        assert (await work.carts.find("crt_1")) == replace(CART, attempt_id="att_1")
        await work.carts.unlock("crt_1", "att_1")
        assert await work.carts.lock_for_attempt("crt_1", 1, "att_2")
        await work.carts.mark_purchased("crt_1", "att_2", "ord_1")
        assert await work.carts.find("crt_1") == replace(CART, version=2, order_id="ord_1")
        assert not await work.carts.lock_for_attempt("crt_1", 2, "att_3")


# -- purchases under way


async def test_a_key_is_used_once_in_its_scope(databases: AnyDatabase, clock: ManualClock) -> None:
    """R22."""
    first = attempt(clock)
    async with databases.begin() as work:
        await work.purchase_attempts.add(first, clock.now())
        await work.purchase_attempts.add(replace(first, id="att_o", scope="pur_2"), clock.now())
    with pytest.raises(DuplicateKey):
        async with databases.begin() as work:
            await work.purchase_attempts.add(replace(first, id="att_x"), clock.now())
    async with databases.read() as reading:
        assert await reading.purchase_attempts.find_by_key("pur_1", "k") == first
        assert await reading.purchase_attempts.find_by_key("pur_1", "other") is None
        assert await reading.purchase_attempts.find("att_x") is None


async def test_attempts_move_on_one_version_at_a_time(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    first = attempt(clock)
    settled = replace(first, state=AttemptState.SETTLED, result="{}", charge_id="c", version=2)
    async with databases.begin() as work:
        await work.purchase_attempts.add(first, clock.now())
        await work.purchase_attempts.save(settled, None)
        assert await work.purchase_attempts.find(first.id) == settled
    for stale in (settled, replace(settled, version=4)):
        with pytest.raises(VersionConflict):
            async with databases.begin() as work:
                await work.purchase_attempts.save(stale, None)
    with pytest.raises(VersionConflict):
        async with databases.begin() as work:
            await work.purchase_attempts.delete(first)


async def test_open_attempts_of_a_purchaser(databases: AnyDatabase, clock: ManualClock) -> None:
    """R28: those that count for the day's cap."""
    waiting = attempt(clock, "w", state=AttemptState.AWAITING_ACTION)
    async with databases.begin() as work:
        for entry in (
            attempt(clock),
            waiting,
            attempt(clock, "s", state=AttemptState.SETTLED),
            attempt(clock, "o", subject="pur_2"),
        ):
            await work.purchase_attempts.add(entry, clock.now())
        open_attempts = await work.purchase_attempts.list_open_for("pur_1")
    assert sorted(entry.key for entry in open_attempts) == ["k", "w"]


async def test_overdue_attempts_are_claimed_once_and_old_ones_forgotten(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    now = clock.now()
    async with databases.begin() as work:
        await work.purchase_attempts.add(attempt(clock), now)
        await work.purchase_attempts.add(attempt(clock, "later"), now + HOUR)
        await work.purchase_attempts.add(attempt(clock, "old", state=AttemptState.SETTLED), now)
    async with databases.begin() as work:
        (claimed,) = await work.purchase_attempts.claim(now, now + HOUR, 10)
        assert (claimed.key, claimed.attempts, claimed.version) == ("k", 1, 2)
        assert await work.purchase_attempts.claim(now, now + HOUR, 10) == ()
        assert await work.purchase_attempts.next_due(now) == now + HOUR
        await work.purchase_attempts.postpone(claimed, now + 2 * HOUR)
        assert await work.purchase_attempts.next_due(now + HOUR) == now + HOUR
        assert await work.purchase_attempts.prune(now, 10) == 0
        assert await work.purchase_attempts.prune(now + timedelta(microseconds=1), 10) == 1
        assert await work.purchase_attempts.find("att_old") is None


# -- orders and charges, placed as they are


async def test_an_order_comes_back_as_it_was_placed(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase(PRINT, 2))
    async with store.database.read() as reading:
        assert await reading.orders.find(order.id) == order
        (charge,) = await reading.order_payments.list_for(order.id)
        assert await reading.order_payments.find(charge.id) == charge
        assert (charge.state, charge.amount) == (OrderPaymentState.HELD, usd(26_240))
        (event,) = await reading.orders.list_events(order.id, 0, 10)
    assert (event.sequence, event.type, event.status) == (1, OrderChange.PLACED, OrderStatus.OPEN)


async def test_orders_change_one_version_at_a_time(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase())
    later = order.apply(OrderChange.SCHEDULED)
    async with store.database.begin() as work:
        await work.orders.save(later, None)
        assert await work.orders.find(order.id) == later
    with pytest.raises(VersionConflict):
        async with store.database.begin() as work:
            await work.orders.save(later, None)


async def test_the_page_of_an_orders_parcel_is_kept_sealed_and_forgotten(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase())
    async with store.database.begin() as work:
        private = await work.orders.find_delivery(order.id)
        assert private is not None
        assert await work.orders.find_tracking([order.id, "ord_none"]) == {}
        await work.orders.save_tracking(order.id, b"sealed page")
        page = replace(private, sealed=b"sealed page")
        assert await work.orders.find_tracking([order.id, "ord_none"]) == {order.id: page}
        assert await work.orders.find(order.id) == order
        await work.orders.save_tracking(order.id, None)
        assert await work.orders.find_tracking([order.id]) == {}


async def test_orders_fall_due_when_they_close(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase())
    async with store.database.begin() as work:
        assert await work.orders.next_due(store.clock.now()) == order.closes_at
        assert await work.orders.claim(store.clock.now(), order.closes_at, 10) == ()
        (due,) = await work.orders.claim(order.closes_at, order.closes_at + HOUR, 10)
    assert (due.id, due.attempts) == (order.id, 1)


async def test_charges_on_their_way_are_claimed(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase())
    now = store.clock.now()
    async with store.database.begin() as work:
        (payment,) = await work.order_payments.list_for(order.id)
        assert await work.order_payments.claim(now, now + HOUR, 10) == ()
        leaving = replace(payment, state=OrderPaymentState.RELEASING, version=payment.version + 1)
        await work.order_payments.save(leaving, now)
        (claimed,) = await work.order_payments.claim(now, now + HOUR, 10)
        await work.order_payments.postpone(claimed, now + HOUR)
        assert await work.order_payments.next_due(now) == now + HOUR
    with pytest.raises(VersionConflict):
        async with store.database.begin() as work:
            await work.order_payments.save(leaving, None)


async def test_what_was_spent_in_a_day(store: Store) -> None:
    """R28: without a sign-in, in one currency, and not cancelled."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase())
    purchaser, since = order.purchaser_id or "", order.placed_at - HOUR
    async with store.database.begin() as work:
        assert await work.orders.sum_spent(purchaser, since, "USD") == 1573
        assert await work.orders.sum_spent(purchaser, order.placed_at, "USD") == 0
        assert await work.orders.sum_spent(purchaser, since, "EUR") == 0
        assert await work.orders.sum_spent("pur_other", since, "USD") == 0
        await work.orders.save(order.apply(OrderChange.CANCELLED), None)
        assert await work.orders.sum_spent(purchaser, since, "USD") == 0


async def test_one_key_is_one_order_however_many_ask_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22, R28: on either database, also where nobody else's rows can be seen yet."""
    monkeypatch.setattr(attempt_outcomes, "RESULT_TIMEOUT_SECONDS", 60.0)
    buyer = await store.with_caps(20_000, 30_000).one_click_buyer()
    outcomes = await buyer.purchase_concurrently(20, "k", PRINT)
    assert len({require_order(outcome).id for outcome in outcomes}) == 1
    assert await store.list_charges() == [(13_370, "HELD")]
    others = [await buyer.purchase(PRINT), await buyer.purchase(PRINT)]
    assert [isinstance(each, OrderPlaced) for each in others] == [True, False]


def operation_of(payment: OrderPayment, id: str, now: datetime) -> PaymentOperation:
    return PaymentOperation(
        id, payment.id, payment.order_id, PaymentOperationKind.CAPTURE, usd(500), now
    )


async def test_a_payment_operation_comes_back_as_it_went(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase())
    now = store.clock.now()
    async with store.database.begin() as work:
        (payment,) = await work.order_payments.list_for(order.id)
        plain = operation_of(payment, "op_1", now)
        full = replace(plain, id="op_2", final=True, subject_id="shp_1", created_at=now + HOUR)
        assert await work.payment_operations.add(plain, now)
        assert await work.payment_operations.add(full, now)
        assert not await work.payment_operations.add(replace(plain, amount=usd(1)), now)
        assert await work.payment_operations.find_for_update("op_1") == plain
        assert await work.payment_operations.find_for_update("op_3") is None
    async with store.database.read() as reading:
        assert await reading.payment_operations.list_for(order.id) == (plain, full)
        assert await reading.payment_operations.find("op_2") == full
        assert await reading.payment_operations.find("op_3") is None


async def test_payment_operations_without_an_outcome_are_claimed(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase())
    now = store.clock.now()
    async with store.database.begin() as work:
        (payment,) = await work.order_payments.list_for(order.id)
        operation = operation_of(payment, "op_1", now)
        await work.payment_operations.add(operation, now + HOUR)
        assert await work.payment_operations.claim(now, now + HOUR, 10) == ()
        assert await work.payment_operations.next_due(now) == now + HOUR
        (claimed,) = await work.payment_operations.claim(now + HOUR, now + 2 * HOUR, 10)
        assert claimed == replace(operation, version=2, attempts=1)
        await work.payment_operations.postpone(claimed, now + 3 * HOUR)
        assert await work.payment_operations.next_due(now) == now + 3 * HOUR
        failed = replace(claimed, state=PaymentOperationState.FAILED, reason="DECLINED", version=3)
        await work.payment_operations.save(failed)
        assert await work.payment_operations.find("op_1") == failed
        assert await work.payment_operations.next_due(now) is None
    with pytest.raises(VersionConflict):
        async with store.database.begin() as work:
            await work.payment_operations.save(failed)
    with pytest.raises(VersionConflict):
        async with store.database.begin() as work:
            await work.payment_operations.postpone(operation, now)


async def test_amounts_of_a_locked_charge_are_saved(store: Store) -> None:
    order = require_order(await (await store.one_click_buyer()).purchase())
    async with store.database.begin() as work:
        (payment,) = await work.order_payments.list_for(order.id)
        locked = await work.order_payments.find_for_update(payment.id)
        assert locked == payment
        captured = replace(payment, captured_minor=700, refunded_minor=200)
        await work.order_payments.save_amounts(captured)
        assert await work.order_payments.find(payment.id) == replace(captured, version=2)
        assert await work.order_payments.find_for_update("chg_none") is None


async def test_the_version_before_captures_and_refunds_the_whole(store: Store) -> None:
    """It writes the state alone, while it is being replaced."""
    order = require_order(await (await store.one_click_buyer()).purchase())
    for state, captured_minor, refunded_minor in (
        (OrderPaymentState.CAPTURED, 1573, 0),
        (OrderPaymentState.REFUNDED, 1573, 1573),
    ):
        async with store.database.begin() as work:
            (payment,) = await work.order_payments.list_for(order.id)
            bare = replace(payment, state=state, captured_minor=0, refunded_minor=0)
            await work.order_payments.save(replace(bare, version=payment.version + 1), None)
            (saved,) = await work.order_payments.list_for(order.id)
        assert (saved.captured_minor, saved.refunded_minor) == (captured_minor, refunded_minor)
