"""Wake-ups between processes through Redis, by publish and subscribe."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.adapters.wakeups.relay import (
    CHANNEL,
    CHECK_SECONDS,
    Connector,
    ErrorTypes,
    OnMessage,
    RelayConnection,
)

CONNECTION_ERRORS: ErrorTypes = (RedisError,)


class RedisConnection:
    """One connection to publish and one to listen."""

    def __init__(self, client: Redis, listener: PubSub, on_message: OnMessage) -> None:
        self._client = client
        self._listener = listener
        self._on_message = on_message

    async def send(self, messages: Sequence[str]) -> None:
        """Publish ``messages`` to all processes."""
        async with self._client.pipeline(transaction=False) as pipeline:
            for message in messages:
                pipeline.publish(CHANNEL, message)
            await pipeline.execute()

    async def wait_until_lost(self) -> None:
        """Raise an error when the connection has ended or no longer answers."""
        while True:
            message = await self._listener.get_message(
                ignore_subscribe_messages=True, timeout=CHECK_SECONDS
            )
            if message is None:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._client.ping()
            else:
                self._on_message(message["data"])


def redis_connector(url: str) -> Connector:
    """A connector to the Redis server at ``url``."""

    @asynccontextmanager
    async def connect(on_message: OnMessage) -> AsyncIterator[RelayConnection]:
        client = Redis.from_url(
            url,
            decode_responses=True,
            # A reconnection by the library would hide that announcements were missed.
            retry=Retry(NoBackoff(), 0),
            health_check_interval=CHECK_SECONDS,
            socket_connect_timeout=CHECK_SECONDS,
        )
        async with client, client.pubsub() as listener:
            await listener.subscribe(CHANNEL)
            # The first message confirms the subscription, so later announcements are not missed.
            await listener.get_message(timeout=CHECK_SECONDS)
            yield RedisConnection(client, listener, on_message)

    return connect
