"""Measuring variants in turns: A B C A B C, so that a busy moment strikes all alike."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import load
from benchmarks.processes import Servers
from benchmarks.shop import Shop
from benchmarks.work import Work

WARM_UP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Turn:
    """One slice of one variant, in ms: CPU a request, with what follows its answer, and latency."""

    cpu: float
    rate: float
    median: float
    slowest: float


@dataclass(frozen=True, slots=True)
class WorkMeasurement:
    """A variant at a kind of work: the medians of its turns, and ratios turn by turn."""

    work: str
    concurrency: int
    variant: str
    processes: int
    cpu: float
    ratio: float
    rate: float
    median: float
    slowest: float
    resident: float


@dataclass(frozen=True, slots=True)
class Bench:
    """A variant that runs, with the shop it serves."""

    servers: Servers
    shop: Shop


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured: rounds of slices of so many seconds."""

    rounds: int
    seconds: float


def measure(
    benches: Sequence[Bench], work: Work, concurrency: int, effort: Effort
) -> list[WorkMeasurement]:
    """Each of ``benches``, in ratio to the first."""
    for bench in benches:
        asyncio.run(load(bench.servers.port, bench.shop, work, concurrency, WARM_UP_SECONDS))
        bench.servers.wait_until_idle()
    return measure_in_turns(benches, [work] * effort.rounds, concurrency, effort.seconds)


def measure_in_turns(
    benches: Sequence[Bench], slices: Sequence[Work], concurrency: int, seconds: float
) -> list[WorkMeasurement]:
    """Each of ``benches`` at each of ``slices``, which end by themselves or after ``seconds``."""
    turns = [[_turn(bench, work, concurrency, seconds) for bench in benches] for work in slices]
    return [
        _summarize_turns(bench, slices[0], concurrency, [(each[at], each[0]) for each in turns])
        for at, bench in enumerate(benches)
    ]


def _turn(bench: Bench, work: Work, concurrency: int, seconds: float) -> Turn:
    before, began = bench.servers.cpu(), time.perf_counter()
    tally = asyncio.run(load(bench.servers.port, bench.shop, work, concurrency, seconds))
    count, seconds = len(tally.times), time.perf_counter() - began
    if work.writes:
        bench.servers.wait_until_idle()
    cpu = 1000 * (bench.servers.cpu() - before) / count
    return Turn(cpu, count / seconds, tally.quantile(0.5), tally.quantile(0.99))


def _summarize_turns(
    bench: Bench, work: Work, concurrency: int, turns: Sequence[tuple[Turn, Turn]]
) -> WorkMeasurement:
    own = [turn for turn, _ in turns]
    return WorkMeasurement(
        work.name,
        concurrency,
        bench.servers.variant,
        bench.servers.count,
        statistics.median(turn.cpu for turn in own),
        statistics.median(turn.cpu / first.cpu for turn, first in turns),
        statistics.median(turn.rate for turn in own),
        statistics.median(turn.median for turn in own),
        statistics.median(turn.slowest for turn in own),
        bench.servers.resident(),
    )
