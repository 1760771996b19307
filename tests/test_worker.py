"""The loop: one turn, its failures, and its sleep."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gateway import worker
from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.wakeups.hub import Hub
from gateway.services.ports.database import Stale, Unavailable
from gateway.services.stepping import DUE, back_off
from gateway.worker import keep_turning, turn

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    attempts: int = 1


@dataclass
class Chore:
    """A step over a list of rows; those named in ``faults`` fail."""

    due: dict[str, datetime]
    faults: dict[str, Exception] = field(default_factory=dict)
    name: str = "chore"
    taken: list[str] = field(default_factory=list)
    leases: list[datetime] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> Sequence[Row]:
        if "claim" in self.faults:
            raise self.faults["claim"]
        self.leases.append(leased_until)
        names = sorted(name for name, due in self.due.items() if due <= now)[:most]
        for name in names:
            del self.due[name]
        return [Row(name) for name in names]

    async def take(self, claimed: Row, now: datetime) -> None:
        if claimed.id in self.faults:
            raise self.faults[claimed.id]
        self.begun.set()
        if claimed.id == "hangs":
            await asyncio.Event().wait()
        self.taken.append(claimed.id)
        self.done.set()

    async def postpone(self, claimed: Row, until: datetime, failure: str) -> None:
        if failure in self.faults:
            raise self.faults[failure]
        self.due[f"{claimed.id} after {failure}"] = until

    async def next_due(self, now: datetime) -> datetime | None:
        self.looked.set()
        return min(self.due.values(), default=None)


async def test_a_turn_takes_what_is_due_once() -> None:
    chore = Chore({"a": NOON, "b": NOON - timedelta(days=1), "later": NOON + timedelta(seconds=1)})
    assert await turn([chore, Chore({})], NOON) == 2
    assert sorted(chore.taken) == ["a", "b"]
    assert chore.leases == [NOON + timedelta(seconds=60)]
    assert await turn([chore], NOON) == 0


async def test_a_failing_row_rests_and_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    chore = Chore({"a": NOON, "b": NOON}, {"a": ValueError("no")})
    assert await turn([chore], NOON) == 2
    assert chore.taken == ["b"]
    assert chore.due == {"a after ValueError": NOON + timedelta(seconds=5)}
    assert [record.getMessage() for record in caplog.records] == ["chore a failed"]


async def test_a_row_that_moved_on_is_dropped() -> None:
    chore = Chore({"a": NOON, "b": NOON}, {"a": Stale("a"), "b": OSError(), "OSError": Stale("b")})
    assert await turn([chore], NOON) == 2
    assert (chore.taken, chore.due) == ([], {})


async def test_a_step_that_cannot_claim_or_postpone_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stuck = Chore({"a": NOON}, {"claim": OSError()}, name="stuck")
    lost = Chore({"a": NOON}, {"a": ValueError(), "ValueError": OSError()}, name="lost")
    fine = Chore({"a": NOON})
    assert await turn([stuck, lost, fine], NOON) == 2
    assert fine.taken == ["a"]
    assert sorted(record.getMessage() for record in caplog.records) == [
        "lost a cannot be postponed",
        "lost a failed",
        "stuck cannot claim",
    ]


async def test_a_step_is_cut_off_before_its_lease_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker.CUT_OFF < worker.LEASE
    monkeypatch.setattr(worker, "CUT_OFF", timedelta(milliseconds=1))
    chore = Chore({"hangs": NOON})
    await turn([chore], NOON)
    assert chore.due == {"hangs after TimeoutError": NOON + timedelta(seconds=5)}


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (10_000, 3600)]
)
def test_rests_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert back_off(attempts) == timedelta(seconds=seconds)


async def test_the_loop_wakes_when_something_is_announced(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "NET", 3600.0)
    chore, hub = Chore({}), Hub()
    loop = asyncio.create_task(keep_turning([chore], database, hub))
    await chore.looked.wait()
    chore.due["a"] = NOON
    await hub.announce(DUE)
    await chore.done.wait()
    loop.cancel()
    assert chore.taken == ["a"]
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_a_step_that_waits_for_the_outside_holds_up_no_other(
    database: SqliteDatabase,
) -> None:
    """A mail server that does not answer keeps no accepted gift from its verification."""
    letters, gifts, hub = Chore({"hangs": NOON}), Chore({}), Hub()
    loop = asyncio.create_task(keep_turning([letters, gifts], database, hub))
    await letters.begun.wait()
    gifts.due["accepted"] = NOON
    await hub.announce(DUE)
    async with asyncio.timeout(5):
        await gifts.done.wait()
    loop.cancel()
    assert (letters.taken, gifts.taken) == ([], ["accepted"])
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_the_loop_sleeps_until_the_next_row_is_due(
    database: SqliteDatabase, clock: StandingClock
) -> None:
    chore = Chore({"a": NOON + timedelta(milliseconds=700)})
    assert await worker._pause(chore, NOON) == pytest.approx(0.7)
    assert await worker._pause(chore, NOON + timedelta(days=1)) == worker.BREATH
    assert await worker._pause(Chore({"a": NOON + timedelta(days=1)}), NOON) == worker.NET
    assert await worker._pause(Chore({}), NOON) == worker.NET
    clock.advance(timedelta(seconds=1))
    loop = asyncio.create_task(keep_turning([chore], database, Hub()))
    await chore.done.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_the_loop_outlives_a_database_that_is_away(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "NET", 0.001)
    chore, calls = Chore({"a": NOON}), iter([OSError("away")])

    async def now(_: SqliteDatabase) -> datetime:
        for fault in calls:
            raise fault
        return NOON

    monkeypatch.setattr(SqliteDatabase, "now", now)
    loop = asyncio.create_task(keep_turning([chore], database, Hub()))
    await chore.done.wait()
    loop.cancel()
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == [
        "a turn failed"
    ]
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_a_loop_that_dies_is_begun_again(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it sleeps on may fail as well; the other loops are none the worse (R139)."""
    monkeypatch.setattr("gateway.adapters.lasting.FIRST_PAUSE_SECONDS", 0.001)
    failing, other = Chore({"a": NOON}), Chore({"b": NOON}, name="other")
    faults = iter([RuntimeError("the bell broke")])
    subscribe = Hub.subscribe

    def subscribed(hub: Hub, topic: str) -> object:
        for fault in faults:
            raise fault
        return subscribe(hub, topic)

    monkeypatch.setattr(Hub, "subscribe", subscribed)
    loop = asyncio.create_task(keep_turning([failing, other], database, Hub()))
    async with asyncio.timeout(30):
        await failing.done.wait()
        await other.done.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    [told] = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert told.startswith("the worker's loop of chore failed: it is begun again in")


async def test_waiting_work_waits_out_an_absent_database_in_silence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its spell is logged where it is noticed, not by each loop and each row (R140)."""
    monkeypatch.setattr(worker, "NET", 0.001)
    chore = Chore({"a": NOON, "b": NOON}, {"a": Unavailable("away"), "claim": Unavailable("away")})
    assert await turn([chore], NOON) == 0
    del chore.faults["claim"]
    assert await turn([chore], NOON) == 2
    assert chore.taken == ["b"]
    assert [each.getMessage() for each in caplog.records if each.levelno > logging.INFO] == []
