"""Migrations of the database schema, the same for SQLite and Postgres.

If older versions of the gateway can read the schema of a migration, the migration adds a row to
``schema_readers``: its revision, and the newest revision that such a version must know. Without
a row, no older version starts with that schema.
"""

import asyncio
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from gateway.adapters.databases.opening import (
    DatabaseUnavailable,
    describe_error,
    describe_location,
)

# Alembic is slow to import, and most starts have nothing to migrate.
if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

HERE = Path(__file__).parent
# Classes of SQLSTATE (PostgreSQL, appendix A): connection lost, no resources, server stopped.
INSUFFICIENT_PRIVILEGE = "42501"
OUTSIDE_CLASSES = ("08", "53", "57")


def configuration(url: str) -> "Config":
    """The Alembic configuration for the database at ``url``."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Migrate the database at ``url`` to the newest revision; not to be called in an event loop.

    Raises:
        DatabaseUnavailable: it cannot be reached, or this user may not change it.

    """
    from alembic import command
    from sqlalchemy.exc import DBAPIError

    try:
        command.upgrade(configuration(url), "head")
    except DBAPIError as refusal:
        if not _from_outside(refusal):
            raise
        original = refusal.orig or refusal
        raise DatabaseUnavailable(
            f"{describe_location(make_url(url))}: {describe_error(original)}"
        ) from refusal


def _from_outside(refusal: "DBAPIError") -> bool:
    """Whether the operator can solve it: no permission, no space or no connection."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    state = str(getattr(refusal.orig, "sqlstate", None) or "")
    outside = state == INSUFFICIENT_PRIVILEGE or state.startswith(OUTSIDE_CLASSES)
    return outside or isinstance(refusal, OperationalError | InterfaceError)


async def migrate(url: str) -> None:
    """Call ``upgrade`` from an event loop."""
    await asyncio.to_thread(upgrade, url)


@cache
def head() -> str:
    """The newest revision; every migration's file name begins with its number."""
    return max(file.stem.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*.py"))
