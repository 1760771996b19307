"""Many gifts that sleep: their bytes, what a worker holds of them, and a claim that finds none."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.commands import start_worker
from benchmarks.gifts.copying import copy
from benchmarks.gifts.making import awaited, opened
from benchmarks.gifts.tables import tables_of
from benchmarks.processes import await_rest, cpu_of, resident_of
from benchmarks.reporting import markdown
from gateway.services.gifts.resolving import ResolveGifts
from gateway.worker import AT_ONCE, LEASE

REPEATED = 300
START_SECONDS = 3.0
WATCHED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Empty:
    """Something that finds nothing due: its median in ms, and its CPU in us."""

    median: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Asleep:
    """So many gifts: KiB each, a worker's MiB and share of a core, a look and a claim."""

    count: int
    kib: float | None
    resident: float
    idle: float
    look: Empty
    claim: Empty


def asleep(folders: Mapping[str, Path], count: int) -> str:
    """The table: one gift and ``count`` more in the shop of each of ``folders``."""
    rows = [(name, each) for name, folder in folders.items() for each in _both(folder, count)]
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
                f"{each.count:,}",
                "" if each.kib is None else f"{each.kib:.2f}",
                f"{each.resident:.1f}",
                f"{each.idle:.1f}",
                f"{each.look.median:.2f}",
                f"{each.look.cpu:.0f}",
                f"{each.claim.median:.2f}",
                f"{each.claim.cpu:.0f}",
            )
            for name, each in rows
        ],
    )


def _both(folder: Path, count: int) -> tuple[Asleep, Asleep]:
    gift_id = asyncio.run(_one(folder))
    few = _measured(folder, 1, None)
    grown = asyncio.run(_grown(folder, gift_id, count))
    return few, _measured(folder, count + 1, grown / count / 1024)


async def _one(folder: Path) -> str:
    async with opened(folder) as gateway:
        [link] = await awaited(gateway, 1)
        return link.gift


async def _grown(folder: Path, gift_id: str, count: int) -> int:
    """Bytes by which the database grew."""
    tables = tables_of(folder)
    before = await tables.size()
    await copy(gift_id, count, tables)
    return await tables.size() - before


def _measured(folder: Path, count: int, kib: float | None) -> Asleep:
    resident, idle = _idling(folder)
    look, claim = asyncio.run(_claims(folder))
    return Asleep(count, kib, resident, idle, look, claim)


def _idling(folder: Path) -> tuple[float, float]:
    """MiB of a worker that has nothing to do, and how much of a core it takes, in percent."""
    with start_worker(folder) as pid:
        time.sleep(START_SECONDS)
        await_rest([pid])
        before = cpu_of(pid)
        time.sleep(WATCHED_SECONDS)
        return resident_of(pid), 100 * (cpu_of(pid) - before) / WATCHED_SECONDS


async def _claims(folder: Path) -> tuple[Empty, Empty]:
    async with opened(folder) as gateway:
        step = ResolveGifts(gateway.gifts)
        now = await gateway.database.now()

        async def look() -> None:
            due = await step.next_due(now)
            assert due is not None
            assert due > now

        async def claim() -> None:
            assert not await step.claim(now, now + LEASE, AT_ONCE)

        return await _timed(look), await _timed(claim)


async def _timed(once: Callable[[], Awaitable[None]]) -> Empty:
    times, cpu = [], time.process_time()
    for _ in range(REPEATED):
        began = time.perf_counter()
        await once()
        times.append(time.perf_counter() - began)
    return Empty(1e3 * median(times), 1e6 * (time.process_time() - cpu) / REPEATED)
