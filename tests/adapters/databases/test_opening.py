"""What every database promises its use cases, on SQLite and on Postgres."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    select,
    text,
    update,
)

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.opening import DatabaseUnavailable, open_database
from gateway.adapters.migrations import head
from gateway.adapters.repositories.repositories import Repositories
from gateway.adapters.sql.statements import Statement, in_list, insert
from gateway.services.ports.database import DuplicateKey, ReadOnlyViolation, TransactionClosed
from tests.conftest import AnyDatabase

notes = Table(
    "notes",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
CREATE_TABLE = Statement(
    text("CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, count BIGINT NOT NULL)")
)
DROP_TABLE = Statement(text("DROP TABLE notes"))
INSERT_NOTE = Statement(insert(notes))
SELECT_NOTES: Statement[tuple[str, int]] = Statement(
    select(notes.c.id, notes.c.count).order_by(notes.c.id)
)
SELECT_COUNT: Statement[tuple[int]] = Statement(
    select(notes.c.count).where(notes.c.id == bindparam("id")).with_for_update()
)
INCREMENT_COUNT = Statement(
    update(notes).where(notes.c.id == bindparam("id")).values(count=notes.c.count + 1)
)
SET_COUNT = Statement(
    update(notes)
    .where(notes.c.id == bindparam("id"))
    .values(count=bindparam("to", type_=BigInteger))
)
SELECT_IDS: Statement[tuple[str]] = Statement(
    select(notes.c.id).where(in_list(notes.c.id, "ids")).order_by(notes.c.id)
)
DELETE_NOTES = Statement(delete(notes).where(in_list(notes.c.count, "counts")))


class ExpectedFailure(Exception):
    """What goes wrong in these tests."""


@pytest.fixture
async def kept(databases: AnyDatabase) -> AsyncIterator[AnyDatabase]:
    async with databases.begin() as work:
        await work.session.fetch_all(CREATE_TABLE)
    yield databases
    async with databases.begin() as work:
        await work.session.fetch_all(DROP_TABLE)


async def add(database: AnyDatabase, id: str) -> None:
    async with database.begin() as work:
        await work.session.execute(INSERT_NOTE, id=id, count=0)


async def rows(database: AnyDatabase) -> list[tuple[str, int]]:
    async with database.read() as reading:
        return await reading.session.fetch_all(SELECT_NOTES)


async def test_a_block_that_ends_is_kept(kept: AnyDatabase) -> None:
    await add(kept, "a")
    assert await rows(kept) == [("a", 0)]


async def test_a_block_that_raises_leaves_nothing(kept: AnyDatabase) -> None:
    async def fail() -> None:
        async with kept.begin() as work:
            await work.session.execute(INSERT_NOTE, id="a", count=0)
            raise ExpectedFailure

    with pytest.raises(ExpectedFailure):
        await fail()
    assert await rows(kept) == []


async def test_a_refused_statement_undoes_the_whole_block(kept: AnyDatabase) -> None:
    await add(kept, "a")

    async def add_both() -> None:
        async with kept.begin() as work:
            await work.session.execute(INSERT_NOTE, id="b", count=0)
            await work.session.execute(INSERT_NOTE, id="a", count=0)

    with pytest.raises(DuplicateKey):
        await add_both()
    assert await rows(kept) == [("a", 0)]


async def test_one_failing_block_among_many_fails_alone(kept: AnyDatabase) -> None:
    async def write(number: int) -> None:
        async with kept.begin() as work:
            await work.session.execute(INSERT_NOTE, id=f"{number:02}", count=number)
            if number % 5 == 0:
                raise ExpectedFailure

    outcomes = await asyncio.gather(*map(write, range(20)), return_exceptions=True)
    failed = [
        number for number, outcome in enumerate(outcomes) if isinstance(outcome, ExpectedFailure)
    ]
    assert failed == [0, 5, 10, 15]
    assert [count for _, count in await rows(kept)] == [n for n in range(20) if n % 5]


async def test_fifty_concurrent_additions_lose_none(kept: AnyDatabase) -> None:
    await add(kept, "a")

    async def more() -> None:
        async with kept.begin() as work:
            await work.session.execute(INCREMENT_COUNT, id="a")

    await asyncio.gather(*(more() for _ in range(50)))
    assert await rows(kept) == [("a", 50)]


async def test_fifty_readers_for_update_take_turns(kept: AnyDatabase) -> None:
    await add(kept, "a")

    async def more() -> None:
        async with kept.begin() as work:
            row = await work.session.fetch_one(SELECT_COUNT, id="a")
            assert row is not None
            await asyncio.sleep(0)
            await work.session.execute(SET_COUNT, id="a", to=row[0] + 1)

    await asyncio.gather(*(more() for _ in range(50)))
    assert await rows(kept) == [("a", 50)]


async def test_a_reader_never_sees_what_is_not_committed(kept: AnyDatabase) -> None:
    async with kept.begin() as work:
        await work.session.execute(INSERT_NOTE, id="a", count=0)
        assert await work.session.fetch_all(SELECT_NOTES) == [("a", 0)]
        assert await rows(kept) == []
    assert await rows(kept) == [("a", 0)]


async def test_a_reader_refuses_to_write(kept: AnyDatabase) -> None:
    async with kept.read() as reading:
        with pytest.raises(ReadOnlyViolation):
            await reading.session.execute(INSERT_NOTE, id="a", count=0)
    assert await rows(kept) == []


async def test_one_reading_serves_concurrent_tasks(kept: AnyDatabase) -> None:
    await add(kept, "a")
    async with kept.read() as reading:
        answers = await asyncio.gather(
            *(reading.session.fetch_all(SELECT_NOTES) for _ in range(30))
        )
    assert answers == [[("a", 0)]] * 30


async def test_a_cancelled_task_undoes_its_own_part_only(kept: AnyDatabase) -> None:
    entered = asyncio.Event()

    async def hang() -> None:
        async with kept.begin() as work:
            await work.session.execute(INSERT_NOTE, id="hanging", count=0)
            entered.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await entered.wait()
    others = [asyncio.create_task(add(kept, name)) for name in ("a", "b")]
    await asyncio.sleep(0)
    hanging.cancel()
    await asyncio.gather(*others)
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert await rows(kept) == [("a", 0), ("b", 0)]


async def test_a_repository_ends_with_its_transaction(kept: AnyDatabase) -> None:
    async with kept.begin() as work:
        ended_work = work
    with pytest.raises(TransactionClosed):
        await ended_work.session.execute(INSERT_NOTE, id="a", count=0)
    with pytest.raises(TransactionClosed):
        await ended_work.session.execute_many(INSERT_NOTE, [{"id": "a", "count": 0}])
    assert await rows(kept) == []


async def test_many_rows_and_lists(kept: AnyDatabase) -> None:
    async with kept.begin() as work:
        await work.session.execute_many(
            INSERT_NOTE, ({"id": name, "count": ord(name)} for name in "abcd")
        )
        assert await work.session.fetch_all(SELECT_IDS, ids=["c", "a", "zz", "a"]) == [
            ("a",),
            ("c",),
        ]
        assert await work.session.fetch_all(SELECT_IDS, ids=[]) == []
        assert await work.session.execute(DELETE_NOTES, counts=[ord("a"), ord("b"), 0]) == 2
        assert await work.session.execute(DELETE_NOTES, counts=[]) == 0
    assert await rows(kept) == [("c", 99), ("d", 100)]


async def test_one_row_or_none(kept: AnyDatabase) -> None:
    await add(kept, "a")
    async with kept.begin() as work:
        assert await work.session.fetch_one(SELECT_COUNT, id="a") == (0,)
        assert await work.session.fetch_one(SELECT_COUNT, id="b") is None


@pytest.mark.parametrize("values", [{}, {"id": "a"}, {"id": "a", "count": 1, "more": 2}])
async def test_missing_and_surplus_values_are_refused(
    kept: AnyDatabase, values: dict[str, str | int]
) -> None:
    with pytest.raises(TypeError, match=re.escape("takes ['count', 'id']")):
        async with kept.begin() as work:
            await work.session.execute(INSERT_NOTE, **values)


async def test_time_is_the_given_clocks(databases: AnyDatabase, clock: ManualClock) -> None:
    assert await databases.now() == datetime(2026, 11, 2, 12, tzinfo=UTC)
    clock.advance(timedelta(days=3))
    assert await databases.now() == datetime(2026, 11, 5, 12, tzinfo=UTC)


async def test_time_is_else_the_databases_own(database_url: str) -> None:
    database = await open_database(database_url)
    try:
        assert abs(await database.now() - datetime.now(UTC)) < timedelta(minutes=1)
    finally:
        await database.close()


async def test_a_migrated_database_stands_at_the_newest_revision(databases: AnyDatabase) -> None:
    assert await databases.schema_revision() == head()


async def test_repositories_are_made_once(databases: AnyDatabase) -> None:
    async with databases.begin() as work:
        assert isinstance(work, Repositories)
        assert work.outbox is work.outbox


@pytest.mark.parametrize("url", ["mysql://root@127.0.0.1/shop", "sqlite://"])
async def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="must be sqlite:"):
        await open_database(url)


async def test_a_stamp_changes_with_each_commit_and_only_then(kept: AnyDatabase) -> None:
    """None where a server would have to be asked."""
    first = kept.change_stamp()
    assert kept.change_stamp() == first
    async with kept.begin() as work:
        await work.session.execute(INSERT_NOTE, id="stamped", count=0)
        during = kept.change_stamp()
    assert during == first
    assert (kept.change_stamp() != first) is (first is not None)
