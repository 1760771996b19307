"""Purchases under way, in tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.claims import claiming, next_due
from gateway.adapters.instants import (
    instant,
    instant_or_none,
    microseconds,
    microseconds_or_none,
)
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, chosen, insert, table
from gateway.adapters.tables.orders import ATTEMPT_SETTLED, ATTEMPT_WAITS, PurchaseAttemptRow
from gateway.engine.buying import AttemptState
from gateway.services.ports.attempts import Attempt
from gateway.services.ports.database import Stale

ATTEMPTS = table(PurchaseAttemptRow)
READ = (
    ATTEMPTS.c.id,
    ATTEMPTS.c.scope,
    ATTEMPTS.c.key,
    ATTEMPTS.c.fingerprint,
    ATTEMPTS.c.state,
    ATTEMPTS.c.subject,
    ATTEMPTS.c.sealed,
    ATTEMPTS.c.created_at,
    ATTEMPTS.c.result,
    ATTEMPTS.c.charge_id,
    ATTEMPTS.c.version,
    ATTEMPTS.c.attempts,
)

ADD = Statement(
    insert(ATTEMPTS).values({column.name: bindparam(column.name) for column in ATTEMPTS.c})
)
BY_KEY = Statement(
    select(*READ).where(ATTEMPTS.c.scope == bindparam("scope"), ATTEMPTS.c.key == bindparam("key"))
)
FIND = Statement(select(*READ).where(ATTEMPTS.c.id == bindparam("id")))
OPEN_OF = Statement(select(*READ).where(ATTEMPTS.c.subject == bindparam("subject"), ATTEMPT_WAITS))
AT_VERSION = (
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
    .where(*AT_VERSION)
)
DROP = Statement(delete(ATTEMPTS).where(*AT_VERSION))
OUTDATED = (
    select(ATTEMPTS.c.id)
    .where(ATTEMPT_SETTLED, ATTEMPTS.c.created_at < bindparam("before"))
    .order_by(ATTEMPTS.c.created_at)
    .limit(bindparam("most"))
)
FORGET = Statement(delete(ATTEMPTS).where(chosen(ATTEMPTS.c.id, OUTDATED)))
CLAIM = claiming(ATTEMPTS, ATTEMPT_WAITS, *READ)
POSTPONE = Statement(
    update(ATTEMPTS).values(due_at=bindparam("due"), leased_until_at=None).where(*AT_VERSION)
)
NEXT_DUE = next_due(ATTEMPTS, ATTEMPT_WAITS)


class AttemptsRepository:
    """The purchases under way and those that came to something, each a row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, attempt: Attempt, due: datetime) -> None:
        """Keep a new one; raises ``Duplicate`` where the scope has used the key."""
        await self._session.run(
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
            created_at=microseconds(attempt.created_at),
            due_at=microseconds(due),
            leased_until_at=None,
            attempts=0,
            version=attempt.version,
        )

    async def by_key(self, scope: str, key: str) -> Attempt | None:
        """The one of that scope and key."""
        row = await self._session.one(BY_KEY, scope=scope, key=key)
        return None if row is None else _attempt(row)

    async def find(self, id: str) -> Attempt | None:
        """The one of that id."""
        row = await self._session.one(FIND, id=id)
        return None if row is None else _attempt(row)

    async def open_of(self, subject: str) -> tuple[Attempt, ...]:
        """Those of a purchaser that are still under way."""
        return tuple(map(_attempt, await self._session.all(OPEN_OF, subject=subject)))

    async def save(self, attempt: Attempt, due: datetime | None) -> None:
        """Keep a change."""
        written = await self._session.run(
            SAVE,
            attempt_id=attempt.id,
            state=attempt.state,
            result=attempt.result,
            charge_id=attempt.charge_id,
            version=attempt.version,
            earlier=attempt.version - 1,
            due_at=microseconds_or_none(due),
        )
        if not written:
            raise Stale(attempt.id)

    async def drop(self, attempt: Attempt) -> None:
        """Forget one that never reached the provider."""
        written = await self._session.run(DROP, attempt_id=attempt.id, earlier=attempt.version)
        if not written:
            raise Stale(attempt.id)

    async def forget(self, before: datetime, most: int) -> int:
        """Forget up to ``most`` settled ones made before then; how many there were."""
        return await self._session.run(FORGET, before=microseconds(before), most=most)

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[Attempt, ...]:
        """Up to ``most`` that are due and nobody's, leased."""
        rows = await self._session.all(
            CLAIM, now=microseconds(now), leased_until=microseconds(leased_until), most=most
        )
        return tuple(map(_attempt, rows))

    async def postpone(self, attempt: Attempt, due: datetime) -> None:
        """Try again at ``due``."""
        written = await self._session.run(
            POSTPONE, attempt_id=attempt.id, earlier=attempt.version, due=microseconds(due)
        )
        if not written:
            raise Stale(attempt.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        row = await self._session.one(NEXT_DUE, now=microseconds(now))
        return instant_or_none(row[0]) if row else None


def _attempt(row: tuple[Any, ...]) -> Attempt:
    id, scope, key, fingerprint, state, subject, sealed, created_at, *rest = row
    result, charge_id, version, attempts = rest
    return Attempt(
        id=id,
        scope=scope,
        key=key,
        fingerprint=fingerprint,
        state=AttemptState(state),
        subject=subject,
        sealed=bytes(sealed),
        created_at=instant(created_at),
        result=result,
        charge_id=charge_id,
        version=version,
        attempts=attempts,
    )
