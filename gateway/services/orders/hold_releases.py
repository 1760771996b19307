"""Holds that an order needs no more once all of it has left: they are let go."""

from gateway.engine.money import Money
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.orders.payments import plan_capture
from gateway.services.dependencies import Dependencies
from gateway.services.orders.capture_plans import left_quantities
from gateway.services.orders.order_money import amounts_of, load_planned_money
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
    return await _release_holds(order, shipment_id, work, dependencies)


async def _release_holds(
    order: Order,
    shipment_id: str | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> list[PaymentOperation]:
    """The releases of all holds of ``order`` that nothing pending lets go."""
    money = await load_planned_money(order, work)
    held_ids = [charge.id for charge in money.charges if charge.held_amount]
    for payment_id in held_ids:
        locked_payment = await work.order_payments.find_for_update(payment_id)
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
        if payment.id in held_ids and payment.state is OrderPaymentState.HELD
    ]


async def _has_left(order: Order, work: UnitOfWork) -> bool:
    """Whether all of ``order`` has left the house once."""
    if order.status is OrderStatus.CANCELLED or order.status in LEFT_STATUSES:
        return order.status in LEFT_STATUSES
    left_counts = left_quantities(order.id, await work.shipments.list_for_orders([order.id]))
    return all(left_counts.get(line.id, 0) >= line.quantity for line in order.lines)


async def close_holds(order: Order, work: UnitOfWork, dependencies: Dependencies) -> None:
    """Store that what is still due of ``order`` is captured and the rest let go, if all has left.

    So it is where the last that was to leave is cancelled: no parcel follows that would do it. The
    worker tells the provider. What is too little to be charged stays outstanding. What came back
    and is sent again has left: it is paid, and leaves the second time without a capture.
    """
    if not await _has_left(order, work):
        return
    money = await load_planned_money(order, work)
    left_counts = {line.id: line.quantity for line in order.lines}
    find_refusal = dependencies.payment_provider.find_amount_refusal
    shares = [
        share
        for share in plan_capture(amounts_of(order), left_counts, {}, money)
        if find_refusal(Money(share.amount, order.currency)) is None
    ]
    for share in shares:
        capture = PaymentOperation(
            id=dependencies.ids.new("pop"),
            payment_id=share.charge_id,
            order_id=order.id,
            kind=PaymentOperationKind.CAPTURE,
            amount=Money(share.amount, order.currency),
            created_at=dependencies.clock.now(),
            final=True,
        )
        await add_operation(capture, work, dependencies)
    await _release_holds(order, None, work, dependencies)
