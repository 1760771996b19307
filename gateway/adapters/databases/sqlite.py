"""The database SQLite: one file with one writer, for which readers never wait."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

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

BUSY_TIMEOUT_SECONDS = 30.0
"""A write fails if another process holds the lock for longer."""
logger = logging.getLogger(__name__)

STATEMENT_CACHE_SIZE = 1024
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
"""Result codes of an outage: the disk is full or fails, or the file is locked, missing or damaged.
"""
SCRUB_TIMEOUT_SECONDS = 5.0
"""After this time the write-ahead log is left as it is, with a warning."""
UNIQUE_VIOLATION_CODES = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}

COMMON_PRAGMAS = (
    f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",  # KiB
)
WRITER_PRAGMAS = (
    *COMMON_PRAGMAS,
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 0",
    "PRAGMA secure_delete = ON",
)
"""busy_timeout is 0 because the writer waits in the event loop; a wait in SQLite would block it.

secure_delete overwrites deleted and replaced data with zeros.
"""
READER_PRAGMAS = (
    *COMMON_PRAGMAS,
    f"PRAGMA mmap_size = {256 * 1024 * 1024}",
    "PRAGMA query_only = ON",
)


class LongReader:
    """A connection of its own for statements that take long, each of which runs in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="long-read")

    async def fetch_all(self, sql: str, arguments: Sequence[SqlValue]) -> list[Any]:
        """Run a statement and return all rows."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._fetch_all, sql, arguments)

    def _fetch_all(self, sql: str, arguments: Sequence[SqlValue]) -> list[Any]:
        if self._connection is None:
            self._connection = _connect(self._path, READER_PRAGMAS)
        return self._connection.execute(sql, arguments).fetchall()

    def close(self) -> None:
        """Close the connection after the statement that is running."""
        self._executor.shutdown()
        if self._connection is not None:
            self._connection.close()


class SqliteSession:
    """Runs statements on one connection, in the event loop, because each takes microseconds.

    With a ``long_reader``, those that may take long run there; in a transaction they cannot.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        outage: Outage,
        *,
        ends_outages: bool = False,
        long_reader: LongReader | None = None,
    ) -> None:
        self._outage = outage
        self._ends_outages = ends_outages
        self._long_reader = long_reader
        self._execute = connection.execute
        self._executemany = connection.executemany
        self.closing_work: dict[str, set[str]] = {}

    async def fetch_all(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Run ``statement`` and return all rows."""
        compiled = statement.sqlite
        with _translate_errors(self._outage):
            rows = self._execute(compiled.sql, compiled.arguments(values)).fetchall()
        if self._ends_outages and self._outage.since is not None:
            self._outage.end()
        return rows

    async def fetch_long(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Run ``statement``, which may take long, and return all rows; the event loop goes on."""
        if self._long_reader is None:
            return await self.fetch_all(statement, **values)
        compiled = statement.sqlite
        with _translate_errors(self._outage):
            return await self._long_reader.fetch_all(compiled.sql, compiled.arguments(values))

    async def fetch_one(self, statement: Statement[RowT], **values: SqlValue) -> RowT | None:
        """Run ``statement`` and return the first row; None without rows."""
        # All rows are fetched, because a cursor that is not read to its end keeps a snapshot open.
        rows = await self.fetch_all(statement, **values)
        return rows[0] if rows else None

    async def execute(self, statement: Statement[RowT], **values: SqlValue) -> int:
        """Run ``statement`` and return the number of rows written."""
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
        """Refuse all later statements."""
        self._execute = self._executemany = _raise_transaction_closed


class SqliteDatabase:
    """One SQLite file, to be used in the event loop in which it was opened."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._path = path
        self._opened_file = _file_identity(path)
        self._read_outage = Outage("the database")
        self._write_outage = Outage("writing to the database")
        self._loop = asyncio.get_running_loop()
        self._writer = GroupCommit(_connect(path, WRITER_PRAGMAS), BUSY_TIMEOUT_SECONDS)
        self._reader = _connect(path, READER_PRAGMAS)
        self._long_reader = LongReader(path)
        self._read_only_session = SqliteSession(
            self._reader, self._read_outage, ends_outages=True, long_reader=self._long_reader
        )
        self._read_context = nullcontext(Repositories(self._read_only_session))

    @classmethod
    async def open(cls, path: Path, clock: Clock | None = None) -> "SqliteDatabase":
        """Open or create the file ``path``; without ``clock``, the machine's clock is used."""
        path.touch(mode=0o600)  # noqa: ASYNC240 - once, at the start
        await _enable_wal(path)
        return cls(path, clock or SystemClock())

    def read(self) -> AbstractAsyncContextManager[Repositories]:
        """A read session."""
        return self._read_context

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Repositories]:
        """A unit of work, which is committed together with others of the same moment."""
        self._require_same_loop()
        block_error: BaseException | None = None
        try:
            self._require_same_file()
            async with self._writer.join_group() as connection:
                session = SqliteSession(connection, self._write_outage)
                repositories = Repositories(session)
                try:
                    yield repositories
                    await repositories.finish()
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
        """Refuse to write into a file that was moved or deleted."""
        if _file_identity(self._path) != self._opened_file:
            raise DatabaseUnreachable(
                "its file was moved, deleted or replaced; put it back, or start the gateway again"
            )

    async def now(self) -> datetime:
        """The time of this machine's clock, because all processes with the file run on it."""
        return self._clock.now()

    @property
    def read_only_session(self) -> SqliteSession:
        """The session for statements that only read."""
        return self._read_only_session

    async def data_version(self) -> int:
        """A number that changes exactly when another process has committed."""
        with _translate_errors(self._read_outage):
            return await self._writer.data_version()

    def change_stamp(self) -> int | None:
        """A number that changes when this or another process has committed."""
        with _translate_errors(self._read_outage):
            version: int = self._reader.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def schema_revision(self) -> str | None:
        """The revision of the schema; None before the first migration."""
        table_query = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        with _translate_errors(self._read_outage):
            if not self._reader.execute(table_query).fetchall():
                return None
            rows = self._reader.execute("SELECT version_num FROM alembic_version").fetchall()
        return str(rows[0][0]) if rows else None

    async def scrub(self) -> None:
        """Empty the write-ahead log, which contains old data, unless other processes read it."""
        for _ in range(int(SCRUB_TIMEOUT_SECONDS / POLL_SECONDS)):
            if await self._writer.truncate_write_ahead_log():
                return
            await asyncio.sleep(POLL_SECONDS)
        logger.warning("the write-ahead log could not be emptied: another process is reading")

    async def close(self) -> None:
        """Close both connections after the current commit."""
        self._read_only_session.close()
        await self._writer.close()
        self._reader.close()
        self._long_reader.close()

    def _require_same_loop(self) -> None:
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("opened in another event loop: open one database per loop")


def _file_identity(path: Path) -> tuple[int, int] | None:
    """The device and inode of the file at ``path``; None if it does not exist."""
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
    """Set WAL mode, repeatedly, because SQLite refuses it while another process writes."""
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
        # Extended codes of SQLITE_READONLY have other meanings, such as a moved file.
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY:
            raise ReadOnlyViolation(str(error)) from error
        _raise_if_unavailable(error, outage)
        raise


def _raise_if_unavailable(error: sqlite3.DatabaseError, outage: Outage) -> None:
    """Raise ``DatabaseUnreachable`` and note the outage, if ``error`` comes from an outage."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in UNAVAILABLE_CODES:
        outage.begin(str(error))
        raise DatabaseUnreachable(str(error)) from error
