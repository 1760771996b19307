"""Wake-ups by their URL: none, ``postgres``, ``redis://…`` or ``nats://…``."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from gateway.adapters.databases import OpenDatabase
from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.wakeups.hub import Hub
from gateway.adapters.wakeups.neighbours import neighbour_wakeups
from gateway.adapters.wakeups.relay import relayed
from gateway.services.ports.wakeups import Wakeups


class UnknownWakeups(ValueError):
    """A URL that names no way to spread wake-ups."""


def open_wakeups(
    url: str | None, database: OpenDatabase, database_url: str
) -> AbstractAsyncContextManager[Wakeups]:
    """Wake-ups spread as ``url`` says, while the block lasts.

    Without a URL: within the process, and between the processes on one SQLite file.
    """
    scheme = (url or "").partition(":")[0]
    match scheme:
        case "":
            if isinstance(database, SqliteDatabase):
                return neighbour_wakeups(database)
            return _alone()
        case "postgres" | "postgresql":
            from gateway.adapters.wakeups import postgres as line

            target = database_url if url == "postgres" else str(url)
            return relayed(line.through_postgres(target), line.FAULTS)
        case _:
            return _by_broker(str(url), scheme)


def _by_broker(url: str, scheme: str) -> AbstractAsyncContextManager[Wakeups]:
    # Imported where they are used: most gateways need neither.
    match scheme:
        case "redis" | "rediss":
            from gateway.adapters.wakeups import redis

            return relayed(redis.through_redis(url), redis.FAULTS)
        case "nats" | "tls":
            from gateway.adapters.wakeups import nats

            return relayed(nats.through_nats(url), nats.FAULTS)
        case _:
            raise UnknownWakeups("must be postgres, redis://HOST or nats://HOST")


@asynccontextmanager
async def _alone() -> AsyncIterator[Hub]:
    yield Hub()
