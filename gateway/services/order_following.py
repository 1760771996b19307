"""Following orders: the present state first, then each event once and in order."""

from collections.abc import AsyncIterator

from gateway.engine.orders import OrderEvent, OrderStatus
from gateway.services.following import PAGE, Authority, EndingLog, anybody, to_the_end
from gateway.services.orders import topic
from gateway.services.parts import Parts

TERMINAL = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED})


def events(
    order_id: str, after: int | None, parts: Parts, authority: Authority = anybody
) -> AsyncIterator[OrderEvent]:
    """The events of an order later than ``after``, or the last one first; ends with the order.

    ``authority`` is asked before each, and once a minute.
    """

    async def read(mark: int) -> tuple[OrderEvent, ...]:
        async with parts.database.read() as reading:
            return await reading.orders.events(order_id, mark, PAGE)

    async def last() -> OrderEvent | None:
        async with parts.database.read() as reading:
            return await reading.orders.last_event(order_id)

    log = EndingLog(
        topic(order_id),
        read,
        place=lambda event: event.sequence,
        last=last,
        over=lambda event: event.status in TERMINAL,
    )
    return to_the_end(log, after, parts, authority)
