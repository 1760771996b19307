"""Checks of the data folder, the database and its revision, at the start and while serving."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.adapters.databases.opening import DatabaseUnavailable, OpenDatabase, open_database
from gateway.adapters.databases.upkeep import WriteProbe, find_oldest_reader
from gateway.adapters.migrations import head, migrate
from gateway.bootstrap import Gateway
from gateway.secret_key import SECRET_FILE, load_secret_key
from gateway.services.ports.database import DatabaseUnreachable
from gateway.settings import Settings, variable_name

logger = logging.getLogger(__name__)


class StartupError(Exception):
    """A process cannot start; the message has one line and names the variable, if one is wrong."""


async def prepare_database(settings: Settings) -> None:
    """Migrate the database to the newest revision; in production only check the revision.

    Raises:
        StartupError: the revision does not fit, the database cannot be reached, or the data folder
            cannot be written.

    """
    async with open_prepared_database(settings):
        pass


@asynccontextmanager
async def open_prepared_database(settings: Settings) -> AsyncIterator[OpenDatabase]:
    """The database, prepared as by ``prepare_database``, for the duration of the block."""
    make_data_folder(settings)
    database = await _open_database(settings)
    try:
        await _migrate_or_check(database, settings)
        yield database
    finally:
        await database.close()


async def migrate_database(settings: Settings) -> None:
    """Migrate the database to the newest revision, in production too.

    Raises:
        StartupError: as for ``prepare_database``.

    """
    make_data_folder(settings)
    database = await _open_database(settings)
    try:
        _require_not_newer(await database.schema_revision())
    finally:
        await database.close()
    await _migrate(settings)


def make_data_folder(settings: Settings) -> None:
    """Make the data folder if it does not exist.

    Raises:
        StartupError: it is a file, or it cannot be made or written.
        InvalidSettings: the secret in the folder is not valid.

    """
    folder, name = settings.data_dir, variable_name("data_dir")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file, not a folder" if folder.is_file() else error.strerror
        raise StartupError(f"{name}: {folder}: {reason}") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StartupError(f"{name}: {folder}: cannot be written by this user")
    if (folder / SECRET_FILE).exists():
        load_secret_key(settings)


async def _open_database(settings: Settings) -> OpenDatabase:
    try:
        return await open_database(settings.resolved_database_url)
    except DatabaseUnavailable as error:
        raise _startup_error(error, settings) from error


async def _migrate_or_check(database: OpenDatabase, settings: Settings) -> None:
    revision = await database.schema_revision()
    if revision == head():
        return
    if revision is not None and revision > head():
        await _require_readable(database, revision)
        return
    if settings.production:
        raise StartupError(
            f"the database is at revision {revision or 'none'}, this version needs {head()}: "
            "run `gateway migrate` first"
        )
    await _migrate(settings)


async def _require_readable(database: OpenDatabase, revision: str) -> None:
    """Refuse a newer database, unless its migration states that this version can read it.

    So an operator can go back to an older version of the gateway without a backup.
    """
    oldest = await find_oldest_reader(database, revision)
    if oldest is None or oldest > head():
        raise StartupError(newer_database_message(revision, oldest))
    logger.warning(
        "the database is newer (%s) than this version of the gateway (%s), which can read it",
        revision,
        head(),
    )


def newer_database_message(revision: str, oldest: str | None) -> str:
    """The error message for a database at a ``revision`` that this version does not know."""
    remedy = f"one that knows {oldest} or later" if oldest else "the newer version"
    return (
        f"the database is newer ({revision}) than this version of the gateway ({head()}): "
        f"run {remedy}"
    )


def _require_not_newer(revision: str | None) -> None:
    if revision is not None and revision > head():
        raise StartupError(newer_database_message(revision, None))


async def _migrate(settings: Settings) -> None:
    try:
        await migrate(settings.resolved_database_url)
    except DatabaseUnavailable as error:
        raise _startup_error(error, settings) from error
    logger.info("the database is at revision %s", head())


def _startup_error(error: DatabaseUnavailable, settings: Settings) -> StartupError:
    name = variable_name("database_url" if settings.database_url else "data_dir")
    return StartupError(f"{name}: {error}")


class Readiness:
    """Checks that the database answers, has the needed revision, and can be written.

    A newer revision is accepted too, unless its migration states that this version cannot read it,
    because a new version may migrate the database before this one is replaced.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._probe = WriteProbe(gateway.database, _message_folders(gateway.settings))

    async def find_problem(self) -> str | None:
        """The reason why the process should get no requests; None if it is ready."""
        try:
            return await self._revision_problem() or await self._probe.find_problem()
        except DatabaseUnreachable:
            return "the database does not answer"
        except Exception:
            # All other errors count as a database that does not answer, too.
            logger.exception("the database does not answer")
            return "the database does not answer"

    async def _revision_problem(self) -> str | None:
        revision, newest_known = await self._gateway.database.schema_revision(), head()
        if revision is None or revision < newest_known:
            current = revision or "none"
            return f"migrations are missing: {current}, not {newest_known}; run `gateway migrate`"
        if revision == newest_known:
            return None
        oldest = await find_oldest_reader(self._gateway.database, revision)
        if oldest is None or oldest <= newest_known:
            return None
        return newer_database_message(revision, oldest)


def _message_folders(settings: Settings) -> list[Path]:
    """The folder of messages in files, if a server for mail or SMS is not set."""
    writes_files = settings.smtp_url is None or settings.sms_url is None
    return [settings.data_dir / "outbox"] if writes_files else []
