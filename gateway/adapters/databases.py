"""Databases by their URL: ``sqlite:///path/to/file`` or ``postgresql://user@host/name``."""

from pathlib import Path
from typing import TypeAlias

from sqlalchemy import URL, make_url

from gateway.adapters.postgres import PostgresDatabase
from gateway.adapters.sqlite import SqliteDatabase
from gateway.services.ports.clock import Clock

OpenDatabase: TypeAlias = SqliteDatabase | PostgresDatabase


class UnknownDatabase(ValueError):
    """A URL that names neither a SQLite file nor a Postgres database."""


async def open_database(url: str, clock: Clock | None = None) -> OpenDatabase:
    """The database at ``url``; times come from ``clock`` if given, else from the database."""
    parsed = make_url(url)
    match backend(parsed):
        case "sqlite":
            return await SqliteDatabase.open(Path(parsed.database or ""), clock)
        case _:
            plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
            return await PostgresDatabase.open(plain, clock)


def backend(url: URL) -> str:
    """``"sqlite"`` or ``"postgresql"``; anything else raises ``UnknownDatabase``."""
    name = {"postgres": "postgresql"}.get(url.drivername, url.get_backend_name())
    if name not in {"sqlite", "postgresql"} or not url.database:
        raise UnknownDatabase("must be sqlite:///FILE or postgresql://USER@HOST/NAME")
    return name
