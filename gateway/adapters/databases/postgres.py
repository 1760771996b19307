"""The database Postgres, used through asyncpg, for gateways on several machines."""

# asyncpg's classes are generic only for the type checker.
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import datetime
from typing import NamedTuple, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from gateway.adapters.outages import Outage
from gateway.adapters.repositories.repositories import Repositories
from gateway.adapters.sql.statements import RowT, SqlValue, Statement
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import (
    DatabaseBusy,
    DatabaseUnreachable,
    DuplicateKey,
    ReadOnlyViolation,
    TransactionClosed,
)

STATEMENT_CACHE_SIZE = 1024
MAX_POOL_CONNECTIONS = 10
"""Maximum of connections in each of the two pools of a process; further work waits."""
CONNECT_TIMEOUT_SECONDS = 10.0
"""Connecting fails after this time."""
STATEMENT_TIMEOUT_SECONDS = 30.0
"""A statement fails after this time, because a lost server may never answer."""
UNAVAILABLE_ERRORS = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # it accepts no connections
    asyncpg.InternalClientError,
)
"""Exceptions when the server cannot be reached, stops, is full, or accepts no connections."""

DISK_FULL_MESSAGE = "there is no room on its disk"
CONNECTION_ENDED_PHRASES = ("closed", "closing", "released back to the pool")
"""Parts of the driver's messages about a closed connection or pool."""

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
ConnectionSource: TypeAlias = "Pool | PoolConnectionProxy[asyncpg.Record]"


class DatabaseUnwritable(DatabaseUnreachable):
    """The server answers but cannot write."""


class PostgresSession:
    """Runs statements on one connection, or each on any connection of a pool."""

    def __init__(self, source: ConnectionSource, outage: Outage) -> None:
        self._source: ConnectionSource | None = source
        self._outage = outage
        self.closing_work: dict[str, set[str]] = {}

    async def fetch_all(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Run ``statement`` and return all rows."""
        compiled = statement.postgres
        with _translate_errors(self._outage):
            rows = await self._require_source().fetch(compiled.sql, *compiled.arguments(values))
        return list(map(tuple, rows))  # type: ignore[arg-type]  # the statement's author knows the row

    async def fetch_long(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Run ``statement``, during which the event loop goes on anyway, and return all rows."""
        return await self.fetch_all(statement, **values)

    async def fetch_one(self, statement: Statement[RowT], **values: SqlValue) -> RowT | None:
        """Run ``statement`` and return the first row; None without rows."""
        rows = await self.fetch_all(statement, **values)
        return rows[0] if rows else None

    async def execute(self, statement: Statement[RowT], **values: SqlValue) -> int:
        """Run ``statement`` and return the number of rows written."""
        compiled = statement.postgres
        with _translate_errors(self._outage):
            tag = await self._require_source().execute(compiled.sql, *compiled.arguments(values))
        return int(tag.rpartition(" ")[2])  # "UPDATE 3", "INSERT 0 3"

    async def execute_many(
        self, statement: Statement[RowT], rows: Iterable[Mapping[str, SqlValue]]
    ) -> None:
        """Run ``statement`` once for each of ``rows``."""
        compiled = statement.postgres
        with _translate_errors(self._outage):
            await self._require_source().executemany(
                compiled.sql, [compiled.arguments(row) for row in rows]
            )

    def close(self) -> None:
        """Refuse all later statements."""
        self._source = None

    def _require_source(self) -> ConnectionSource:
        if self._source is None:
            raise TransactionClosed
        return self._source


class ConnectionPools(NamedTuple):
    """A pool of connections for writing and a pool for reading only."""

    writing: Pool
    reading: Pool


class PostgresDatabase:
    """One Postgres database, to be used in the event loop in which it was opened."""

    def __init__(self, pools: ConnectionPools, clock: Clock | None) -> None:
        self._pools = pools
        self._clock = clock
        self._outage = Outage("the database")
        self._write_outage = Outage("writing to the database")
        self._read_only_session = PostgresSession(pools.reading, self._outage)
        self._read_context = nullcontext(Repositories(self._read_only_session))

    @classmethod
    async def open(cls, url: str, clock: Clock | None = None) -> PostgresDatabase:
        """Open the database at ``url``; without ``clock``, the server's clock is used."""
        writing_pool = await _create_pool(url, read_only=False)
        try:
            return cls(
                ConnectionPools(writing_pool, await _create_pool(url, read_only=True)), clock
            )
        except BaseException:
            await writing_pool.close()
            raise

    def read(self) -> AbstractAsyncContextManager[Repositories]:
        """A read session."""
        return self._read_context

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Repositories]:
        """A unit of work: one transaction (READ COMMITTED) on one connection."""
        block_error: BaseException | None = None
        try:
            async with (
                self._pools.writing.acquire(timeout=CONNECT_TIMEOUT_SECONDS) as connection,
                connection.transaction(),
            ):
                session = PostgresSession(connection, self._outage)
                repositories = Repositories(session)
                try:
                    yield repositories
                    await repositories.finish()
                except BaseException as error:
                    block_error = error
                    raise
                finally:
                    session.close()
        except ReadOnlyViolation as refusal:
            # The server is a standby, or is just being replaced by one.
            self._write_outage.begin("it can only be read")
            raise DatabaseUnwritable("it can only be read") from refusal
        except (DatabaseUnwritable, asyncpg.DiskFullError) as refusal:
            self._write_outage.begin(DISK_FULL_MESSAGE)
            raise DatabaseUnwritable(DISK_FULL_MESSAGE) from refusal
        except (*UNAVAILABLE_ERRORS, asyncpg.InterfaceError, asyncpg.PostgresError) as failure:
            # An error of the block itself is raised as it is, even if the rollback failed too.
            if block_error is None:
                _raise_if_unavailable(failure, self._outage)
            raise block_error or failure from None
        if self._write_outage.since is not None:
            self._write_outage.end()

    async def now(self) -> datetime:
        """The time of the server's clock, which is the same for all machines."""
        if self._clock is not None:
            return self._clock.now()
        with _translate_errors(self._outage):
            instant: datetime = await self._pools.reading.fetchval("SELECT clock_timestamp()")
        return instant

    def change_stamp(self) -> int | None:
        """None, because the server would have to be asked each time."""
        return None

    async def schema_revision(self) -> str | None:
        """The revision of the schema; None before the first migration."""
        fetch_value = self._pools.reading.fetchval
        with _translate_errors(self._outage):
            if await fetch_value("SELECT to_regclass('alembic_version')") is None:
                return None
            revision: str | None = await fetch_value("SELECT version_num FROM alembic_version")
        return revision

    async def scrub(self) -> None:
        """Do nothing; old data on the server is the operator's task (see docs/operating.md)."""

    async def close(self) -> None:
        """Close all connections after the end of the open transactions."""
        self._read_only_session.close()
        await self._pools.writing.close()
        await self._pools.reading.close()


async def _create_pool(url: str, *, read_only: bool) -> Pool:
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=MAX_POOL_CONNECTIONS,
        statement_cache_size=STATEMENT_CACHE_SIZE,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=STATEMENT_TIMEOUT_SECONDS,
        server_settings={
            "application_name": "gateway",
            "jit": "off",  # all statements are so short that compiling them would cost more
            "default_transaction_read_only": "on" if read_only else "off",
        },
        reset=_skip_reset,
    )


async def _skip_reset(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """Skip the reset of a connection, because sessions change no settings."""


@contextmanager
def _translate_errors(outage: Outage) -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise DuplicateKey(str(error)) from error
    except asyncpg.ReadOnlySQLTransactionError as error:
        raise ReadOnlyViolation(str(error)) from error
    except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError) as error:
        raise DatabaseBusy(str(error)) from error
    except asyncpg.DiskFullError as error:
        raise DatabaseUnwritable(DISK_FULL_MESSAGE) from error
    except (*UNAVAILABLE_ERRORS, asyncpg.InterfaceError) as error:
        _raise_if_unavailable(error, outage)
        raise
    if outage.since is not None:
        outage.end()


def _raise_if_unavailable(error: Exception, outage: Outage) -> None:
    """Raise ``DatabaseUnreachable`` and note the outage, if ``error`` comes from an outage."""
    # The driver raises this class for a closed connection, but also for programming errors.
    connection_ended = type(error) is asyncpg.InterfaceError and any(
        phrase in str(error) for phrase in CONNECTION_ENDED_PHRASES
    )
    if connection_ended or (
        isinstance(error, UNAVAILABLE_ERRORS) and not isinstance(error, asyncpg.QueryCanceledError)
    ):
        outage.begin(type(error).__name__)
        raise DatabaseUnreachable(type(error).__name__) from error
