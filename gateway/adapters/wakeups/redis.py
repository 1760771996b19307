"""A line through Redis: publish and subscribe."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.adapters.wakeups.relay import CHANNEL, CHECK, Dial, Faults, Hear, Line

FAULTS: Faults = (RedisError,)


class RedisLine:
    """One connection to publish on, one to listen on."""

    def __init__(self, client: Redis, listener: PubSub, hear: Hear) -> None:
        self._client = client
        self._listener = listener
        self._hear = hear

    async def send(self, words: Sequence[str]) -> None:
        """Publish to everybody."""
        async with self._client.pipeline(transaction=False) as pipeline:
            for word in words:
                pipeline.publish(CHANNEL, word)
            await pipeline.execute()

    async def lost(self) -> None:
        """Raises when the connection has ended or no longer answers."""
        while True:
            message = await self._listener.get_message(
                ignore_subscribe_messages=True, timeout=CHECK
            )
            if message is None:
                async with asyncio.timeout(CHECK):
                    await self._client.ping()
            else:
                self._hear(message["data"])


def through_redis(url: str) -> Dial:
    """Lines through the Redis server at ``url``."""

    @asynccontextmanager
    async def dial(hear: Hear) -> AsyncIterator[Line]:
        client = Redis.from_url(
            url,
            decode_responses=True,
            # A silent reconnection would hide that announcements were missed.
            retry=Retry(NoBackoff(), 0),
            health_check_interval=CHECK,
            socket_connect_timeout=CHECK,
        )
        async with client, client.pubsub() as listener:
            await listener.subscribe(CHANNEL)
            # The first message confirms it: nothing announced from now on is missed.
            await listener.get_message(timeout=CHECK)
            yield RedisLine(client, listener, hear)

    return dial
