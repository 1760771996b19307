"""The schema's history, and moving a database along it; the same revisions for both databases.

A migration that leaves what older versions can read adds a row to ``schema_readers``: its revision,
and the newest revision that the oldest of them must know. Where one adds none, no older version
starts on what it leaves.
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

# Alembic is a fifth of what a start imports, and most starts find nothing to migrate.
if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

HERE = Path(__file__).parent
# SQLSTATE, PostgreSQL's appendix A: connection lost, no resources, stopped by the operator.
INSUFFICIENT_PRIVILEGE = "42501"
OUTSIDE_CLASSES = ("08", "53", "57")


def configuration(url: str) -> "Config":
    """Alembic's settings for the database at ``url``."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest revision; call it outside an event loop.

    Raises:
        DatabaseUnavailable: it went away, or does not let this user change it.

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
    """Whether the operator can mend it: no right, no space, no connection; not a fault of ours."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    state = str(getattr(refusal.orig, "sqlstate", None) or "")
    outside = state == INSUFFICIENT_PRIVILEGE or state.startswith(OUTSIDE_CLASSES)
    return outside or isinstance(refusal, OperationalError | InterfaceError)


async def migrate(url: str) -> None:
    """``upgrade``, from within an event loop."""
    await asyncio.to_thread(upgrade, url)


@cache
def head() -> str:
    """The newest revision: each file's name begins with its own, and they count up."""
    return max(file.stem.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*.py"))
