"""The repository of API keys."""

from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.keys import ApiKeyRow
from gateway.services.ports.api_keys import ApiKey, ApiKeyRecord, ApiKeyRole

api_keys = table(ApiKeyRow)
API_KEY = RowMapper(
    ApiKeyRecord,
    key=RowMapper(
        ApiKey,
        id=api_keys.c.id,
        name=api_keys.c.name,
        role=From(ApiKeyRole, api_keys.c.role),
        purchaser_id=api_keys.c.purchaser_id,
    ),
    created_at=From(from_microseconds, api_keys.c.created_at),
    expires_at=From(from_microseconds_or_none, api_keys.c.expires_at),
    revoked_at=From(from_microseconds_or_none, api_keys.c.revoked_at),
)
SELECT_KEY = select(*API_KEY.columns)

ADD = Statement(insert(api_keys))
FIND = Statement(SELECT_KEY.where(api_keys.c.digest == bindparam("digest")))
FIND_BY_ID = Statement(SELECT_KEY.where(api_keys.c.id == bindparam("id")))
later_keys = api_keys.alias("later")
# The minimum instead of an ordered list: the database then uses the index even for few keys.
FIND_NEXT_BY_NAME = Statement(
    SELECT_KEY.where(
        api_keys.c.name
        == select(func.min(later_keys.c.name))
        .where(later_keys.c.name > bindparam("name"))
        .scalar_subquery()
    )
)
RENEW = Statement(
    update(api_keys)
    .where(
        api_keys.c.name == bindparam("called"),
        api_keys.c.role == bindparam("in_role"),
        or_(api_keys.c.revoked_at.is_not(None), api_keys.c.expires_at <= bindparam("now")),
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
    update(api_keys)
    .where(api_keys.c.name == bindparam("called"))
    .values(revoked_at=func.coalesce(api_keys.c.revoked_at, bindparam("now")))
)


class ApiKeysRepository:
    """The API keys of partners and staff."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, record: ApiKeyRecord, digest: str) -> None:
        """Add a key; raises ``DuplicateKey`` if the name is taken."""
        key = record.key
        await self._session.execute(
            ADD,
            id=key.id,
            name=key.name,
            role=key.role,
            purchaser_id=key.purchaser_id,
            digest=digest,
            created_at=to_microseconds(record.created_at),
            expires_at=to_microseconds_or_none(record.expires_at),
            revoked_at=to_microseconds_or_none(record.revoked_at),
        )

    async def reissue(self, record: ApiKeyRecord, digest: str) -> bool:
        """Activate an inactive key of this name and role, with a new digest.

        Returns whether there is one.
        """
        row_count = await self._session.execute(
            RENEW,
            called=record.key.name,
            in_role=record.key.role,
            payer_id=record.key.purchaser_id,
            digest=digest,
            now=to_microseconds(record.created_at),
            until=to_microseconds_or_none(record.expires_at),
        )
        return row_count == 1

    async def find(self, digest: str) -> ApiKeyRecord | None:
        """The key of this digest, active or not."""
        row = await self._session.fetch_one(FIND, digest=digest)
        return API_KEY.value(row) if row else None

    async def find_by_id(self, id: str) -> ApiKeyRecord | None:
        """The key of this id, active or not."""
        row = await self._session.fetch_one(FIND_BY_ID, id=id)
        return API_KEY.value(row) if row else None

    async def find_next(self, name: str) -> ApiKeyRecord | None:
        """The key with the next name after ``name``, active or not."""
        row = await self._session.fetch_one(FIND_NEXT_BY_NAME, name=name)
        return API_KEY.value(row) if row else None

    async def revoke(self, name: str, now: datetime) -> bool:
        """Revoke the key of this name if it is not yet; returns whether there is one."""
        return await self._session.execute(REVOKE, called=name, now=to_microseconds(now)) == 1
