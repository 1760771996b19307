"""The loop: one turn, its failures, and its sleep."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gateway import worker
from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.services.jobs import DUE_TOPIC, retry_delay
from gateway.services.ports.database import DatabaseUnreachable, VersionConflict
from gateway.worker import run_due_jobs, run_jobs

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LeasedRow:
    id: str
    attempts: int = 1


@dataclass
class FakeJob:
    """A step over a list of rows; those named in ``faults`` fail."""

    due: dict[str, datetime]
    faults: dict[str, Exception] = field(default_factory=dict)
    name: str = "chore"
    processed: list[str] = field(default_factory=list)
    leases: list[datetime] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    polled: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(self, now: datetime, leased_until: datetime, limit: int) -> Sequence[LeasedRow]:
        if "claim" in self.faults:
            raise self.faults["claim"]
        self.leases.append(leased_until)
        names = sorted(name for name, due in self.due.items() if due <= now)[:limit]
        for name in names:
            del self.due[name]
        return [LeasedRow(name) for name in names]

    async def run(self, lease: LeasedRow, now: datetime) -> None:
        if lease.id in self.faults:
            raise self.faults[lease.id]
        self.started.set()
        if lease.id == "hangs":
            await asyncio.Event().wait()
        self.processed.append(lease.id)
        self.done.set()

    async def postpone(self, lease: LeasedRow, until: datetime, failure: str) -> None:
        if failure in self.faults:
            raise self.faults[failure]
        self.due[f"{lease.id} after {failure}"] = until

    async def next_due(self, now: datetime) -> datetime | None:
        self.polled.set()
        return min(self.due.values(), default=None)


async def test_a_turn_takes_what_is_due_once() -> None:
    chore = FakeJob(
        {"a": NOON, "b": NOON - timedelta(days=1), "later": NOON + timedelta(seconds=1)}
    )
    assert await run_due_jobs([chore, FakeJob({})], NOON) == 2
    assert sorted(chore.processed) == ["a", "b"]
    assert chore.leases == [NOON + timedelta(seconds=60)]
    assert await run_due_jobs([chore], NOON) == 0


async def test_a_failing_row_rests_and_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    chore = FakeJob({"a": NOON, "b": NOON}, {"a": ValueError("no")})
    assert await run_due_jobs([chore], NOON) == 2
    assert chore.processed == ["b"]
    assert chore.due == {"a after ValueError": NOON + timedelta(seconds=5)}
    assert [record.getMessage() for record in caplog.records] == ["chore a failed"]


async def test_a_row_that_moved_on_is_dropped() -> None:
    chore = FakeJob(
        {"a": NOON, "b": NOON},
        {"a": VersionConflict("a"), "b": OSError(), "OSError": VersionConflict("b")},
    )
    assert await run_due_jobs([chore], NOON) == 2
    assert (chore.processed, chore.due) == ([], {})


async def test_a_step_that_cannot_claim_or_postpone_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stuck = FakeJob({"a": NOON}, {"claim": OSError()}, name="stuck")
    lost = FakeJob({"a": NOON}, {"a": ValueError(), "ValueError": OSError()}, name="lost")
    fine = FakeJob({"a": NOON})
    assert await run_due_jobs([stuck, lost, fine], NOON) == 2
    assert fine.processed == ["a"]
    assert sorted(record.getMessage() for record in caplog.records) == [
        "lost a cannot be postponed",
        "lost a failed",
        "stuck cannot claim",
    ]


async def test_a_step_is_cut_off_before_its_lease_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker.JOB_TIMEOUT < worker.LEASE_DURATION
    monkeypatch.setattr(worker, "JOB_TIMEOUT", timedelta(milliseconds=1))
    chore = FakeJob({"hangs": NOON})
    await run_due_jobs([chore], NOON)
    assert chore.due == {"hangs after TimeoutError": NOON + timedelta(seconds=5)}


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (10_000, 3600)]
)
def test_rests_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert retry_delay(attempts) == timedelta(seconds=seconds)


async def test_the_loop_wakes_when_something_is_announced(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MAX_SLEEP_SECONDS", 3600.0)
    chore, hub = FakeJob({}), LocalWakeups()
    loop = asyncio.create_task(run_jobs([chore], database, hub))
    await chore.polled.wait()
    chore.due["a"] = NOON
    await hub.announce(DUE_TOPIC)
    await chore.done.wait()
    loop.cancel()
    assert chore.processed == ["a"]
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_a_step_that_waits_for_the_outside_holds_up_no_other(
    database: SqliteDatabase,
) -> None:
    """A mail server that does not answer keeps no accepted gift from its verification."""
    letters, gifts, hub = FakeJob({"hangs": NOON}), FakeJob({}), LocalWakeups()
    loop = asyncio.create_task(run_jobs([letters, gifts], database, hub))
    await letters.started.wait()
    gifts.due["accepted"] = NOON
    await hub.announce(DUE_TOPIC)
    async with asyncio.timeout(30):
        await gifts.done.wait()
    loop.cancel()
    assert (letters.processed, gifts.processed) == ([], ["accepted"])
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_the_loop_sleeps_until_the_next_row_is_due(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    chore = FakeJob({"a": NOON + timedelta(milliseconds=700)})
    assert await worker._sleep_seconds(chore, NOON) == pytest.approx(0.7)
    assert await worker._sleep_seconds(chore, NOON + timedelta(days=1)) == worker.MIN_SLEEP_SECONDS
    assert (
        await worker._sleep_seconds(FakeJob({"a": NOON + timedelta(days=1)}), NOON)
        == worker.MAX_SLEEP_SECONDS
    )
    assert await worker._sleep_seconds(FakeJob({}), NOON) == worker.MAX_SLEEP_SECONDS
    clock.advance(timedelta(seconds=1))
    loop = asyncio.create_task(run_jobs([chore], database, LocalWakeups()))
    await chore.done.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_the_loop_outlives_a_database_that_is_away(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "MAX_SLEEP_SECONDS", 0.001)
    chore, calls = FakeJob({"a": NOON}), iter([OSError("away")])

    async def now(_: SqliteDatabase) -> datetime:
        for fault in calls:
            raise fault
        return NOON

    monkeypatch.setattr(SqliteDatabase, "now", now)
    loop = asyncio.create_task(run_jobs([chore], database, LocalWakeups()))
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
    monkeypatch.setattr("gateway.adapters.restarted_loops.MIN_RESTART_DELAY_SECONDS", 0.001)
    failing, healthy = FakeJob({"a": NOON}), FakeJob({"b": NOON}, name="other")
    faults = iter([RuntimeError("the bell broke")])
    subscribe = LocalWakeups.subscribe

    def failing_subscribe(hub: LocalWakeups, topic: str) -> object:
        for fault in faults:
            raise fault
        return subscribe(hub, topic)

    monkeypatch.setattr(LocalWakeups, "subscribe", failing_subscribe)
    loop = asyncio.create_task(run_jobs([failing, healthy], database, LocalWakeups()))
    async with asyncio.timeout(30):
        await failing.done.wait()
        await healthy.done.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    [message] = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert message.startswith("the worker's loop of chore failed: it is begun again in")


async def test_waiting_work_waits_out_an_absent_database_in_silence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its spell is logged where it is noticed, not by each loop and each row (R140)."""
    monkeypatch.setattr(worker, "MAX_SLEEP_SECONDS", 0.001)
    chore = FakeJob(
        {"a": NOON, "b": NOON},
        {"a": DatabaseUnreachable("away"), "claim": DatabaseUnreachable("away")},
    )
    assert await run_due_jobs([chore], NOON) == 0
    del chore.faults["claim"]
    assert await run_due_jobs([chore], NOON) == 2
    assert chore.processed == ["b"]
    assert [each.getMessage() for each in caplog.records if each.levelno > logging.INFO] == []


async def test_a_job_that_meets_no_database_is_not_begun_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is leased in memory alone is due again as soon as it has failed (R140)."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", pause)
    assert await run_due_jobs([FakeJob({"a": NOON}, {"a": DatabaseUnreachable("away")})], NOON) == 1
    assert pauses == [worker.MAX_SLEEP_SECONDS]
    assert await run_due_jobs([FakeJob({"a": NOON})], NOON) == 1
    assert pauses == [worker.MAX_SLEEP_SECONDS]
