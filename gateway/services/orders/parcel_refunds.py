"""A parcel that came back and is not sent again: its goods are restocked, its money goes back."""

from gateway.engine.orders.order import Order, OrderChange
from gateway.engine.orders.refunds import RefundRequest
from gateway.engine.orders.shipments import (
    LineQuantity,
    ReturnedParcel,
    Shipment,
    order_status,
)
from gateway.services.dependencies import Dependencies
from gateway.services.orders import lifecycle
from gateway.services.orders.refunds import (
    RefundPlan,
    list_standing_refunds,
    plan_order_refund,
    store_refund,
)
from gateway.services.orders.restocking import parcel_quantities, put_back
from gateway.services.orders.worth import is_worth_nothing
from gateway.services.ports.database import UnitOfWork

CAME_BACK = "a parcel came back"


async def refund_parcel(
    order_id: str, parcel: Shipment, actor: str, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Store the refund of what ``parcel`` has of an order.

    ``parcel`` is stored as one that is refunded. Of an order that came back as a whole all that is
    left is given back, shipping included; nothing where it was given back before.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    order = await work.orders.find(order_id)
    if order is None:
        return
    parcels = await work.shipments.list_for_orders([order_id])
    status = order_status(order, parcels)
    plan = await _plan_refund(order, parcel, parcels, work, dependencies)
    if plan is None:
        await lifecycle.advance_order(
            order,
            OrderChange.RETURNED,
            status,
            work,
            dependencies,
            actor=actor,
            detail=f"{CAME_BACK}, and there was nothing left to give back for it",
        )
    else:
        await store_refund(order, plan, actor, work, dependencies, reason=CAME_BACK, status=status)


async def restock_parcel(parcel: Shipment, work: UnitOfWork, dependencies: Dependencies) -> None:
    """Put what ``parcel`` has of orders back into stock.

    Once all its orders are stored: others lock an order before stock, too.
    """
    for order_id in parcel.order_ids:
        order = await work.orders.find(order_id)
        if order is not None:
            await put_back(order, parcel_quantities(order_id, [parcel]), work, dependencies)


async def _plan_refund(
    order: Order,
    parcel: Shipment,
    parcels: tuple[Shipment, ...],
    work: UnitOfWork,
    dependencies: Dependencies,
) -> RefundPlan | None:
    """What is given back for the parcel; None where there is nothing.

    Where less is left than its lines come to, since amounts were given back before: all of that.
    """
    if _is_whole_back(order, parcels):
        rest_plan = await plan_order_refund(order, RefundRequest(), work, dependencies)
        return rest_plan if isinstance(rest_plan, RefundPlan) else None
    refunded: dict[str, int] = {}
    for refund in await list_standing_refunds(order.id, work):
        for refund_line in refund.lines:
            refunded[refund_line.line_id] = (
                refunded.get(refund_line.line_id, 0) + refund_line.quantity
            )
    counts = parcel_quantities(order.id, [parcel])
    for line in order.lines:
        if line.id in counts:
            counts[line.id] = min(counts[line.id], line.quantity - refunded.get(line.id, 0))
    lines = tuple(LineQuantity(line_id, count) for line_id, count in counts.items() if count > 0)
    if not lines or is_worth_nothing(order, counts):
        return None
    plan = await plan_order_refund(order, RefundRequest(lines), work, dependencies)
    if not isinstance(plan, RefundPlan):
        plan = await plan_order_refund(order, RefundRequest(), work, dependencies)
    return plan if isinstance(plan, RefundPlan) else None


def _is_whole_back(order: Order, parcels: tuple[Shipment, ...]) -> bool:
    """Whether all of ``order`` came back and is refunded."""
    back = parcel_quantities(
        order.id, [parcel for parcel in parcels if parcel.on_return is ReturnedParcel.REFUND]
    )
    return all(back.get(line.id, 0) >= line.quantity for line in order.lines)
