"""Captures, releases and refunds of parts of a charge, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.money import Money
from gateway.services.dependencies import Dependencies
from gateway.services.orders.payment_operations import add_operation, complete_operation
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)
from gateway.services.ports.payments import (
    AuthorizationDeclined,
    AuthorizationRequest,
    AuthorizationResult,
    CaptureResult,
    CaptureUnknown,
    DeclineReason,
    IdempotencyKeyReused,
    InvalidChargeState,
)
from tests.conftest import AnyDatabase
from tests.engine.purchases import usd
from tests.faults import FaultPlan, FaultyDatabase, FaultyPayments, ProcessKilled
from tests.services.orders.payments import (
    list_amounts,
    list_at_provider,
    list_payments,
    place_order,
    with_payments,
)
from tests.store import Store

CAPTURE, RELEASE, REFUND = (
    PaymentOperationKind.CAPTURE,
    PaymentOperationKind.RELEASE,
    PaymentOperationKind.REFUND,
)
LEASE = timedelta(seconds=31)


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


def build_operation(
    store: Store,
    payment: OrderPayment,
    kind: PaymentOperationKind,
    minor: int = 0,
    id: str = "op",
    **more: object,
) -> PaymentOperation:
    operation = PaymentOperation(
        id, payment.id, payment.order_id, kind, usd(minor), store.clock.now()
    )
    return replace(operation, **more)  # type: ignore[arg-type]


async def add(store: Store, operation: PaymentOperation) -> PaymentOperation:
    async with store.dependencies.database.begin() as work:
        return await add_operation(operation, work, store.dependencies)


async def run(
    store: Store,
    payment: OrderPayment,
    kind: PaymentOperationKind,
    minor: int = 0,
    id: str = "op",
    **more: object,
) -> tuple[PaymentOperationState, str | None]:
    """The state and reason of an operation that was added and completed."""
    operation = await add(store, build_operation(store, payment, kind, minor, id, **more))
    completed = await complete_operation(operation, store.dependencies)
    return completed.state, completed.reason


DONE = (PaymentOperationState.DONE, None)
REFUSED = (PaymentOperationState.FAILED, "CAPTURE_REFUSED")


async def test_a_charge_is_captured_and_refunded_in_parts(store: Store) -> None:
    payment = await place_order(store)
    assert (payment.purchase_id or "").startswith("att_")
    assert await run(store, payment, CAPTURE, 500, "c1") == DONE
    assert await list_amounts(store, payment.order_id) == [("HELD", 500, 0)]
    assert await run(store, payment, REFUND, 200, "r1") == DONE
    assert await list_amounts(store, payment.order_id) == [("HELD", 500, 200)]
    assert await run(store, payment, CAPTURE, 1000, "c2", final=True) == DONE
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1500, 200)]
    assert await run(store, payment, REFUND, 1300, "r2") == DONE
    assert await list_amounts(store, payment.order_id) == [("REFUNDED", 1500, 1500)]
    assert await list_at_provider(store) == [("REFUNDED", 1500, 1500)]


async def test_the_whole_in_parts_is_captured(store: Store) -> None:
    payment = await place_order(store)
    await run(store, payment, CAPTURE, 573, "c1")
    await run(store, payment, CAPTURE, 1000, "c2")
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1573, 0)]


@pytest.mark.parametrize(
    ("captured_minor", "expected"), [(0, ("RELEASED", 0, 0)), (500, ("CAPTURED", 500, 0))]
)
async def test_what_is_held_is_let_go(
    store: Store, captured_minor: int, expected: tuple[str, int, int]
) -> None:
    payment = await place_order(store)
    if captured_minor:
        await run(store, payment, CAPTURE, captured_minor, "c1")
    assert await run(store, payment, RELEASE) == DONE
    assert await list_amounts(store, payment.order_id) == [expected]
    assert await list_at_provider(store) == [expected]


async def test_no_more_is_asked_than_is_left(store: Store) -> None:
    payment = await place_order(store)
    await add(store, build_operation(store, payment, CAPTURE, 1000, "c1"))
    for operation in (
        build_operation(store, payment, CAPTURE, 574, "c2"),
        build_operation(store, payment, REFUND, 1, "r1"),
        replace(build_operation(store, payment, CAPTURE, 1, "c2"), payment_id="chg_none"),
    ):
        with pytest.raises(InvalidChargeState):
            await add(store, operation)
    await add(store, build_operation(store, payment, RELEASE, id="l1"))
    for operation in (
        build_operation(store, payment, CAPTURE, 1, "c2"),
        build_operation(store, payment, RELEASE, id="l2"),
    ):
        with pytest.raises(InvalidChargeState):
            await add(store, operation)
    async with store.database.read() as reading:
        operations = await reading.payment_operations.list_for(payment.order_id)
    assert [operation.id for operation in operations] == ["c1", "l1"]


async def test_two_that_ask_at_once_do_not_both_get_the_same_money(store: Store) -> None:
    payment = await place_order(store)
    additions = await asyncio.gather(
        *(add(store, build_operation(store, payment, CAPTURE, 900, f"c{n}")) for n in range(4)),
        return_exceptions=True,
    )
    refusals = [each for each in additions if isinstance(each, InvalidChargeState)]
    assert (len(additions), len(refusals)) == (4, 3)


async def test_an_operation_is_done_once_however_often_it_is_asked(store: Store) -> None:
    payment = await place_order(store)
    operation = await add(store, build_operation(store, payment, CAPTURE, 500))
    assert await add(store, operation) == operation
    with pytest.raises(IdempotencyKeyReused):
        await add(store, replace(operation, amount=usd(501)))
    completions = await asyncio.gather(
        *(complete_operation(operation, store.dependencies) for _ in range(5))
    )
    assert {completion.state for completion in completions} == {PaymentOperationState.DONE}
    assert await add(store, operation) == completions[0]
    assert await list_amounts(store, payment.order_id) == [("HELD", 500, 0)]
    assert await list_at_provider(store) == [("HELD", 500, 0)]


@pytest.mark.parametrize(
    ("kind", "minor", "expected"),
    [
        (CAPTURE, 400, ("HELD", 900, 0)),
        (REFUND, 200, ("HELD", 500, 200)),
        (RELEASE, 0, ("CAPTURED", 500, 0)),
    ],
)
async def test_what_a_crash_leaves_is_finished_once(
    store: Store, kind: PaymentOperationKind, minor: int, expected: tuple[str, int, int]
) -> None:
    """Killed before and after each commit and each call of the provider, in turn."""
    crashes = 0
    for first_call in range(1, 20):
        payment = await place_order(store)
        await run(store, payment, CAPTURE, 500, f"first {first_call}")
        faults = FaultPlan(first_call, fault_type=ProcessKilled)
        dying = store.with_dependencies(
            database=FaultyDatabase(store.database, faults),
            payment_provider=FaultyPayments(store.dependencies.payment_provider, faults),
        )
        operation = build_operation(store, payment, kind, minor, f"op {first_call}")
        try:
            await run(dying, payment, kind, minor, operation.id)
        except ProcessKilled:
            crashes += 1
        if first_call == 1:
            # Not even stored.
            assert await list_amounts(store, payment.order_id) == [("HELD", 500, 0)]
            continue
        await store.run_due_jobs(LEASE)
        async with store.database.read() as reading:
            stored_operation = await reading.payment_operations.find(operation.id)
        assert stored_operation is not None
        assert stored_operation.state is PaymentOperationState.DONE
        assert await list_amounts(store, payment.order_id) == [expected]
        if len(faults.calls) < first_call:
            break
    # Two commits and one call of the provider.
    assert crashes == 6


async def test_an_expired_hold_is_given_anew_once(store: Store) -> None:
    payment = await place_order(store, "sim_hold_expires")
    assert await run(store, payment, CAPTURE, 500, "c1") == DONE
    assert await run(store, payment, CAPTURE, 300, "c2") == DONE
    [renewed_payment] = await list_payments(store, payment.order_id)
    assert renewed_payment.charge_id != payment.charge_id
    assert (renewed_payment.state, renewed_payment.captured_minor) == ("HELD", 800)
    assert await list_at_provider(store) == [("HELD", 800, 0), ("RELEASED", 0, 0)]


async def test_concurrent_captures_of_an_expired_hold_renew_it_once(store: Store) -> None:
    payment = await place_order(store, "sim_hold_expires")
    operations = [
        await add(store, build_operation(store, payment, CAPTURE, 500, f"c{n}")) for n in range(3)
    ]
    await asyncio.gather(
        *(complete_operation(operation, store.dependencies) for operation in operations)
    )
    assert await list_amounts(store, payment.order_id) == [("HELD", 1500, 0)]
    assert await list_at_provider(store) == [("HELD", 1500, 0), ("RELEASED", 0, 0)]


async def test_what_was_captured_before_a_hold_expired_stays_with_its_charge(
    store: Store,
) -> None:
    payment = await place_order(store)
    await run(store, payment, CAPTURE, 500, "c1")
    await store.dependencies.payment_provider.release(payment.charge_id)
    store.clock.advance(timedelta(seconds=1))
    assert await run(store, payment, CAPTURE, 400, "c2") == DONE
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 500, 0), ("HELD", 400, 0)]
    first_payment, further_payment = await list_payments(store, payment.order_id)
    assert further_payment.amount == usd(1073)
    assert further_payment.purchase_id == first_payment.purchase_id
    async with store.database.read() as reading:
        operation = await reading.payment_operations.find("c2")
    assert operation is not None
    assert operation.payment_id == further_payment.id
    for order_payment, minor in ((first_payment, 500), (further_payment, 400)):
        assert await run(store, order_payment, REFUND, minor, order_payment.id) == DONE
    assert await list_at_provider(store) == [("HELD", 400, 400), ("REFUNDED", 500, 500)]


async def test_a_hold_that_is_not_given_anew_has_lapsed(store: Store) -> None:
    payment = await place_order(store, "sim_hold_expires")

    async def decline(_: AuthorizationRequest) -> AuthorizationResult:
        return AuthorizationDeclined(DeclineReason.DECLINED)

    declining = with_payments(store, authorize=decline)
    assert await run(declining, payment, CAPTURE, 500) == REFUSED
    assert await list_amounts(store, payment.order_id) == [("LAPSED", 0, 0)]
    assert await run(store, payment, CAPTURE, 500, "again") == DONE
    assert await list_amounts(store, payment.order_id) == [("HELD", 500, 0)]


async def test_silence_is_no_refusal(store: Store) -> None:
    payment = await place_order(store)
    provider = store.dependencies.payment_provider

    async def fall_silent(
        charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        await provider.capture(charge_id, amount, idempotency_key, final=final)
        return CaptureUnknown()

    silent = with_payments(store, capture=fall_silent)
    state, _ = await run(silent, payment, CAPTURE, 500)
    assert state is PaymentOperationState.PENDING
    await silent.run_due_jobs(timedelta(seconds=2))
    assert await list_amounts(store, payment.order_id) == [("HELD", 0, 0)]
    await store.run_due_jobs(timedelta(seconds=5))
    assert await list_amounts(store, payment.order_id) == [("HELD", 500, 0)]
    assert await list_at_provider(store) == [("HELD", 500, 0)]


async def test_a_refund_that_fails_later_says_so_once(store: Store) -> None:
    outcomes: list[tuple[str, str | None]] = []

    async def record(operation: PaymentOperation, _: UnitOfWork, __: Dependencies) -> None:
        outcomes.append((operation.id, operation.reason))

    recording = store.with_dependencies(operation_recorders={REFUND: record})
    payment = await place_order(store, "sim_refund_fails")
    await run(recording, payment, CAPTURE, 1573, "c1")
    state, _ = await run(recording, payment, REFUND, 700, "r1")
    assert (state, outcomes) == (PaymentOperationState.PENDING, [])
    with pytest.raises(InvalidChargeState):
        await add(store, build_operation(store, payment, REFUND, 1573, "r2"))
    await recording.run_due_jobs(timedelta(seconds=2))
    await recording.run_due_jobs(timedelta(minutes=5))
    assert outcomes == [("r1", "DECLINED")]
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 1573, 0)]


async def test_an_outcome_that_cannot_be_recorded_is_not_stored(store: Store) -> None:
    async def fail(_: PaymentOperation, __: UnitOfWork, ___: Dependencies) -> None:
        raise ZeroDivisionError

    payment = await place_order(store)
    failing = store.with_dependencies(operation_recorders={CAPTURE: fail})
    with pytest.raises(ZeroDivisionError):
        await run(failing, payment, CAPTURE, 500)
    assert await list_amounts(store, payment.order_id) == [("HELD", 0, 0)]
    await store.run_due_jobs(LEASE)
    assert await list_amounts(store, payment.order_id) == [("HELD", 500, 0)]


async def test_what_the_provider_refuses_has_failed(store: Store) -> None:
    payment = await place_order(store)
    operation = await add(store, build_operation(store, payment, RELEASE))
    await store.dependencies.payment_provider.capture(
        payment.charge_id, payment.amount, "elsewhere", final=True
    )
    failed = await complete_operation(operation, store.dependencies)
    assert (failed.state, failed.reason) == (
        PaymentOperationState.FAILED,
        "is CAPTURED, cannot become RELEASED",
    )


@pytest.mark.parametrize(("kind", "minor"), [(RELEASE, 0), (CAPTURE, 300)])
@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_hold_is_let_go_after_what_is_to_be_captured_of_it(
    store: Store, kind: PaymentOperationKind, minor: int, *, is_answered: bool
) -> None:
    """At once where the provider answers, else when it does again."""
    payment = await place_order(store)
    await add(store, build_operation(store, payment, CAPTURE, 500, "c1"))
    store.clock.advance(timedelta(seconds=1))

    async def fall_silent(*_: object, **__: object) -> CaptureResult:
        return CaptureUnknown()

    silent = store if is_answered else with_payments(store, capture=fall_silent)
    state, _ = await run(silent, payment, kind, minor, "last", final=kind is CAPTURE)
    assert (state is PaymentOperationState.DONE) is is_answered
    await store.run_due_jobs(LEASE)
    await store.run_due_jobs(LEASE)
    assert await list_at_provider(store) == [("CAPTURED", 500 + minor, 0)]
    assert await list_amounts(store, payment.order_id) == [("CAPTURED", 500 + minor, 0)]


async def test_where_a_charge_is_captured_once_the_rest_is_held_anew(store: Store) -> None:
    once = with_payments(store, captures_once=True)
    payment = await place_order(store)
    store.clock.advance(timedelta(seconds=1))
    assert await run(once, payment, CAPTURE, 500, "c1") == DONE
    captured_payment, held_payment = await list_payments(store, payment.order_id)
    assert (captured_payment.state, captured_payment.captured_minor) == ("CAPTURED", 500)
    assert (held_payment.state, held_payment.amount, held_payment.purchase_id) == (
        "HELD",
        usd(1073),
        payment.purchase_id,
    )
    assert await run(once, held_payment, CAPTURE, 1073, "c2", final=True) == DONE
    assert await list_at_provider(store) == [("CAPTURED", 500, 0), ("CAPTURED", 1073, 0)]
