"""What a carrier says of an order: the money is taken when it leaves."""

from gateway.engine.orders import NotPossible, Order, OrderChange, OrderStatus
from gateway.engine.problems import ErrorCode
from gateway.services import deliveries, orders, payments
from gateway.services.outcomes import Outcome, refused
from gateway.services.parts import Parts
from gateway.services.ports.database import Stale

ID = ("input", "id")
PARCEL_CHANGES = frozenset({OrderChange.SHIPPED, OrderChange.RETURNED})
"""With these another parcel begins, or the last one is over."""
SHIPPABLE = frozenset({OrderStatus.OPEN, OrderStatus.SCHEDULED})


async def dispatched(order_id: str, page: str | None, parts: Parts) -> Outcome[Order]:
    """The order on its way, with its charges taken; as it was where the money cannot be had.

    ``page``: the address of the carrier's page, if there is one.
    """
    async with parts.database.read() as reading:
        order = await reading.orders.find(order_id)
    if order is None:
        return refused(ErrorCode.NOT_FOUND, ID, "There is no such order.")
    if order.status not in SHIPPABLE:
        return _not_now(order)
    if not await payments.captured_all(order_id, parts):
        return refused(ErrorCode.PAYMENT_DECLINED, ID, "The payment can no longer be taken.")
    return await said(order_id, OrderChange.SHIPPED, parts, page)


async def said(
    order_id: str, change: OrderChange, parts: Parts, page: str | None = None
) -> Outcome[Order]:
    """The order after what its carrier says."""
    try:
        async with parts.database.begin() as work:
            order = await work.orders.find(order_id)
            if order is None:
                return refused(ErrorCode.NOT_FOUND, ID, "There is no such order.")
            try:
                changed = await orders.change(order, change, work, parts)
            except NotPossible:
                return _not_now(order)
            if change in PARCEL_CHANGES:
                await deliveries.track(order_id, page, work, parts)
    except Stale:
        return refused(ErrorCode.VERSION_CONFLICT, ID, "The order is changing: try again.")
    await parts.wakeups.announce(orders.topic(order_id))
    return Outcome(changed)


def _not_now(order: Order) -> Outcome[Order]:
    message = f"Not possible for an order that is {order.status.lower()}."
    return refused(ErrorCode.NOT_MODIFIABLE, ID, message)
