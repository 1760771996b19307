"""Following a log: read once for all who follow it, each event once and in order."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.services.event_logs import (
    AUTHORITY_CHECK_INTERVAL,
    EVENTS_PER_READ,
    MAX_KEPT_EVENTS,
    EventLog,
    FiniteEventLog,
    LogTail,
    LogTails,
    follow_until_end,
)
from gateway.services.ports.database import DatabaseUnreachable


class NumberLog:
    """A log of the numbers from one on, and how often it was read."""

    def __init__(self) -> None:
        self.end = 0
        self.reads = 0
        self.broken = False
        self.fault: Exception = ConnectionError("the log is broken")
        self.refusals = asyncio.Semaphore(0)
        self.hub = LocalWakeups()
        self.followers = LogTails()
        self.log = EventLog("numbers", self.read, lambda number: number)

    async def read(self, mark: int) -> tuple[int, ...]:
        self.reads += 1
        if self.broken:
            self.refusals.release()
            raise self.fault
        return tuple(range(mark + 1, self.end + 1))[:EVENTS_PER_READ]

    async def grow(self, count: int = 1) -> None:
        self.end += count
        await self.hub.announce("numbers")


@pytest.fixture
def numbers() -> NumberLog:
    return NumberLog()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


async def collect(tail: LogTail[int], position: int, last: int) -> list[int]:
    received: list[int] = []
    while not received or received[-1] < last:
        received += await tail.wait_for_events(received[-1] if received else position)
    return received


def open_tail(numbers: NumberLog, opened: ExitStack) -> LogTail[int]:
    tail = opened.enter_context(numbers.followers.follow(numbers.log, numbers.hub))
    tail.start(numbers.end)
    return tail


async def test_a_hundred_followers_take_one_read(numbers: NumberLog, opened: ExitStack) -> None:
    """R71."""
    tails = [open_tail(numbers, opened) for _ in range(100)]
    waiting = [asyncio.create_task(collect(tail, 0, 1)) for tail in tails]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    before = numbers.reads
    await numbers.grow()
    assert await asyncio.gather(*waiting) == [[1]] * 100
    assert numbers.reads - before == 1


async def test_who_comes_late_catches_up_alone(numbers: NumberLog, opened: ExitStack) -> None:
    """R67."""
    numbers.end = 7
    present = open_tail(numbers, opened)
    late = open_tail(numbers, opened)
    assert await collect(late, 2, 7) == [3, 4, 5, 6, 7]
    await numbers.grow(2)
    assert await collect(present, 7, 9) == await collect(late, 7, 9) == [8, 9]


async def test_who_is_slower_than_what_is_kept_still_misses_nothing(
    numbers: NumberLog, opened: ExitStack
) -> None:
    """R70."""
    slow, quick = open_tail(numbers, opened), open_tail(numbers, opened)
    count = 2 * MAX_KEPT_EVENTS + 5
    await numbers.grow(count)
    assert await collect(quick, 0, count) == list(range(1, count + 1))
    assert await collect(slow, 0, count) == list(range(1, count + 1))


async def test_a_place_in_the_future_is_waited_for(numbers: NumberLog, opened: ExitStack) -> None:
    ahead = asyncio.create_task(collect(open_tail(numbers, opened), 5, 6))
    for _ in range(6):
        await numbers.grow()
        await asyncio.sleep(0)
    assert await ahead == [6]


async def test_a_log_that_cannot_be_read_ends_every_follower(
    numbers: NumberLog, opened: ExitStack
) -> None:
    waiting = [asyncio.create_task(collect(open_tail(numbers, opened), 0, 1)) for _ in range(3)]
    await asyncio.sleep(0)
    numbers.broken = True
    await numbers.grow()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in results] == [ConnectionError] * 3


async def test_the_last_who_leaves_frees_it(numbers: NumberLog, opened: ExitStack) -> None:
    """R70."""
    open_tail(numbers, opened)
    open_tail(numbers, opened)
    busy = numbers.hub.is_idle
    opened.close()
    assert (busy, numbers.hub.is_idle) == (False, True)
    before = numbers.reads
    await numbers.grow()
    await asyncio.sleep(0)
    assert numbers.reads == before


@dataclass
class Listener:
    """What following takes, and a log that never ends."""

    log_tails: LogTails
    wakeups: LocalWakeups
    clock: ManualClock


async def test_who_may_follow_no_more_is_told_of_nothing(
    numbers: NumberLog, clock: ManualClock
) -> None:
    # R97
    check_count = [0]

    async def authority() -> None:
        check_count[0] += 1
        if check_count[0] > 2:
            raise PermissionError

    async def last() -> int:
        return numbers.end

    numbers.end = 1
    log = FiniteEventLog("numbers", numbers.read, lambda number: number, last, lambda _: False)
    listener = Listener(numbers.followers, numbers.hub, clock)
    received: list[int] = []

    async def follow() -> None:
        async for number in follow_until_end(log, None, listener, authority):
            received.append(number)
            await numbers.grow()

    with pytest.raises(PermissionError):
        await follow()
    assert (received, numbers.hub.is_idle) == ([1, 2], True)


async def test_who_follows_is_asked_again_each_minute_though_nothing_happens(
    numbers: NumberLog, clock: ManualClock, opened: ExitStack
) -> None:
    # R97
    tail = opened.enter_context(numbers.followers.follow(numbers.log, numbers.hub, clock))
    tail.start(0)
    waiting = asyncio.create_task(tail.wait_for_events(0))
    for moved in (AUTHORITY_CHECK_INTERVAL - timedelta(microseconds=1), timedelta(microseconds=1)):
        assert numbers.followers.waiting_count == 0 or not waiting.done()
        clock.advance(moved)
        await numbers.grow(0)
        for _ in range(9):
            await asyncio.sleep(0)
    assert (waiting.done(), numbers.followers.waiting_count) == (True, 0)
    assert list(await waiting) == []


async def test_a_log_that_is_away_for_a_while_loses_nobody_and_nothing(
    numbers: NumberLog, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Followers wait, and are told what came meanwhile, each once and in order (R71, R140)."""
    monkeypatch.setattr("gateway.services.event_logs.POLL_SECONDS", 0.001)
    monkeypatch.setattr(numbers, "fault", DatabaseUnreachable("away"))
    waiting = [asyncio.create_task(collect(open_tail(numbers, opened), 0, 3)) for _ in range(3)]
    await asyncio.sleep(0)
    numbers.broken = True
    await numbers.grow()
    for _ in range(3):
        await asyncio.wait_for(numbers.refusals.acquire(), 30)
    await numbers.grow(2)
    assert not any(task.done() for task in waiting)
    numbers.broken = False
    assert await asyncio.wait_for(asyncio.gather(*waiting), 30) == [[1, 2, 3]] * 3
