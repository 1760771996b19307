"""The embedded database: one SQLite file, one writer, readers that never wait for it."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from gateway.adapters.clocks import SystemClock
from gateway.adapters.databases.group_commit import POLL_SECONDS, GroupCommit, is_busy
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

# How long another process's write is waited for, in seconds.
BUSY_TIMEOUT_SECONDS = 30.0
logger = logging.getLogger(__name__)

STATEMENT_CACHE_SIZE = 1024
# Result codes that say: not now. The disk is full or fails, the file is locked, gone or damaged.
UNAVAILABLE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
# How long it is tried to empty the log while other processes are busy, in seconds.
SCRUB_TIMEOUT_SECONDS = 5.0
UNIQUE_VIOLATION_CODES = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}

COMMON_PRAGMAS = (
    f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",  # KiB
)
# The writer waits for others in the event loop, not inside SQLite, where it would stop the loop.
# What is deleted or replaced is overwritten with zeros.
WRITER_PRAGMAS = (
    *COMMON_PRAGMAS,
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 0",
    "PRAGMA secure_delete = ON",
)
READER_PRAGMAS = (
    *COMMON_PRAGMAS,
    f"PRAGMA mmap_size = {256 * 1024 * 1024}",
    "PRAGMA query_only = ON",
)


class SqliteSession:
    """Statements on one connection, run in the loop's thread: each takes microseconds."""

    def __init__(
        self, connection: sqlite3.Connection, outage: Outage, *, ends_outages: bool = False
    ) -> None:
        self._outage = outage
        self._ends_outages = ends_outages
        self._execute = connection.execute
        self._executemany = connection.executemany

    async def fetch_all(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Every row."""
        compiled = statement.sqlite
        with _translate_errors(self._outage):
            rows = self._execute(compiled.sql, compiled.arguments(values)).fetchall()
        if self._ends_outages and self._outage.since is not None:
            self._outage.end()
        return rows

    async def fetch_one(self, statement: Statement[RowT], **values: SqlValue) -> RowT | None:
        """The first row, or nothing."""
        # All are fetched: a half-read cursor would keep its snapshot open.
        rows = await self.fetch_all(statement, **values)
        return rows[0] if rows else None

    async def execute(self, statement: Statement[RowT], **values: SqlValue) -> int:
        """How many rows were written."""
        compiled = statement.sqlite
        with _translate_errors(self._outage):
            return self._execute(compiled.sql, compiled.arguments(values)).rowcount

    async def execute_many(
        self, statement: Statement[RowT], rows: Iterable[Mapping[str, SqlValue]]
    ) -> None:
        """Run ``statement`` once for each of ``rows``."""
        compiled = statement.sqlite
        with _translate_errors(self._outage):
            self._executemany(compiled.sql, [compiled.arguments(row) for row in rows])

    def close(self) -> None:
        """Refuse every statement from now on."""
        self._execute = self._executemany = _raise_transaction_closed


class SqliteDatabase:
    """One SQLite file, used from the event loop it was opened in."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._path = path
        self._opened_file = _file_identity(path)
        self._read_outage = Outage("the database")
        self._write_outage = Outage("writing to the database")
        self._loop = asyncio.get_running_loop()
        self._writer = GroupCommit(_connect(path, WRITER_PRAGMAS), BUSY_TIMEOUT_SECONDS)
        self._reader = _connect(path, READER_PRAGMAS)
        self._read_only_session = SqliteSession(self._reader, self._read_outage, ends_outages=True)
        self._read_context = nullcontext(Repositories(self._read_only_session))

    @classmethod
    async def open(cls, path: Path, clock: Clock | None = None) -> "SqliteDatabase":
        """The database in the file ``path``, made if absent; ``clock`` instead of the machine's."""
        path.touch(mode=0o600)  # noqa: ASYNC240 - once, at the start
        await _enable_wal(path)
        return cls(path, clock or SystemClock())

    def read(self) -> AbstractAsyncContextManager[Repositories]:
        """The repositories, for reading only."""
        return self._read_context

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Repositories]:
        """One transaction, committed with those of others who write at the same time."""
        self._require_same_loop()
        block_error: BaseException | None = None
        try:
            self._require_same_file()
            async with self._writer.join_group() as connection:
                session = SqliteSession(connection, self._write_outage)
                try:
                    yield Repositories(session)
                except BaseException as error:
                    block_error = error
                    raise
                finally:
                    session.close()
        except sqlite3.DatabaseError as failure:
            if failure is block_error:
                raise
            _raise_if_unavailable(failure, self._write_outage)
            raise
        except DatabaseUnreachable as failure:
            self._write_outage.begin(str(failure) or type(failure).__name__)
            raise
        if self._write_outage.since is not None:
            self._write_outage.end()

    def _require_same_file(self) -> None:
        """Refuse to write where nobody would find it: into a file that was moved or deleted."""
        if _file_identity(self._path) != self._opened_file:
            raise DatabaseUnreachable(
                "its file was moved, deleted or replaced; put it back, or start the gateway again"
            )

    async def now(self) -> datetime:
        """The machine's clock: every process on the file runs on this machine."""
        return self._clock.now()

    @property
    def read_only_session(self) -> SqliteSession:
        """Statements that only read."""
        return self._read_only_session

    async def data_version(self) -> int:
        """A number that changes whenever another process has committed, and only then."""
        with _translate_errors(self._read_outage):
            return await self._writer.data_version()

    def change_stamp(self) -> int | None:
        """What SQLite counts for the reader: the commits of the writer and of other processes."""
        with _translate_errors(self._read_outage):
            version: int = self._reader.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def schema_revision(self) -> str | None:
        """The migration the schema stands at; nothing before the first."""
        table_query = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        with _translate_errors(self._read_outage):
            if not self._reader.execute(table_query).fetchall():
                return None
            rows = self._reader.execute("SELECT version_num FROM alembic_version").fetchall()
        return str(rows[0][0]) if rows else None

    async def scrub(self) -> None:
        """Empty the write-ahead log, which keeps what was written before; others may delay it."""
        for _ in range(int(SCRUB_TIMEOUT_SECONDS / POLL_SECONDS)):
            if await self._writer.truncate_write_ahead_log():
                return
            await asyncio.sleep(POLL_SECONDS)
        logger.warning("the write-ahead log could not be emptied: another process is reading")

    async def close(self) -> None:
        """Close both connections, after what is being committed."""
        self._read_only_session.close()
        await self._writer.close()
        self._reader.close()

    def _require_same_loop(self) -> None:
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("opened in another event loop: open one database per loop")


def _file_identity(path: Path) -> tuple[int, int] | None:
    """Which file ``path`` leads to; None where there is none."""
    try:
        file_status = path.stat()
    except OSError:
        return None
    return file_status.st_dev, file_status.st_ino


def _connect(path: Path, pragmas: Iterable[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,  # COMMIT runs in a thread, never beside another statement
        cached_statements=STATEMENT_CACHE_SIZE,
    )
    try:
        for pragma in pragmas:
            connection.execute(pragma).close()
    except BaseException:
        connection.close()
        raise
    return connection


async def _enable_wal(path: Path) -> None:
    """Set the file's journal mode, which SQLite refuses at once while another process writes."""
    for _ in range(int(BUSY_TIMEOUT_SECONDS / POLL_SECONDS)):
        try:
            _connect(path, ["PRAGMA journal_mode = WAL"]).close()
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            await asyncio.sleep(POLL_SECONDS)
        else:
            return
    raise DatabaseBusy("another process keeps the file locked")


def _raise_transaction_closed(*_: object) -> NoReturn:
    raise TransactionClosed


@contextmanager
def _translate_errors(outage: Outage) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in UNIQUE_VIOLATION_CODES:
            raise DuplicateKey(str(error)) from error
        raise
    except sqlite3.DatabaseError as error:
        # The extended codes of this one say that the file was moved, or cannot be written.
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY:
            raise ReadOnlyViolation(str(error)) from error
        _raise_if_unavailable(error, outage)
        raise


def _raise_if_unavailable(error: sqlite3.DatabaseError, outage: Outage) -> None:
    """Raise ``DatabaseUnreachable`` where ``error`` says: not now; keep the spell."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in UNAVAILABLE_CODES:
        outage.begin(str(error))
        raise DatabaseUnreachable(str(error)) from error
