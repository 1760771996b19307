"""Changes of orders on their way at the payment provider, in a table."""

from datetime import datetime

import orjson
from sqlalchemy import bindparam, delete, literal, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
)
from gateway.adapters.tables.order_changes import CHANGE_IS_WAITING, OrderChangeRow
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.order_changes import PendingChange

changes = table(OrderChangeRow)


def _decode_reserved(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((variant_id, count) for variant_id, count in orjson.loads(text))


CHANGE = RowMapper(
    PendingChange,
    id=changes.c.id,
    order_id=changes.c.order_id,
    reserved=From(_decode_reserved, changes.c.reserved),
    created_at=From(from_microseconds, changes.c.created_at),
    attempts=changes.c.attempts,
    version=changes.c.version,
)
ADD = Statement(
    insert(changes).values({column.name: bindparam(column.name) for column in changes.c})
)
FIND_ONE_OF_ORDER: Statement[tuple[int]] = Statement(
    select(literal(1)).where(changes.c.order_id == bindparam("order_id"))
)
DELETE = Statement(
    delete(changes).where(
        changes.c.id == bindparam("change_id"), changes.c.version == bindparam("seen")
    )
)
CLAIM = lease_statement(changes, CHANGE_IS_WAITING, *CHANGE.columns)
POSTPONE = Statement(
    update(changes)
    .values(due_at=bindparam("due"), leased_until_at=None)
    .where(changes.c.id == bindparam("change_id"), changes.c.version == bindparam("seen"))
)
NEXT_DUE = next_due_statement(changes, CHANGE_IS_WAITING)


class PendingChangesRepository:
    """The changes, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, change: PendingChange, due: datetime) -> None:
        """Keep a new one; raises ``DuplicateKey`` while another of its order is pending."""
        await self._session.execute(
            ADD,
            id=change.id,
            order_id=change.order_id,
            reserved=orjson.dumps(change.reserved).decode(),
            created_at=to_microseconds(change.created_at),
            due_at=to_microseconds(due),
            leased_until_at=None,
            attempts=change.attempts,
            version=change.version,
        )

    async def is_pending(self, order_id: str) -> bool:
        """Whether one of that order is."""
        return await self._session.fetch_one(FIND_ONE_OF_ORDER, order_id=order_id) is not None

    async def delete(self, change: PendingChange) -> bool:
        """Forget one; whether it was there, and nobody has claimed it since."""
        return await self._session.execute(DELETE, change_id=change.id, seen=change.version) > 0

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PendingChange, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(CHANGE.value, rows))

    async def postpone(self, change: PendingChange, due: datetime) -> None:
        """Try again at ``due``."""
        row_count = await self._session.execute(
            POSTPONE, change_id=change.id, seen=change.version, due=to_microseconds(due)
        )
        if not row_count:
            raise VersionConflict(change.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None
