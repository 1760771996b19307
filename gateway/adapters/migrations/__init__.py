"""The schema's history, and moving a database along it; the same revisions for both databases."""

import asyncio
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

# Alembic is a fifth of what a start imports, and most starts find nothing to migrate.
if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def configuration(url: str) -> "Config":
    """Alembic's settings for the database at ``url``."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest revision; call it outside an event loop."""
    from alembic import command

    command.upgrade(configuration(url), "head")


async def migrate(url: str) -> None:
    """``upgrade``, from within an event loop."""
    await asyncio.to_thread(upgrade, url)


@cache
def head() -> str:
    """The newest revision: each file's name begins with its own, and they count up."""
    return max(file.stem.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*.py"))
