"""Databases by their URL: ``sqlite:///path/to/file`` or ``postgresql://user@host/name``."""

import os
import sqlite3
from pathlib import Path
from typing import TypeAlias

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.adapters.databases.postgres import PostgresDatabase
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import DatabaseBusy

OpenDatabase: TypeAlias = SqliteDatabase | PostgresDatabase
EXPECTED_URL_MESSAGE = "must be sqlite:///FILE or postgresql://USER@HOST/NAME"
OPEN_ERRORS = (
    OSError,
    OverflowError,
    ValueError,
    sqlite3.DatabaseError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    DatabaseBusy,
)
"""Exceptions of drivers when opening fails; OverflowError means a port above 65535."""


class UnknownDatabaseUrl(ValueError):
    """The URL names neither a SQLite file nor a Postgres database."""


class DatabaseUnavailable(Exception):
    """The database cannot be used now; the message has one line and no password."""


async def open_database(url: str, clock: Clock | None = None) -> OpenDatabase:
    """Open the database at ``url``; without ``clock``, times come from the database.

    Raises:
        DatabaseUnavailable: it does not exist or refuses, or the URL names no database.

    """
    try:
        parsed_url = make_url(url)
        kind = database_kind(parsed_url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailable(EXPECTED_URL_MESSAGE) from error
    try:
        if kind == "sqlite":
            return await SqliteDatabase.open(Path(parsed_url.database or ""), clock)
        driver_url = parsed_url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await PostgresDatabase.open(driver_url, clock)
    except OPEN_ERRORS as error:
        raise DatabaseUnavailable(
            f"{describe_location(parsed_url)}: {describe_error(error)}"
        ) from error


def database_kind(url: URL) -> str:
    """Return ``"sqlite"`` or ``"postgresql"``, or raise ``UnknownDatabaseUrl``."""
    kind = {"postgres": "postgresql"}.get(url.drivername, url.get_backend_name())
    if kind not in {"sqlite", "postgresql"} or not url.database:
        raise UnknownDatabaseUrl(EXPECTED_URL_MESSAGE)
    return kind


def describe_location(url: URL) -> str:
    """The location of the database (file, or host, port and name), without the user."""
    if database_kind(url) == "sqlite":
        return str(url.database)
    return f"{url.host or 'the local socket'}:{url.port or 5432}/{url.database}"


def describe_error(error: BaseException) -> str:
    """The message of ``error`` in one line."""
    if isinstance(error, TimeoutError):
        return "does not answer"
    if isinstance(error, OSError) and error.errno is not None:
        has_system_code = error.errno > 0
        return os.strerror(error.errno) if has_system_code else str(error.strerror)
    return " ".join(str(error).split()) or type(error).__name__
