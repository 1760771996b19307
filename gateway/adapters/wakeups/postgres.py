"""A line through Postgres: LISTEN and NOTIFY on one connection a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from gateway.adapters.wakeups.relay import CHANNEL, CHECK, Dial, Faults, Hear, Line

FAULTS: Faults = (asyncpg.PostgresError, asyncpg.InterfaceError)


class PostgresLine:
    """One connection; it runs one query at a time."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._gone = asyncio.Event()
        connection.add_termination_listener(lambda _: self._gone.set())

    async def send(self, words: Sequence[str]) -> None:
        """Notify everybody."""
        notifying = "SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word"
        async with self._turn:
            await self._connection.execute(notifying, CHANNEL, words)

    async def lost(self) -> None:
        """Returns when the connection has ended; raises when it no longer answers."""
        while not self._gone.is_set():
            async with self._turn:
                await self._connection.execute("SELECT 1", timeout=CHECK)
            try:
                async with asyncio.timeout(CHECK):
                    await self._gone.wait()
            except TimeoutError:
                continue


def through_postgres(url: str) -> Dial:
    """Lines through the Postgres server at ``url``; a transaction-mode pooler cannot carry them."""

    @asynccontextmanager
    async def dial(hear: Hear) -> AsyncIterator[Line]:
        connection = await asyncpg.connect(url, timeout=CHECK)
        try:
            await connection.add_listener(CHANNEL, lambda *told: hear(str(told[-1])))
            yield PostgresLine(connection)
        finally:
            connection.terminate()

    return dial
