"""The database for many machines: Postgres, through asyncpg."""

# asyncpg's classes are generic to the type checker only.
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
# Connections a process holds at most, of each of its two pools.
MAX_POOL_CONNECTIONS = 10
# How long a server may take to accept one.
CONNECT_TIMEOUT_SECONDS = 10.0
# How long it may take for one statement: one that is gone without a word never answers.
STATEMENT_TIMEOUT_SECONDS = 30.0
# What is raised where the server is away, stops, has no room, or lets nobody in any more.
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

DISK_FULL_MESSAGE = "there is no room on its disk"
CONNECTION_ENDED_PHRASES = ("closed", "closing", "released back to the pool")
"""Words of the driver's for a connection, or a pool of them, that has ended meanwhile."""

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
ConnectionSource: TypeAlias = "Pool | PoolConnectionProxy[asyncpg.Record]"


class DatabaseUnwritable(DatabaseUnreachable):
    """The server answers, and cannot keep what is written."""


class PostgresSession:
    """Statements on one connection, or each on any connection of a pool."""

    def __init__(self, source: ConnectionSource, outage: Outage) -> None:
        self._source: ConnectionSource | None = source
        self._outage = outage

    async def fetch_all(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Every row."""
        compiled = statement.postgres
        with _translate_errors(self._outage):
            rows = await self._require_source().fetch(compiled.sql, *compiled.arguments(values))
        return list(map(tuple, rows))  # type: ignore[arg-type]  # the statement's author knows the row

    async def fetch_one(self, statement: Statement[RowT], **values: SqlValue) -> RowT | None:
        """The first row, or nothing."""
        rows = await self.fetch_all(statement, **values)
        return rows[0] if rows else None

    async def execute(self, statement: Statement[RowT], **values: SqlValue) -> int:
        """How many rows were written."""
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
        """Refuse every statement from now on."""
        self._source = None

    def _require_source(self) -> ConnectionSource:
        if self._source is None:
            raise TransactionClosed
        return self._source


class ConnectionPools(NamedTuple):
    """Connections that may write, and connections that may not."""

    writing: Pool
    reading: Pool


class PostgresDatabase:
    """One Postgres database, used from the event loop it was opened in."""

    def __init__(self, pools: ConnectionPools, clock: Clock | None) -> None:
        self._pools = pools
        self._clock = clock
        self._outage = Outage("the database")
        self._write_outage = Outage("writing to the database")
        self._read_only_session = PostgresSession(pools.reading, self._outage)
        self._read_context = nullcontext(Repositories(self._read_only_session))

    @classmethod
    async def open(cls, url: str, clock: Clock | None = None) -> PostgresDatabase:
        """The database at ``url``; ``clock`` instead of the server's."""
        writing_pool = await _create_pool(url, read_only=False)
        try:
            return cls(
                ConnectionPools(writing_pool, await _create_pool(url, read_only=True)), clock
            )
        except BaseException:
            await writing_pool.close()
            raise

    def read(self) -> AbstractAsyncContextManager[Repositories]:
        """The repositories, for reading only."""
        return self._read_context

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Repositories]:
        """One transaction (READ COMMITTED) on a connection of its own."""
        block_error: BaseException | None = None
        try:
            async with (
                self._pools.writing.acquire(timeout=CONNECT_TIMEOUT_SECONDS) as connection,
                connection.transaction(),
            ):
                session = PostgresSession(connection, self._outage)
                try:
                    yield Repositories(session)
                except BaseException as error:
                    block_error = error
                    raise
                finally:
                    session.close()
        except ReadOnlyViolation as refusal:
            # A standby, or a server that is being replaced by one.
            self._write_outage.begin("it can only be read")
            raise DatabaseUnwritable("it can only be read") from refusal
        except (DatabaseUnwritable, asyncpg.DiskFullError) as refusal:
            self._write_outage.begin(DISK_FULL_MESSAGE)
            raise DatabaseUnwritable(DISK_FULL_MESSAGE) from refusal
        except (*UNAVAILABLE_ERRORS, asyncpg.InterfaceError, asyncpg.PostgresError) as failure:
            # What the block itself raised is its own; undoing it may have failed as well.
            if block_error is None:
                _raise_if_unavailable(failure, self._outage)
            raise block_error or failure from None
        if self._write_outage.since is not None:
            self._write_outage.end()

    async def now(self) -> datetime:
        """The server's clock, which all machines share."""
        if self._clock is not None:
            return self._clock.now()
        with _translate_errors(self._outage):
            instant: datetime = await self._pools.reading.fetchval("SELECT clock_timestamp()")
        return instant

    def change_stamp(self) -> int | None:
        """Nothing: the server would have to be asked each time."""
        return None

    async def schema_revision(self) -> str | None:
        """The migration the schema stands at; nothing before the first."""
        fetch_value = self._pools.reading.fetchval
        with _translate_errors(self._outage):
            if await fetch_value("SELECT to_regclass('alembic_version')") is None:
                return None
            revision: str | None = await fetch_value("SELECT version_num FROM alembic_version")
        return revision

    async def scrub(self) -> None:
        """Nothing: dead rows and the server's log are its operator's (see docs/operating.md)."""

    async def close(self) -> None:
        """Close every connection, after the transactions that are open."""
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
            "jit": "off",  # every statement here is too short to be worth compiling
            "default_transaction_read_only": "on" if read_only else "off",
        },
        reset=_skip_reset,
    )


async def _skip_reset(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """Sessions set nothing, so a connection needs no round trip to be reset."""


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
    """Raise ``DatabaseUnreachable`` where ``error`` says that the server is away.

    Keep the spell.
    """
    # The driver's own name for a connection that is used after its end, and for mistakes of ours.
    connection_ended = type(error) is asyncpg.InterfaceError and any(
        phrase in str(error) for phrase in CONNECTION_ENDED_PHRASES
    )
    if connection_ended or (
        isinstance(error, UNAVAILABLE_ERRORS) and not isinstance(error, asyncpg.QueryCanceledError)
    ):
        outage.begin(type(error).__name__)
        raise DatabaseUnreachable(type(error).__name__) from error
