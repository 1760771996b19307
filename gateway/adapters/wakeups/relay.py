"""Wake-ups between machines: this process's hub, and a line to a server that spreads them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from typing import Protocol, TypeAlias

from gateway.adapters.lasting import keep_going
from gateway.adapters.outages import Outage
from gateway.adapters.wakeups.hub import Bell, Hub

CHANNEL = "gateway"
# Seconds between two attempts to connect.
PAUSE = 0.5
# Seconds between two looks whether the line still holds, and how long an answer may take.
CHECK = 2.0


class Line(Protocol):
    """A connection that carries words to everybody connected, ourselves included."""

    async def send(self, words: Sequence[str]) -> None:
        """Carry ``words`` to everybody; returns when the server has them."""
        ...

    async def lost(self) -> None:
        """Returns, or raises a fault, when the connection is gone."""
        ...


Hear: TypeAlias = Callable[[str], None]
Dial: TypeAlias = Callable[[Hear], AbstractAsyncContextManager[Line]]
Faults: TypeAlias = tuple[type[Exception], ...]


class Relay:
    """The bells of this process, rung by announcements from any other."""

    def __init__(self, dial: Dial, faults: Faults) -> None:
        self._dial = dial
        self._faults: Faults = (OSError, TimeoutError, *faults)
        self._outage = Outage("the wake-up line", "other processes notice up to 2 s late")
        self._hub = Hub()
        self._name = secrets.token_hex(8)
        self._pending: dict[str, None] = {}
        self._announced = asyncio.Event()

    def subscribe(self, topic: str) -> AbstractContextManager[Bell]:
        """A bell for ``topic``, while the block lasts."""
        return self._hub.subscribe(topic)

    async def announce(self, topic: str) -> None:
        """Ring here at once and elsewhere soon; kept while the line is down."""
        self._hub.ring(topic)
        self._pending[topic] = None
        self._announced.set()

    async def keep_connected(self) -> None:
        """Hold the line until cancelled."""
        while True:
            try:
                await self._connect()
            except self._faults as fault:
                self._outage.begin(type(fault).__name__)
            await asyncio.sleep(PAUSE)

    async def _connect(self) -> None:
        async with self._dial(self._hear) as line:
            self._outage.end()
            # While there was no line, anything may have been announced.
            self._hub.ring_all()
            await _first(line.lost(), self._send(line))

    async def _send(self, line: Line) -> None:
        while True:
            await self._announced.wait()
            topics, self._pending = self._pending, {}
            self._announced.clear()
            try:
                async with asyncio.timeout(CHECK):
                    await line.send([f"{self._name} {topic}" for topic in topics])
            except BaseException:
                # The line broke: what may not have arrived is sent again on the next one.
                self._pending |= topics
                self._announced.set()
                raise

    def _hear(self, word: str) -> None:
        name, _, topic = word.partition(" ")
        if name != self._name:
            self._hub.ring(topic)


async def _first(*parts: Coroutine[None, None, None]) -> None:
    """Run ``parts`` until one ends, with its fault if it has one."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        # Not without end: Python 3.11's wait_for, which the clients use, may swallow a cancel.
        await asyncio.wait(tasks, timeout=CHECK)
    for task in ended:
        task.result()


@asynccontextmanager
async def relayed(dial: Dial, faults: Faults) -> AsyncIterator[Relay]:
    """A relay, connected while the block lasts."""
    relay = Relay(dial, faults)
    holding = asyncio.create_task(keep_going("the wake-up line", relay.keep_connected))
    try:
        yield relay
    finally:
        holding.cancel()
        await asyncio.wait([holding])
