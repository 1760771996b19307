"""What only the embedded database does: group commit, other processes on its file, its loop."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.adapters.databases import group_commit
from gateway.adapters.databases.group_commit import GroupCommit, GroupRolledBack
from gateway.adapters.databases.sqlite import WRITER_PRAGMAS, SqliteDatabase, _connect
from gateway.adapters.sql.statements import Statement
from gateway.services.ports.database import DatabaseBusy

MAKE = "CREATE TABLE notes (id TEXT PRIMARY KEY)"
ADD = "INSERT INTO notes VALUES (?)"


class StatementJournal:
    """A connection that notes the statements run on it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.statements: list[str] = []
        connection.set_trace_callback(self.statements.append)

    def count(self, statement: str) -> int:
        return self.statements.count(statement)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "notes.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(MAKE)
    connection.close()
    return path


def stored_ids(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    ids = [row[0] for row in connection.execute("SELECT id FROM notes ORDER BY id")]
    connection.close()
    return ids


async def test_those_who_write_together_share_a_commit(path: Path) -> None:
    connection = _connect(path, WRITER_PRAGMAS)
    journal = StatementJournal(connection)
    writer = GroupCommit(connection, busy_timeout_seconds=1)

    async def add(number: int) -> list[str]:
        async with writer.join_group() as mine:
            mine.execute(ADD, (f"{number:02}",))
        # A member goes on only when another process could read what it wrote.
        return stored_ids(path)

    seen = await asyncio.gather(*map(add, range(40)))
    assert seen == [[f"{number:02}" for number in range(40)]] * 40
    assert (journal.count("BEGIN IMMEDIATE"), journal.count("COMMIT")) == (1, 1)
    await writer.close()


async def test_a_lone_failing_member_leaves_no_transaction_open(path: Path) -> None:
    connection = _connect(path, WRITER_PRAGMAS)
    writer = GroupCommit(connection, busy_timeout_seconds=1)
    with pytest.raises(ZeroDivisionError):
        async with writer.join_group():
            _ = 1 / 0
    assert not connection.in_transaction
    await writer.close()


async def test_a_member_cancelled_while_committing_is_committed(path: Path) -> None:
    writer = GroupCommit(_connect(path, WRITER_PRAGMAS), busy_timeout_seconds=1)

    async def add() -> None:
        async with writer.join_group() as mine:
            mine.execute(ADD, ("a",))

    adding = asyncio.create_task(add())
    await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    await writer.close()
    assert stored_ids(path) == ["a"]


async def test_a_transaction_sqlite_gave_up_fails_every_member(path: Path) -> None:
    connection = _connect(path, WRITER_PRAGMAS)
    writer = GroupCommit(connection, busy_timeout_seconds=1)

    async def add(name: str, *, then_lose: bool = False) -> None:
        async with writer.join_group() as mine:
            mine.execute(ADD, (name,))
            if then_lose:
                mine.execute("ROLLBACK")  # what SQLite does by itself when the disk is full
                raise sqlite3.OperationalError("disk full")

    outcomes = await asyncio.gather(
        add("a"), add("b", then_lose=True), add("c"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [
        GroupRolledBack,
        sqlite3.OperationalError,
        type(None),
    ]
    await writer.close()
    assert stored_ids(path) == ["c"]


async def test_a_commit_that_fails_is_told_to_every_member(path: Path) -> None:
    connection = _connect(path, WRITER_PRAGMAS)
    connection.execute("PRAGMA defer_foreign_keys = ON")
    connection.execute(
        "CREATE TABLE parts (note TEXT REFERENCES notes DEFERRABLE INITIALLY DEFERRED)"
    )
    writer = GroupCommit(connection, busy_timeout_seconds=1)

    async def add(sql: str) -> None:
        async with writer.join_group() as mine:
            mine.execute(sql)

    outcomes = await asyncio.gather(
        add("INSERT INTO notes VALUES ('a')"),
        add("INSERT INTO parts VALUES ('absent')"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError] * 2
    await add("INSERT INTO notes VALUES ('b')")
    await writer.close()
    assert stored_ids(path) == ["b"]


async def test_another_process_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second_connection = sqlite3.connect(path, isolation_level=None)
    second_connection.execute("BEGIN IMMEDIATE")
    writer = GroupCommit(_connect(path, WRITER_PRAGMAS), busy_timeout_seconds=5)
    waiting = asyncio.Event()
    sleep = asyncio.sleep

    async def pause(seconds: float) -> None:
        waiting.set()
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", pause)

    async def add() -> None:
        async with writer.join_group() as mine:
            mine.execute(ADD, ("a",))

    adding = asyncio.create_task(add())
    await waiting.wait()
    second_connection.execute(ADD, ("other",))
    second_connection.execute("COMMIT")
    await adding
    second_connection.close()
    await writer.close()
    assert stored_ids(path) == ["a", "other"]


async def test_another_process_is_not_waited_for_without_end(path: Path) -> None:
    second_connection = sqlite3.connect(path, isolation_level=None)
    second_connection.execute("BEGIN IMMEDIATE")
    writer = GroupCommit(_connect(path, WRITER_PRAGMAS), busy_timeout_seconds=0.01)
    with pytest.raises(DatabaseBusy):
        async with writer.join_group():
            pass
    second_connection.close()
    async with writer.join_group() as mine:
        mine.execute(ADD, ("a",))
    await writer.close()
    assert stored_ids(path) == ["a"]


async def test_an_error_at_the_start_is_no_other_process(path: Path) -> None:
    connection = _connect(path, WRITER_PRAGMAS)
    connection.execute("BEGIN")
    writer = GroupCommit(connection, busy_timeout_seconds=5)
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        async with writer.join_group():
            pass
    await writer.close()


def test_a_database_belongs_to_its_event_loop(path: Path) -> None:
    async def write() -> None:
        async with database.begin():
            pass

    database = asyncio.run(SqliteDatabase.open(path))
    with pytest.raises(RuntimeError, match="one database per loop"):
        asyncio.run(write())
    asyncio.run(database.close())


async def test_the_file_is_its_owners_and_settings_hold(tmp_path: Path) -> None:
    path = tmp_path / "fresh.db"
    database = await SqliteDatabase.open(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await database.schema_revision() is None
    async with database.begin() as work:
        session = work.session
        assert await session.fetch_one(Statement(text("PRAGMA journal_mode"))) == ("wal",)
        assert await session.fetch_one(Statement(text("PRAGMA foreign_keys"))) == (1,)
        assert await session.fetch_one(Statement(text("PRAGMA synchronous"))) == (2,)
    await database.close()


async def test_a_lone_commit_that_is_quick_is_done_in_the_loop(path: Path) -> None:
    writer = GroupCommit(_connect(path, WRITER_PRAGMAS), busy_timeout_seconds=1)
    writer._commit_executor.shutdown()  # whoever went to the thread would fail
    async with writer.join_group() as mine:
        mine.execute(ADD, ("a",))
    assert stored_ids(path) == ["a"]
    await writer.close()


async def test_after_slow_commits_the_thread_does_more_and_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = GroupCommit(_connect(path, WRITER_PRAGMAS), busy_timeout_seconds=1)
    monkeypatch.setattr(group_commit, "MAX_INLINE_COMMIT_SECONDS", -1.0)

    async def add(name: str) -> None:
        async with writer.join_group() as mine:
            mine.execute(ADD, (name,))

    left = []
    for number in range(8):
        await add(str(number))
        left.append(writer._threaded_commits_left)
    assert left == [1, 0, 2, 1, 0, 4, 3, 2]
    monkeypatch.setattr(group_commit, "MAX_INLINE_COMMIT_SECONDS", 60.0)
    for number in range(8, 12):
        await add(f"{number}")
    assert (writer._threaded_commits_left, writer._next_threaded_commits) == (0, 1)
    assert len(stored_ids(path)) == 12
    await writer.close()


async def test_quick_or_not_those_who_write_together_share_a_commit(path: Path) -> None:
    connection = _connect(path, WRITER_PRAGMAS)
    journal = StatementJournal(connection)
    writer = GroupCommit(connection, busy_timeout_seconds=1)

    async def add(number: int) -> None:
        async with writer.join_group() as mine:
            mine.execute(ADD, (f"{number:02}",))

    await asyncio.gather(*map(add, range(40)))
    assert journal.count("COMMIT") == 1
    assert len(stored_ids(path)) == 40
    await writer.close()


async def test_a_member_cancelled_before_a_quick_commit_is_committed(path: Path) -> None:
    writer = GroupCommit(_connect(path, WRITER_PRAGMAS), busy_timeout_seconds=1)

    async def add() -> None:
        async with writer.join_group() as mine:
            mine.execute(ADD, ("a",))

    adding = asyncio.create_task(add())
    await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    await writer.close()
    assert stored_ids(path) == ["a"]


async def test_a_quick_commit_that_fails_keeps_nothing(path: Path) -> None:
    connection = _connect(path, WRITER_PRAGMAS)
    connection.execute("PRAGMA defer_foreign_keys = ON")
    connection.execute(
        "CREATE TABLE parts (note TEXT REFERENCES notes DEFERRABLE INITIALLY DEFERRED)"
    )
    writer = GroupCommit(connection, busy_timeout_seconds=1)
    with pytest.raises(sqlite3.IntegrityError):
        async with writer.join_group() as mine:
            mine.execute("INSERT INTO parts VALUES ('absent')")
    assert not connection.in_transaction
    async with writer.join_group() as mine:
        mine.execute(ADD, ("b",))
    await writer.close()
    assert stored_ids(path) == ["b"]


async def test_the_log_is_emptied_once_others_let_it(
    database: SqliteDatabase, database_file: Path
) -> None:
    """R102: what was deleted stands in no file, also where another process was reading."""
    second_connection = sqlite3.connect(database_file, isolation_level=None)
    async with database.begin() as work:
        await work.data_keys.add("somebody", b"a key that is to be forgotten")
    second_connection.execute("BEGIN")
    assert second_connection.execute("SELECT COUNT(*) FROM data_keys").fetchone() == (1,)
    async with database.begin() as work:
        await work.data_keys.delete("somebody")
    scrubbing = asyncio.create_task(database.scrub())
    for _ in range(100):
        await asyncio.sleep(0)
    assert not scrubbing.done()
    second_connection.close()
    await scrubbing
    files = database_file.parent.glob(f"{database_file.name}*")
    assert not any(b"a key that is to be forgotten" in each.read_bytes() for each in files)
    async with database.begin() as work:
        await work.data_keys.add("another", b"key")
        assert await work.data_keys.find("another") == b"key"


async def test_the_log_is_emptied_while_others_write(database: SqliteDatabase) -> None:
    async def write(number: int) -> None:
        async with database.begin() as work:
            await work.data_keys.add(f"subject {number}", b"key")

    await asyncio.gather(*(write(n) for n in range(20)), *(database.scrub() for _ in range(5)))
    async with database.read() as reading:
        assert len(await reading.data_keys.list_after("", 100)) == 20
