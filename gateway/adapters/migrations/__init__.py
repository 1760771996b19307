"""The schema's history, and moving a database along it; the same revisions for both databases."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def configuration(url: str) -> Config:
    """Alembic's settings for the database at ``url``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest revision; call it outside an event loop."""
    command.upgrade(configuration(url), "head")


async def migrate(url: str) -> None:
    """``upgrade``, from within an event loop."""
    await asyncio.to_thread(upgrade, url)


def head() -> str | None:
    """The newest revision."""
    return ScriptDirectory.from_config(configuration("")).get_current_head()
