"""Wake-ups by their URL: none, ``postgres``, ``redis://…`` or ``nats://…``."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.adapters.wakeups.relay import open_relay
from gateway.adapters.wakeups.sqlite import sqlite_wakeups
from gateway.services.ports.wakeups import Wakeups


class UnknownWakeupsUrl(ValueError):
    """The URL of wake-ups has an unknown form."""


def open_wakeups(
    url: str | None, database: OpenDatabase, database_url: str
) -> AbstractAsyncContextManager[Wakeups]:
    """Wake-ups by the means that ``url`` names, for the duration of the block.

    Without a URL they work within the process, and between processes with the same SQLite file.
    """
    scheme = (url or "").partition(":")[0]
    match scheme:
        case "":
            if isinstance(database, SqliteDatabase):
                return sqlite_wakeups(database)
            return _open_local_wakeups()
        case "postgres" | "postgresql":
            from gateway.adapters.wakeups import postgres as line

            relay_url = database_url if url == "postgres" else str(url)
            return open_relay(line.postgres_connector(relay_url), line.CONNECTION_ERRORS)
        case _:
            return _open_broker_relay(str(url), scheme)


def _open_broker_relay(url: str, scheme: str) -> AbstractAsyncContextManager[Wakeups]:
    # Imported here, because most installations need neither library.
    match scheme:
        case "redis" | "rediss":
            from gateway.adapters.wakeups import redis

            return open_relay(redis.redis_connector(url), redis.CONNECTION_ERRORS)
        case "nats" | "tls":
            from gateway.adapters.wakeups import nats

            return open_relay(nats.nats_connector(url), nats.CONNECTION_ERRORS)
        case _:
            raise UnknownWakeupsUrl("must be postgres, redis://HOST or nats://HOST")


@asynccontextmanager
async def _open_local_wakeups() -> AsyncIterator[LocalWakeups]:
    yield LocalWakeups()
