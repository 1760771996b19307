"""Wake-ups between machines: this process's hub, and a line to a server that spreads them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from typing import Protocol, TypeAlias

from gateway.adapters.outages import Outage
from gateway.adapters.restarted_loops import supervise_loop
from gateway.adapters.wakeups.local import LocalSubscription, LocalWakeups

CHANNEL = "gateway"
# Seconds between two attempts to connect.
RECONNECT_DELAY_SECONDS = 0.5
# Seconds between two looks whether the line still holds, and how long an answer may take.
CHECK_SECONDS = 2.0


class RelayConnection(Protocol):
    """A connection that carries words to everybody connected, ourselves included."""

    async def send(self, messages: Sequence[str]) -> None:
        """Carry ``messages`` to everybody; returns when the server has them."""
        ...

    async def wait_until_lost(self) -> None:
        """Returns, or raises a fault, when the connection is gone."""
        ...


OnMessage: TypeAlias = Callable[[str], None]
Connector: TypeAlias = Callable[[OnMessage], AbstractAsyncContextManager[RelayConnection]]
ErrorTypes: TypeAlias = tuple[type[Exception], ...]


class RelayedWakeups:
    """The bells of this process, rung by announcements from any other."""

    def __init__(self, connector: Connector, connection_errors: ErrorTypes) -> None:
        self._connector = connector
        self._connection_errors: ErrorTypes = (OSError, TimeoutError, *connection_errors)
        self._outage = Outage("the wake-up line", "other processes notice up to 2 s late")
        self._local_wakeups = LocalWakeups()
        self._sender_id = secrets.token_hex(8)
        self._pending_topics: dict[str, None] = {}
        self._topic_announced = asyncio.Event()

    def subscribe(self, topic: str) -> AbstractContextManager[LocalSubscription]:
        """A bell for ``topic``, while the block lasts."""
        return self._local_wakeups.subscribe(topic)

    async def announce(self, topic: str) -> None:
        """Ring here at once and elsewhere soon; kept while the line is down."""
        self._local_wakeups.notify(topic)
        self._pending_topics[topic] = None
        self._topic_announced.set()

    async def keep_connected(self) -> None:
        """Hold the line until cancelled."""
        while True:
            try:
                await self._relay_until_lost()
            except self._connection_errors as error:
                self._outage.begin(type(error).__name__)
            await asyncio.sleep(RECONNECT_DELAY_SECONDS)

    async def _relay_until_lost(self) -> None:
        async with self._connector(self._receive) as connection:
            self._outage.end()
            # While there was no line, anything may have been announced.
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
                # The line broke: what may not have arrived is sent again on the next one.
                self._pending_topics |= topics
                self._topic_announced.set()
                raise

    def _receive(self, message: str) -> None:
        sender_id, _, topic = message.partition(" ")
        if sender_id != self._sender_id:
            self._local_wakeups.notify(topic)


async def _run_until_first_ends(*coroutines: Coroutine[None, None, None]) -> None:
    """Run ``coroutines`` until one ends, with its fault if it has one."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        ended_tasks, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        # Not without end: Python 3.11's wait_for, which the clients use, may swallow a cancel.
        await asyncio.wait(tasks, timeout=CHECK_SECONDS)
    for task in ended_tasks:
        task.result()


@asynccontextmanager
async def open_relay(
    connector: Connector, connection_errors: ErrorTypes
) -> AsyncIterator[RelayedWakeups]:
    """A relay, connected while the block lasts."""
    relay = RelayedWakeups(connector, connection_errors)
    connection_task = asyncio.create_task(supervise_loop("the wake-up line", relay.keep_connected))
    try:
        yield relay
    finally:
        connection_task.cancel()
        await asyncio.wait([connection_task])
