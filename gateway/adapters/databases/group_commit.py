"""Group commit: the tasks of a process share one SQLite writer and its commits.

A durable commit waits for the disk, while the statements before it take microseconds. So the
statements of each task run in a savepoint of a common transaction, which is committed once.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.services.ports.database import DatabaseBusy, DatabaseUnreachable

POLL_SECONDS = 0.001
"""Delay between attempts to get the lock of another process; most write transactions take longer.
"""
MAX_INLINE_COMMIT_SECONDS = 0.001
"""If the last commit was faster, the next one runs in the event loop when no task could share it,
because the way to a thread and back would take longer.
"""
MAX_THREADED_COMMITS = 256
"""After a slower commit the next one runs in the thread, and after each further slow one twice as
many do, up to this number.
"""


class GroupRolledBack(DatabaseUnreachable):
    """SQLite rolled back the whole transaction, for instance because the disk is full."""


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process holds the lock."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


@dataclass(eq=False, slots=True)
class CommitGroup:
    """The tasks that share one transaction; ``commit`` is set when the first has finished."""

    commit: asyncio.Task[None] | None = None


class GroupCommit:
    """The writing connection; the blocks of its members run one at a time, in order of arrival."""

    def __init__(self, connection: sqlite3.Connection, busy_timeout_seconds: float) -> None:
        self._connection = connection
        self._busy_timeout_seconds = busy_timeout_seconds
        self._lock = asyncio.Lock()
        self._group: CommitGroup | None = None
        self._waiting_members = 0
        self._threaded_commits_left = 0
        self._next_threaded_commits = 1
        # The commit waits for the disk in a thread, so that the event loop can serve readers.
        self._commit_executor = ThreadPoolExecutor(1, thread_name_prefix="commit")

    @asynccontextmanager
    async def join_group(self) -> AsyncIterator[sqlite3.Connection]:
        """Lend the connection for one block, and return when its changes are on the disk.

        A block that fails may have read changes of its group, so these too are on the disk before
        its error is raised.
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
        """Wait until the group is on the disk, then raise ``block_error`` if it is not None."""
        try:
            if group.commit is not None:
                # A cancelled member must not cancel the commit of the others.
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
        """Whether commits are fast here, and no other task is waiting to share this one."""
        if self._threaded_commits_left:
            self._threaded_commits_left -= 1
            return False
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            # The changes are kept, although the task that made them was cancelled.
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
        """A number that changes exactly when another connection has committed."""
        async with self._lock:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def truncate_write_ahead_log(self) -> bool:
        """Try to empty the write-ahead log into the database; returns whether it is empty."""
        # It runs in a thread, so a cancelled caller must not free the connection for others.
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
        # It gets the lock after all tasks that wait now, so that they all join the group.
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
