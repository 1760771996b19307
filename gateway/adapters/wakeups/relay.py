"""Wake-ups between machines, relayed by a server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from typing import Protocol, TypeAlias

from gateway.adapters.outages import Outage
from gateway.adapters.restarted_loops import supervise_loop
from gateway.adapters.wakeups.local import LocalSubscription, LocalWakeups

CHANNEL = "gateway"
RECONNECT_DELAY_SECONDS = 0.5
"""Delay before each new attempt to connect."""
CHECK_SECONDS = 2.0
"""Interval of checks of the connection, and the timeout after which it counts as lost."""


class RelayConnection(Protocol):
    """A connection that sends messages to all connected processes, this one included."""

    async def send(self, messages: Sequence[str]) -> None:
        """Send ``messages`` to all processes; return when the server has them."""
        ...

    async def wait_until_lost(self) -> None:
        """Return or raise an error when the connection is lost."""
        ...


OnMessage: TypeAlias = Callable[[str], None]
Connector: TypeAlias = Callable[[OnMessage], AbstractAsyncContextManager[RelayConnection]]
ErrorTypes: TypeAlias = tuple[type[Exception], ...]


class RelayedWakeups:
    """The subscriptions of this process, notified by announcements of all processes."""

    def __init__(self, connector: Connector, connection_errors: ErrorTypes) -> None:
        self._connector = connector
        self._connection_errors: ErrorTypes = (OSError, TimeoutError, *connection_errors)
        self._outage = Outage("the wake-up line", "other processes notice up to 2 s late")
        self._local_wakeups = LocalWakeups()
        self._sender_id = secrets.token_hex(8)
        self._pending_topics: dict[str, None] = {}
        self._topic_announced = asyncio.Event()

    def subscribe(self, topic: str) -> AbstractContextManager[LocalSubscription]:
        """A subscription to ``topic`` for the duration of the block."""
        return self._local_wakeups.subscribe(topic)

    async def announce(self, topic: str) -> None:
        """Notify this process at once and others soon; kept while there is no connection."""
        self._local_wakeups.notify(topic)
        self._pending_topics[topic] = None
        self._topic_announced.set()

    async def keep_connected(self) -> None:
        """Connect, and connect again after each loss, until cancelled."""
        while True:
            try:
                await self._relay_until_lost()
            except self._connection_errors as error:
                self._outage.begin(type(error).__name__)
            await asyncio.sleep(RECONNECT_DELAY_SECONDS)

    async def _relay_until_lost(self) -> None:
        async with self._connector(self._receive) as connection:
            self._outage.end()
            # Announcements may have been missed while there was no connection.
            self._local_wakeups.notify_all()
            await _run_until_first_ends(
                connection.wait_until_lost(), self._send_pending(connection)
            )

    async def _send_pending(self, connection: RelayConnection) -> None:
        while True:
            await self._topic_announced.wait()
            topics, self._pending_topics = self._pending_topics, {}
            self._topic_announced.clear()
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await connection.send([f"{self._sender_id} {topic}" for topic in topics])
            except BaseException:
                # Topics that may not have arrived are sent again by the next connection.
                self._pending_topics |= topics
                self._topic_announced.set()
                raise

    def _receive(self, message: str) -> None:
        sender_id, _, topic = message.partition(" ")
        if sender_id != self._sender_id:
            self._local_wakeups.notify(topic)


async def _run_until_first_ends(*coroutines: Coroutine[None, None, None]) -> None:
    """Run ``coroutines`` until one ends; its exception, if any, is raised."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        ended_tasks, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        # Limited in time, because wait_for of Python 3.11 in the clients can lose a cancellation.
        await asyncio.wait(tasks, timeout=CHECK_SECONDS)
    for task in ended_tasks:
        task.result()


@asynccontextmanager
async def open_relay(
    connector: Connector, connection_errors: ErrorTypes
) -> AsyncIterator[RelayedWakeups]:
    """A relay, connected for the duration of the block."""
    relay = RelayedWakeups(connector, connection_errors)
    connection_task = asyncio.create_task(supervise_loop("the wake-up line", relay.keep_connected))
    try:
        yield relay
    finally:
        connection_task.cancel()
        await asyncio.wait([connection_task])
