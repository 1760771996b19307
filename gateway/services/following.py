"""Following logs: each event once and in order, read once for all who follow in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Unavailable
from gateway.services.ports.wakeups import Waker, Wakeups

PAGE = 100
"""Events read at once."""
MOST_KEPT = 2 * PAGE
"""Events kept of one log for those who follow it."""
NET = 2.0
"""Seconds after which a log is read without a wake-up: hints may be lost."""
ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""How long a follower to whom nothing happens may go on before they are asked who they are."""

Event = TypeVar("Event")
Authority: TypeAlias = Callable[[], Awaitable[None]]
"""Asked before each event; raises to end the following for who may not follow any more."""
Read: TypeAlias = Callable[[int], Awaitable[tuple[Event, ...]]]


@dataclass(frozen=True, slots=True)
class Log(Generic[Event]):
    """A log to follow.

    ``read`` gives what came after a place, at most ``PAGE`` events; ``place`` is where an event
    stands; whoever adds to the log announces ``topic``.
    """

    topic: str
    read: Read[Event]
    place: Callable[[Event], int]


@dataclass(frozen=True, slots=True)
class EndingLog(Log[Event]):
    """A log that comes to an end.

    ``last`` gives its latest event, ``over`` tells whether an event is one that ends it.
    """

    last: Callable[[], Awaitable[Event | None]]
    over: Callable[[Event], bool]


class Tail(Generic[Event]):
    """The end of a log, kept up to date for its followers.

    What came after a certain place is here. What came before, each follower reads for itself, at
    its own pace: nothing is kept for a slow one.
    """

    def __init__(self, log: Log[Event], wakeups: Wakeups, clock: Clock | None = None) -> None:
        self._log = log
        self._clock = clock
        self._asked_at = clock.now() if clock else None
        self._rounds = 0
        self._open = ExitStack()
        self._waker: Waker = self._open.enter_context(wakeups.subscribe(log.topic))
        self._since = 0
        self._end = 0
        self._events: tuple[Event, ...] = ()
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.followers = 0
        self.waiting = 0

    def begin(self, last: int) -> None:
        """Start reading, if nobody has; ``last`` is where the log's last event stands, or 0."""
        if self._reader is None:
            self._since = self._end = last
            self._reader = asyncio.create_task(self._keep_reading())
            self._reader.add_done_callback(lambda _: self._tell())

    async def later(self, place: int) -> Sequence[Event]:
        """Some of what came after ``place``, in order, as soon as there is anything.

        Nothing where it is time to ask the follower again who they are.
        """
        rounds = self._rounds
        while True:
            news = self._news
            events = self._kept(place) if place >= self._since else await self._log.read(place)
            if events or rounds != self._rounds:
                return events
            if self._reader is not None and self._reader.done():
                self._reader.result()  # it never ends but by failing: so does each follower
            self.waiting += 1
            try:
                await news.wait()
            finally:
                self.waiting -= 1

    def close(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.cancel()
        self._open.close()

    def _kept(self, place: int) -> Sequence[Event]:
        if place >= self._end:
            return ()
        return [event for event in self._events if self._log.place(event) > place]

    async def _keep_reading(self) -> None:
        while True:
            try:
                found = await self._log.read(self._end)
            except Unavailable:
                # Whoever follows is told what came meanwhile, once the database is back.
                await asyncio.sleep(NET)
                continue
            if found:
                self._keep(found)
                self._tell()
            elif self._is_round_due():
                self._rounds += 1
                self._tell()
            if len(found) < PAGE:
                await self._waker.wait(NET)

    def _is_round_due(self) -> bool:
        if self._clock is None or self._asked_at is None:
            return False
        now = self._clock.now()
        due = now - self._asked_at >= ASKED_AGAIN_AFTER
        if due:
            self._asked_at = now
        return due

    def _keep(self, found: tuple[Event, ...]) -> None:
        events = (*self._events, *found)
        dropped = max(0, len(events) - MOST_KEPT)
        if dropped:
            self._since = self._log.place(events[dropped - 1])
        self._events = events[dropped:]
        self._end = self._log.place(events[-1])

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Followers:
    """Who follows what in this process: one tail a log, while anybody follows it."""

    def __init__(self) -> None:
        self._tails: dict[str, Tail[Any]] = {}

    @property
    def waiting(self) -> int:
        """How many have seen all there is and wait for more."""
        return sum(each.waiting for each in self._tails.values())

    @contextmanager
    def follow(
        self, log: Log[Event], wakeups: Wakeups, clock: Clock | None = None
    ) -> Iterator[Tail[Event]]:
        """The tail of ``log``: nothing that is announced while the block lasts is missed."""
        tail: Tail[Event] | None = self._tails.get(log.topic)
        if tail is None:
            tail = self._tails[log.topic] = Tail(log, wakeups, clock)
        tail.followers += 1
        try:
            yield tail
        finally:
            tail.followers -= 1
            if not tail.followers:
                del self._tails[log.topic]
                tail.close()


class Listening(Protocol):
    """What following takes."""

    @property
    def followers(self) -> Followers:
        """Who follows what."""
        ...

    @property
    def wakeups(self) -> Wakeups:
        """What tells that a log has grown."""
        ...

    @property
    def clock(self) -> Clock:
        """What tells when followers are asked again."""
        ...


async def anybody() -> None:
    """The authority of who may follow whatever happens."""


async def to_the_end(
    log: EndingLog[Event], after: int | None, parts: Listening, authority: Authority = anybody
) -> AsyncIterator[Event]:
    """The events of ``log`` later than ``after``, or the last one first; ends with the log."""
    with parts.followers.follow(log, parts.wakeups, parts.clock) as tail:
        last = await log.last()
        end = log.place(last) if last is not None else 0
        place = end - 1 if after is None else after
        if last is not None and log.over(last) and place >= end:
            return
        tail.begin(end)
        while True:
            async for event in allowed(await tail.later(place), authority):
                yield event
                place = log.place(event)
                if log.over(event):
                    return


async def allowed(events: Sequence[Event], authority: Authority) -> AsyncIterator[Event]:
    """``events``, each as long as the follower may see it; asked once also where there are none."""
    if not events:
        await authority()
    for event in events:
        await authority()
        yield event
