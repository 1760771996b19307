"""The repository of the event logs of gifts and of the partners' feeds."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, func, select

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.gifts import GIFT_IS_NOT_TERMINAL, GiftEventRow, GiftFeedRow, GiftRow
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.ports.gifts import GiftEvent

gift_events = table(GiftEventRow)
gift_feeds = table(GiftFeedRow)
gifts = table(GiftRow)

GIFT_EVENT = RowMapper(
    GiftEvent,
    id=gift_events.c.id,
    gift_id=gift_events.c.gift_id,
    sequence=gift_events.c.sequence,
    type=gift_events.c.type,
    status=From(GiftStatus, gift_events.c.status),
    occurred_at=From(from_microseconds, gift_events.c.occurred_at),
    partner_id=gift_events.c.partner_id,
    position=gift_events.c.position,
)
IS_OF_GIFT = gift_events.c.gift_id == bindparam("gift_id")
unfinished_gifts = (
    select(gifts.c.id, gifts.c.sequence)
    .where(gifts.c.partner_id == bindparam("partner_id"), GIFT_IS_NOT_TERMINAL)
    .subquery("on_their_way")
)
IS_OF_PARTNER = gift_events.c.partner_id == bindparam("partner_id")

ADD = Statement(insert(gift_events))
_feed_insert = insert(gift_feeds)
ADVANCE_FEED: Statement[tuple[int]] = Statement(
    _feed_insert.values(partner_id=bindparam("partner_id"), position=bindparam("more"))
    .on_conflict_do_update(
        index_elements=[gift_feeds.c.partner_id],
        set_={"position": gift_feeds.c.position + _feed_insert.excluded.position},
    )
    .returning(gift_feeds.c.position)
)
LIST_AFTER = Statement(
    select(*GIFT_EVENT.columns)
    .where(IS_OF_GIFT, gift_events.c.sequence > bindparam("sequence"))
    .order_by(gift_events.c.sequence)
    .limit(bindparam("most"))
)
FIND_LAST = Statement(
    select(*GIFT_EVENT.columns).where(IS_OF_GIFT).order_by(gift_events.c.sequence.desc()).limit(1)
)
FIND = Statement(select(*GIFT_EVENT.columns).where(gift_events.c.id == bindparam("id")))
LIST_FEED = Statement(
    select(*GIFT_EVENT.columns)
    .where(IS_OF_PARTNER, gift_events.c.position > bindparam("position"))
    .order_by(gift_events.c.position)
    .limit(bindparam("most"))
)
LIST_LAST_OF_UNFINISHED = Statement(
    select(*GIFT_EVENT.columns)
    .join(
        unfinished_gifts,
        (unfinished_gifts.c.id == gift_events.c.gift_id)
        & (unfinished_gifts.c.sequence == gift_events.c.sequence),
    )
    .order_by(gift_events.c.position)
)
FIND_POSITION: Statement[tuple[int | None]] = Statement(
    select(func.max(gift_events.c.position)).where(IS_OF_PARTNER)
)


class GiftEventsRepository:
    """The event logs of all gifts."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, events: Sequence[GiftEvent]) -> tuple[GiftEvent, ...]:
        """Add ``events`` of one gift; returns them with their positions in the partner's feed."""
        positioned_events = await self._with_feed_positions(events)
        await self._session.execute_many(ADD, map(_values, positioned_events))
        return positioned_events

    async def list_after(self, gift_id: str, sequence: int, limit: int) -> tuple[GiftEvent, ...]:
        """Up to ``limit`` events of a gift after ``sequence``, in order."""
        rows = await self._session.fetch_all(
            LIST_AFTER, gift_id=gift_id, sequence=sequence, most=limit
        )
        return tuple(map(GIFT_EVENT.value, rows))

    async def find_last(self, gift_id: str) -> GiftEvent | None:
        """A gift's latest event, or None."""
        row = await self._session.fetch_one(FIND_LAST, gift_id=gift_id)
        return GIFT_EVENT.value(row) if row else None

    async def find(self, id: str) -> GiftEvent | None:
        """The event of this id, or None."""
        row = await self._session.fetch_one(FIND, id=id)
        return GIFT_EVENT.value(row) if row else None

    async def list_feed(self, partner_id: str, position: int, limit: int) -> tuple[GiftEvent, ...]:
        """Up to ``limit`` events of a partner after ``position``, in the order of their commits."""
        rows = await self._session.fetch_all(
            LIST_FEED, partner_id=partner_id, position=position, most=limit
        )
        return tuple(map(GIFT_EVENT.value, rows))

    async def list_latest_in_feed(self, partner_id: str) -> tuple[GiftEvent, ...]:
        """The latest event of each of a partner's gifts that has not ended, in feed order."""
        rows = await self._session.fetch_all(LIST_LAST_OF_UNFINISHED, partner_id=partner_id)
        return tuple(map(GIFT_EVENT.value, rows))

    async def feed_position(self, partner_id: str) -> int:
        """The position of a partner's latest event; 0 if there is none."""
        row = await self._session.fetch_one(FIND_POSITION, partner_id=partner_id)
        return (row[0] if row else None) or 0

    async def _with_feed_positions(self, events: Sequence[GiftEvent]) -> tuple[GiftEvent, ...]:
        """``events`` at the next places of their partner's feed, if they have a partner."""
        partner_id = events[0].partner_id if events else None
        if partner_id is None:
            return tuple(events)
        row = await self._session.fetch_one(ADVANCE_FEED, partner_id=partner_id, more=len(events))
        first_position = (row[0] if row else 0) - len(events) + 1
        return tuple(
            replace(event, position=first_position + index) for index, event in enumerate(events)
        )


def _values(event: GiftEvent) -> dict[str, str | int | None]:
    return {
        "id": event.id,
        "gift_id": event.gift_id,
        "sequence": event.sequence,
        "type": event.type,
        "status": event.status,
        "occurred_at": to_microseconds(event.occurred_at),
        "partner_id": event.partner_id,
        "position": event.position,
    }
