"""Many gifts that sleep: their bytes, what a worker holds of them, and a claim that finds none."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.commands import start_worker
from benchmarks.gifts.copying import copy_gift
from benchmarks.gifts.making import create_links, open_gateway
from benchmarks.gifts.tables import open_tables
from benchmarks.processes import cpu_of, resident_of, wait_until_idle
from benchmarks.reporting import markdown
from gateway.services.gifts.resolution import GiftResolver
from gateway.worker import CLAIM_BATCH_SIZE, LEASE_DURATION

REPEATS = 300
START_SECONDS = 3.0
IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EmptyPoll:
    """Something that finds nothing due: its median in ms, and its CPU in us."""

    median: float
    cpu: float


@dataclass(frozen=True, slots=True)
class SleepingGifts:
    """So many gifts: KiB each, a worker's MiB and share of a core, a look and a claim."""

    count: int
    kib: float | None
    resident: float
    idle: float
    look: EmptyPoll
    claim: EmptyPoll


def measure_sleeping_gifts(folders: Mapping[str, Path], count: int) -> str:
    """The table: one gift and ``count`` more in the shop of each of ``folders``."""
    rows = [(name, row) for name, folder in folders.items() for row in _measure_both(folder, count)]
    return markdown(
        (
            "database",
            "asleep",
            "KiB each",
            "worker MiB",
            "worker idle, % of a core",
            "look p50 ms",
            "look CPU us",
            "empty claim p50 ms",
            "empty claim CPU us",
        ),
        [
            (
                name,
                f"{row.count:,}",
                "" if row.kib is None else f"{row.kib:.2f}",
                f"{row.resident:.1f}",
                f"{row.idle:.1f}",
                f"{row.look.median:.2f}",
                f"{row.look.cpu:.0f}",
                f"{row.claim.median:.2f}",
                f"{row.claim.cpu:.0f}",
            )
            for name, row in rows
        ],
    )


def _measure_both(folder: Path, count: int) -> tuple[SleepingGifts, SleepingGifts]:
    gift_id = asyncio.run(_create_gift(folder))
    single = _measure(folder, 1, None)
    added_bytes = asyncio.run(_copy_and_measure(folder, gift_id, count))
    return single, _measure(folder, count + 1, added_bytes / count / 1024)


async def _create_gift(folder: Path) -> str:
    async with open_gateway(folder) as gateway:
        [link] = await create_links(gateway, 1)
        return link.gift


async def _copy_and_measure(folder: Path, gift_id: str, count: int) -> int:
    """Bytes by which the database grew."""
    tables = open_tables(folder)
    before = await tables.size()
    await copy_gift(gift_id, count, tables)
    return await tables.size() - before


def _measure(folder: Path, count: int, kib: float | None) -> SleepingGifts:
    resident, idle = _measure_idle_worker(folder)
    look, claim = asyncio.run(_measure_polls(folder))
    return SleepingGifts(count, kib, resident, idle, look, claim)


def _measure_idle_worker(folder: Path) -> tuple[float, float]:
    """MiB of a worker that has nothing to do, and how much of a core it takes, in percent."""
    with start_worker(folder) as pid:
        time.sleep(START_SECONDS)
        wait_until_idle([pid])
        before = cpu_of(pid)
        time.sleep(IDLE_SECONDS)
        return resident_of(pid), 100 * (cpu_of(pid) - before) / IDLE_SECONDS


async def _measure_polls(folder: Path) -> tuple[EmptyPoll, EmptyPoll]:
    async with open_gateway(folder) as gateway:
        job = GiftResolver(gateway.gift_dependencies)
        now = await gateway.database.now()

        async def look() -> None:
            due = await job.next_due(now)
            assert due is not None
            assert due > now

        async def claim() -> None:
            assert not await job.claim(now, now + LEASE_DURATION, CLAIM_BATCH_SIZE)

        return await _time_poll(look), await _time_poll(claim)


async def _time_poll(poll: Callable[[], Awaitable[None]]) -> EmptyPoll:
    times, cpu = [], time.process_time()
    for _ in range(REPEATS):
        started_at = time.perf_counter()
        await poll()
        times.append(time.perf_counter() - started_at)
    return EmptyPoll(1e3 * median(times), 1e6 * (time.process_time() - cpu) / REPEATS)
