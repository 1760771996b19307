"""Whether a process may get traffic, by the database that it finds."""

import sqlite3
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.databases.upkeep import CACHE_SECONDS, WriteProbe
from gateway.adapters.migrations import head
from gateway.bootstrap import bootstrap
from gateway.preparation import StartupError, prepare_database
from gateway.settings import PaymentProviderName, Settings
from gateway.web_app.app import application


@pytest.mark.parametrize(
    ("revision", "status", "told"),
    [
        ("0001", 503, f"migrations are missing: 0001, not {head()}; run `gateway migrate`"),
        (None, 503, f"migrations are missing: none, not {head()}; run `gateway migrate`"),
        # Migrated by the version that is about to replace this one: an upgrade has no gap.
        ("9999", 200, "ready"),
    ],
)
async def test_a_database_of_another_version(
    database_file: Path, revision: str | None, status: int, told: str
) -> None:
    settings = Settings(data_dir=database_file.parent)
    async with bootstrap(settings) as gateway, application(gateway) as app:
        set_schema_revision(database_file, revision)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (status, {"status": told})


def declare_oldest_reader(file: Path, revision: str, oldest: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO schema_readers VALUES (?, ?)", (revision, oldest))
    connection.close()


@pytest.mark.parametrize("oldest", ["0001", head(), "9998", None])
@pytest.mark.parametrize("production", [True, False])
async def test_a_newer_database_serves_older_versions_that_can_read_it(
    database_file: Path, oldest: str | None, *, production: bool
) -> None:  # R139
    """A migration says so itself; a process that starts needs to be told, one that runs stays."""
    settings = Settings(
        data_dir=database_file.parent,
        production=production,
        secret_key=SecretStr("s" * 32),
        public_url="https://shop.example",
        smtp_url="smtp://mail.example",
        payments=PaymentProviderName.SIM,
    )
    set_schema_revision(database_file, "9999")
    if oldest is not None:
        declare_oldest_reader(database_file, "9999", oldest)
    readable = oldest is not None and oldest <= head()
    refused = f"the database is newer (9999) than this version of the gateway ({head()}): run "
    refused += f"one that knows {oldest} or later" if oldest else "the newer version"
    if readable:
        await prepare_database(settings)
    else:
        with pytest.raises(StartupError) as refusal:
            await prepare_database(settings)
        assert str(refusal.value) == refused
    answer = await readiness_response(settings)
    expected = (200, "ready") if readable or oldest is None else (503, refused)
    assert (answer.status_code, answer.json()["status"]) == expected


async def readiness_response(settings: Settings) -> httpx.Response:
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/readyz")


async def test_a_full_database_gets_no_traffic(database_file: Path) -> None:  # R140
    """SQLite refuses a page beyond the most that it was allowed, as a full disk would."""
    settings = Settings(data_dir=database_file.parent)
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            limit_database_size(gateway.database, "PRAGMA page_count")
            full = await client.get("/readyz")
            asked = {"query": "mutation { cartCreate(input: {}) { cart { id } } }"}
            answers = [await client.post("/graphql", json=asked) for _ in range(200)]
    assert full.status_code == 503
    assert full.json() == {"status": "the database cannot be written: database or disk is full"}
    refused = answers[-1]
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    [error] = refused.json()["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert refused.json()["data"] is None


def limit_database_size(database: object, pages: str) -> None:
    assert isinstance(database, SqliteDatabase)
    connection = database._writer._connection
    count = connection.execute(pages).fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {count}")


async def test_writing_is_tried_now_and_then(database: SqliteDatabase, tmp_path: Path) -> None:
    """However often it is asked; and nothing is left behind."""
    now, folder = [0.0], tmp_path / "outbox"
    probe = WriteProbe(database, [folder], lambda: now[0])
    assert [await probe.find_problem() for _ in range(3)] == [None] * 3
    version = database.change_stamp()
    assert await probe.find_problem() is None
    assert database.change_stamp() == version
    folder.rmdir()
    folder.write_text("a file")
    assert await probe.find_problem() is None
    now[0] += CACHE_SECONDS
    assert await probe.find_problem() == "the folder outbox cannot be written: File exists"
    folder.unlink()
    now[0] += CACHE_SECONDS
    assert await probe.find_problem() is None
    assert (list(folder.iterdir()), folder.stat().st_mode & 0o777) == ([], 0o700)
    rows = database._reader.execute("SELECT count(*) FROM write_probes").fetchone()
    assert rows == (0,)


async def test_a_disk_without_room(
    database: SqliteDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R140
    monkeypatch.setattr("gateway.adapters.databases.upkeep.MIN_FREE_BYTES", 1 << 62)
    problem = await WriteProbe(database, [tmp_path / "outbox"]).find_problem()
    assert problem == "the folder outbox cannot be written: No space left on device"


def set_schema_revision(file: Path, revision: str | None) -> None:
    with sqlite3.connect(file) as connection:
        if revision is None:
            connection.execute("DELETE FROM alembic_version")
        else:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
