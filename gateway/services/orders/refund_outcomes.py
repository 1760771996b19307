"""What follows once the provider has said what became of the operations of a refund."""

from dataclasses import replace

from gateway.engine.money import Money
from gateway.engine.orders.order import Order
from gateway.engine.pricing.discount_codes import StoredValuePayment
from gateway.services.dependencies import Dependencies
from gateway.services.orders.calculation_commits import report_refund
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.orders.shipment_mails import post_order_mail
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.payment_operations import PaymentOperation, PaymentOperationState
from gateway.services.ports.refunds import OrderRefund, RefundStatus


async def record_refund_outcome(
    operation: PaymentOperation, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """End the refund that ``operation`` was done for, once all its operations have ended.

    It stands for refunds in ``Dependencies.operation_recorders``.
    """
    if operation.subject_id is None:
        return
    # Locked first: of two operations that end at once the second one sees the first.
    refund = await work.refunds.find_for_update(operation.subject_id)
    if refund is None or refund.status is not RefundStatus.PENDING:
        return
    states = {
        refund_operation.state
        for refund_operation in await work.payment_operations.list_for(operation.order_id)
        if refund_operation.subject_id == refund.id
    }
    if PaymentOperationState.PENDING in states:
        return
    is_failed = PaymentOperationState.FAILED in states
    status = RefundStatus.FAILED if is_failed else RefundStatus.COMPLETED
    await end_refund(refund, status, work, dependencies)


async def end_refund(
    refund: OrderRefund, status: RefundStatus, work: UnitOfWork, dependencies: Dependencies
) -> OrderRefund:
    """Store whether ``refund`` came about, and tell the merchant's calculator.

    If it did, stored value has its share back and the buyer is told.
    """
    ended_refund = replace(refund, status=status, version=refund.version + 1)
    await work.refunds.save_status(ended_refund)
    await report_refund(refund.order_id, refund.id, work, dependencies)
    if status is RefundStatus.COMPLETED:
        await _credit_stored_value(ended_refund, work, dependencies)
        order = await work.orders.find(refund.order_id)
        if order is not None:
            await _post_refund_mail(order, ended_refund, work, dependencies)
    return ended_refund


async def _credit_stored_value(
    refund: OrderRefund, work: UnitOfWork, dependencies: Dependencies
) -> None:
    amount = refund.shares.stored_value
    if amount == 0:
        return
    delivery = await load_delivery(refund.order_id, work, dependencies)
    refunds = await work.refunds.list_for_orders([refund.order_id])
    credited = sum(
        earlier.shares.stored_value
        for earlier in refunds
        if earlier.status is RefundStatus.COMPLETED and earlier.id != refund.id
    )
    for payment in _take_after(credited, amount, delivery.stored if delivery else ()):
        await work.stored_values.credit(payment.code, payment.minor)


def _take_after(
    credited: int, amount: int, payments: tuple[StoredValuePayment, ...]
) -> list[StoredValuePayment]:
    """``amount`` of what stored value paid, code by code, after what was ``credited`` of it."""
    shares = []
    for payment in payments:
        earlier = min(credited, payment.minor)
        share = min(payment.minor - earlier, amount)
        credited, amount = credited - earlier, amount - share
        if share > 0:
            shares.append(replace(payment, minor=share))
    return shares


async def _post_refund_mail(
    order: Order, refund: OrderRefund, work: UnitOfWork, dependencies: Dependencies
) -> None:
    titles = {item.line_id: item.name for item in order.items}
    rows = [
        f"{line.quantity} x {titles.get(line.line_id, line.line_id)}: {line.amount.text}"
        for line in refund.lines
    ]
    if refund.shares.shipping.gross:
        shipping = Money(refund.shares.shipping.gross, refund.currency)
        rows.append(f"Shipping: {shipping.text}")
    opening = f"We have given back {refund.amount.text} of your order {order.number}"
    lines = [f"{opening}:", "", *rows, ""] if rows else [f"{opening}.", ""]
    lines += _arrival_lines(refund)
    await post_order_mail(
        order, f"order-refunded-{refund.id}", "was refunded", lines, work, dependencies
    )


def _arrival_lines(refund: OrderRefund) -> list[str]:
    """Where the money is: what stored value had paid never comes to a bank."""
    stored_minor = refund.shares.stored_value
    if stored_minor == 0:
        return ["It can take some days until your bank shows it."]
    stored = Money(stored_minor, refund.currency)
    rows = [f"{stored.text} of it is stored value again, on the code that paid it."]
    if stored_minor < refund.amount.minor:
        rows.append("It can take some days until your bank shows the rest.")
    return rows
