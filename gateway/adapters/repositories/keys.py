"""API keys in tables."""

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import bindparam, func, or_, select, update

from gateway.adapters.instants import (
    instant,
    instant_or_none,
    microseconds,
    microseconds_or_none,
)
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.keys import ApiKeyRow
from gateway.services.ports.keys import ApiKey, KeyRecord, Role

keys = table(ApiKeyRow)
Row: TypeAlias = tuple[str, str, str, str | None, int, int | None, int | None]
READ = select(
    keys.c.id,
    keys.c.name,
    keys.c.role,
    keys.c.purchaser_id,
    keys.c.created_at,
    keys.c.expires_at,
    keys.c.revoked_at,
)

ADD = Statement(insert(keys))
FIND: Statement[Row] = Statement(READ.where(keys.c.digest == bindparam("digest")))
BY_ID: Statement[Row] = Statement(READ.where(keys.c.id == bindparam("id")))
later = keys.alias("later")
# The least, not the first of many: a database then takes the index, however few keys there are.
NEXT: Statement[Row] = Statement(
    READ.where(
        keys.c.name
        == select(func.min(later.c.name)).where(later.c.name > bindparam("name")).scalar_subquery()
    )
)
RENEW = Statement(
    update(keys)
    .where(
        keys.c.name == bindparam("called"),
        keys.c.role == bindparam("in_role"),
        or_(keys.c.revoked_at.is_not(None), keys.c.expires_at <= bindparam("now")),
    )
    .values(
        digest=bindparam("digest"),
        purchaser_id=bindparam("payer_id"),
        created_at=bindparam("now"),
        expires_at=bindparam("until"),
        revoked_at=None,
    )
)
REVOKE = Statement(
    update(keys)
    .where(keys.c.name == bindparam("called"))
    .values(revoked_at=func.coalesce(keys.c.revoked_at, bindparam("now")))
)


class ApiKeysRepository:
    """The keys of partners and staff."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, record: KeyRecord, digest: str) -> None:
        """Keep a new key."""
        key = record.key
        await self._session.run(
            ADD,
            id=key.id,
            name=key.name,
            role=key.role,
            purchaser_id=key.purchaser_id,
            digest=digest,
            created_at=microseconds(record.created_at),
            expires_at=microseconds_or_none(record.expires_at),
            revoked_at=microseconds_or_none(record.revoked_at),
        )

    async def renew(self, record: KeyRecord, digest: str) -> bool:
        """Whether a key of that name and role counted no more: it does again, by another secret."""
        renewed = await self._session.run(
            RENEW,
            called=record.key.name,
            in_role=record.key.role,
            payer_id=record.key.purchaser_id,
            digest=digest,
            now=microseconds(record.created_at),
            until=microseconds_or_none(record.expires_at),
        )
        return renewed == 1

    async def find(self, digest: str) -> KeyRecord | None:
        """The key of this digest, whether it counts or not."""
        row = await self._session.one(FIND, digest=digest)
        return _record(row) if row else None

    async def by_id(self, id: str) -> KeyRecord | None:
        """The key of this id, whether it counts or not."""
        row = await self._session.one(BY_ID, id=id)
        return _record(row) if row else None

    async def after(self, name: str) -> KeyRecord | None:
        """The key whose name comes next after ``name``."""
        row = await self._session.one(NEXT, name=name)
        return _record(row) if row else None

    async def revoke(self, name: str, now: datetime) -> bool:
        """Whether there is a key of that name, which counts no more; the first time is kept."""
        return await self._session.run(REVOKE, called=name, now=microseconds(now)) == 1


def _record(row: Row) -> KeyRecord:
    id, name, role, purchaser_id, created_at, expires_at, revoked_at = row
    return KeyRecord(
        ApiKey(id, name, Role(role), purchaser_id),
        instant(created_at),
        instant_or_none(expires_at),
        instant_or_none(revoked_at),
    )
