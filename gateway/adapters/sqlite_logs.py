"""What other processes have written to the logs of a SQLite file: whom it concerns."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, select

from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, table
from gateway.adapters.tables.gifts import GiftEventRow
from gateway.adapters.tables.orders import OrderEventRow
from gateway.services import orders
from gateway.services.gifts.keeping import feed_of, topic_of

gift_events = table(GiftEventRow)
order_events = table(OrderEventRow)
# SQLite's own number of a row; it grows with each that is added.
ROW: ColumnElement[int] = literal_column("rowid")
BETWEEN = and_(bindparam("after") < ROW, bindparam("until") >= ROW)

LAST: Statement[tuple[int, int]] = Statement(
    select(
        select(func.coalesce(func.max(ROW), 0)).select_from(gift_events).scalar_subquery(),
        select(func.coalesce(func.max(ROW), 0)).select_from(order_events).scalar_subquery(),
    )
)
GIFTS: Statement[tuple[str, str | None]] = Statement(
    select(gift_events.c.gift_id, gift_events.c.partner_id).where(BETWEEN)
)
ORDERS: Statement[tuple[str]] = Statement(select(order_events.c.order_id).where(BETWEEN))
MOST: Final = 1_000
"""Rows that are looked through; where more are new, everybody is concerned."""


def logged(topic: str) -> bool:
    """Whether what is announced under ``topic`` stands in a log."""
    return topic.startswith((topic_of(""), feed_of(""), orders.topic("")))


class Logs:
    """The logs, read on from where they were left."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: tuple[int, int] | None = None

    async def begin(self) -> None:
        """Leave what is there unread, at the first time."""
        if self._last is None:
            self._last = await self._present()

    async def topics(self) -> frozenset[str] | None:
        """Under which topics something is new; None: it may be any."""
        before, self._last = self._last, await self._present()
        if before is None:
            return None
        more = [now - then for then, now in zip(before, self._last, strict=True)]
        # Fewer than there were: VACUUM has numbered the rows anew.
        if min(more) < 0 or max(more) > MOST:
            return None
        gifts = await self._of_gifts(before[0], self._last[0]) if more[0] else ()
        others = await self._of_orders(before[1], self._last[1]) if more[1] else ()
        return frozenset((*gifts, *others))

    async def _of_gifts(self, after: int, until: int) -> Iterable[str]:
        rows = await self._session.all(GIFTS, after=after, until=until)
        feeds = [feed_of(partner_id) for _, partner_id in rows if partner_id is not None]
        return (*(topic_of(gift_id) for gift_id, _ in rows), *feeds)

    async def _of_orders(self, after: int, until: int) -> Iterable[str]:
        rows = await self._session.all(ORDERS, after=after, until=until)
        return (orders.topic(order_id) for (order_id,) in rows)

    async def _present(self) -> tuple[int, int]:
        row = await self._session.one(LAST)
        return row or (0, 0)
