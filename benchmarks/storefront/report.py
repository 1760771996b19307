"""The part of the report that is about the storefront: its reads, and selections at sizes."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.checking import check
from benchmarks.commands import FLOOR, OURS, POSTGRES, Server, copy_shop, start_server
from benchmarks.growth.databases import grow
from benchmarks.measuring import Bench, Effort, WorkMeasurement, measure, measure_in_turns
from benchmarks.reporting import machine, markdown, table
from benchmarks.scratch import scratch_postgres
from benchmarks.shop import create_shop, read_shop, save_shop
from benchmarks.storefront.work import ALL_READS, SELECTIONS
from benchmarks.work import Work

CONCURRENCIES = (1, 32)
CHECKED_ANSWERS = 2


def storefront_tables(scratch: Path, effort: Effort, sizes: Sequence[int]) -> dict[str, str]:
    """The tables by their names, of shops with so many products, the fewest first."""
    with _storefronts(scratch, sizes) as benches:
        few = [bench for bench, size in benches if size == sizes[0]]
        reads = [
            row
            for work in ALL_READS
            for concurrency in CONCURRENCIES
            for row in measure(few, work, concurrency, effort)
        ]
        selections = [
            cells
            for work_of in SELECTIONS
            for cells in _compare_sizes(
                benches, [work_of(run) for run in range(effort.rounds + 1)], effort
            )
        ]
    head = ("work", "variant", "products", "CPU ms", "to floor", "to the fewest", "p50 ms")
    return {
        "storefront": f"Measured on {machine()}\n\n{table(reads)}",
        "selections": markdown(head, selections),
    }


@contextmanager
def _storefronts(scratch: Path, sizes: Sequence[int]) -> Iterator[list[tuple[Bench, int]]]:
    """Servers of each variant and size; those on one database answer the same bytes."""
    with ExitStack() as stack:
        benches = []
        for size, folder in stack.enter_context(_grown_folders(scratch / "few", sizes)):
            own_folders = [
                (variant, stack.enter_context(copy_shop(folder, variant)))
                for variant in (FLOOR, OURS)
            ]
            same = [stack.enter_context(_bench(variant, own)) for variant, own in own_folders]
            check(same, [(work, CHECKED_ANSWERS) for work in _all_work()])
            benches += [(bench, size) for bench in same]
        url = stack.enter_context(scratch_postgres())
        if url is not None:
            grown = stack.enter_context(_grown_folders(scratch / "postgres", sizes, url))
            benches += [
                (stack.enter_context(_bench(POSTGRES, folder)), size) for size, folder in grown
            ]
        yield benches


def _all_work() -> list[Work]:
    return [*ALL_READS, *(work_of(0) for work_of in SELECTIONS)]


@contextmanager
def _bench(variant: str, folder: Path) -> Iterator[Bench]:
    with start_server(Server(variant), folder) as servers:
        yield Bench(servers, servers.shop)


@contextmanager
def _grown_folders(
    folder: Path, sizes: Sequence[int], url: str = ""
) -> Iterator[list[tuple[int, Path]]]:
    """Shops of these sizes, which have grown from one in ``folder``: at the URL, or in a file."""
    asyncio.run(create_shop(folder, url))
    with ExitStack() as stack:
        folders = []
        for size in sizes:
            own = stack.enter_context(copy_shop(folder, str(size)))
            if url:
                own_url = stack.enter_context(scratch_postgres(url))
                assert own_url
                save_shop(own, replace(read_shop(folder), database_url=own_url))
            grow(own, 0, size)
            folders.append((size, own))
        yield folders


def _compare_sizes(
    benches: Sequence[tuple[Bench, int]], runs: Sequence[Work], effort: Effort
) -> Iterator[tuple[str, ...]]:
    """A row for each variant and size; all work in turns, after one run that warms up."""
    compared = [bench for bench, _ in benches]
    measure_in_turns(compared, runs[:1], 1, effort.seconds)
    measured = [
        (row, size)
        for row, (_, size) in zip(
            measure_in_turns(compared, runs[1:], 1, effort.seconds), benches, strict=True
        )
    ]
    for row, size in sorted(measured, key=lambda pair: (pair[0].variant, pair[1])):
        yield (
            row.work,
            row.variant,
            f"{size:,}",
            f"{row.cpu:.2f}",
            f"{row.cpu / _find(measured, FLOOR, size).cpu:.2f}",
            f"{row.cpu / _find(measured, row.variant, min(size for _, size in measured)).cpu:.2f}",
            f"{row.median:.2f}",
        )


def _find(
    measured: Sequence[tuple[WorkMeasurement, int]], variant: str, size: int
) -> WorkMeasurement:
    return next(row for row, own in measured if (row.variant, own) == (variant, size))
