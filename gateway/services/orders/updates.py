"""The events of an order as a stream: the present state first, then each event in order."""

from collections.abc import AsyncIterator

from gateway.engine.orders.order import OrderEvent, OrderStatus
from gateway.services.dependencies import Dependencies
from gateway.services.event_logs import (
    EVENTS_PER_READ,
    AuthorityCheck,
    FiniteEventLog,
    allow_anybody,
    follow_until_end,
)
from gateway.services.orders.lifecycle import order_topic

FINAL_STATUSES = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED})


def follow_order(
    order_id: str,
    after: int | None,
    dependencies: Dependencies,
    check_authority: AuthorityCheck = allow_anybody,
) -> AsyncIterator[OrderEvent]:
    """The events of an order with a sequence above ``after``; for None, from the last one on.

    Ends after an event with a final status. ``check_authority`` is called before each event, and
    once a minute.
    """

    async def read_after(position: int) -> tuple[OrderEvent, ...]:
        async with dependencies.database.read() as reading:
            return await reading.orders.list_events(order_id, position, EVENTS_PER_READ)

    async def load_last() -> OrderEvent | None:
        async with dependencies.database.read() as reading:
            return await reading.orders.find_last_event(order_id)

    log = FiniteEventLog(
        order_topic(order_id),
        read_after,
        position_of=lambda event: event.sequence,
        load_last=load_last,
        is_final=lambda event: event.status in FINAL_STATUSES,
    )
    return follow_until_end(log, after, dependencies, check_authority)
