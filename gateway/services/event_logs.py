"""Following logs: each event once and in order, read once for all who follow in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from gateway.services.ports.clock import Clock
from gateway.services.ports.database import DatabaseUnreachable
from gateway.services.ports.wakeups import Wakeups, WakeupSubscription

EVENTS_PER_READ = 100
"""Events read at once."""
MAX_KEPT_EVENTS = 2 * EVENTS_PER_READ
"""Events kept of one log for those who follow it."""
POLL_SECONDS = 2.0
"""Seconds after which a log is read without a wake-up: hints may be lost."""
AUTHORITY_CHECK_INTERVAL = timedelta(minutes=1)
"""How long a follower to whom nothing happens may go on before they are asked who they are."""

Event = TypeVar("Event")
AuthorityCheck: TypeAlias = Callable[[], Awaitable[None]]
"""Asked before each event; raises to end the following for who may not follow any more."""
ReadEvents: TypeAlias = Callable[[int], Awaitable[tuple[Event, ...]]]


@dataclass(frozen=True, slots=True)
class EventLog(Generic[Event]):
    """A log to follow.

    ``read_after`` gives what came after a place, at most ``EVENTS_PER_READ`` events;
    ``position_of`` is where an event stands; whoever adds to the log announces ``topic``.
    """

    topic: str
    read_after: ReadEvents[Event]
    position_of: Callable[[Event], int]


@dataclass(frozen=True, slots=True)
class FiniteEventLog(EventLog[Event]):
    """A log that comes to an end.

    ``load_last`` gives its latest event, ``is_final`` tells whether an event is one that ends it.
    """

    load_last: Callable[[], Awaitable[Event | None]]
    is_final: Callable[[Event], bool]


class LogTail(Generic[Event]):
    """The end of a log, kept up to date for its followers.

    What came after a certain place is here. What came before, each follower reads for itself, at
    its own pace: nothing is kept for a slow one.
    """

    def __init__(self, log: EventLog[Event], wakeups: Wakeups, clock: Clock | None = None) -> None:
        self._log = log
        self._clock = clock
        self._last_check_at = clock.now() if clock else None
        self._check_rounds = 0
        self._exit_stack = ExitStack()
        self._subscription: WakeupSubscription = self._exit_stack.enter_context(
            wakeups.subscribe(log.topic)
        )
        self._kept_from = 0
        self._last_position = 0
        self._events: tuple[Event, ...] = ()
        self._reader_task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.follower_count = 0
        self.waiting_count = 0

    def start(self, last_position: int) -> None:
        """Start reading, if nobody has.

        ``last_position`` is where the log's last event stands, or 0.
        """
        if self._reader_task is None:
            self._kept_from = self._last_position = last_position
            self._reader_task = asyncio.create_task(self._keep_reading())
            self._reader_task.add_done_callback(lambda _: self._notify())

    async def wait_for_events(self, position: int) -> Sequence[Event]:
        """Some of what came after ``position``, in order, as soon as there is anything.

        Nothing where it is time to ask the follower again who they are.
        """
        check_rounds = self._check_rounds
        while True:
            changed = self._changed
            events = (
                self._kept_after(position)
                if position >= self._kept_from
                else await self._log.read_after(position)
            )
            if events or check_rounds != self._check_rounds:
                return events
            if self._reader_task is not None and self._reader_task.done():
                self._reader_task.result()  # it never ends but by failing: so does each follower
            self.waiting_count += 1
            try:
                await changed.wait()
            finally:
                self.waiting_count -= 1

    def close(self) -> None:
        """Read no more."""
        if self._reader_task is not None:
            self._reader_task.cancel()
        self._exit_stack.close()

    def _kept_after(self, position: int) -> Sequence[Event]:
        if position >= self._last_position:
            return ()
        return [event for event in self._events if self._log.position_of(event) > position]

    async def _keep_reading(self) -> None:
        while True:
            try:
                events = await self._log.read_after(self._last_position)
            except DatabaseUnreachable:
                # Whoever follows is told what came meanwhile, once the database is back.
                await asyncio.sleep(POLL_SECONDS)
                continue
            if events:
                self._append(events)
                self._notify()
            elif self._is_check_due():
                self._check_rounds += 1
                self._notify()
            if len(events) < EVENTS_PER_READ:
                await self._subscription.wait(POLL_SECONDS)

    def _is_check_due(self) -> bool:
        if self._clock is None or self._last_check_at is None:
            return False
        now = self._clock.now()
        is_due = now - self._last_check_at >= AUTHORITY_CHECK_INTERVAL
        if is_due:
            self._last_check_at = now
        return is_due

    def _append(self, new_events: tuple[Event, ...]) -> None:
        events = (*self._events, *new_events)
        dropped_count = max(0, len(events) - MAX_KEPT_EVENTS)
        if dropped_count:
            self._kept_from = self._log.position_of(events[dropped_count - 1])
        self._events = events[dropped_count:]
        self._last_position = self._log.position_of(events[-1])

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class LogTails:
    """Who follows what in this process: one tail a log, while anybody follows it."""

    def __init__(self) -> None:
        self._tails: dict[str, LogTail[Any]] = {}

    @property
    def waiting_count(self) -> int:
        """How many have seen all there is and wait for more."""
        return sum(tail.waiting_count for tail in self._tails.values())

    @contextmanager
    def follow(
        self, log: EventLog[Event], wakeups: Wakeups, clock: Clock | None = None
    ) -> Iterator[LogTail[Event]]:
        """The tail of ``log``: nothing that is announced while the block lasts is missed."""
        tail: LogTail[Event] | None = self._tails.get(log.topic)
        if tail is None:
            tail = self._tails[log.topic] = LogTail(log, wakeups, clock)
        tail.follower_count += 1
        try:
            yield tail
        finally:
            tail.follower_count -= 1
            if not tail.follower_count:
                del self._tails[log.topic]
                tail.close()


class LogDependencies(Protocol):
    """What following takes."""

    @property
    def log_tails(self) -> LogTails:
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


async def allow_anybody() -> None:
    """The authority of who may follow whatever happens."""


async def follow_until_end(
    log: FiniteEventLog[Event],
    after: int | None,
    dependencies: LogDependencies,
    check_authority: AuthorityCheck = allow_anybody,
) -> AsyncIterator[Event]:
    """The events of ``log`` later than ``after``, or the last one first; ends with the log."""
    with dependencies.log_tails.follow(log, dependencies.wakeups, dependencies.clock) as tail:
        last_event = await log.load_last()
        last_position = log.position_of(last_event) if last_event is not None else 0
        position = last_position - 1 if after is None else after
        if last_event is not None and log.is_final(last_event) and position >= last_position:
            return
        tail.start(last_position)
        while True:
            async for event in guard_events(await tail.wait_for_events(position), check_authority):
                yield event
                position = log.position_of(event)
                if log.is_final(event):
                    return


async def guard_events(
    events: Sequence[Event], check_authority: AuthorityCheck
) -> AsyncIterator[Event]:
    """``events``, each as long as the follower may see it; asked once also where there are none."""
    if not events:
        await check_authority()
    for event in events:
        await check_authority()
        yield event
