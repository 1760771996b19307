"""Wake-ups between processes that share a SQLite file: they see each other's commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.wakeups.hub import Hub

# Seconds between two looks: half of it is added to an event on average; a look takes microseconds.
PAUSE = 0.02


@asynccontextmanager
async def neighbour_wakeups(database: SqliteDatabase) -> AsyncIterator[Hub]:
    """A hub whose bells also ring, all of them, when another process has written."""
    hub = Hub()
    watching = asyncio.create_task(_watch(database, hub))
    try:
        yield hub
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(database: SqliteDatabase, hub: Hub) -> None:
    seen = await database.others_version()
    while True:
        await asyncio.sleep(PAUSE)
        if hub.idle:
            continue
        version = await database.others_version()
        if version != seen:
            # Which topic it was, SQLite does not tell.
            hub.ring_all()
        seen = version
