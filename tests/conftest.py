"""What tests share: databases that are migrated and empty, and a clock that stands."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.migrations import upgrade
from gateway.adapters.postgres import PostgresDatabase
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine import stages
from tests.demands import lacking

AnyDatabase: TypeAlias = SqliteDatabase | PostgresDatabase

SERVER = os.environ.get(
    "GATEWAY_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
SCRATCH = f"gateway_test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"

# Foreign keys are left aside: the order of the tables does not matter.
EMPTY = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""


@pytest.fixture
def clock() -> StandingClock:
    """Noon of a Monday."""
    return StandingClock(datetime(2026, 11, 2, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, migrated once to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_file(migrated_file: Path, tmp_path: Path) -> Path:
    """An empty, migrated SQLite database of the test's own."""
    return Path(shutil.copy(migrated_file, tmp_path / "gateway.db"))


@pytest.fixture
async def database(database_file: Path, clock: StandingClock) -> AsyncIterator[SqliteDatabase]:
    """The embedded database, on the test's clock."""
    embedded = await SqliteDatabase.open(database_file, clock)
    yield embedded
    await embedded.close()


@pytest.fixture(scope="session")
def scratch_url() -> Iterator[str]:
    """A migrated Postgres database of this test worker's own."""
    try:
        asyncio.run(_on_server(f"CREATE DATABASE {SCRATCH}"))
    except OSError as absent:
        lacking("postgres", f"{SERVER}: {absent}")
    url = f"{SERVER.rpartition('/')[0]}/{SCRATCH}"
    upgrade(url)
    yield url
    asyncio.run(_on_server(f"DROP DATABASE {SCRATCH} WITH (FORCE)"))


@pytest.fixture
async def postgres_url(scratch_url: str) -> str:
    """The worker's Postgres database, emptied."""
    connection = await asyncpg.connect(scratch_url)
    await connection.execute(EMPTY)
    await connection.close()
    return scratch_url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database: once on SQLite, once on Postgres."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{request.getfixturevalue('database_file')}"


@pytest.fixture
async def databases(database_url: str, clock: StandingClock) -> AsyncIterator[AnyDatabase]:
    """An empty, migrated database on the test's clock: once on SQLite, once on Postgres."""
    database = await opened(database_url, clock)
    yield database
    await database.close()


async def opened(url: str, clock: StandingClock) -> AnyDatabase:
    """The database at ``url``, as another process would open it."""
    if url.startswith("sqlite"):
        return await SqliteDatabase.open(Path(url.removeprefix("sqlite:///")), clock)
    return await PostgresDatabase.open(url, clock)


async def _on_server(command: str) -> None:
    connection = await asyncpg.connect(SERVER)
    await connection.execute(command)
    await connection.close()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The strategies that run from now on, in order."""
    found: list[str] = []
    for name, step in stages.STANDARD.by_name.items():

        def noting(ledger: object, name: str = name, step: object = step) -> object:
            found.append(name)
            return step(ledger)  # type: ignore[operator]

        monkeypatch.setitem(stages.STANDARD.by_name, name, noting)
    return found
