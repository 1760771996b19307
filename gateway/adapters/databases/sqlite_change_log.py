"""The topics of gifts and orders whose events another process has added to a SQLite file."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, select

from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, table
from gateway.adapters.tables.gifts import GiftEventRow
from gateway.adapters.tables.orders import OrderEventRow
from gateway.services.gifts.gift_store import gift_topic, partner_feed_topic
from gateway.services.orders import lifecycle

gift_events = table(GiftEventRow)
order_events = table(OrderEventRow)
ROW_ID: ColumnElement[int] = literal_column("rowid")
"""SQLite's number of a row, which is higher for each added row."""
IS_IN_ROW_RANGE = and_(bindparam("after") < ROW_ID, bindparam("until") >= ROW_ID)

LAST_ROW_IDS: Statement[tuple[int, int]] = Statement(
    select(
        select(func.coalesce(func.max(ROW_ID), 0)).select_from(gift_events).scalar_subquery(),
        select(func.coalesce(func.max(ROW_ID), 0)).select_from(order_events).scalar_subquery(),
    )
)
CHANGED_GIFTS: Statement[tuple[str, str | None]] = Statement(
    select(gift_events.c.gift_id, gift_events.c.partner_id).where(IS_IN_ROW_RANGE)
)
CHANGED_ORDERS: Statement[tuple[str]] = Statement(
    select(order_events.c.order_id).where(IS_IN_ROW_RANGE)
)
MAX_CHANGED_ROWS: Final = 1_000
"""If more rows are new, they are not read and all topics count as changed."""


def is_logged_topic(topic: str) -> bool:
    """Whether changes announced under ``topic`` are in an event log."""
    return topic.startswith((gift_topic(""), partner_feed_topic(""), lifecycle.order_topic("")))


class ChangeLog:
    """The event logs, of which each call reads the rows added since the last one."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session
        self._last_row_ids: tuple[int, int] | None = None

    async def skip_existing_rows(self) -> None:
        """Skip all present rows, at the first call only."""
        if self._last_row_ids is None:
            self._last_row_ids = await self._current_row_ids()

    async def changed_topics(self) -> frozenset[str] | None:
        """The topics with new events; None if it can be any topic."""
        previous_row_ids, self._last_row_ids = self._last_row_ids, await self._current_row_ids()
        if previous_row_ids is None:
            return None
        added_counts = [
            current_row_id - previous_row_id
            for previous_row_id, current_row_id in zip(
                previous_row_ids, self._last_row_ids, strict=True
            )
        ]
        # The numbers can decrease, because VACUUM numbers the rows again.
        if min(added_counts) < 0 or max(added_counts) > MAX_CHANGED_ROWS:
            return None
        gift_topics = (
            await self._gift_topics(previous_row_ids[0], self._last_row_ids[0])
            if added_counts[0]
            else ()
        )
        order_topics = (
            await self._order_topics(previous_row_ids[1], self._last_row_ids[1])
            if added_counts[1]
            else ()
        )
        return frozenset((*gift_topics, *order_topics))

    async def _gift_topics(self, after: int, until: int) -> Iterable[str]:
        rows = await self._session.fetch_all(CHANGED_GIFTS, after=after, until=until)
        feed_topics = [
            partner_feed_topic(partner_id) for _, partner_id in rows if partner_id is not None
        ]
        return (*(gift_topic(gift_id) for gift_id, _ in rows), *feed_topics)

    async def _order_topics(self, after: int, until: int) -> Iterable[str]:
        rows = await self._session.fetch_all(CHANGED_ORDERS, after=after, until=until)
        return (lifecycle.order_topic(order_id) for (order_id,) in rows)

    async def _current_row_ids(self) -> tuple[int, int]:
        row = await self._session.fetch_one(LAST_ROW_IDS)
        return row or (0, 0)
