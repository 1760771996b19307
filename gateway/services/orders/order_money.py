"""The money of an order as the engine looks at it: its charges, pending captures and refunds."""

from collections.abc import Iterable, Sequence

from gateway.engine.orders.amounts import OrderAmounts, order_amounts
from gateway.engine.orders.order import Order
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.orders.payments import ChargeStage, OrderCharge, OrderMoney
from gateway.engine.orders.repricing import order_terms
from gateway.services.ports.database import ReadSession
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import PaymentOperation, PaymentOperationKind

STAGES = {
    OrderPaymentState.RELEASED: ChargeStage.RELEASED,
    OrderPaymentState.RELEASING: ChargeStage.RELEASED,
    OrderPaymentState.LAPSED: ChargeStage.FAILED,
}


def amounts_of(order: Order) -> OrderAmounts:
    """What ``order`` comes to, as recorded."""
    return order_amounts(order.figures, order_terms(order).stored_value)


def order_money(order: Order, payments: Iterable[OrderPayment]) -> OrderMoney:
    """The money of ``order`` as the provider has confirmed it."""
    return OrderMoney(amounts_of(order).due, tuple(map(_order_charge, payments)))


def planned_money(
    order: Order, payments: Sequence[OrderPayment], operations: Iterable[PaymentOperation]
) -> OrderMoney:
    """The same as if all pending ``operations`` were done."""
    captures: dict[str, int] = {}
    refunds: dict[str, int] = {}
    let_go_ids: set[str] = set()
    for operation in operations:
        if operation.is_pending:
            if operation.lets_go:
                let_go_ids.add(operation.payment_id)
            is_refund = operation.kind is PaymentOperationKind.REFUND
            amounts = refunds if is_refund else captures
            amounts[operation.payment_id] = (
                amounts.get(operation.payment_id, 0) + operation.amount.minor
            )
    return OrderMoney(
        amounts_of(order).due,
        tuple(
            _order_charge(
                payment,
                captures.get(payment.id, 0),
                refunds.get(payment.id, 0),
                is_let_go=payment.id in let_go_ids,
            )
            for payment in payments
        ),
    )


async def load_planned_money(order: Order, reading: ReadSession) -> OrderMoney:
    """The money of ``order`` as if all that is pending were done."""
    return planned_money(
        order,
        await reading.order_payments.list_for(order.id),
        await reading.payment_operations.list_for(order.id),
    )


async def sum_captured(order: Order, reading: ReadSession) -> int:
    """What is captured of ``order`` and not given back, pending or done, minor units."""
    if not any(line.scheduled for line in order.lines):
        return 0
    money = await load_planned_money(order, reading)
    return money.captured - money.refunded


def _order_charge(
    payment: OrderPayment, capturing: int = 0, refunding: int = 0, *, is_let_go: bool = False
) -> OrderCharge:
    return OrderCharge(
        payment.id,
        payment.purchase_id,
        held_amount=0 if is_let_go else max(0, payment.held_minor - capturing),
        captured=payment.captured_minor + capturing,
        refunded=payment.refunded_minor + refunding,
        stage=STAGES.get(payment.state, ChargeStage.STANDING),
    )
