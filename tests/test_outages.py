"""A database that is away for a while: answers that say so, one line a spell, and its return."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from gateway.adapters.databases import open_database
from gateway.adapters.lasting import keep_going
from gateway.adapters.outages import Outage
from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.statements import Statement
from gateway.app import application
from gateway.bootstrap import Gateway, bootstrap
from gateway.services.ports.database import Unavailable
from gateway.settings import Settings
from gateway.worker import keep_turning
from tests.cables import cable_to

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
    monkeypatch.setattr("gateway.adapters.lasting.FIRST_PAUSE_SECONDS", 0.001)
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

    going = asyncio.create_task(keep_going("the loop", run))
    async with asyncio.timeout(30):
        await fourth.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    said = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert said == ["the loop failed", "the loop was cut off", "the loop ended unasked"]


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Gateway]]:
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client, gateway


async def refused(client: httpx.AsyncClient, asked: dict[str, str]) -> None:
    answer = await client.post("/graphql", json=asked)
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5"), answer.text
    codes = {each["extensions"]["code"] for each in answer.json()["errors"]}
    assert codes == {"SERVICE_UNAVAILABLE"}


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as a warning or worse, up to the first colon or number."""
    ours = [each for each in caplog.records if each.name.startswith("gateway")]
    found = [each for each in ours if each.levelno > logging.INFO]
    assert [each.exc_info for each in found if each.exc_info] == []
    return [each.getMessage().partition(":")[0].partition(" after")[0] for each in found]


async def test_postgres_that_goes_and_comes(
    postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R140
    """Requests, the worker, readiness and figures; nothing is restarted."""
    async with cable_to(postgres_url) as (cable, url):
        settings = Settings(data_dir=tmp_path, database_url=url)
        async with served(settings) as (client, gateway):
            working = asyncio.create_task(
                keep_turning(gateway.steps, gateway.database, gateway.parts.wakeups)
            )
            assert (await client.post("/graphql", json=WRITE)).status_code == 200
            await cable.pull_out()
            for _ in range(3):
                await refused(client, READ)
                await refused(client, WRITE)
                answer = await client.get("/readyz")
                assert answer.json() == {"status": "the database does not answer"}
                charges = await client.get("/sim/charges")
                assert (charges.status_code, charges.headers["retry-after"]) == (503, "5")
                assert "gateway_database_up 0.0" in (await client.get("/metrics")).text
                assert (await client.get("/healthz")).status_code == 200
            assert said(caplog) == ["the database is away"]
            await cable.plug_in()
            assert (await client.post("/graphql", json=READ)).status_code == 200
            assert (await client.post("/graphql", json=WRITE)).status_code == 200
            assert (await client.get("/readyz")).status_code == 200
            assert "gateway_database_up 1.0" in (await client.get("/metrics")).text
            assert said(caplog) == ["the database is away", "the database is back"]
            assert not working.done()
            working.cancel()


async def test_a_file_that_was_moved_takes_nothing_that_nobody_would_find(
    database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R140
    settings = Settings(data_dir=database_file.parent)
    async with served(settings) as (client, _):
        assert (await client.post("/graphql", json=WRITE)).status_code == 200
        elsewhere = database_file.with_name("elsewhere.db")
        for _ in range(2):
            database_file.rename(elsewhere)
            for _ in range(3):
                await refused(client, WRITE)
            elsewhere.rename(database_file)
            assert (await client.post("/graphql", json=WRITE)).status_code == 200
    spell = ["writing to the database is away", "writing to the database is back"]
    assert said(caplog) == spell * 2


async def test_a_file_that_another_keeps_locked(
    database_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # R140
    import sqlite3

    monkeypatch.setattr("gateway.adapters.sqlite.PATIENCE", 0.05)
    settings = Settings(data_dir=database_file.parent)
    other = sqlite3.connect(database_file, isolation_level=None)
    async with served(settings) as (client, _):
        other.execute("BEGIN EXCLUSIVE")
        await refused(client, WRITE)
        await refused(client, WRITE)
        assert (await client.post("/graphql", json=READ)).status_code == 200
        other.execute("ROLLBACK")
        assert (await client.post("/graphql", json=WRITE)).status_code == 200
    other.close()
    assert said(caplog) == ["writing to the database is away", "writing to the database is back"]


async def test_what_a_block_raises_is_its_own(databases: object) -> None:
    """An error of the outside within a transaction is not taken for the database's."""
    assert isinstance(databases, SqliteDatabase) or databases is not None
    for raised in (OSError("theirs"), TimeoutError("theirs"), ValueError("theirs")):
        with pytest.raises(type(raised), match="theirs"):
            async with databases.begin():  # type: ignore[attr-defined]
                raise raised


async def test_a_transaction_that_loses_its_connection(postgres_url: str) -> None:
    async with cable_to(postgres_url) as (cable, url):
        database = await open_database(url)

        async def lose() -> None:
            async with database.begin() as work:
                await work.data_keys.add("prs_1", b"")
                await cable.pull_out()
                await work.data_keys.add("prs_2", b"")

        for _ in range(2):
            with pytest.raises(Unavailable):
                await lose()
        await cable.plug_in()
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
            for each in before:
                await work.session.all(each)
            await work.data_keys.add("prs_1", b"")

    for _ in range(2):
        with pytest.raises(Unavailable, match="only be read"):
            await write(Statement(text("SET TRANSACTION READ ONLY")))
    await write()
    await database.close()
    assert said(caplog) == ["writing to the database is away", "writing to the database is back"]
