"""A line through NATS."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from gateway.adapters.wakeups.relay import CHANNEL, CHECK, Dial, Faults, Hear, Line

FAULTS: Faults = (Error,)


class NatsLine:
    """One connection."""

    def __init__(self, client: Client, gone: asyncio.Event) -> None:
        self._client = client
        self._gone = gone

    async def send(self, words: Sequence[str]) -> None:
        """Publish to everybody."""
        for word in words:
            await self._client.publish(CHANNEL, word.encode())
        await self._client.flush()

    async def lost(self) -> None:
        """Returns when the connection has ended: the client ends one that no longer answers."""
        await self._gone.wait()


def through_nats(url: str) -> Dial:
    """Lines through the NATS server at ``url``."""

    @asynccontextmanager
    async def dial(hear: Hear) -> AsyncIterator[Line]:
        gone = asyncio.Event()

        async def closed() -> None:
            gone.set()

        async def heard(message: Msg) -> None:
            hear(message.data.decode())

        # Reconnecting is the relay's: it must ring every bell afterwards.
        client = await nats.connect(
            url,
            allow_reconnect=False,
            closed_cb=closed,
            error_cb=_left_to_the_relay,
            connect_timeout=int(CHECK),
            ping_interval=int(CHECK),
        )
        try:
            await client.subscribe(CHANNEL, cb=heard)
            await client.flush()  # the server has the subscription before anything is announced
            yield NatsLine(client, gone)
        finally:
            async with asyncio.timeout(CHECK):
                await client.close()

    return dial


async def _left_to_the_relay(_: Exception) -> None:
    """The library would log it; the relay does, once."""
