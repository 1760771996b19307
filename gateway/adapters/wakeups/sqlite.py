"""Wake-ups between processes with the same SQLite file, by polling it for commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.databases.sqlite_change_log import ChangeLog, is_logged_topic
from gateway.adapters.restarted_loops import supervise_loop
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.services.ports.database import DatabaseUnreachable

POLL_SECONDS = 0.02
"""An event is delayed by half of it on average; one poll takes microseconds."""


@asynccontextmanager
async def sqlite_wakeups(database: SqliteDatabase) -> AsyncIterator[LocalWakeups]:
    """Local wake-ups that are also notified when another process has written.

    Topics of a gift or an order are notified if its log has grown, all others at every write.
    """
    wakeups = LocalWakeups()
    watch = partial(_watch_commits, database, wakeups)
    watch_task = asyncio.create_task(supervise_loop("the look-out for other processes", watch))
    try:
        yield wakeups
    finally:
        watch_task.cancel()
        with suppress(asyncio.CancelledError):
            await watch_task


async def _watch_commits(database: SqliteDatabase, wakeups: LocalWakeups) -> None:
    change_log = ChangeLog(database.read_only_session)
    last_version = await database.data_version()
    while True:
        await asyncio.sleep(POLL_SECONDS)
        if wakeups.is_idle:
            continue
        try:
            version = await database.data_version()
            if version != last_version:
                await _notify_changed_topics(wakeups, change_log)
            await change_log.skip_existing_rows()
        except DatabaseUnreachable:
            continue
        last_version = version


async def _notify_changed_topics(wakeups: LocalWakeups, change_log: ChangeLog) -> None:
    """Notify only the topics that the write may concern, because there can be thousands."""
    changed_topics = await change_log.changed_topics()
    if changed_topics is None:
        wakeups.notify_all()
        return
    for topic in wakeups.subscribed_topics:
        if topic in changed_topics or not is_logged_topic(topic):
            wakeups.notify(topic)
