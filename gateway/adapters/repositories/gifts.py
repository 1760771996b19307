"""Gifts in tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import BigInteger, String, bindparam, func, null, select, tuple_, update

from gateway.adapters.claims import claiming, next_due
from gateway.adapters.instants import (
    instant,
    instant_or_none,
    microseconds,
    microseconds_or_none,
)
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.gifts import GIFT_WAITS, GiftRow
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.ports.database import Stale
from gateway.services.ports.gifts import DueGift, GiftRecord, GiftStanding

gifts = table(GiftRow)
SEEN = (gifts.c.id == bindparam("of"), gifts.c.version == bindparam("seen"))

Row: TypeAlias = tuple[
    str, str, str, str | None, str, str, int, int, int, int | None, str, bytes | None
]
ROW = (
    gifts.c.id,
    gifts.c.order_id,
    gifts.c.giver_id,
    gifts.c.partner_id,
    gifts.c.tracking_number,
    gifts.c.status,
    gifts.c.sequence,
    gifts.c.version,
    gifts.c.created_at,
    gifts.c.ended_at,
    gifts.c.public,
    gifts.c.sealed,
)

ADD = Statement(insert(gifts))
SAVE = Statement(
    update(gifts)
    .where(*SEEN)
    .values(
        status=bindparam("status"),
        sequence=bindparam("sequence"),
        version=gifts.c.version + 1,
        ended_at=bindparam("ended_at"),
        public=bindparam("public"),
        sealed=bindparam("sealed"),
        due_at=bindparam("due_at"),
        leased_until_at=null(),
        attempts=0,
    )
)
FIND: Statement[Row] = Statement(select(*ROW).where(gifts.c.id == bindparam("id")))
AMONG: Statement[Row] = Statement(select(*ROW).where(within(gifts.c.id, "ids")))
STANDINGS: Statement[tuple[str, str, str | None, str]] = Statement(
    select(gifts.c.id, gifts.c.giver_id, gifts.c.partner_id, gifts.c.status).where(
        within(gifts.c.id, "ids")
    )
)
TRACKED: Statement[Row] = Statement(
    select(*ROW).where(gifts.c.tracking_number == bindparam("tracking_number"))
)
OF_GIVER: Statement[Row] = Statement(
    select(*ROW)
    .where(
        gifts.c.giver_id == bindparam("giver_id"),
        # As one: by an "or" a page deep in the list would be reached over all before it.
        tuple_(gifts.c.created_at, gifts.c.id)
        < tuple_(bindparam("before", type_=BigInteger), bindparam("before_id", type_=String)),
    )
    .order_by(gifts.c.created_at.desc(), gifts.c.id.desc())
    .limit(bindparam("most"))
)
GIVEN_SINCE: Statement[tuple[int]] = Statement(
    select(func.count()).where(
        gifts.c.giver_id == bindparam("giver_id"), gifts.c.created_at >= bindparam("since")
    )
)
GIVEN_ALONE_SINCE: Statement[tuple[int]] = Statement(
    select(func.count()).where(
        gifts.c.giver_id == bindparam("giver_id"),
        gifts.c.created_at >= bindparam("since"),
        gifts.c.partner_id.is_(None),
    )
)
CLAIM: Statement[tuple[str, int, int]] = claiming(
    gifts, GIFT_WAITS, gifts.c.id, gifts.c.attempts, gifts.c.version
)
POSTPONE = Statement(
    update(gifts)
    .where(*SEEN)
    .values(due_at=bindparam("due"), leased_until_at=null(), version=gifts.c.version + 1)
)
BLANK = Statement(
    update(gifts)
    .where(gifts.c.id == bindparam("of"))
    .values(sealed=null(), due_at=null(), leased_until_at=null(), version=gifts.c.version + 1)
)
NEXT = next_due(gifts, GIFT_WAITS)
FAR = 2**62
"""Later than any instant that is kept."""


class GiftsRepository:
    """The gifts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, record: GiftRecord, due: datetime | None) -> None:
        """Keep a new gift that wakes at ``due``."""
        await self._session.run(
            ADD,
            id=record.id,
            order_id=record.order_id,
            giver_id=record.giver_id,
            partner_id=record.partner_id,
            tracking_number=record.tracking_number,
            status=record.status,
            sequence=record.sequence,
            version=record.version,
            created_at=microseconds(record.created_at),
            ended_at=microseconds_or_none(record.ended_at),
            public=record.public,
            sealed=record.sealed,
            due_at=microseconds_or_none(due),
            leased_until_at=None,
            attempts=0,
        )

    async def save(self, record: GiftRecord, due: datetime | None) -> None:
        """Replace the gift as it was at ``record.version``."""
        saved = await self._session.run(
            SAVE,
            of=record.id,
            seen=record.version,
            status=record.status,
            sequence=record.sequence,
            ended_at=microseconds_or_none(record.ended_at),
            public=record.public,
            sealed=record.sealed,
            due_at=microseconds_or_none(due),
        )
        if not saved:
            raise Stale(record.id)

    async def find(self, id: str) -> GiftRecord | None:
        """The gift of this id."""
        row = await self._session.one(FIND, id=id)
        return _record(row) if row else None

    async def among(self, ids: Sequence[str]) -> tuple[GiftRecord, ...]:
        """Those of these ids that there are."""
        return tuple(map(_record, await self._session.all(AMONG, ids=list(ids))))

    async def standings(self, ids: Sequence[str]) -> tuple[GiftStanding, ...]:
        """How far those of these ids have come."""
        rows = await self._session.all(STANDINGS, ids=list(ids))
        return tuple(GiftStanding(*row[:3], GiftStatus(row[3])) for row in rows)

    async def tracked(self, tracking_number: str) -> GiftRecord | None:
        """The gift of this public number."""
        row = await self._session.one(TRACKED, tracking_number=tracking_number)
        return _record(row) if row else None

    async def of_giver(
        self, giver_id: str, before: tuple[datetime, str] | None, most: int
    ) -> tuple[GiftRecord, ...]:
        """A giver's gifts, by apps too, newest first."""
        at, than = (microseconds(before[0]), before[1]) if before else (FAR, "")
        rows = await self._session.all(
            OF_GIVER, giver_id=giver_id, before=at, before_id=than, most=most
        )
        return tuple(map(_record, rows))

    async def given_since(self, giver_id: str, since: datetime) -> int:
        """How many gifts a giver has made since then."""
        row = await self._session.one(GIVEN_SINCE, giver_id=giver_id, since=microseconds(since))
        return row[0] if row else 0

    async def given_alone_since(self, giver_id: str, since: datetime) -> int:
        """How many of them were made without a partner's key."""
        row = await self._session.one(
            GIVEN_ALONE_SINCE, giver_id=giver_id, since=microseconds(since)
        )
        return row[0] if row else 0

    async def blank(self, id: str) -> None:
        """Keep nothing of what was sealed, and let the gift sleep for good."""
        await self._session.run(BLANK, of=id)

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[DueGift, ...]:
        """Up to ``most`` gifts that are due and nobody's, leased."""
        rows = await self._session.all(
            CLAIM, now=microseconds(now), leased_until=microseconds(leased_until), most=most
        )
        return tuple(DueGift(*row) for row in rows)

    async def postpone(self, claimed: DueGift, due: datetime) -> None:
        """Try again at ``due``."""
        postponed = await self._session.run(
            POSTPONE, of=claimed.id, seen=claimed.version, due=microseconds(due)
        )
        if not postponed:
            raise Stale(claimed.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next gift that nobody has leased falls due."""
        row = await self._session.one(NEXT, now=microseconds(now))
        return instant(row[0]) if row else None


def _record(row: Row) -> GiftRecord:
    return GiftRecord(
        id=row[0],
        order_id=row[1],
        giver_id=row[2],
        partner_id=row[3],
        tracking_number=row[4],
        status=GiftStatus(row[5]),
        sequence=row[6],
        version=row[7],
        created_at=instant(row[8]),
        ended_at=instant_or_none(row[9]),
        public=row[10],
        sealed=row[11],
    )
