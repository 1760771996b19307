"""Checks for operation: whether the database is writable, and which versions can read it."""

import asyncio
import errno
import os
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import bindparam, delete, select

from gateway.adapters.databases.opening import OpenDatabase, describe_error
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.tables.upkeep import SchemaReaderRow, WriteProbeRow
from gateway.services.ports.database import DatabaseUnreachable

write_probes = table(WriteProbeRow)
schema_readers = table(SchemaReaderRow)

PROBE_ID = "probe"
PROBE_BYTES = 32 * 1024
"""About the size of what one purchase adds to the database."""
PROBE_FILE_BYTES = 4 * 1024
MIN_FREE_BYTES = 1024 * 1024
"""A folder with less free space counts as not writable."""
CACHE_SECONDS = 5.0
"""A result is used again for this time, so that frequent checks cost little."""
PROBE_TIMEOUT_SECONDS = 10.0
"""If the test takes longer, writing counts as not possible."""

ADD_PROBE = Statement(insert(write_probes).on_conflict_do_nothing())
DELETE_PROBE = Statement(delete(write_probes).where(write_probes.c.id == bindparam("id")))
FIND_OLDEST_READER: Statement[tuple[str]] = Statement(
    select(schema_readers.c.oldest_reader).where(schema_readers.c.revision == bindparam("revision"))
)


async def find_oldest_reader(database: OpenDatabase, revision: str) -> str | None:
    """The oldest version that can read a database at ``revision``, named by its newest migration.

    None if the migration to ``revision`` has not stated it.
    """
    async with database.read() as reading:
        row = await reading.session.fetch_one(FIND_OLDEST_READER, revision=revision)
    return row[0] if row else None


class WriteProbe:
    """Tests whether the database and each of ``folders`` can be written, as purchases need."""

    def __init__(
        self,
        database: OpenDatabase,
        folders: Iterable[Path],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._folders = tuple(folders)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._cached_problem: str | None = None
        self._cached_until = 0.0

    async def find_problem(self) -> str | None:
        """Why writing is not possible, by the test of the last seconds; None if it is."""
        async with self._lock:
            if self._clock() >= self._cached_until:
                self._cached_problem = await self._try_writing()
                self._cached_until = self._clock() + CACHE_SECONDS
            return self._cached_problem

    async def _try_writing(self) -> str | None:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                await self._write_probe_rows()
                for folder in self._folders:
                    await asyncio.to_thread(probe_folder, folder)
        except DatabaseUnreachable as error:
            return f"the database cannot be written: {error}"
        except TimeoutError:
            return f"writing takes longer than {PROBE_TIMEOUT_SECONDS:.0f} s"
        except OSError as folder_error:
            folder_name = Path(folder_error.filename).name
            return f"the folder {folder_name} cannot be written: {describe_error(folder_error)}"
        return None

    async def _write_probe_rows(self) -> None:
        # Two transactions, because a row written and deleted in one would never reach the disk.
        async with self._database.begin() as work:
            await work.session.execute(DELETE_PROBE, id=PROBE_ID)
            await work.session.execute(
                ADD_PROBE, id=PROBE_ID, filler=secrets.token_bytes(PROBE_BYTES)
            )
        async with self._database.begin() as work:
            await work.session.execute(DELETE_PROBE, id=PROBE_ID)


def probe_folder(folder: Path) -> None:
    """Write a file into ``folder`` and delete it.

    Raises:
        OSError: writing failed, or almost no space is left; its ``filename`` is the folder.

    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_free_space(folder)
        _write_and_delete(folder / f".{secrets.token_hex(8)}")
    except OSError as error:
        raise OSError(error.errno or errno.EIO, error.strerror, str(folder)) from error


def _require_free_space(folder: Path) -> None:
    filesystem = os.statvfs(folder)
    if filesystem.f_bavail * filesystem.f_frsize < MIN_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _write_and_delete(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(PROBE_FILE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)
