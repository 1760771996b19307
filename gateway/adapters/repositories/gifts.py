"""The repository of gifts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, String, bindparam, func, null, select, tuple_, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.gifts import GIFT_IS_WAITING, GiftRow
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.gifts import GiftRecord, GiftSummary, LeasedGift

gifts = table(GiftRow)
IS_AT_VERSION = (gifts.c.id == bindparam("of"), gifts.c.version == bindparam("seen"))

GIFT = RowMapper(
    GiftRecord,
    id=gifts.c.id,
    order_id=gifts.c.order_id,
    giver_id=gifts.c.giver_id,
    partner_id=gifts.c.partner_id,
    tracking_number=gifts.c.tracking_number,
    status=From(GiftStatus, gifts.c.status),
    sequence=gifts.c.sequence,
    version=gifts.c.version,
    created_at=From(from_microseconds, gifts.c.created_at),
    ended_at=From(from_microseconds_or_none, gifts.c.ended_at),
    public=gifts.c.public,
    sealed=gifts.c.sealed,
)
SUMMARY = RowMapper(
    GiftSummary,
    id=gifts.c.id,
    giver_id=gifts.c.giver_id,
    partner_id=gifts.c.partner_id,
    status=From(GiftStatus, gifts.c.status),
)
LEASED_GIFT = RowMapper(
    LeasedGift, id=gifts.c.id, attempts=gifts.c.attempts, version=gifts.c.version
)

ADD = Statement(insert(gifts))
SAVE = Statement(
    update(gifts)
    .where(*IS_AT_VERSION)
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
FIND = Statement(select(*GIFT.columns).where(gifts.c.id == bindparam("id")))
FIND_MANY = Statement(select(*GIFT.columns).where(in_list(gifts.c.id, "ids")))
FIND_SUMMARIES = Statement(select(*SUMMARY.columns).where(in_list(gifts.c.id, "ids")))
FIND_BY_TRACKING_NUMBER = Statement(
    select(*GIFT.columns).where(gifts.c.tracking_number == bindparam("tracking_number"))
)
LIST_BY_GIVER = Statement(
    select(*GIFT.columns)
    .where(
        gifts.c.giver_id == bindparam("giver_id"),
        # Compared as one tuple, so that the index finds the page without reading those before it.
        tuple_(gifts.c.created_at, gifts.c.id)
        < tuple_(bindparam("before", type_=BigInteger), bindparam("before_id", type_=String)),
    )
    .order_by(gifts.c.created_at.desc(), gifts.c.id.desc())
    .limit(bindparam("most"))
)
IS_BEFORE = tuple_(gifts.c.created_at, gifts.c.id) < tuple_(
    bindparam("before", type_=BigInteger), bindparam("before_id", type_=String)
)
LIST_ALL = Statement(
    select(*GIFT.columns)
    .where(IS_BEFORE)
    .order_by(gifts.c.created_at.desc(), gifts.c.id.desc())
    .limit(bindparam("most"))
)
LIST_BY_STATUS = Statement(
    select(*GIFT.columns)
    .where(gifts.c.status == bindparam("status"), IS_BEFORE)
    .order_by(gifts.c.created_at.desc(), gifts.c.id.desc())
    .limit(bindparam("most"))
)
COUNT_SINCE: Statement[tuple[int]] = Statement(
    select(func.count()).where(
        gifts.c.giver_id == bindparam("giver_id"), gifts.c.created_at >= bindparam("since")
    )
)
COUNT_WITHOUT_PARTNER_SINCE: Statement[tuple[int]] = Statement(
    select(func.count()).where(
        gifts.c.giver_id == bindparam("giver_id"),
        gifts.c.created_at >= bindparam("since"),
        gifts.c.partner_id.is_(None),
    )
)
CLAIM = lease_statement(gifts, GIFT_IS_WAITING, *LEASED_GIFT.columns)
POSTPONE = Statement(
    update(gifts)
    .where(*IS_AT_VERSION)
    .values(due_at=bindparam("due"), leased_until_at=null(), version=gifts.c.version + 1)
)
ERASE = Statement(
    update(gifts)
    .where(gifts.c.id == bindparam("of"))
    .values(sealed=null(), due_at=null(), leased_until_at=null(), version=gifts.c.version + 1)
)
NEXT_DUE = next_due_statement(gifts, GIFT_IS_WAITING)
MAX_MICROSECONDS = 2**62
"""Later than any instant that is kept."""


class GiftsRepository:
    """The gifts, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, record: GiftRecord, due: datetime | None) -> None:
        """Add a gift whose next step is due at ``due``; None if no step is."""
        await self._session.execute(
            ADD,
            id=record.id,
            order_id=record.order_id,
            giver_id=record.giver_id,
            partner_id=record.partner_id,
            tracking_number=record.tracking_number,
            status=record.status,
            sequence=record.sequence,
            version=record.version,
            created_at=to_microseconds(record.created_at),
            ended_at=to_microseconds_or_none(record.ended_at),
            public=record.public,
            sealed=record.sealed,
            due_at=to_microseconds_or_none(due),
            leased_until_at=None,
            attempts=0,
        )

    async def save(self, record: GiftRecord, due: datetime | None) -> None:
        """Replace the gift with the version ``record.version``; the version is increased by one."""
        row_count = await self._session.execute(
            SAVE,
            of=record.id,
            seen=record.version,
            status=record.status,
            sequence=record.sequence,
            ended_at=to_microseconds_or_none(record.ended_at),
            public=record.public,
            sealed=record.sealed,
            due_at=to_microseconds_or_none(due),
        )
        if not row_count:
            raise VersionConflict(record.id)

    async def find(self, id: str) -> GiftRecord | None:
        """The gift of this id, or None."""
        row = await self._session.fetch_one(FIND, id=id)
        return GIFT.value(row) if row else None

    async def find_many(self, ids: Sequence[str]) -> tuple[GiftRecord, ...]:
        """The ones of these ids that exist, in any order."""
        return tuple(map(GIFT.value, await self._session.fetch_all(FIND_MANY, ids=list(ids))))

    async def find_summaries(self, ids: Sequence[str]) -> tuple[GiftSummary, ...]:
        """The summaries of the gifts of these ids that exist, in any order."""
        rows = await self._session.fetch_all(FIND_SUMMARIES, ids=list(ids))
        return tuple(map(SUMMARY.value, rows))

    async def find_by_tracking_number(self, tracking_number: str) -> GiftRecord | None:
        """The gift with this tracking number, or None."""
        row = await self._session.fetch_one(
            FIND_BY_TRACKING_NUMBER, tracking_number=tracking_number
        )
        return GIFT.value(row) if row else None

    async def list_by_giver(
        self, giver_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[GiftRecord, ...]:
        """A giver's gifts, by partners too, newest first, older than the (time, id) ``before``."""
        before_at, before_id = (
            (to_microseconds(before[0]), before[1]) if before else (MAX_MICROSECONDS, "")
        )
        rows = await self._session.fetch_all(
            LIST_BY_GIVER, giver_id=giver_id, before=before_at, before_id=before_id, most=limit
        )
        return tuple(map(GIFT.value, rows))

    async def list_all(
        self, status: GiftStatus | None, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[GiftRecord, ...]:
        """All gifts (of that status), newest first."""
        before_at, before_id = (
            (to_microseconds(before[0]), before[1]) if before else (MAX_MICROSECONDS, "")
        )
        values: dict[str, SqlValue] = {"before": before_at, "before_id": before_id, "most": limit}
        if status is None:
            rows = await self._session.fetch_all(LIST_ALL, **values)
        else:
            rows = await self._session.fetch_all(LIST_BY_STATUS, **values, status=status)
        return tuple(map(GIFT.value, rows))

    async def count_since(self, giver_id: str, since: datetime) -> int:
        """The number of gifts of a giver since then."""
        row = await self._session.fetch_one(
            COUNT_SINCE, giver_id=giver_id, since=to_microseconds(since)
        )
        return row[0] if row else 0

    async def count_without_partner_since(self, giver_id: str, since: datetime) -> int:
        """The number of gifts of a giver since then that were made without a partner's key."""
        row = await self._session.fetch_one(
            COUNT_WITHOUT_PARTNER_SINCE, giver_id=giver_id, since=to_microseconds(since)
        )
        return row[0] if row else 0

    async def erase(self, id: str) -> None:
        """Delete the sealed part of the gift, whose steps then never become due."""
        await self._session.execute(ERASE, of=id)

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[LeasedGift, ...]:
        """Lease up to ``limit`` gifts that are due."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(LEASED_GIFT.value, rows))

    async def postpone(self, leased_gift: LeasedGift, due: datetime) -> None:
        """Let the gift be due again at ``due``."""
        row_count = await self._session.execute(
            POSTPONE, of=leased_gift.id, seen=leased_gift.version, due=to_microseconds(due)
        )
        if not row_count:
            raise VersionConflict(leased_gift.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next gift without a lease becomes due; None if there is none."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds(row[0]) if row else None
