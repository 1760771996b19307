"""Holds that an order needs no more once all of it has left: they are let go."""

from gateway.engine.money import Money
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.services.dependencies import Dependencies
from gateway.services.orders.payment_operations import add_operation
from gateway.services.orders.payment_outcomes import without_hold
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.payment_operations import PaymentOperation, PaymentOperationKind

LEFT_STATUSES = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})
"""Statuses of orders of which nothing is still to leave."""


async def release_remaining_holds(
    order: Order, shipment_id: str, work: UnitOfWork, dependencies: Dependencies
) -> list[PaymentOperation]:
    """Store that what is still held for ``order`` is let go, if all of it has left.

    The captures of its parcels have to be done. Returns what the provider is still to be told: of
    holds that have expired nothing.
    """
    if order.status not in LEFT_STATUSES:
        return []
    payments = await work.order_payments.list_for(order.id)
    for payment in payments:
        locked_payment = await work.order_payments.find_for_update(payment.id)
        if locked_payment is not None and locked_payment.state is OrderPaymentState.LAPSED:
            await work.order_payments.save_amounts(without_hold(locked_payment))
    return [
        await add_operation(
            PaymentOperation(
                id=dependencies.ids.new("pop"),
                payment_id=payment.id,
                order_id=order.id,
                kind=PaymentOperationKind.RELEASE,
                amount=Money(0, order.currency),
                created_at=dependencies.clock.now(),
                subject_id=shipment_id,
            ),
            work,
            dependencies,
        )
        for payment in await work.order_payments.list_for(order.id)
        if payment.state is OrderPaymentState.HELD and payment.held_minor > 0
    ]
