"""API keys in tables."""

from datetime import datetime

from sqlalchemy import bindparam, select

from gateway.adapters.instants import microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.keys import ApiKeyRow
from gateway.services.ports.keys import ApiKey, Role

keys = table(ApiKeyRow)

ADD = Statement(insert(keys))
FIND: Statement[tuple[str, str, str, str]] = Statement(
    select(keys.c.id, keys.c.name, keys.c.role, keys.c.purchaser_id).where(
        keys.c.digest == bindparam("digest")
    )
)


class ApiKeysRepository:
    """The keys of partners and staff."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, key: ApiKey, digest: str, now: datetime) -> None:
        """Keep a new key."""
        await self._session.run(
            ADD,
            id=key.id,
            name=key.name,
            role=key.role,
            purchaser_id=key.purchaser_id,
            digest=digest,
            created_at=microseconds(now),
        )

    async def find(self, digest: str) -> ApiKey | None:
        """The key of this digest."""
        row = await self._session.one(FIND, digest=digest)
        return ApiKey(row[0], row[1], Role(row[2]), row[3]) if row else None
