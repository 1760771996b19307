"""Following orders: the present state first, then each event once and in order."""

from collections.abc import AsyncIterator

from gateway.engine.orders import OrderEvent, OrderStatus
from gateway.services.following import PAGE, Log
from gateway.services.orders import topic
from gateway.services.parts import Parts

TERMINAL = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED})


async def events(order_id: str, after: int | None, parts: Parts) -> AsyncIterator[OrderEvent]:
    """The events of an order later than ``after``, or the last one first; ends with the order."""
    with parts.followers.follow(_log(order_id, parts), parts.wakeups) as tail:
        async with parts.database.read() as reading:
            last = await reading.orders.last_event(order_id)
        end = last.sequence if last is not None else 0
        mark = end - 1 if after is None else after
        if last is not None and last.status in TERMINAL and mark >= end:
            return
        tail.begin(end)
        while True:
            for event in await tail.later(mark):
                yield event
                mark = event.sequence
                if event.status in TERMINAL:
                    return


def _log(order_id: str, parts: Parts) -> Log[OrderEvent]:
    async def read(mark: int) -> tuple[OrderEvent, ...]:
        async with parts.database.read() as reading:
            return await reading.orders.events(order_id, mark, PAGE)

    return Log(topic(order_id), read, lambda event: event.sequence)
