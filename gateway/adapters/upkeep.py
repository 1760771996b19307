"""What operating asks of the database: whether it can be written, which versions can read it."""

import asyncio
import errno
import os
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import bindparam, delete, select

from gateway.adapters.databases import OpenDatabase, reason
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.upkeep import SchemaReaderRow, WriteProbeRow
from gateway.services.ports.database import Unavailable

probes = table(WriteProbeRow)
readers = table(SchemaReaderRow)

PROBE_ID = "probe"
PROBE_BYTES = 32 * 1024
"""About what one purchase adds to the database."""
FILE_BYTES = 4 * 1024
MIN_FREE_BYTES = 1024 * 1024
KEPT_SECONDS = 5.0
"""How long an answer is given again: watching must cost little, however often it is asked."""
MAX_PROBE_SECONDS = 10.0

ADD = Statement(insert(probes).on_conflict_do_nothing())
REMOVE = Statement(delete(probes).where(probes.c.id == bindparam("id")))
READER: Statement[tuple[str]] = Statement(
    select(readers.c.oldest_reader).where(readers.c.revision == bindparam("revision"))
)


async def oldest_reader(database: OpenDatabase, revision: str) -> str | None:
    """The oldest version that can read a database at ``revision``, by its newest migration.

    None where the migration that brought it there has not said.
    """
    async with database.read() as shelf:
        row = await shelf.session.one(READER, revision=revision)
    return row[0] if row else None


class WriteProbe:
    """Tries what a purchase needs: the database takes rows, each of ``folders`` takes a file."""

    def __init__(
        self,
        database: OpenDatabase,
        folders: Iterable[Path],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._folders = tuple(folders)
        self._clock = clock
        self._turn = asyncio.Lock()
        self._known: str | None = None
        self._until = 0.0

    async def problem(self) -> str | None:
        """What cannot be written and why, as of the last seconds; None where all can."""
        async with self._turn:
            if self._clock() >= self._until:
                self._known = await self._tried()
                self._until = self._clock() + KEPT_SECONDS
            return self._known

    async def _tried(self) -> str | None:
        try:
            async with asyncio.timeout(MAX_PROBE_SECONDS):
                await self._write_rows()
                for folder in self._folders:
                    await asyncio.to_thread(write_file, folder)
        except Unavailable as away:
            return f"the database cannot be written: {away}"
        except TimeoutError:
            return f"writing takes longer than {MAX_PROBE_SECONDS:.0f} s"
        except OSError as refusal:
            return f"the folder {Path(refusal.filename).name} cannot be written: {reason(refusal)}"
        return None

    async def _write_rows(self) -> None:
        # Kept and removed in two transactions: what one of them takes back is never on the disk.
        async with self._database.begin() as shelf:
            await shelf.session.run(REMOVE, id=PROBE_ID)
            await shelf.session.run(ADD, id=PROBE_ID, filler=secrets.token_bytes(PROBE_BYTES))
        async with self._database.begin() as shelf:
            await shelf.session.run(REMOVE, id=PROBE_ID)


def write_file(folder: Path) -> None:
    """Write a file into ``folder`` and delete it.

    Raises:
        OSError: it cannot be written, or there is hardly any room left; ``filename`` is the folder.

    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_room(folder)
        _write_and_delete(folder / f".{secrets.token_hex(8)}")
    except OSError as refusal:
        raise OSError(refusal.errno or errno.EIO, refusal.strerror, str(folder)) from refusal


def _require_room(folder: Path) -> None:
    found = os.statvfs(folder)
    if found.f_bavail * found.f_frsize < MIN_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _write_and_delete(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(FILE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)
