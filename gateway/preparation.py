"""What has to hold before a process begins and while it serves: data folder, database, revision."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.adapters.databases import DatabaseUnavailable, OpenDatabase, open_database
from gateway.adapters.migrations import head, migrate
from gateway.adapters.upkeep import WriteProbe, oldest_reader
from gateway.bootstrap import Gateway
from gateway.secret_key import SECRET_FILE, secret_key
from gateway.services.ports.database import Unavailable
from gateway.settings import Settings, variable

logger = logging.getLogger(__name__)


class CannotBegin(Exception):
    """Why a process cannot begin: one line, with the variable's name where one is at fault."""


async def prepare(settings: Settings) -> None:
    """Bring the database to the newest migration; in production only look whether it is.

    Raises:
        CannotBegin: it is not, it cannot be reached, or the data folder cannot be written.

    """
    async with prepared_database(settings):
        pass


@asynccontextmanager
async def prepared_database(settings: Settings) -> AsyncIterator[OpenDatabase]:
    """The database, prepared as by ``prepare``, while the block lasts."""
    make_data_folder(settings)
    database = await _open(settings)
    try:
        await _bring_to_newest_revision(database, settings)
        yield database
    finally:
        await database.close()


async def migrate_database(settings: Settings) -> None:
    """Bring the database to the newest migration, in production too.

    Raises:
        CannotBegin: as ``prepare``.

    """
    make_data_folder(settings)
    database = await _open(settings)
    try:
        _refuse_newer(await database.revision())
    finally:
        await database.close()
    await _migrate(settings)


def make_data_folder(settings: Settings) -> None:
    """Make the data folder where it is not there.

    Raises:
        CannotBegin: something else is there, or it cannot be made or written.
        WrongSettings: the secret that it keeps is none.

    """
    folder, name = settings.data_dir, variable("data_dir")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as refusal:
        reason = "is a file, not a folder" if folder.is_file() else refusal.strerror
        raise CannotBegin(f"{name}: {folder}: {reason}") from refusal
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotBegin(f"{name}: {folder}: cannot be written by this user")
    if (folder / SECRET_FILE).exists():
        secret_key(settings)


async def _open(settings: Settings) -> OpenDatabase:
    try:
        return await open_database(settings.database)
    except DatabaseUnavailable as refusal:
        raise _unavailable(refusal, settings) from refusal


async def _bring_to_newest_revision(database: OpenDatabase, settings: Settings) -> None:
    revision = await database.revision()
    if revision == head():
        return
    if revision is not None and revision > head():
        await _require_readable(database, revision)
        return
    if settings.production:
        raise CannotBegin(
            f"the database is at revision {revision or 'none'}, this version needs {head()}: "
            "run `gateway migrate` first"
        )
    await _migrate(settings)


async def _require_readable(database: OpenDatabase, revision: str) -> None:
    """Refuse a newer database unless the migration that made it says that this version can read it.

    That is how a new version is rolled back without a backup.
    """
    oldest = await oldest_reader(database, revision)
    if oldest is None or oldest > head():
        raise CannotBegin(newer(revision, oldest))
    logger.warning(
        "the database is newer (%s) than this version of the gateway (%s), which can read it",
        revision,
        head(),
    )


def newer(revision: str, oldest: str | None) -> str:
    """What is said of a database at a ``revision`` that this version does not know."""
    those = f"one that knows {oldest} or later" if oldest else "the newer version"
    return (
        f"the database is newer ({revision}) than this version of the gateway ({head()}): "
        f"run {those}"
    )


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision > head():
        raise CannotBegin(newer(revision, None))


async def _migrate(settings: Settings) -> None:
    try:
        await migrate(settings.database)
    except DatabaseUnavailable as refusal:
        raise _unavailable(refusal, settings) from refusal
    logger.info("the database is at revision %s", head())


def _unavailable(refusal: DatabaseUnavailable, settings: Settings) -> CannotBegin:
    name = variable("database_url" if settings.database_url else "data_dir")
    return CannotBegin(f"{name}: {refusal}")


class Readiness:
    """Whether the database answers, lacks no migration, and can be written, as a purchase needs.

    One that a newer version has migrated serves, unless that version says this one cannot read it:
    this one serves on it until it is replaced.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._probe = WriteProbe(gateway.database, _written_folders(gateway.settings))

    async def problem(self) -> str | None:
        """Why the process is to get no traffic; None where it is."""
        try:
            return await self._of_revision() or await self._probe.problem()
        except Unavailable:
            return "the database does not answer"
        except Exception:
            # Whatever keeps the database from answering, the answer is the same.
            logger.exception("the database does not answer")
            return "the database does not answer"

    async def _of_revision(self) -> str | None:
        revision, own = await self._gateway.database.revision(), head()
        if revision is None or revision < own:
            found = revision or "none"
            return f"migrations are missing: {found}, not {own}; run `gateway migrate`"
        if revision == own:
            return None
        oldest = await oldest_reader(self._gateway.database, revision)
        if oldest is None or oldest <= own:
            return None
        return newer(revision, oldest)


def _written_folders(settings: Settings) -> list[Path]:
    """Where files are written as orders and gifts go on: messages that no server takes."""
    as_files = settings.smtp_url is None or settings.sms_url is None
    return [settings.data_dir / "outbox"] if as_files else []
