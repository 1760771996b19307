"""Wake-ups between processes through Postgres, by LISTEN and NOTIFY on one connection each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from gateway.adapters.wakeups.relay import (
    CHANNEL,
    CHECK_SECONDS,
    Connector,
    ErrorTypes,
    OnMessage,
    RelayConnection,
)

CONNECTION_ERRORS: ErrorTypes = (asyncpg.PostgresError, asyncpg.InterfaceError)


class PostgresConnection:
    """One connection to Postgres, which runs one query at a time."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._closed_event = asyncio.Event()
        connection.add_termination_listener(lambda _: self._closed_event.set())

    async def send(self, messages: Sequence[str]) -> None:
        """Send ``messages`` to all processes."""
        notify_sql = "SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word"
        async with self._lock:
            await self._connection.execute(notify_sql, CHANNEL, messages)

    async def wait_until_lost(self) -> None:
        """Return when the connection has ended; raise an error when it no longer answers."""
        while not self._closed_event.is_set():
            async with self._lock:
                await self._connection.execute("SELECT 1", timeout=CHECK_SECONDS)
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._closed_event.wait()
            except TimeoutError:
                continue


def postgres_connector(url: str) -> Connector:
    """A connector to the Postgres server at ``url``, not through a transaction-mode pooler."""

    @asynccontextmanager
    async def connect(on_message: OnMessage) -> AsyncIterator[RelayConnection]:
        connection = await asyncpg.connect(url, timeout=CHECK_SECONDS)
        try:
            await connection.add_listener(CHANNEL, lambda *told: on_message(str(told[-1])))
            yield PostgresConnection(connection)
        finally:
            connection.terminate()

    return connect
