"""Wake-ups between processes that share a SQLite file: they see each other's commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.sqlite_logs import Logs, logged
from gateway.adapters.wakeups.hub import Hub

# Seconds between two looks: half of it is added to an event on average; a look takes microseconds.
PAUSE = 0.02


@asynccontextmanager
async def neighbour_wakeups(database: SqliteDatabase) -> AsyncIterator[Hub]:
    """A hub whose bells also ring when another process has written.

    Those of a gift or an order ring if its log has grown, all others at any write.
    """
    hub = Hub()
    watching = asyncio.create_task(_watch(database, hub))
    try:
        yield hub
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(database: SqliteDatabase, hub: Hub) -> None:
    logs = Logs(database.reading)
    seen = await database.others_version()
    while True:
        await asyncio.sleep(PAUSE)
        if hub.idle:
            continue
        version = await database.others_version()
        if version != seen:
            await _ring(hub, logs)
        seen = version
        await logs.begin()


async def _ring(hub: Hub, logs: Logs) -> None:
    """Ring whom the write may concern: a thousand followers of other gifts sleep on."""
    grown = await logs.topics()
    if grown is None:
        hub.ring_all()
        return
    for topic in hub.topics:
        if topic in grown or not logged(topic):
            hub.ring(topic)
