"""The repository of purchase attempts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, in_selection, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.orders import ATTEMPT_IS_OPEN, ATTEMPT_IS_SETTLED, PurchaseAttemptRow
from gateway.engine.checkout.outcomes import AttemptState
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.purchase_attempts import PurchaseAttempt

ATTEMPTS = table(PurchaseAttemptRow)
ATTEMPT = RowMapper(
    PurchaseAttempt,
    id=ATTEMPTS.c.id,
    scope=ATTEMPTS.c.scope,
    key=ATTEMPTS.c.key,
    fingerprint=ATTEMPTS.c.fingerprint,
    state=From(AttemptState, ATTEMPTS.c.state),
    subject=ATTEMPTS.c.subject,
    sealed=ATTEMPTS.c.sealed,
    created_at=From(from_microseconds, ATTEMPTS.c.created_at),
    result=ATTEMPTS.c.result,
    charge_id=ATTEMPTS.c.charge_id,
    version=ATTEMPTS.c.version,
    attempts=ATTEMPTS.c.attempts,
)

ADD = Statement(
    insert(ATTEMPTS).values({column.name: bindparam(column.name) for column in ATTEMPTS.c})
)
FIND_BY_KEY = Statement(
    select(*ATTEMPT.columns).where(
        ATTEMPTS.c.scope == bindparam("scope"), ATTEMPTS.c.key == bindparam("key")
    )
)
FIND = Statement(select(*ATTEMPT.columns).where(ATTEMPTS.c.id == bindparam("id")))
FIND_MANY = Statement(select(*ATTEMPT.columns).where(in_list(ATTEMPTS.c.id, "ids")))
LIST_SETTLED = Statement(
    select(*ATTEMPT.columns)
    .where(ATTEMPT_IS_SETTLED, ATTEMPTS.c.created_at >= bindparam("since"))
    .order_by(ATTEMPTS.c.created_at)
    .limit(bindparam("most"))
)
LIST_OPEN = Statement(
    select(*ATTEMPT.columns).where(ATTEMPTS.c.subject == bindparam("subject"), ATTEMPT_IS_OPEN)
)
IS_AT_VERSION = (
    ATTEMPTS.c.id == bindparam("attempt_id"),
    ATTEMPTS.c.version == bindparam("earlier"),
)
SAVE = Statement(
    update(ATTEMPTS)
    .values(
        state=bindparam("state"),
        result=bindparam("result"),
        charge_id=bindparam("charge_id"),
        version=bindparam("version"),
        due_at=bindparam("due_at"),
        leased_until_at=None,
        attempts=0,
    )
    .where(*IS_AT_VERSION)
)
DELETE = Statement(delete(ATTEMPTS).where(*IS_AT_VERSION))
OUTDATED_IDS = (
    select(ATTEMPTS.c.id)
    .where(ATTEMPT_IS_SETTLED, ATTEMPTS.c.created_at < bindparam("before"))
    .order_by(ATTEMPTS.c.created_at)
    .limit(bindparam("most"))
)
DELETE_OUTDATED = Statement(delete(ATTEMPTS).where(in_selection(ATTEMPTS.c.id, OUTDATED_IDS)))
CLAIM = lease_statement(ATTEMPTS, ATTEMPT_IS_OPEN, *ATTEMPT.columns)
POSTPONE = Statement(
    update(ATTEMPTS).values(due_at=bindparam("due"), leased_until_at=None).where(*IS_AT_VERSION)
)
NEXT_DUE = next_due_statement(ATTEMPTS, ATTEMPT_IS_OPEN)


class PurchaseAttemptsRepository:
    """The purchase attempts, open and settled, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, attempt: PurchaseAttempt, due: datetime) -> None:
        """Add an attempt; raises ``DuplicateKey`` if the key was used in the scope."""
        await self._session.execute(
            ADD,
            id=attempt.id,
            scope=attempt.scope,
            key=attempt.key,
            fingerprint=attempt.fingerprint,
            state=attempt.state,
            subject=attempt.subject,
            sealed=attempt.sealed,
            result=attempt.result,
            charge_id=attempt.charge_id,
            created_at=to_microseconds(attempt.created_at),
            due_at=to_microseconds(due),
            leased_until_at=None,
            attempts=0,
            version=attempt.version,
        )

    async def find_by_key(self, scope: str, key: str) -> PurchaseAttempt | None:
        """The attempt with this scope and key, or None."""
        row = await self._session.fetch_one(FIND_BY_KEY, scope=scope, key=key)
        return None if row is None else ATTEMPT.value(row)

    async def find(self, id: str) -> PurchaseAttempt | None:
        """The attempt of this id, or None."""
        row = await self._session.fetch_one(FIND, id=id)
        return None if row is None else ATTEMPT.value(row)

    async def find_many(self, ids: Sequence[str]) -> tuple[PurchaseAttempt, ...]:
        """Those of these attempts that there are, in no order."""
        return tuple(map(ATTEMPT.value, await self._session.fetch_all(FIND_MANY, ids=list(ids))))

    async def list_settled(self, since: datetime, limit: int) -> tuple[PurchaseAttempt, ...]:
        """Up to ``limit`` settled attempts from ``since`` on, the earliest first."""
        rows = await self._session.fetch_all(LIST_SETTLED, since=to_microseconds(since), most=limit)
        return tuple(map(ATTEMPT.value, rows))

    async def list_open_for(self, subject: str) -> tuple[PurchaseAttempt, ...]:
        """The open attempts of a purchaser."""
        return tuple(map(ATTEMPT.value, await self._session.fetch_all(LIST_OPEN, subject=subject)))

    async def save(self, attempt: PurchaseAttempt, due: datetime | None) -> None:
        """Save a change; raises ``VersionConflict`` unless the stored version is one below."""
        row_count = await self._session.execute(
            SAVE,
            attempt_id=attempt.id,
            state=attempt.state,
            result=attempt.result,
            charge_id=attempt.charge_id,
            version=attempt.version,
            earlier=attempt.version - 1,
            due_at=to_microseconds_or_none(due),
        )
        if not row_count:
            raise VersionConflict(attempt.id)

    async def delete(self, attempt: PurchaseAttempt) -> None:
        """Delete an attempt without a charge; raises ``VersionConflict`` if it has changed."""
        row_count = await self._session.execute(
            DELETE, attempt_id=attempt.id, earlier=attempt.version
        )
        if not row_count:
            raise VersionConflict(attempt.id)

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` settled attempts made before ``before``; returns how many."""
        return await self._session.execute(
            DELETE_OUTDATED, before=to_microseconds(before), most=limit
        )

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PurchaseAttempt, ...]:
        """Lease up to ``limit`` attempts that are due."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(ATTEMPT.value, rows))

    async def postpone(self, attempt: PurchaseAttempt, due: datetime) -> None:
        """Let the attempt be due again at ``due``."""
        row_count = await self._session.execute(
            POSTPONE, attempt_id=attempt.id, earlier=attempt.version, due=to_microseconds(due)
        )
        if not row_count:
            raise VersionConflict(attempt.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next attempt without a lease becomes due; None if there is none."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None
