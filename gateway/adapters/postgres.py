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
from gateway.adapters.repositories.shelf import Shelf
from gateway.adapters.statements import RowT, Statement, Value
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import (
    Busy,
    Duplicate,
    TransactionOver,
    Unavailable,
    WritesRefused,
)

STATEMENTS_KEPT = 1024
# Connections a process holds at most, of each of its two pools.
MOST_CONNECTIONS = 10
# How long a server may take to accept one.
CONNECT_TIMEOUT_SECONDS = 10.0
# How long it may take for one statement: one that is gone without a word never answers.
STATEMENT_TIMEOUT_SECONDS = 30.0
# What is raised where the server is away, stops, has no room, or lets nobody in any more.
AWAY = (
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

NO_ROOM = "there is no room on its disk"
ENDED = ("closed", "closing", "released back to the pool")
"""Words of the driver's for a connection, or a pool of them, that has ended meanwhile."""

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Source: TypeAlias = "Pool | PoolConnectionProxy[asyncpg.Record]"


class Unwritable(Unavailable):
    """The server answers, and cannot keep what is written."""


class PostgresSession:
    """Statements on one connection, or each on any connection of a pool."""

    def __init__(self, source: Source, outage: Outage) -> None:
        self._source: Source | None = source
        self._outage = outage

    async def all(self, statement: Statement[RowT], **values: Value) -> list[RowT]:
        """Every row."""
        compiled = statement.postgres
        with _translated(self._outage):
            rows = await self._open().fetch(compiled.sql, *compiled.arguments(values))
        return list(map(tuple, rows))  # type: ignore[arg-type]  # the statement's author knows the row

    async def one(self, statement: Statement[RowT], **values: Value) -> RowT | None:
        """The first row, or nothing."""
        rows = await self.all(statement, **values)
        return rows[0] if rows else None

    async def run(self, statement: Statement[RowT], **values: Value) -> int:
        """How many rows were written."""
        compiled = statement.postgres
        with _translated(self._outage):
            tag = await self._open().execute(compiled.sql, *compiled.arguments(values))
        return int(tag.rpartition(" ")[2])  # "UPDATE 3", "INSERT 0 3"

    async def many(self, statement: Statement[RowT], rows: Iterable[Mapping[str, Value]]) -> None:
        """Run ``statement`` once for each of ``rows``."""
        compiled = statement.postgres
        with _translated(self._outage):
            await self._open().executemany(compiled.sql, [compiled.arguments(row) for row in rows])

    def end(self) -> None:
        """Refuse every statement from now on."""
        self._source = None

    def _open(self) -> Source:
        if self._source is None:
            raise TransactionOver
        return self._source


class Pools(NamedTuple):
    """Connections that may write, and connections that may not."""

    writing: Pool
    reading: Pool


class PostgresDatabase:
    """One Postgres database, used from the event loop it was opened in."""

    def __init__(self, pools: Pools, clock: Clock | None) -> None:
        self._pools = pools
        self._clock = clock
        self._outage = Outage("the database")
        self._unwritable = Outage("writing to the database")
        self._reading = PostgresSession(pools.reading, self._outage)
        self._read = nullcontext(Shelf(self._reading))

    @classmethod
    async def open(cls, url: str, clock: Clock | None = None) -> PostgresDatabase:
        """The database at ``url``; ``clock`` instead of the server's."""
        writing = await _pool(url, read_only=False)
        try:
            return cls(Pools(writing, await _pool(url, read_only=True)), clock)
        except BaseException:
            await writing.close()
            raise

    def read(self) -> AbstractAsyncContextManager[Shelf]:
        """The repositories, for reading only."""
        return self._read

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Shelf]:
        """One transaction (READ COMMITTED) on a connection of its own."""
        own: BaseException | None = None
        try:
            async with (
                self._pools.writing.acquire(timeout=CONNECT_TIMEOUT_SECONDS) as connection,
                connection.transaction(),
            ):
                session = PostgresSession(connection, self._outage)
                try:
                    yield Shelf(session)
                except BaseException as raised:
                    own = raised
                    raise
                finally:
                    session.end()
        except WritesRefused as refusal:
            # A standby, or a server that is being replaced by one.
            self._unwritable.begin("it can only be read")
            raise Unwritable("it can only be read") from refusal
        except (Unwritable, asyncpg.DiskFullError) as refusal:
            self._unwritable.begin(NO_ROOM)
            raise Unwritable(NO_ROOM) from refusal
        except (*AWAY, asyncpg.InterfaceError, asyncpg.PostgresError) as failure:
            # What the block itself raised is its own; undoing it may have failed as well.
            if own is None:
                _raise_unavailable(failure, self._outage)
            raise own or failure from None
        if self._unwritable.since is not None:
            self._unwritable.end()

    async def now(self) -> datetime:
        """The server's clock, which all machines share."""
        if self._clock is not None:
            return self._clock.now()
        with _translated(self._outage):
            instant: datetime = await self._pools.reading.fetchval("SELECT clock_timestamp()")
        return instant

    def stamp(self) -> int | None:
        """Nothing: the server would have to be asked each time."""
        return None

    async def revision(self) -> str | None:
        """The migration the schema stands at; nothing before the first."""
        ask = self._pools.reading.fetchval
        with _translated(self._outage):
            if await ask("SELECT to_regclass('alembic_version')") is None:
                return None
            revision: str | None = await ask("SELECT version_num FROM alembic_version")
        return revision

    async def scrub(self) -> None:
        """Nothing: dead rows and the server's log are its operator's (see docs/operating.md)."""

    async def close(self) -> None:
        """Close every connection, after the transactions that are open."""
        self._reading.end()
        await self._pools.writing.close()
        await self._pools.reading.close()


async def _pool(url: str, *, read_only: bool) -> Pool:
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=MOST_CONNECTIONS,
        statement_cache_size=STATEMENTS_KEPT,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=STATEMENT_TIMEOUT_SECONDS,
        server_settings={
            "application_name": "gateway",
            "jit": "off",  # every statement here is too short to be worth compiling
            "default_transaction_read_only": "on" if read_only else "off",
        },
        reset=_kept_as_it_is,
    )


async def _kept_as_it_is(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """Sessions set nothing, so a connection needs no round trip to be reset."""


@contextmanager
def _translated(outage: Outage) -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(str(error)) from error
    except asyncpg.ReadOnlySQLTransactionError as error:
        raise WritesRefused(str(error)) from error
    except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError) as error:
        raise Busy(str(error)) from error
    except asyncpg.DiskFullError as error:
        raise Unwritable(NO_ROOM) from error
    except (*AWAY, asyncpg.InterfaceError) as error:
        _raise_unavailable(error, outage)
        raise
    if outage.since is not None:
        outage.end()


def _raise_unavailable(error: Exception, outage: Outage) -> None:
    """Raise ``Unavailable`` where ``error`` says that the server is away; keep the spell."""
    # The driver's own name for a connection that is used after its end, and for mistakes of ours.
    lost = type(error) is asyncpg.InterfaceError and any(each in str(error) for each in ENDED)
    if lost or (isinstance(error, AWAY) and not isinstance(error, asyncpg.QueryCanceledError)):
        outage.begin(type(error).__name__)
        raise Unavailable(type(error).__name__) from error
