"""What tests share: databases that are migrated and empty, and a clock that stands."""

import asyncio
import gc
import inspect
import os
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import certifi
import httpx
import hypothesis
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.postgres import PostgresDatabase
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.migrations import upgrade
from gateway.engine.pricing import pipeline
from tests.demands import skip_or_fail
from tests.first_start import copy_first_start
from tests.running import START_TIMEOUT_SECONDS
from tests.stripe_peer.fixtures import stripe_account, stripe_peer
from tests.suites import Suite, suite_of_test

__all__ = ["stripe_account", "stripe_peer"]

# For mutants: that an example fails is enough, and looking for the smallest takes its time.
hypothesis.settings.register_profile(
    "first_failure",
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    database=None,
    deadline=None,
)

# How long inputs take, to make and to try, says how busy the machine is, and nothing of what is
# tested.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent

AnyDatabase: TypeAlias = SqliteDatabase | PostgresDatabase

POSTGRES_URL = os.environ.get(
    "GATEWAY_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
SCRATCH_DATABASE = f"gateway_test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - each test makes a folder of its own there
ROOMY_BYTES = 1 << 30

# Foreign keys are left aside: the order of the tables does not matter.
DELETE_ALL_ROWS = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what belongs to the long suite, before tests are chosen by their marks."""
    for item in items:
        path = item.path.relative_to(ROOT).as_posix()
        parameters = getattr(item, "callspec", None)
        if suite_of_test(path, parameters.params.values() if parameters else ()) is Suite.LONG:
            item.add_marker(pytest.mark.long)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Keep garbage while tests are collected: nearly all that is made then stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what is there before the first test out of collections: each would walk all of it."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> ManualClock:
    """Noon of a Monday."""
    return ManualClock(datetime(2026, 11, 2, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, migrated once to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_file(migrated_file: Path) -> Iterator[Path]:
    """An empty, migrated SQLite database of the test's own, alone in its folder."""
    with tempfile.TemporaryDirectory(prefix="gateway-test-", dir=memory_folder()) as folder:
        yield Path(shutil.copy(migrated_file, Path(folder) / "gateway.db"))


@pytest.fixture
def data_folder(migrated_file: Path, tmp_path: Path) -> Path:
    """A gateway's data folder, ``tmp_path / "data"``, with an empty, migrated database."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(migrated_file, folder / "gateway.db")
    return folder


@pytest.fixture
def demo_folder(tmp_path: Path) -> Path:
    """A gateway's data folder, ``tmp_path / "data"``, with the demonstration shop."""
    copy_first_start(tmp_path / "data")
    return tmp_path / "data"


def memory_folder() -> Path | None:
    """Where the machine keeps files in memory, if it has room there: no test waits for a disk."""
    is_roomy = MEMORY_FOLDER.is_dir() and shutil.disk_usage(MEMORY_FOLDER).free >= ROOMY_BYTES
    return MEMORY_FOLDER if is_roomy and os.access(MEMORY_FOLDER, os.W_OK) else None


@pytest.fixture(scope="session", autouse=True)
def read_certificates_once() -> Iterator[None]:
    """Let all HTTP clients share what each would read for itself, in 20 ms: whom to trust."""
    create_context = ssl.create_default_context
    trusted_files = {certifi.where(), os.environ.get("SSL_CERT_FILE")} - {None}
    contexts = {file: create_context(cafile=file) for file in trusted_files}

    def find_or_create_context(*arguments: Any, **named: Any) -> ssl.SSLContext:  # noqa: ANN401
        if not arguments and named.keys() == {"cafile"} and named["cafile"] in contexts:
            return contexts[named["cafile"]]
        return create_context(*arguments, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ssl, "create_default_context", find_or_create_context)
        yield


@pytest.fixture(scope="session", autouse=True)
def wait_for_answers() -> Iterator[None]:
    """Let HTTP clients that say nothing of it wait for a busy machine, instead of for 5 s."""
    unstated = inspect.signature(httpx.get).parameters["timeout"].default
    with pytest.MonkeyPatch.context() as patched:
        for part in ("connect", "read", "write", "pool"):
            patched.setattr(unstated, part, START_TIMEOUT_SECONDS)
        yield


@pytest.fixture
async def database(database_file: Path, clock: ManualClock) -> AsyncIterator[SqliteDatabase]:
    """The embedded database, on the test's clock."""
    sqlite_database = await SqliteDatabase.open(database_file, clock)
    yield sqlite_database
    await sqlite_database.close()


@pytest.fixture(scope="session")
def scratch_url() -> Iterator[str]:
    """A migrated Postgres database of this test worker's own."""
    try:
        asyncio.run(_execute_on_server(f"CREATE DATABASE {SCRATCH_DATABASE}"))
    except OSError as error:
        skip_or_fail("postgres", f"{POSTGRES_URL}: {error}")
    # That a commit outlives the server is Postgres' own affair: no test waits for a disk.
    setting = f"ALTER DATABASE {SCRATCH_DATABASE} SET synchronous_commit = off"
    asyncio.run(_execute_on_server(setting))
    url = f"{POSTGRES_URL.rpartition('/')[0]}/{SCRATCH_DATABASE}"
    upgrade(url)
    yield url
    asyncio.run(_execute_on_server(f"DROP DATABASE {SCRATCH_DATABASE} WITH (FORCE)"))


@pytest.fixture
async def postgres_url(scratch_url: str) -> str:
    """The worker's Postgres database, emptied."""
    connection = await asyncpg.connect(scratch_url)
    await connection.execute(DELETE_ALL_ROWS)
    await connection.close()
    return scratch_url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database: once on SQLite, once on Postgres."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{request.getfixturevalue('database_file')}"


@pytest.fixture
async def databases(database_url: str, clock: ManualClock) -> AsyncIterator[AnyDatabase]:
    """An empty, migrated database on the test's clock: once on SQLite, once on Postgres."""
    database = await open_test_database(database_url, clock)
    yield database
    await database.close()


async def open_test_database(url: str, clock: ManualClock) -> AnyDatabase:
    """The database at ``url``, as another process would open it."""
    if url.startswith("sqlite"):
        return await SqliteDatabase.open(Path(url.removeprefix("sqlite:///")), clock)
    return await PostgresDatabase.open(url, clock)


async def _execute_on_server(command: str) -> None:
    connection = await asyncpg.connect(POSTGRES_URL)
    await connection.execute(command)
    await connection.close()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The strategies that run from now on, in order."""
    strategy_names: list[str] = []
    for name, step in pipeline.STANDARD_PIPELINE.by_name.items():

        def record_and_run(ledger: object, name: str = name, step: object = step) -> object:
            strategy_names.append(name)
            return step(ledger)  # type: ignore[operator]

        monkeypatch.setitem(pipeline.STANDARD_PIPELINE.by_name, name, record_and_run)
    return strategy_names
