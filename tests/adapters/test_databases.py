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

from gateway.adapters.clocks import StandingClock
from gateway.adapters.databases import DatabaseUnavailable, open_database
from gateway.adapters.migrations import head
from gateway.adapters.repositories.shelf import Shelf
from gateway.adapters.statements import Statement, insert, within
from gateway.services.ports.database import Duplicate, TransactionOver, WritesRefused
from tests.conftest import AnyDatabase

notes = Table(
    "notes",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
MADE = Statement(
    text("CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, count BIGINT NOT NULL)")
)
GONE = Statement(text("DROP TABLE notes"))
ADD = Statement(insert(notes))
ALL: Statement[tuple[str, int]] = Statement(select(notes.c.id, notes.c.count).order_by(notes.c.id))
COUNT: Statement[tuple[int]] = Statement(
    select(notes.c.count).where(notes.c.id == bindparam("id")).with_for_update()
)
MORE = Statement(update(notes).where(notes.c.id == bindparam("id")).values(count=notes.c.count + 1))
SET = Statement(
    update(notes)
    .where(notes.c.id == bindparam("id"))
    .values(count=bindparam("to", type_=BigInteger))
)
AMONG: Statement[tuple[str]] = Statement(
    select(notes.c.id).where(within(notes.c.id, "ids")).order_by(notes.c.id)
)
DROP = Statement(delete(notes).where(within(notes.c.count, "counts")))


class Mishap(Exception):
    """What goes wrong in these tests."""


@pytest.fixture
async def kept(databases: AnyDatabase) -> AsyncIterator[AnyDatabase]:
    async with databases.begin() as work:
        await work.session.all(MADE)
    yield databases
    async with databases.begin() as work:
        await work.session.all(GONE)


async def add(database: AnyDatabase, id: str) -> None:
    async with database.begin() as work:
        await work.session.run(ADD, id=id, count=0)


async def rows(database: AnyDatabase) -> list[tuple[str, int]]:
    async with database.read() as reading:
        return await reading.session.all(ALL)


async def test_a_block_that_ends_is_kept(kept: AnyDatabase) -> None:
    await add(kept, "a")
    assert await rows(kept) == [("a", 0)]


async def test_a_block_that_raises_leaves_nothing(kept: AnyDatabase) -> None:
    async def fail() -> None:
        async with kept.begin() as work:
            await work.session.run(ADD, id="a", count=0)
            raise Mishap

    with pytest.raises(Mishap):
        await fail()
    assert await rows(kept) == []


async def test_a_refused_statement_undoes_the_whole_block(kept: AnyDatabase) -> None:
    await add(kept, "a")

    async def add_both() -> None:
        async with kept.begin() as work:
            await work.session.run(ADD, id="b", count=0)
            await work.session.run(ADD, id="a", count=0)

    with pytest.raises(Duplicate):
        await add_both()
    assert await rows(kept) == [("a", 0)]


async def test_one_failing_block_among_many_fails_alone(kept: AnyDatabase) -> None:
    async def write(number: int) -> None:
        async with kept.begin() as work:
            await work.session.run(ADD, id=f"{number:02}", count=number)
            if number % 5 == 0:
                raise Mishap

    outcomes = await asyncio.gather(*map(write, range(20)), return_exceptions=True)
    failed = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Mishap)]
    assert failed == [0, 5, 10, 15]
    assert [count for _, count in await rows(kept)] == [n for n in range(20) if n % 5]


async def test_fifty_concurrent_additions_lose_none(kept: AnyDatabase) -> None:
    await add(kept, "a")

    async def more() -> None:
        async with kept.begin() as work:
            await work.session.run(MORE, id="a")

    await asyncio.gather(*(more() for _ in range(50)))
    assert await rows(kept) == [("a", 50)]


async def test_fifty_readers_for_update_take_turns(kept: AnyDatabase) -> None:
    await add(kept, "a")

    async def more() -> None:
        async with kept.begin() as work:
            row = await work.session.one(COUNT, id="a")
            assert row is not None
            await asyncio.sleep(0)
            await work.session.run(SET, id="a", to=row[0] + 1)

    await asyncio.gather(*(more() for _ in range(50)))
    assert await rows(kept) == [("a", 50)]


async def test_a_reader_never_sees_what_is_not_committed(kept: AnyDatabase) -> None:
    async with kept.begin() as work:
        await work.session.run(ADD, id="a", count=0)
        assert await work.session.all(ALL) == [("a", 0)]
        assert await rows(kept) == []
    assert await rows(kept) == [("a", 0)]


async def test_a_reader_refuses_to_write(kept: AnyDatabase) -> None:
    async with kept.read() as reading:
        with pytest.raises(WritesRefused):
            await reading.session.run(ADD, id="a", count=0)
    assert await rows(kept) == []


async def test_one_reading_serves_concurrent_tasks(kept: AnyDatabase) -> None:
    await add(kept, "a")
    async with kept.read() as reading:
        answers = await asyncio.gather(*(reading.session.all(ALL) for _ in range(30)))
    assert answers == [[("a", 0)]] * 30


async def test_a_cancelled_task_undoes_its_own_part_only(kept: AnyDatabase) -> None:
    entered = asyncio.Event()

    async def hang() -> None:
        async with kept.begin() as work:
            await work.session.run(ADD, id="hanging", count=0)
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
        left = work
    with pytest.raises(TransactionOver):
        await left.session.run(ADD, id="a", count=0)
    with pytest.raises(TransactionOver):
        await left.session.many(ADD, [{"id": "a", "count": 0}])
    assert await rows(kept) == []


async def test_many_rows_and_lists(kept: AnyDatabase) -> None:
    async with kept.begin() as work:
        await work.session.many(ADD, ({"id": name, "count": ord(name)} for name in "abcd"))
        assert await work.session.all(AMONG, ids=["c", "a", "zz", "a"]) == [("a",), ("c",)]
        assert await work.session.all(AMONG, ids=[]) == []
        assert await work.session.run(DROP, counts=[ord("a"), ord("b"), 0]) == 2
        assert await work.session.run(DROP, counts=[]) == 0
    assert await rows(kept) == [("c", 99), ("d", 100)]


async def test_one_row_or_none(kept: AnyDatabase) -> None:
    await add(kept, "a")
    async with kept.begin() as work:
        assert await work.session.one(COUNT, id="a") == (0,)
        assert await work.session.one(COUNT, id="b") is None


@pytest.mark.parametrize("values", [{}, {"id": "a"}, {"id": "a", "count": 1, "more": 2}])
async def test_missing_and_surplus_values_are_refused(
    kept: AnyDatabase, values: dict[str, str | int]
) -> None:
    with pytest.raises(TypeError, match=re.escape("takes ['count', 'id']")):
        async with kept.begin() as work:
            await work.session.run(ADD, **values)


async def test_time_is_the_given_clocks(databases: AnyDatabase, clock: StandingClock) -> None:
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
    assert await databases.revision() == head()


async def test_repositories_are_made_once(databases: AnyDatabase) -> None:
    async with databases.begin() as work:
        assert isinstance(work, Shelf)
        assert work.outbox is work.outbox


@pytest.mark.parametrize("url", ["mysql://root@127.0.0.1/shop", "sqlite://"])
async def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="must be sqlite:"):
        await open_database(url)


async def test_a_stamp_changes_with_each_commit_and_only_then(kept: AnyDatabase) -> None:
    """None where a server would have to be asked."""
    first = kept.stamp()
    assert kept.stamp() == first
    async with kept.begin() as work:
        await work.session.run(ADD, id="stamped", count=0)
        during = kept.stamp()
    assert during == first
    assert (kept.stamp() != first) is (first is not None)
