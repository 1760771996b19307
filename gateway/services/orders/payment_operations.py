"""Payment operations: captures, releases and refunds of parts of an order's charges.

An operation has three steps. ``add_operation`` stores it, in the transaction of the change that
causes it. ``complete_operation`` tells the provider, with the operation's id as idempotency key,
and stores the outcome: the operation as DONE or FAILED and what was captured or refunded of the
charge, in one transaction. What a process leaves between two steps the worker finishes.

What else follows from an outcome is stored in that transaction as well, by the function that stands
for the operation's kind in ``Dependencies.operation_recorders``. It must only store; an operation
is also told of by ``PaymentOperations.find``.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from gateway.engine.money import Money
from gateway.services.conflicts import retry_or_raise
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import MAX_RETRY_DELAY, retry_delay
from gateway.services.orders import charges
from gateway.services.orders.charges import (
    PAYMENT_CHANGE_LEASE,
    PaymentOutcomeUnknown,
    RefundOutcomePending,
)
from gateway.services.orders.payment_outcomes import (
    ChargeHold,
    PaymentOperationCompleted,
    PaymentOperationFailed,
    PaymentOperationOutcome,
    apply_outcome,
    is_last_capture,
)
from gateway.services.ports.database import UnitOfWork, VersionConflict
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)
from gateway.services.ports.payments import (
    CaptureCompleted,
    CaptureUnknown,
    IdempotencyKeyReused,
    InvalidChargeState,
    ProviderUnavailable,
    RefundCompleted,
    RefundFailed,
    RefundPending,
)
from gateway.services.provider_waits import MAX_RETRY_WAIT

FIRST_LOOK_AGAIN = timedelta(seconds=2)
"""When an operation that the provider has accepted is first looked at again."""
CAPTURE_REFUSED = "CAPTURE_REFUSED"
"""The reason of a capture whose hold had expired and was not given anew."""
CAPTURED_BY_OTHERS = "CAPTURED_BY_OTHERS"
"""The reason of a capture of what somebody had captured at the provider, which counts now."""


# -- storing what is to be done


async def add_operation(
    operation: PaymentOperation, work: UnitOfWork, dependencies: Dependencies
) -> PaymentOperation:
    """Store ``operation`` and return it, or as it stands if it was stored before.

    Raises:
        InvalidChargeState: more than is held or left to refund, pending operations included.
        IdempotencyKeyReused: another operation has its id.

    """
    # Locked, so that two that add at once do not both count the same money as left.
    payment = await work.order_payments.find_for_update(operation.payment_id)
    stored_operation = await work.payment_operations.find(operation.id)
    if stored_operation is not None:
        if _terms(stored_operation) != _terms(operation):
            raise IdempotencyKeyReused(operation.id)
        return stored_operation
    if payment is None:
        raise InvalidChargeState(f"{operation.payment_id} is unknown")
    pending_operations = await _list_pending(payment, work)
    available_minor = _available_minor(payment, operation.kind, pending_operations)
    is_nothing_held = operation.kind is PaymentOperationKind.RELEASE and not available_minor
    if is_nothing_held or operation.amount.minor > available_minor:
        raise InvalidChargeState(f"{payment.id} has {available_minor} left to {operation.kind}")
    due = dependencies.clock.now() + PAYMENT_CHANGE_LEASE
    await work.payment_operations.add(operation, due)
    return operation


def _terms(operation: PaymentOperation) -> tuple[str, str, Money, bool, str | None]:
    # Not the charge: a hold that was given anew may have another.
    return (
        operation.order_id,
        operation.kind,
        operation.amount,
        operation.final,
        operation.subject_id,
    )


async def _list_pending(payment: OrderPayment, work: UnitOfWork) -> tuple[PaymentOperation, ...]:
    return tuple(
        operation
        for operation in await work.payment_operations.list_for(payment.order_id)
        if operation.payment_id == payment.id and operation.is_pending
    )


def _available_minor(
    payment: OrderPayment,
    kind: PaymentOperationKind,
    pending_operations: tuple[PaymentOperation, ...],
) -> int:
    """What can be captured, released or refunded once the pending operations are done."""
    is_refund = kind is PaymentOperationKind.REFUND
    if not is_refund and any(operation.lets_go for operation in pending_operations):
        return 0
    pending_kind = PaymentOperationKind.REFUND if is_refund else PaymentOperationKind.CAPTURE
    pending_minor = sum(
        operation.amount.minor for operation in pending_operations if operation.kind is pending_kind
    )
    return (payment.refundable_minor if is_refund else payment.held_minor) - pending_minor


# -- telling the provider


async def complete_operation(
    operation: PaymentOperation, dependencies: Dependencies
) -> PaymentOperation:
    """Tell the provider of ``operation``, store the outcome, and return the operation.

    Earlier captures of a charge of which it leaves nothing held are completed first. It is still
    pending where the provider has not said what became of it, or of one of those: then the worker
    asks again.
    """
    while True:
        async with dependencies.database.read() as reading:
            stored_operation = await reading.payment_operations.find(operation.id)
            payment = await reading.order_payments.find((stored_operation or operation).payment_id)
            order_operations = await reading.payment_operations.list_for(operation.order_id)
        if stored_operation is None or payment is None:
            raise LookupError(f"the payment operation {operation.id} is not stored")
        if not stored_operation.is_pending:
            return stored_operation
        earlier_operation = _find_earlier(stored_operation, order_operations, dependencies)
        if earlier_operation is None:
            break
        if (await complete_operation(earlier_operation, dependencies)).is_pending:
            return await _postpone(stored_operation, dependencies, MAX_RETRY_WAIT)
    try:
        outcome = await _tell_provider(stored_operation, payment, dependencies)
    except RefundOutcomePending:
        return await _postpone(stored_operation, dependencies)
    except (PaymentOutcomeUnknown, ProviderUnavailable):
        return await _postpone(stored_operation, dependencies, MAX_RETRY_WAIT)
    return await _store_outcome(stored_operation, outcome, dependencies)


def _find_earlier(
    operation: PaymentOperation,
    order_operations: Iterable[PaymentOperation],
    dependencies: Dependencies,
) -> PaymentOperation | None:
    """The first pending capture of the charge that ``operation`` leaves nothing held of."""
    is_capture = operation.kind is PaymentOperationKind.CAPTURE
    if not operation.lets_go and not (is_capture and is_last_capture(operation, dependencies)):
        return None
    position = operation.created_at, operation.id
    return next(
        (
            earlier
            for earlier in order_operations
            if earlier.is_pending
            and earlier.kind is PaymentOperationKind.CAPTURE
            and earlier.payment_id == operation.payment_id
            and (earlier.created_at, earlier.id) < position
        ),
        None,
    )


async def _postpone(
    operation: PaymentOperation,
    dependencies: Dependencies,
    max_delay: timedelta = MAX_RETRY_DELAY,
) -> PaymentOperation:
    delay = retry_delay(operation.attempts) if operation.attempts else FIRST_LOOK_AGAIN
    delay = min(delay, max_delay)
    try:
        async with dependencies.database.begin() as work:
            await work.payment_operations.postpone(operation, dependencies.clock.now() + delay)
    except VersionConflict:
        # Another process works on it.
        return operation
    return operation


async def _tell_provider(
    operation: PaymentOperation, payment: OrderPayment, dependencies: Dependencies
) -> PaymentOperationOutcome:
    """What became of ``operation`` at the provider.

    Raises:
        PaymentOutcomeUnknown: the provider has not said.

    """
    try:
        match operation.kind:
            case PaymentOperationKind.CAPTURE:
                return await _capture(operation, payment, dependencies)
            case PaymentOperationKind.REFUND:
                return await _refund(operation, payment, dependencies)
            case PaymentOperationKind.RELEASE:
                await dependencies.payment_provider.release(payment.charge_id)
                return PaymentOperationCompleted(ChargeHold(payment.charge_id, payment.amount))
    except InvalidChargeState as error:
        return PaymentOperationFailed(str(error))


async def _refund(
    operation: PaymentOperation, payment: OrderPayment, dependencies: Dependencies
) -> PaymentOperationOutcome:
    provider = dependencies.payment_provider
    result = await provider.find_refund(operation.id) if operation.attempts else None
    match result or await provider.refund(payment.charge_id, operation.amount, operation.id):
        case RefundCompleted():
            return PaymentOperationCompleted(ChargeHold(payment.charge_id, payment.amount))
        case RefundFailed(reason):
            return PaymentOperationFailed(reason)
        case RefundPending():
            raise RefundOutcomePending(operation.id)


async def _capture(
    operation: PaymentOperation, payment: OrderPayment, dependencies: Dependencies
) -> PaymentOperationOutcome:
    """What became of a capture; an expired hold is given anew, once.

    Where a charge can be captured once, what remains of it is held anew before. Where that is
    refused, ``ChargeHold.amount`` still counts it, to be asked for again when it is needed.
    """
    held_amount = replace(payment.amount, minor=payment.amount.minor - payment.captured_minor)
    remainder_hold = await _hold_remainder(operation, payment, held_amount, dependencies)
    hold: ChargeHold | None = ChargeHold(payment.charge_id, payment.amount)
    failure = PaymentOperationFailed(CAPTURE_REFUSED, payment.charge_id)
    if not await _try_first_capture(operation, payment, dependencies):
        hold, captured_minor = None, await _find_foreign_capture(payment, dependencies)
        if captured_minor > 0:
            failure = PaymentOperationFailed(CAPTURED_BY_OTHERS, captured_minor=captured_minor)
        else:
            hold = await _renew(operation, payment, held_amount, dependencies)
    if hold is None:
        if remainder_hold is not None:
            await dependencies.payment_provider.release(remainder_hold.charge_id)
        return failure
    if remainder_hold is None and not operation.final and hold.charge_id != payment.charge_id:
        hold = replace(hold, amount=held_amount)
    return PaymentOperationCompleted(hold, remainder_hold)


async def _try_first_capture(
    operation: PaymentOperation, payment: OrderPayment, dependencies: Dependencies
) -> bool:
    """Whether the amount is captured of the hold as it is known."""
    if dependencies.payment_provider.captures_once and payment.captured_minor > 0:
        # By which capture is not asked: by hand the same amount may have been taken before.
        return False
    try:
        return await _try_capture(operation, payment.charge_id, dependencies)
    except InvalidChargeState:
        if await _find_foreign_capture(payment, dependencies) == 0:
            raise
        return False


async def _find_foreign_capture(payment: OrderPayment, dependencies: Dependencies) -> int:
    """What others have captured of a charge that can be captured once, in minor units.

    Earlier captures of ours are completed by now: what is not theirs was made by hand.
    """
    provider = dependencies.payment_provider
    if not provider.captures_once or payment.captured_minor > 0:
        return 0
    return await provider.find_captured_minor(payment.charge_id)


async def _renew(
    operation: PaymentOperation,
    payment: OrderPayment,
    held_amount: Money,
    dependencies: Dependencies,
) -> ChargeHold | None:
    """The hold in place of the expired one, once the amount is captured of it.

    Captures that share a hold ask for it with one key until it is refused; each next try has
    another. A hold that is for one capture alone has a key of its own.
    """
    amount, key = operation.amount, f"{operation.id}.renewal"
    if not is_last_capture(operation, dependencies):
        refused_count = await _count_refused(payment, dependencies)
        amount = held_amount
        key = f"{payment.id}-{payment.charge_id}-{held_amount.minor}-{refused_count}"
    granted = await charges.renew_hold(payment, amount, key, dependencies)
    if granted is None or not await _try_capture(operation, granted.charge_id, dependencies):
        return None
    return ChargeHold(granted.charge_id, amount, granted.held_until)


async def _count_refused(payment: OrderPayment, dependencies: Dependencies) -> int:
    """How many captures of the charge have failed because no new hold was given."""
    async with dependencies.database.read() as reading:
        operations = await reading.payment_operations.list_for(payment.order_id)
    return sum(
        operation.payment_id == payment.id and operation.reason == CAPTURE_REFUSED
        for operation in operations
    )


async def _hold_remainder(
    operation: PaymentOperation,
    payment: OrderPayment,
    held_amount: Money,
    dependencies: Dependencies,
) -> ChargeHold | None:
    """What is held anew of what the capture would let go of against its will."""
    remainder = replace(held_amount, minor=held_amount.minor - operation.amount.minor)
    is_kept = operation.final or not dependencies.payment_provider.captures_once
    if is_kept or remainder.minor <= 0:
        return None
    granted = await charges.hold_more(payment, remainder, f"{operation.id}.rest", dependencies)
    return None if granted is None else ChargeHold(granted.charge_id, remainder, granted.held_until)


async def _try_capture(
    operation: PaymentOperation, charge_id: str, dependencies: Dependencies
) -> bool:
    result = await dependencies.payment_provider.capture(
        charge_id,
        operation.amount,
        f"{operation.id}.{charge_id}",
        final=is_last_capture(operation, dependencies),
    )
    if isinstance(result, CaptureUnknown):
        raise PaymentOutcomeUnknown(operation.id)
    return isinstance(result, CaptureCompleted)


# -- storing the outcome


async def _store_outcome(
    operation: PaymentOperation, outcome: PaymentOperationOutcome, dependencies: Dependencies
) -> PaymentOperation:
    """Store ``outcome`` unless another process has; returns the operation as it then stands.

    Raises:
        VersionConflict: something else was told of the order at the same time, repeatedly.

    """

    async def store() -> PaymentOperation:
        return await _try_storing(operation, outcome, dependencies)

    return await retry_or_raise(store)


async def _try_storing(
    operation: PaymentOperation, outcome: PaymentOperationOutcome, dependencies: Dependencies
) -> PaymentOperation:
    async with dependencies.database.begin() as work:
        payment = await work.order_payments.find_for_update(operation.payment_id)
        stored_operation = await work.payment_operations.find_for_update(operation.id)
        if payment is None or stored_operation is None or not stored_operation.is_pending:
            return stored_operation or operation
        changed_payment = await apply_outcome(operation, payment, outcome, work, dependencies)
        is_done = isinstance(outcome, PaymentOperationCompleted)
        ended_operation = replace(
            stored_operation,
            payment_id=changed_payment.id,
            state=PaymentOperationState.DONE if is_done else PaymentOperationState.FAILED,
            reason=None if isinstance(outcome, PaymentOperationCompleted) else outcome.reason,
            version=stored_operation.version + 1,
        )
        await work.payment_operations.save(ended_operation)
        recorder = dependencies.operation_recorders.get(operation.kind)
        if recorder is not None:
            await recorder(ended_operation, work, dependencies)
    return ended_operation
