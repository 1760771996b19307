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

from gateway.services.ports.database import Busy, Unavailable

# How often another process's write transaction is waited for, in seconds: shorter than most last.
PAUSE = 0.001
# A commit that takes less, in seconds, is done in the loop when nobody could share it: the way to
# a thread and back takes longer, and readers wait no longer than for one another.
QUICK = 0.001
# After a slower one the next is left to the thread, and twice as many after each further slow one.
MOST_LEFT = 256


class GroupLost(Unavailable):
    """SQLite rolled the whole transaction back (a full disk, an input error): nothing was kept."""


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process holds the lock that was asked for."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


@dataclass(eq=False, slots=True)
class Group:
    """The members of one open transaction; ``commit`` exists once the first has finished."""

    commit: asyncio.Task[None] | None = None


class GroupCommit:
    """The writing connection; one member's block runs at a time, first come, first served."""

    def __init__(self, connection: sqlite3.Connection, patience: float) -> None:
        self._connection = connection
        self._patience = patience
        self._turn = asyncio.Lock()
        self._group: Group | None = None
        self._waiting = 0
        self._left_to_thread = 0
        self._next_left = 1
        # The commit waits for the disk: in a thread, so that the loop can answer readers meanwhile.
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")

    @asynccontextmanager
    async def member(self) -> AsyncIterator[sqlite3.Connection]:
        """The connection, for one block; returns when what the block wrote is on the disk.

        A block that fails may have seen what others of its group wrote: that, too, is on the disk
        when its failure is told.
        """
        async with self._my_turn():
            group = self._group or await self._open()
            self._connection.execute("SAVEPOINT member")
            failed: Exception | None = None
            try:
                yield self._connection
            except Exception as failure:  # noqa: BLE001 - raised below, when the group has ended
                self._undo(group)
                failed = failure
            except BaseException:
                self._undo(group)
                raise
            else:
                self._connection.execute("RELEASE member")
                if group.commit is None and await self._alone(group):
                    self._commit_here()
                elif group.commit is None:
                    group.commit = asyncio.create_task(self._commit(group))
        await self._ended(group, failed)

    async def _ended(self, group: Group, failed: Exception | None) -> None:
        """Return when the group is on the disk; raise what ``failed`` one of its members."""
        try:
            if group.commit is not None:
                # A cancelled member must not take the others' commit with it.
                await asyncio.shield(group.commit)
        except GroupLost:
            if failed is None:
                raise
        if failed is not None:
            raise failed

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()

    async def _alone(self, group: Group) -> bool:
        """Whether a commit is quick here, and nobody who is ready to run wants to share it."""
        if self._left_to_thread:
            self._left_to_thread -= 1
            return False
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            # What was written stays: only who asked for it is gone.
            group.commit = asyncio.create_task(self._commit(group))
            raise
        return not self._waiting

    def _commit_here(self) -> None:
        self._group = None
        began = time.perf_counter()
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._end()
            raise
        if time.perf_counter() - began < QUICK:
            self._next_left = 1
        else:
            self._left_to_thread = self._next_left
            self._next_left = min(2 * self._next_left, MOST_LEFT)

    async def others_version(self) -> int:
        """A number that changes whenever another connection has committed, and only then."""
        async with self._turn:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def truncate_log(self) -> bool:
        """Whether all that was committed is in the database, and the write-ahead log is empty."""
        # It runs in a thread: whoever is cancelled must not let others use the connection.
        return await asyncio.shield(asyncio.create_task(self._truncate_log()))

    async def _truncate_log(self) -> bool:
        async with self._turn:
            if self._group is not None:
                return False
            return await asyncio.get_running_loop().run_in_executor(
                self._committer, self._checkpoint
            )

    def _checkpoint(self) -> bool:
        busy: int = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    async def close(self) -> None:
        """Close the connection once the open group is committed."""
        async with self._turn:
            self._committer.shutdown()
            self._connection.close()

    async def _open(self) -> Group:
        deadline = asyncio.get_running_loop().time() + self._patience
        while not self._begun():
            if asyncio.get_running_loop().time() > deadline:
                raise Busy("another process is writing")
            await asyncio.sleep(PAUSE)
        self._group = Group()
        return self._group

    def _begun(self) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            return False
        return True

    def _undo(self, group: Group) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK TO member")
            self._connection.execute("RELEASE member")
        if group.commit is None or not self._connection.in_transaction:
            self._end()

    def _end(self) -> None:
        self._group = None
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    async def _commit(self, group: Group) -> None:
        # Its turn comes after everyone who is waiting now: they all join the group.
        async with self._turn:
            if self._group is not group:
                raise GroupLost
            self._group = None
            try:
                await asyncio.get_running_loop().run_in_executor(
                    self._committer, self._connection.execute, "COMMIT"
                )
            except sqlite3.Error:
                self._end()
                raise
