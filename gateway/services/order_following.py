"""Following orders: the present state first, then each event once and in order."""

from collections.abc import AsyncIterator

from gateway.engine.orders import Order, OrderEvent, OrderStatus
from gateway.services.orders import topic
from gateway.services.parts import Parts

TERMINAL = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED})
PAGE = 100
# Seconds after which the log is read without a wake-up: hints may be lost.
NET = 2.0


async def events(order: Order, after: int | None, parts: Parts) -> AsyncIterator[OrderEvent]:
    """The events of ``order`` later than ``after``, or the last one first; ends with the order.

    Nothing is kept for a slow reader: each reads the log at its own pace.
    """
    with parts.wakeups.subscribe(topic(order.id)) as waker:
        mark = await _before_last(order.id, parts) if after is None else after
        while True:
            found = await _later(order.id, mark, parts)
            for event in found:
                yield event
                mark = event.sequence
            if await _over(order.id, mark, parts):
                return
            if len(found) < PAGE:
                await waker.wait(NET)


async def _later(order_id: str, mark: int, parts: Parts) -> tuple[OrderEvent, ...]:
    async with parts.database.read() as reading:
        return await reading.orders.events(order_id, mark, PAGE)


async def _before_last(order_id: str, parts: Parts) -> int:
    async with parts.database.read() as reading:
        last = await reading.orders.last_event(order_id)
    return 0 if last is None else last.sequence - 1


async def _over(order_id: str, mark: int, parts: Parts) -> bool:
    """Whether the order has ended and its last event was told."""
    async with parts.database.read() as reading:
        last = await reading.orders.last_event(order_id)
    return last is not None and last.status in TERMINAL and last.sequence <= mark
