"""The part of the report that is about growth: costs in ratio to those with the fewest orders."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.commands import OURS, Server, copy_shop, start_server
from benchmarks.growth.databases import grow
from benchmarks.growth.placing import place_orders
from benchmarks.growth.work import ALL_WATCHED_WORK, PURCHASES, WatchedWork
from benchmarks.measuring import Bench, measure_in_turns
from benchmarks.reporting import markdown
from benchmarks.scratch import scratch_postgres
from benchmarks.shop import create_shop, read_shop, save_shop

ROUNDS = 5
IDLE_SECONDS = 8.0
MAX_SLICE_SECONDS = 30.0
MAX_PRODUCTS = 100_000
MAX_IDLE_RATIO = 1.2


@dataclass(frozen=True, slots=True)
class Size:
    """How much a shop has."""

    orders: int

    @property
    def products(self) -> int:
        """Shops with very many orders have no more products than others."""
        return min(self.orders, MAX_PRODUCTS)


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs in a shop of that size: ms of CPU, and in ratio to the smallest.

    ``bound`` is the ratio that may be; None where nothing is promised.
    """

    work: str
    size: Size
    cpu: float
    ratio: float
    bound: float | None


def growth_table(counts: Sequence[int]) -> str:
    """The table, for shops with so many orders, the fewest first."""
    return markdown(
        ("work", "database", "orders", "products", "CPU ms", "to the fewest", "at most", "holds"),
        [
            (
                row.work,
                database,
                f"{row.size.orders:,}",
                f"{row.size.products:,}",
                f"{row.cpu:.2f}",
                f"{row.ratio:.2f}",
                *_bound_cells(row),
            )
            for database, row in _measure_databases([Size(each) for each in counts])
        ],
    )


def _bound_cells(row: Cost) -> tuple[str, str]:
    if row.bound is None:
        return "", ""
    return str(row.bound), "yes" if row.ratio <= row.bound else "no"


def purchase_growth(counts: Sequence[int], rounds: int) -> float:
    """How many times more a purchase costs with the most orders than with the fewest, on SQLite."""
    sizes = [Size(each) for each in counts]
    with _grown_shops(sizes) as benches:
        return _measure_work(PURCHASES, benches, sizes, rounds)[-1].ratio


def _measure_databases(sizes: Sequence[Size]) -> Iterator[tuple[str, Cost]]:
    with _grown_shops(sizes) as benches:
        for row in _measure_all(benches, sizes):
            yield "sqlite", row
    with scratch_postgres() as url:
        if url is not None:
            with _grown_shops(sizes, url) as benches:
                for row in _measure_all(benches, sizes):
                    yield "postgres", row


def _measure_all(benches: Sequence[Bench], sizes: Sequence[Size]) -> Iterator[Cost]:
    yield from _measure_idle(benches, sizes)
    for watched in ALL_WATCHED_WORK:
        yield from _measure_work(watched, benches, sizes, ROUNDS)


@contextmanager
def _grown_shops(sizes: Sequence[Size], url: str = "") -> Iterator[list[Bench]]:
    """Servers of shops of these sizes, which have grown from one: at the URL, or in a file."""
    with TemporaryDirectory() as scratch, ExitStack() as stack:
        base_folder = Path(scratch) / "shop"
        asyncio.run(create_shop(base_folder, url))
        place_orders(base_folder)
        folders = []
        for size in sizes:
            folders.append(stack.enter_context(copy_shop(base_folder, str(size.orders))))
            if url:
                own_url = stack.enter_context(scratch_postgres(url))
                assert own_url
                save_shop(folders[-1], replace(read_shop(base_folder), database_url=own_url))
            grow(folders[-1], size.orders, size.products)
        servers = [stack.enter_context(start_server(Server(OURS), each)) for each in folders]
        yield [Bench(each, each.shop) for each in servers]


def _measure_work(
    watched: WatchedWork, benches: Sequence[Bench], sizes: Sequence[Size], rounds: int
) -> list[Cost]:
    """What the work costs in each of the shops, in turns."""
    compared = list(zip(benches, sizes, strict=True))
    if watched.of_products:
        compared = [pair for index, pair in enumerate(compared) if _has_more(sizes, index)]
    compared_benches = [bench for bench, _ in compared]
    measure_in_turns(compared_benches, [watched.slice()], 1, MAX_SLICE_SECONDS)
    measurements = measure_in_turns(
        compared_benches, [watched.slice()] * rounds, 1, MAX_SLICE_SECONDS
    )
    return [
        Cost(watched.work.name, size, row.cpu, row.ratio, watched.bound)
        for row, (_, size) in zip(measurements, compared, strict=True)
    ]


def _has_more(sizes: Sequence[Size], index: int) -> bool:
    """Whether a shop has more products than the one before."""
    return index == 0 or sizes[index].products > sizes[index - 1].products


def _measure_idle(benches: Sequence[Bench], sizes: Sequence[Size]) -> list[Cost]:
    """What a second takes in which nobody asks for anything: the worker looks for what is due."""
    for bench in benches:
        bench.servers.wait_until_idle()
    cpu_before = [bench.servers.fine_cpu() for bench in benches]
    time.sleep(IDLE_SECONDS)
    cpu_used = [
        1000 * (bench.servers.fine_cpu() - cpu) / IDLE_SECONDS
        for bench, cpu in zip(benches, cpu_before, strict=True)
    ]
    return [
        Cost("idle, a second", size, cpu, cpu / cpu_used[0], MAX_IDLE_RATIO)
        for size, cpu in zip(sizes, cpu_used, strict=True)
    ]
