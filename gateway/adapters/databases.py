"""Databases by their URL: ``sqlite:///path/to/file`` or ``postgresql://user@host/name``."""

import os
import sqlite3
from pathlib import Path
from typing import TypeAlias

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.adapters.postgres import PostgresDatabase
from gateway.adapters.sqlite import SqliteDatabase
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Busy

OpenDatabase: TypeAlias = SqliteDatabase | PostgresDatabase
EXPECTED = "must be sqlite:///FILE or postgresql://USER@HOST/NAME"
# What drivers raise where a database cannot be opened: OverflowError is a port above 65535.
REFUSALS = (
    OSError,
    OverflowError,
    ValueError,
    sqlite3.DatabaseError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    Busy,
)


class UnknownDatabase(ValueError):
    """A URL that names neither a SQLite file nor a Postgres database."""


class DatabaseUnavailable(Exception):
    """A database that cannot be used now: which and why, in one line, without its password."""


async def open_database(url: str, clock: Clock | None = None) -> OpenDatabase:
    """The database at ``url``; times come from ``clock`` if given, else from the database.

    Raises:
        DatabaseUnavailable: it is not there, refuses, or the URL names none.

    """
    try:
        parsed = make_url(url)
        name = backend(parsed)
    except (ArgumentError, ValueError) as refusal:
        raise DatabaseUnavailable(EXPECTED) from refusal
    try:
        if name == "sqlite":
            return await SqliteDatabase.open(Path(parsed.database or ""), clock)
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        return await PostgresDatabase.open(plain, clock)
    except REFUSALS as refusal:
        raise DatabaseUnavailable(f"{place(parsed)}: {reason(refusal)}") from refusal


def backend(url: URL) -> str:
    """``"sqlite"`` or ``"postgresql"``; anything else raises ``UnknownDatabase``."""
    name = {"postgres": "postgresql"}.get(url.drivername, url.get_backend_name())
    if name not in {"sqlite", "postgresql"} or not url.database:
        raise UnknownDatabase(EXPECTED)
    return name


def place(url: URL) -> str:
    """Where the database is: a file, or host, port and name; never who signs in."""
    if backend(url) == "sqlite":
        return str(url.database)
    return f"{url.host or 'the local socket'}:{url.port or 5432}/{url.database}"


def reason(refusal: BaseException) -> str:
    """Why it was refused, in one line."""
    if isinstance(refusal, TimeoutError):
        return "does not answer"
    if isinstance(refusal, OSError) and refusal.errno is not None:
        known = refusal.errno > 0
        return os.strerror(refusal.errno) if known else str(refusal.strerror)
    return " ".join(str(refusal).split()) or type(refusal).__name__
