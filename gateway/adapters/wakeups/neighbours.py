"""Wake-ups between processes that share a SQLite file: they see each other's commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from gateway.adapters.lasting import keep_going
from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.sqlite_logs import Logs, logged
from gateway.adapters.wakeups.hub import Hub
from gateway.services.ports.database import Unavailable

# Seconds between two looks: half of it is added to an event on average; a look takes microseconds.
PAUSE = 0.02


@asynccontextmanager
async def neighbour_wakeups(database: SqliteDatabase) -> AsyncIterator[Hub]:
    """A hub whose bells also ring when another process has written.

    Those of a gift or an order ring if its log has grown, all others at any write.
    """
    hub = Hub()
    watch = partial(_watch, database, hub)
    watching = asyncio.create_task(keep_going("the look-out for other processes", watch))
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
        try:
            version = await database.others_version()
            if version != seen:
                await _ring(hub, logs)
            await logs.begin()
        except Unavailable:
            continue
        seen = version


async def _ring(hub: Hub, logs: Logs) -> None:
    """Ring whom the write may concern: a thousand followers of other gifts sleep on."""
    grown = await logs.topics()
    if grown is None:
        hub.ring_all()
        return
    for topic in hub.topics:
        if topic in grown or not logged(topic):
            hub.ring(topic)
