"""Migrations arrive at exactly the declared tables, on both databases."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from gateway.adapters.migrations import configuration, head, migrate, upgrade
from gateway.adapters.sqlite import SqliteDatabase


def test_nothing_is_declared_that_no_migration_makes(database_url: str) -> None:
    command.check(configuration(database_url))


def test_every_migration_can_be_taken_back(tmp_path: Path) -> None:
    config = configuration(f"sqlite:///{tmp_path / 'shop.db'}")
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.check(config)


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with ThreadPoolExecutor(1) as other:
        # Alembic keeps its context in module state: the second one is a process of its own.
        process = other.submit(asyncio.run, _in_another_process(url))
        upgrade(url)
        assert process.result() == 0
    command.check(configuration(url))


async def _in_another_process(url: str) -> int:
    code = f"from gateway.adapters.migrations import upgrade; upgrade({url!r})"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    return await process.wait()


def test_the_newest_file_is_the_newest_revision() -> None:
    script = ScriptDirectory.from_config(configuration(""))
    assert head() == script.get_current_head()


async def test_migrating_from_within_a_loop(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    await migrate(f"sqlite:///{path}")
    database = await SqliteDatabase.open(path)
    assert await database.revision() is not None
    await database.close()
