"""Look-up of orders by idempotency key."""

from gateway.engine.orders.order import Order
from gateway.services.checkout import drafts
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.orders.access import find_visible_order


async def order_by_key(key: str, *, caller: Caller, dependencies: Dependencies) -> Order | None:
    """The order that the caller bought with the idempotency key ``key``, if they may see it."""
    if caller.purchaser_id is None:
        return None
    async with dependencies.database.read() as reading:
        attempt = await reading.purchase_attempts.find_by_key(caller.purchaser_id, key)
    if attempt is None or attempt.result is None:
        return None
    order_result = drafts.decode_order_result(attempt.result)
    if order_result is None:
        return None
    return await find_visible_order(order_result.order_id, caller=caller, dependencies=dependencies)
