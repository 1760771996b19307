"""A database that is away for a while: answers that say so, one line a spell, and its return."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from gateway.adapters.databases.opening import open_database
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.outages import Outage
from gateway.adapters.restarted_loops import supervise_loop
from gateway.adapters.sql.statements import Statement
from gateway.bootstrap import Gateway, bootstrap
from gateway.services.ports.database import DatabaseUnreachable
from gateway.settings import Settings
from gateway.web_app.app import application
from gateway.worker import run_jobs
from tests.cables import relay_to

READ = {"query": "{ products(first: 1) { nodes { title } } }"}
WRITE = {"query": "mutation { cartCreate(input: {}) { cart { id } } }"}


def test_a_spell_is_told_once_at_its_begin_and_once_at_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    times = iter([10.0, 12.5, 20.0])
    outage = Outage("the mill", "there is no flour", lambda: next(times))
    outage.end()
    for _ in range(3):
        outage.begin("the stream is dry")
    outage.end()
    outage.end()
    outage.begin("the wheel broke")
    assert [record.getMessage() for record in caplog.records] == [
        "the mill is away: the stream is dry; there is no flour",
        "the mill is back after 2.5 s",
        "the mill is away: the wheel broke; there is no flour",
    ]


async def test_a_loop_that_fails_or_ends_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # R139
    monkeypatch.setattr("gateway.adapters.restarted_loops.MIN_RESTART_DELAY_SECONDS", 0.001)
    runs, fourth = 0, asyncio.Event()

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise RuntimeError("once")
        if runs == 2:
            cancelled = asyncio.get_running_loop().create_future()
            cancelled.cancel()
            await cancelled
        if runs == 4:
            fourth.set()
            await asyncio.sleep(60)

    going = asyncio.create_task(supervise_loop("the loop", run))
    async with asyncio.timeout(30):
        await fourth.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    said = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert said == ["the loop failed", "the loop was cut off", "the loop ended unasked"]


@asynccontextmanager
async def serve_in_process(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Gateway]]:
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client, gateway


async def assert_unavailable(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    answer = await client.post("/graphql", json=body)
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5"), answer.text
    codes = {each["extensions"]["code"] for each in answer.json()["errors"]}
    assert codes == {"SERVICE_UNAVAILABLE"}


def logged_warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as a warning or worse, up to the first colon or number."""
    gateway_records = [each for each in caplog.records if each.name.startswith("gateway")]
    warnings = [each for each in gateway_records if each.levelno > logging.INFO]
    assert [each.exc_info for each in warnings if each.exc_info] == []
    return [each.getMessage().partition(":")[0].partition(" after")[0] for each in warnings]


async def test_postgres_that_goes_and_comes(
    postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R140
    """Requests, the worker, readiness and figures; nothing is restarted."""
    async with relay_to(postgres_url) as (cable, url):
        settings = Settings(data_dir=tmp_path, database_url=url)
        async with serve_in_process(settings) as (client, gateway):
            working = asyncio.create_task(
                run_jobs(gateway.jobs, gateway.database, gateway.dependencies.wakeups)
            )
            assert (await client.post("/graphql", json=WRITE)).status_code == 200
            await cable.stop()
            for _ in range(3):
                await assert_unavailable(client, READ)
                await assert_unavailable(client, WRITE)
                answer = await client.get("/readyz")
                assert answer.json() == {"status": "the database does not answer"}
                charges = await client.get("/sim/charges")
                assert (charges.status_code, charges.headers["retry-after"]) == (503, "5")
                assert "gateway_database_up 0.0" in (await client.get("/metrics")).text
                assert (await client.get("/healthz")).status_code == 200
            assert logged_warnings(caplog) == ["the database is away"]
            await cable.start()
            assert (await client.post("/graphql", json=READ)).status_code == 200
            assert (await client.post("/graphql", json=WRITE)).status_code == 200
            assert (await client.get("/readyz")).status_code == 200
            assert "gateway_database_up 1.0" in (await client.get("/metrics")).text
            assert logged_warnings(caplog) == ["the database is away", "the database is back"]
            assert not working.done()
            working.cancel()


async def test_a_file_that_was_moved_takes_nothing_that_nobody_would_find(
    database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R140
    settings = Settings(data_dir=database_file.parent)
    async with serve_in_process(settings) as (client, _):
        assert (await client.post("/graphql", json=WRITE)).status_code == 200
        elsewhere = database_file.with_name("elsewhere.db")
        for _ in range(2):
            database_file.rename(elsewhere)
            for _ in range(3):
                await assert_unavailable(client, WRITE)
            elsewhere.rename(database_file)
            assert (await client.post("/graphql", json=WRITE)).status_code == 200
    spell = ["writing to the database is away", "writing to the database is back"]
    assert logged_warnings(caplog) == spell * 2


async def test_a_file_that_another_keeps_locked(
    database_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # R140
    import sqlite3

    monkeypatch.setattr("gateway.adapters.databases.sqlite.BUSY_TIMEOUT_SECONDS", 0.05)
    settings = Settings(data_dir=database_file.parent)
    locking_connection = sqlite3.connect(database_file, isolation_level=None)
    async with serve_in_process(settings) as (client, _):
        locking_connection.execute("BEGIN EXCLUSIVE")
        await assert_unavailable(client, WRITE)
        await assert_unavailable(client, WRITE)
        assert (await client.post("/graphql", json=READ)).status_code == 200
        locking_connection.execute("ROLLBACK")
        assert (await client.post("/graphql", json=WRITE)).status_code == 200
    locking_connection.close()
    assert logged_warnings(caplog) == [
        "writing to the database is away",
        "writing to the database is back",
    ]


async def test_what_a_block_raises_is_its_own(databases: object) -> None:
    """An error of the outside within a transaction is not taken for the database's."""
    assert isinstance(databases, SqliteDatabase) or databases is not None
    for raised in (OSError("theirs"), TimeoutError("theirs"), ValueError("theirs")):
        with pytest.raises(type(raised), match="theirs"):
            async with databases.begin():  # type: ignore[attr-defined]
                raise raised


async def test_a_transaction_that_loses_its_connection(postgres_url: str) -> None:
    async with relay_to(postgres_url) as (cable, url):
        database = await open_database(url)

        async def lose() -> None:
            async with database.begin() as work:
                await work.data_keys.add("prs_1", b"")
                await cable.stop()
                await work.data_keys.add("prs_2", b"")

        for _ in range(2):
            with pytest.raises(DatabaseUnreachable):
                await lose()
        await cable.start()
        async with database.begin() as work:
            await work.data_keys.add("prs_4", b"")
        await database.close()


async def test_a_server_that_can_only_be_read(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As a standby is: what writes is told to come back (R140)."""
    database = await open_database(postgres_url)

    async def write(*before: Statement) -> None:
        async with database.begin() as work:
            for statement in before:
                await work.session.fetch_all(statement)
            await work.data_keys.add("prs_1", b"")

    for _ in range(2):
        with pytest.raises(DatabaseUnreachable, match="only be read"):
            await write(Statement(text("SET TRANSACTION READ ONLY")))
    await write()
    await database.close()
    assert logged_warnings(caplog) == [
        "writing to the database is away",
        "writing to the database is back",
    ]
