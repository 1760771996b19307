"""One SQLite writer shared by all tasks of a process, committing for many at once.

A durable commit waits for the disk; the statements before it take microseconds. So each member's
statements run in a savepoint of a common transaction, and whoever came meanwhile shares its commit.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.services.ports.database import DatabaseBusy, DatabaseUnreachable

# How often another process's write transaction is waited for, in seconds: shorter than most last.
POLL_SECONDS = 0.001
# A commit that takes less, in seconds, is done in the loop when nobody could share it: the way to
# a thread and back takes longer, and readers wait no longer than for one another.
MAX_INLINE_COMMIT_SECONDS = 0.001
# After a slower one the next is left to the thread, and twice as many after each further slow one.
MAX_THREADED_COMMITS = 256


class GroupRolledBack(DatabaseUnreachable):
    """SQLite rolled the whole transaction back (a full disk, an input error): nothing was kept."""


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process holds the lock that was asked for."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


@dataclass(eq=False, slots=True)
class CommitGroup:
    """The members of one open transaction; ``commit`` exists once the first has finished."""

    commit: asyncio.Task[None] | None = None


class GroupCommit:
    """The writing connection; one member's block runs at a time, first come, first served."""

    def __init__(self, connection: sqlite3.Connection, busy_timeout_seconds: float) -> None:
        self._connection = connection
        self._busy_timeout_seconds = busy_timeout_seconds
        self._lock = asyncio.Lock()
        self._group: CommitGroup | None = None
        self._waiting_members = 0
        self._threaded_commits_left = 0
        self._next_threaded_commits = 1
        # The commit waits for the disk: in a thread, so that the loop can answer readers meanwhile.
        self._commit_executor = ThreadPoolExecutor(1, thread_name_prefix="commit")

    @asynccontextmanager
    async def join_group(self) -> AsyncIterator[sqlite3.Connection]:
        """The connection, for one block; returns when what the block wrote is on the disk.

        A block that fails may have seen what others of its group wrote: that, too, is on the disk
        when its failure is told.
        """
        async with self._hold_lock():
            group = self._group or await self._open_group()
            self._connection.execute("SAVEPOINT member")
            block_error: Exception | None = None
            try:
                yield self._connection
            except Exception as error:  # noqa: BLE001 - raised below, when the group has ended
                self._roll_back_member(group)
                block_error = error
            except BaseException:
                self._roll_back_member(group)
                raise
            else:
                self._connection.execute("RELEASE member")
                if group.commit is None and await self._can_commit_inline(group):
                    self._commit_inline()
                elif group.commit is None:
                    group.commit = asyncio.create_task(self._commit_in_thread(group))
        await self._await_commit(group, block_error)

    async def _await_commit(self, group: CommitGroup, block_error: Exception | None) -> None:
        """Return when the group is on the disk; raise what ``block_error`` one of its members."""
        try:
            if group.commit is not None:
                # A cancelled member must not take the others' commit with it.
                await asyncio.shield(group.commit)
        except GroupRolledBack:
            if block_error is None:
                raise
        if block_error is not None:
            raise block_error

    @asynccontextmanager
    async def _hold_lock(self) -> AsyncIterator[None]:
        self._waiting_members += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting_members -= 1
        try:
            yield
        finally:
            self._lock.release()

    async def _can_commit_inline(self, group: CommitGroup) -> bool:
        """Whether a commit is quick here, and nobody who is ready to run wants to share it."""
        if self._threaded_commits_left:
            self._threaded_commits_left -= 1
            return False
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            # What was written stays: only who asked for it is gone.
            group.commit = asyncio.create_task(self._commit_in_thread(group))
            raise
        return not self._waiting_members

    def _commit_inline(self) -> None:
        self._group = None
        started = time.perf_counter()
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._roll_back_group()
            raise
        if time.perf_counter() - started < MAX_INLINE_COMMIT_SECONDS:
            self._next_threaded_commits = 1
        else:
            self._threaded_commits_left = self._next_threaded_commits
            self._next_threaded_commits = min(2 * self._next_threaded_commits, MAX_THREADED_COMMITS)

    async def data_version(self) -> int:
        """A number that changes whenever another connection has committed, and only then."""
        async with self._lock:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def truncate_write_ahead_log(self) -> bool:
        """Whether all that was committed is in the database, and the write-ahead log is empty."""
        # It runs in a thread: whoever is cancelled must not let others use the connection.
        return await asyncio.shield(asyncio.create_task(self._truncate_write_ahead_log()))

    async def _truncate_write_ahead_log(self) -> bool:
        async with self._lock:
            if self._group is not None:
                return False
            return await asyncio.get_running_loop().run_in_executor(
                self._commit_executor, self._checkpoint
            )

    def _checkpoint(self) -> bool:
        busy: int = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    async def close(self) -> None:
        """Close the connection once the open group is committed."""
        async with self._lock:
            self._commit_executor.shutdown()
            self._connection.close()

    async def _open_group(self) -> CommitGroup:
        deadline = asyncio.get_running_loop().time() + self._busy_timeout_seconds
        while not self._try_begin():
            if asyncio.get_running_loop().time() > deadline:
                raise DatabaseBusy("another process is writing")
            await asyncio.sleep(POLL_SECONDS)
        self._group = CommitGroup()
        return self._group

    def _try_begin(self) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            return False
        return True

    def _roll_back_member(self, group: CommitGroup) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK TO member")
            self._connection.execute("RELEASE member")
        if group.commit is None or not self._connection.in_transaction:
            self._roll_back_group()

    def _roll_back_group(self) -> None:
        self._group = None
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    async def _commit_in_thread(self, group: CommitGroup) -> None:
        # Its turn comes after everyone who is waiting now: they all join the group.
        async with self._lock:
            if self._group is not group:
                raise GroupRolledBack
            self._group = None
            try:
                await asyncio.get_running_loop().run_in_executor(
                    self._commit_executor, self._connection.execute, "COMMIT"
                )
            except sqlite3.Error:
                self._roll_back_group()
                raise
