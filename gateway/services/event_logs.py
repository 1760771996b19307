"""Followed logs: each follower gets each event once, in order; a process reads a log once."""

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
"""Events that are read at once."""
MAX_KEPT_EVENTS = 2 * EVENTS_PER_READ
"""Events of one log that are kept in memory for its followers."""
POLL_SECONDS = 2.0
"""Seconds after which a log is read without a wake-up, because wake-ups may be lost."""
AUTHORITY_CHECK_INTERVAL = timedelta(minutes=1)
"""The time without events after which a follower's authority is checked again."""

Event = TypeVar("Event")
AuthorityCheck: TypeAlias = Callable[[], Awaitable[None]]
"""Called before each event; raises if the follower is no longer authorized."""
ReadEvents: TypeAlias = Callable[[int], Awaitable[tuple[Event, ...]]]


@dataclass(frozen=True, slots=True)
class EventLog(Generic[Event]):
    """A log to follow.

    ``read_after`` returns at most ``EVENTS_PER_READ`` events after a position, ``position_of`` the
    position of an event. Additions to the log are announced as ``topic``.
    """

    topic: str
    read_after: ReadEvents[Event]
    position_of: Callable[[Event], int]


@dataclass(frozen=True, slots=True)
class FiniteEventLog(EventLog[Event]):
    """A log with an end.

    ``load_last`` returns its latest event, ``is_final`` whether an event ends it.
    """

    load_last: Callable[[], Awaitable[Event | None]]
    is_final: Callable[[Event], bool]


class LogTail(Generic[Event]):
    """The latest events of a log, kept up to date for its followers.

    A follower reads earlier events by itself, at its own pace, so that nothing is kept for slow
    ones.
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
        """Start to read unless it has started already.

        ``last_position`` is the position of the log's last event, or 0.
        """
        if self._reader_task is None:
            self._kept_from = self._last_position = last_position
            self._reader_task = asyncio.create_task(self._keep_reading())
            self._reader_task.add_done_callback(lambda _: self._notify())

    async def wait_for_events(self, position: int) -> Sequence[Event]:
        """The next events after ``position``, in order, as soon as there are any.

        Empty if it is time to check the follower's authority again.
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
                self._reader_task.result()  # it ends only by an error, for all followers
            self.waiting_count += 1
            try:
                await changed.wait()
            finally:
                self.waiting_count -= 1

    def close(self) -> None:
        """Stop reading."""
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
                # Followers get the events of an outage when the database is back.
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
    """The tails of all logs that are followed in this process, one for each log."""

    def __init__(self) -> None:
        self._tails: dict[str, LogTail[Any]] = {}

    @property
    def waiting_count(self) -> int:
        """The number of followers that wait for the next event."""
        return sum(tail.waiting_count for tail in self._tails.values())

    @contextmanager
    def follow(
        self, log: EventLog[Event], wakeups: Wakeups, clock: Clock | None = None
    ) -> Iterator[LogTail[Event]]:
        """The tail of ``log``, which misses no announcement during the block."""
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
    """The dependencies of following a log."""

    @property
    def log_tails(self) -> LogTails:
        """The tails of the logs."""
        ...

    @property
    def wakeups(self) -> Wakeups:
        """The announcements of additions to logs."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock for checks of authority."""
        ...


async def allow_anybody() -> None:
    """An authority check that always passes."""


async def follow_until_end(
    log: FiniteEventLog[Event],
    after: int | None,
    dependencies: LogDependencies,
    check_authority: AuthorityCheck = allow_anybody,
) -> AsyncIterator[Event]:
    """The events after the position ``after``, or from the last one on if it is None."""
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
    """``events``, with a check of authority before each, and one check if there are none."""
    if not events:
        await check_authority()
    for event in events:
        await check_authority()
        yield event
