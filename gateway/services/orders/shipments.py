"""Shipments of orders as the carrier reports them; an order is charged when it is dispatched."""

from gateway.engine.orders.order import InvalidOrderTransition, Order, OrderChange, OrderStatus
from gateway.engine.user_errors import ErrorCode
from gateway.services.dependencies import Dependencies
from gateway.services.orders import charges, delivery_details, lifecycle
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import VersionConflict

ID_PATH = ("input", "id")
PARCEL_CHANGES = frozenset({OrderChange.SHIPPED, OrderChange.RETURNED})
"""Changes after which the old tracking page is no longer right."""
SHIPPABLE_STATUSES = frozenset({OrderStatus.OPEN, OrderStatus.SCHEDULED})


async def dispatch_order(
    order_id: str, page_url: str | None, dependencies: Dependencies
) -> Outcome[Order]:
    """Capture the order's charges and mark it as shipped; refused if the money cannot be captured.

    ``page_url`` is the URL of the carrier's tracking page, if there is one.
    """
    async with dependencies.database.read() as reading:
        order = await reading.orders.find(order_id)
    if order is None:
        return error_outcome(ErrorCode.NOT_FOUND, ID_PATH, "There is no such order.")
    if order.status not in SHIPPABLE_STATUSES:
        return _not_modifiable(order)
    if not await charges.capture_all(order_id, dependencies):
        return error_outcome(
            ErrorCode.PAYMENT_DECLINED,
            ID_PATH,
            "The payment could not be captured; the order is not marked as shipped.",
        )
    return await record_carrier_status(order_id, OrderChange.SHIPPED, dependencies, page_url)


async def record_carrier_status(
    order_id: str, change: OrderChange, dependencies: Dependencies, page_url: str | None = None
) -> Outcome[Order]:
    """Apply the carrier's ``change`` to the order, and store or delete its tracking page."""
    try:
        async with dependencies.database.begin() as work:
            order = await work.orders.find(order_id)
            if order is None:
                return error_outcome(ErrorCode.NOT_FOUND, ID_PATH, "There is no such order.")
            try:
                changed_order = await lifecycle.change_order(order, change, work, dependencies)
            except InvalidOrderTransition:
                return _not_modifiable(order)
            if change in PARCEL_CHANGES:
                await delivery_details.save_tracking_page(order_id, page_url, work, dependencies)
    except VersionConflict:
        return error_outcome(
            ErrorCode.VERSION_CONFLICT, ID_PATH, "The order is changing: try again."
        )
    await dependencies.wakeups.announce(lifecycle.order_topic(order_id))
    return Outcome(changed_order)


def _not_modifiable(order: Order) -> Outcome[Order]:
    message = f"Not possible for an order that is {order.status.lower()}."
    return error_outcome(ErrorCode.NOT_MODIFIABLE, ID_PATH, message)
