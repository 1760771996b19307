"""Wake-ups between processes through NATS."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from gateway.adapters.wakeups.relay import (
    CHANNEL,
    CHECK_SECONDS,
    Connector,
    ErrorTypes,
    OnMessage,
    RelayConnection,
)

CONNECTION_ERRORS: ErrorTypes = (Error,)


class NatsConnection:
    """One connection to NATS."""

    def __init__(self, client: Client, closed_event: asyncio.Event) -> None:
        self._client = client
        self._closed_event = closed_event

    async def send(self, messages: Sequence[str]) -> None:
        """Publish ``messages`` to all processes."""
        for message in messages:
            await self._client.publish(CHANNEL, message.encode())
        await self._client.flush()

    async def wait_until_lost(self) -> None:
        """Return when the connection has ended; the client ends one that no longer answers."""
        await self._closed_event.wait()


def nats_connector(url: str) -> Connector:
    """A connector to the NATS server at ``url``."""

    @asynccontextmanager
    async def connect(on_message: OnMessage) -> AsyncIterator[RelayConnection]:
        closed_event = asyncio.Event()

        async def on_closed() -> None:
            closed_event.set()

        async def on_nats_message(message: Msg) -> None:
            on_message(message.data.decode())

        # The relay reconnects instead, because it must notify all subscriptions afterwards.
        client = await nats.connect(
            url,
            allow_reconnect=False,
            closed_cb=on_closed,
            error_cb=_ignore_error,
            connect_timeout=int(CHECK_SECONDS),
            ping_interval=int(CHECK_SECONDS),
        )
        try:
            await client.subscribe(CHANNEL, cb=on_nats_message)
            await client.flush()  # makes sure that the server has the subscription
            yield NatsConnection(client, closed_event)
        finally:
            async with asyncio.timeout(CHECK_SECONDS):
                await client.close()

    return connect


async def _ignore_error(_: Exception) -> None:
    """Prevent the library from logging the error; the relay logs it once."""
