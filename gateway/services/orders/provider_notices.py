"""What the provider tells of orders' charges on its own: holds that ended, refunds, failures."""

from dataclasses import replace

from gateway.engine.orders.order import OrderChange
from gateway.engine.orders.payment_states import (
    CAPTURABLE_STATES,
    MOVING_STATES,
    OrderPaymentEvent,
    OrderPaymentState,
)
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import lifecycle
from gateway.services.orders.calculation_commits import report_refund, report_undone_refund
from gateway.services.orders.charges import whole_refund_key
from gateway.services.orders.payment_outcomes import (
    ChargeHold,
    PaymentOperationCompleted,
    apply_outcome,
    build_done_operation,
    record_foreign_capture,
)
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)
from gateway.services.ports.payments import RefundCompleted, RefundFailed, RefundPending
from gateway.services.ports.provider_events import HoldNotice, HoldState, RefundNotice
from gateway.services.ports.refunds import RefundStatus


async def note_hold(notice: HoldNotice, dependencies: Dependencies) -> bool:
    """Note on an order's charge that its hold has ended, or was captured, not by us.

    What is under way by us is left to the operation that does it. Returns whether the charge is an
    order's.
    """
    async with dependencies.database.begin() as work:
        payment = await _lock_payment(notice.charge_id, work)
        if payment is None:
            return False
        if payment.state not in CAPTURABLE_STATES or await _has_pending_operation(payment, work):
            return True
        is_lapsed = payment.state is OrderPaymentState.LAPSED
        if notice.state is HoldState.RELEASED and payment.captured_minor == 0 and not is_lapsed:
            await work.order_payments.save_amounts(payment.end_hold(dependencies.clock.now()))
        elif notice.state is HoldState.CAPTURED and not notice.is_capture_ours:
            await record_foreign_capture(notice.captured_minor, payment, work, dependencies)
    return True


async def note_refund(notice: RefundNotice, dependencies: Dependencies) -> bool:
    """Let a refund of ours be asked for again, or note one that was made or failed elsewhere.

    Returns whether the charge is an order's.
    """
    async with dependencies.database.begin() as work:
        payment = await _lock_payment(notice.charge_id, work)
        if payment is None:
            return False
        operation = await work.payment_operations.find_for_update(notice.key)
        if operation is None and not notice.is_ours:
            await _record_refund(notice, payment, work, dependencies)
        elif operation is None:
            await _note_whole_refund(notice, payment, work, dependencies)
        elif operation.is_pending and not isinstance(notice.result, RefundPending):
            await work.payment_operations.postpone(operation, dependencies.clock.now())
        elif operation.state is PaymentOperationState.DONE and isinstance(
            notice.result, RefundFailed
        ):
            await _undo_refund(operation, payment, notice.result.reason, work, dependencies)
    await dependencies.wakeups.announce(DUE_TOPIC)
    await dependencies.wakeups.announce(lifecycle.order_topic(payment.order_id))
    return True


async def _lock_payment(charge_id: str, work: UnitOfWork) -> OrderPayment | None:
    payment = await work.order_payments.find_by_charge(charge_id)
    locked_payment = payment and await work.order_payments.find_for_update(payment.id)
    # A hold that was given anew meanwhile has another charge.
    is_same = locked_payment is not None and locked_payment.charge_id == charge_id
    return locked_payment if is_same else None


async def _has_pending_operation(payment: OrderPayment, work: UnitOfWork) -> bool:
    return any(
        operation.payment_id == payment.id and operation.is_pending
        for operation in await work.payment_operations.list_for(payment.order_id)
    )


async def _record_refund(
    notice: RefundNotice, payment: OrderPayment, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Record what was given back at the provider by others, so that it is not given back again."""
    minor = min(notice.amount_minor, payment.refundable_minor)
    is_done = isinstance(notice.result, RefundCompleted)
    if not is_done or minor <= 0 or notice.currency != payment.amount.currency.code:
        return
    operation = build_done_operation(
        notice.key, PaymentOperationKind.REFUND, minor, payment, dependencies
    )
    if not await work.payment_operations.add(operation, operation.created_at):
        return
    hold = ChargeHold(payment.charge_id, payment.amount)
    await apply_outcome(operation, payment, PaymentOperationCompleted(hold), work, dependencies)
    await lifecycle.record_provider_news(
        payment.order_id,
        OrderChange.REFUNDED,
        f"{operation.amount.text}: made at the payment provider",
        work,
        dependencies,
    )
    await report_refund(payment.order_id, operation.id, work, dependencies)


async def _note_whole_refund(
    notice: RefundNotice, payment: OrderPayment, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Let the refund of a whole charge be asked for again, or note that it has failed after all."""
    if notice.key != whole_refund_key(payment):
        return
    is_pending = isinstance(notice.result, RefundPending)
    if payment.state is OrderPaymentState.REFUNDING and not is_pending:
        await work.order_payments.postpone(payment, dependencies.clock.now())
    elif payment.state is OrderPaymentState.REFUNDED and isinstance(notice.result, RefundFailed):
        refunded_minor = max(payment.refunded_minor - notice.amount_minor, 0)
        captured_payment = replace(payment, refunded_minor=refunded_minor).apply(
            OrderPaymentEvent.REFUND_FAILED
        )
        await work.order_payments.save_amounts(captured_payment)
        amount = replace(payment.amount, minor=notice.amount_minor)
        await lifecycle.record_provider_news(
            payment.order_id,
            OrderChange.REFUND_FAILED,
            f"{amount.text}: {notice.result.reason}",
            work,
            dependencies,
        )


async def _undo_refund(
    operation: PaymentOperation,
    payment: OrderPayment,
    reason: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Note that a refund that was done has failed after all: its money is with the shop again."""
    refunded_minor = max(payment.refunded_minor - operation.amount.minor, 0)
    changed_payment = replace(payment, refunded_minor=refunded_minor)
    if payment.state not in MOVING_STATES:
        changed_payment = changed_payment.apply(OrderPaymentEvent.REFUND_FAILED)
    await work.order_payments.save_amounts(changed_payment)
    failed_operation = replace(
        operation,
        state=PaymentOperationState.FAILED,
        reason=reason,
        version=operation.version + 1,
    )
    await work.payment_operations.save(failed_operation)
    if operation.subject_id is not None:
        refund = await work.refunds.find_for_update(operation.subject_id)
        if refund is not None and refund.status is RefundStatus.COMPLETED:
            failed_refund = replace(refund, status=RefundStatus.FAILED, version=refund.version + 1)
            await work.refunds.save_status(failed_refund)
    await lifecycle.record_provider_news(
        payment.order_id,
        OrderChange.REFUND_FAILED,
        f"{operation.amount.text}: {reason}",
        work,
        dependencies,
    )
    await report_undone_refund(payment.order_id, work, dependencies)
