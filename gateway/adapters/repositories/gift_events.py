"""The log of every gift in tables, and each partner's feed of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from sqlalchemy import bindparam, func, select

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.gifts import GIFT_ON_ITS_WAY, GiftEventRow, GiftFeedRow, GiftRow
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.ports.gifts import LoggedEvent

events = table(GiftEventRow)
feeds = table(GiftFeedRow)
gifts = table(GiftRow)

Row: TypeAlias = tuple[str, str, int, str, str, int, str | None, int | None]
ROW = (
    events.c.id,
    events.c.gift_id,
    events.c.sequence,
    events.c.type,
    events.c.status,
    events.c.occurred_at,
    events.c.partner_id,
    events.c.position,
)
OF_GIFT = events.c.gift_id == bindparam("gift_id")
on_their_way = (
    select(gifts.c.id, gifts.c.sequence)
    .where(gifts.c.partner_id == bindparam("partner_id"), GIFT_ON_ITS_WAY)
    .subquery("on_their_way")
)
OF_PARTNER = events.c.partner_id == bindparam("partner_id")

ADD = Statement(insert(events))
_feed = insert(feeds)
COUNT: Statement[tuple[int]] = Statement(
    _feed.values(partner_id=bindparam("partner_id"), position=bindparam("more"))
    .on_conflict_do_update(
        index_elements=[feeds.c.partner_id],
        set_={"position": feeds.c.position + _feed.excluded.position},
    )
    .returning(feeds.c.position)
)
AFTER: Statement[Row] = Statement(
    select(*ROW)
    .where(OF_GIFT, events.c.sequence > bindparam("sequence"))
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
)
LAST: Statement[Row] = Statement(
    select(*ROW).where(OF_GIFT).order_by(events.c.sequence.desc()).limit(1)
)
FIND: Statement[Row] = Statement(select(*ROW).where(events.c.id == bindparam("id")))
FED: Statement[Row] = Statement(
    select(*ROW)
    .where(OF_PARTNER, events.c.position > bindparam("position"))
    .order_by(events.c.position)
    .limit(bindparam("most"))
)
FED_LAST: Statement[Row] = Statement(
    select(*ROW)
    .join(
        on_their_way,
        (on_their_way.c.id == events.c.gift_id) & (on_their_way.c.sequence == events.c.sequence),
    )
    .order_by(events.c.position)
)
POSITION: Statement[tuple[int | None]] = Statement(
    select(func.max(events.c.position)).where(OF_PARTNER)
)


class GiftEventsRepository:
    """The log of every gift."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, events: Sequence[LoggedEvent]) -> tuple[LoggedEvent, ...]:
        """Keep ``events`` of one gift, with their places in the partner's feed."""
        placed = await self._placed(events)
        await self._session.many(ADD, map(_values, placed))
        return placed

    async def after(self, gift_id: str, sequence: int, most: int) -> tuple[LoggedEvent, ...]:
        """A gift's events later than ``sequence``."""
        rows = await self._session.all(AFTER, gift_id=gift_id, sequence=sequence, most=most)
        return tuple(_event(*row) for row in rows)

    async def last(self, gift_id: str) -> LoggedEvent | None:
        """A gift's latest event."""
        row = await self._session.one(LAST, gift_id=gift_id)
        return _event(*row) if row else None

    async def find(self, id: str) -> LoggedEvent | None:
        """The event of this id."""
        row = await self._session.one(FIND, id=id)
        return _event(*row) if row else None

    async def fed(self, partner_id: str, position: int, most: int) -> tuple[LoggedEvent, ...]:
        """A partner's events later than ``position``."""
        rows = await self._session.all(FED, partner_id=partner_id, position=position, most=most)
        return tuple(_event(*row) for row in rows)

    async def fed_last(self, partner_id: str) -> tuple[LoggedEvent, ...]:
        """The latest event of each of a partner's gifts that has not ended."""
        rows = await self._session.all(FED_LAST, partner_id=partner_id)
        return tuple(_event(*row) for row in rows)

    async def fed_position(self, partner_id: str) -> int:
        """The place of a partner's latest event."""
        row = await self._session.one(POSITION, partner_id=partner_id)
        return (row[0] if row else None) or 0

    async def _placed(self, events: Sequence[LoggedEvent]) -> tuple[LoggedEvent, ...]:
        """``events`` at the next places of their partner's feed, if they have a partner."""
        partner = events[0].partner_id if events else None
        if partner is None:
            return tuple(events)
        row = await self._session.one(COUNT, partner_id=partner, more=len(events))
        first = (row[0] if row else 0) - len(events) + 1
        return tuple(replace(each, position=first + at) for at, each in enumerate(events))


def _values(event: LoggedEvent) -> dict[str, str | int | None]:
    return {
        "id": event.id,
        "gift_id": event.gift_id,
        "sequence": event.sequence,
        "type": event.type,
        "status": event.status,
        "occurred_at": microseconds(event.occurred_at),
        "partner_id": event.partner_id,
        "position": event.position,
    }


def _event(
    id: str,
    gift_id: str,
    sequence: int,
    type: str,
    status: str,
    occurred_at: int,
    partner_id: str | None,
    position: int | None,
) -> LoggedEvent:
    at = instant(occurred_at)
    return LoggedEvent(id, gift_id, sequence, type, GiftStatus(status), at, partner_id, position)
