"""The repository of idempotency keys of changes by staff and buyers."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.request_keys import RequestKeyRow
from gateway.services.ports.request_keys import RequestKey

keys = table(RequestKeyRow)
REQUEST_KEY = RowMapper(
    RequestKey,
    scope=keys.c.scope,
    key=keys.c.key,
    operation=keys.c.operation,
    fingerprint=keys.c.fingerprint,
    created_at=From(from_microseconds, keys.c.created_at),
    result=keys.c.result,
)
IS_KEY = (keys.c.scope == bindparam("of_scope"), keys.c.key == bindparam("of_key"))

_key_insert = insert(keys)
# Written even where it is there: the row's lock makes a request that comes twice wait for itself.
LOCK = Statement(
    _key_insert.on_conflict_do_update(
        index_elements=[keys.c.scope, keys.c.key], set_={"created_at": keys.c.created_at}
    ).returning(*REQUEST_KEY.columns)
)
SAVE = Statement(
    update(keys)
    .where(*IS_KEY)
    .values(
        operation=bindparam("operation"),
        fingerprint=bindparam("fingerprint"),
        result=bindparam("result"),
        created_at=bindparam("created_at"),
    )
)
# What others use just now is left to the next sweep.
LIST_OUTDATED: Statement[tuple[str, str]] = Statement(
    select(keys.c.scope, keys.c.key)
    .where(keys.c.created_at < bindparam("before"))
    .order_by(keys.c.created_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE = Statement(delete(keys).where(*IS_KEY))


class RequestKeysRepository:
    """The idempotency keys, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def lock(self, request_key: RequestKey) -> RequestKey:
        """Lock and return the stored key of the scope; adds ``request_key`` if there is none."""
        row = await self._session.fetch_one(
            LOCK,
            scope=request_key.scope,
            key=request_key.key,
            operation=request_key.operation,
            fingerprint=request_key.fingerprint,
            result=request_key.result,
            created_at=to_microseconds(request_key.created_at),
        )
        return request_key if row is None else REQUEST_KEY.value(row)

    async def save(self, request_key: RequestKey) -> None:
        """Save the outcome of a request whose key is locked."""
        await self._session.execute(
            SAVE,
            of_scope=request_key.scope,
            of_key=request_key.key,
            operation=request_key.operation,
            fingerprint=request_key.fingerprint,
            result=request_key.result,
            created_at=to_microseconds(request_key.created_at),
        )

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` keys added before ``before``; returns how many."""
        rows = await self._session.fetch_all(
            LIST_OUTDATED, before=to_microseconds(before), most=limit
        )
        await self._session.execute_many(
            DELETE, [{"of_scope": scope, "of_key": key} for scope, key in rows]
        )
        return len(rows)
