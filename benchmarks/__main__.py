"""`make bench`: one script, one report. Everything runs on the loopback and ends by itself."""

import asyncio
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from benchmarks.answers import answers
from benchmarks.checking import check
from benchmarks.commands import FLOOR, OURS, POSTGRES, STOCK, running_servers
from benchmarks.gifts.report import gift_tables
from benchmarks.growth.report import growth_table
from benchmarks.measuring import Bench, Effort, WorkMeasurement, measure
from benchmarks.plot import bars
from benchmarks.promotions import promotions_table
from benchmarks.reporting import machine, markdown, table, write_parts
from benchmarks.scratch import scratch_postgres
from benchmarks.selection import selection_table
from benchmarks.shop import CART_SIZES, create_shop
from benchmarks.starting import measure_start
from benchmarks.stopping import stop_in_order
from benchmarks.storefront.report import storefront_tables
from benchmarks.subscriptions import subscriptions
from benchmarks.work import ALL_WORK, READ_10, read_carts

REPORT = Path("docs/performance.md")
PLOT = Path("docs/performance.svg")
CONCURRENCIES = (1, 32)
SELECTION_COUNTS = (500, 5_000)
PROMOTION_COUNT = 500
GROUPS = (
    "work",
    "lines",
    "processes",
    "starts",
    "answers",
    "promotions",
    "selection",
    "storefront",
    "growth",
    "subscriptions",
    "gifts",
)

MeasureGroup: TypeAlias = Callable[[], Mapping[str, str]]
"""What measures a group of parts of the report; they are by their names."""


def main() -> None:
    """Measure, and write each part of the report as it is found."""
    stop_in_order()
    asked = parse_arguments()
    for name, part in _measure_parts(asked):
        print(f"\n{name}\n{part}", flush=True)
        if asked.write:
            write_parts(REPORT, {name: part})


def _measure_parts(arguments: Namespace) -> Iterator[tuple[str, str]]:
    """The parts of the report by their names, or only those of the groups that are asked for."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "shop"
        asyncio.run(create_shop(folder))
        for name, measure_group in groups_of_parts(folder, arguments).items():
            if not arguments.only or name in arguments.only:
                yield from measure_group().items()


def groups_of_parts(folder: Path, arguments: Namespace) -> dict[str, MeasureGroup]:
    """What measures each group of parts, by the group's name."""
    effort = Effort(arguments.rounds, arguments.seconds)
    groups: dict[str, MeasureGroup] = {
        "work": lambda: _work(folder, effort, writes_plot=arguments.write),
        "lines": lambda: {"lines": _lines(folder, effort)},
        "processes": lambda: {"processes": _processes(folder, effort)},
        "starts": lambda: {"starts": _starts(folder)},
        "answers": lambda: {"answers": answers(folder)},
        "promotions": lambda: {"promotions": promotions_table(PROMOTION_COUNT)},
        "selection": lambda: {"selection": selection_table(folder, SELECTION_COUNTS)},
    }
    if arguments.storefront:
        groups["storefront"] = lambda: storefront_tables(
            folder.parent, effort, arguments.storefront
        )
    if arguments.growth:
        groups["growth"] = lambda: {"growth": growth_table(arguments.growth)}
    if arguments.subscriptions:
        groups["subscriptions"] = lambda: {
            "subscriptions": subscriptions(folder, arguments.subscriptions)
        }
    if arguments.gifts:
        groups["gifts"] = lambda: gift_tables(folder, effort.rounds, arguments.gifts)
    return groups


def parse_arguments(words: Sequence[str] | None = None) -> Namespace:
    """What is asked for by ``words``, else by those of the command line."""
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="slices of each variant")
    parser.add_argument("--seconds", type=float, default=1.5, help="the length of a slice")
    parser.add_argument("--write", action="store_true", help=f"put the report into {REPORT}")
    parser.add_argument(
        "--only", nargs="+", default=[], choices=GROUPS, metavar="GROUP", help=", ".join(GROUPS)
    )
    parser.add_argument(
        "--storefront",
        type=int,
        nargs="*",
        default=[1_000, 100_000],
        help="how many products there are, the fewest first",
    )
    parser.add_argument(
        "--subscriptions", type=int, nargs="*", default=[1_000, 10_000], help="how many are opened"
    )
    parser.add_argument(
        "--growth",
        type=int,
        nargs="*",
        default=[1_000, 100_000, 1_000_000],
        help="how many orders there are, the fewest first",
    )
    parser.add_argument(
        "--no-growth", dest="growth", action="store_const", const=[], help="leave growth out"
    )
    parser.add_argument("--gifts", type=int, default=100_000, help="how many of them sleep")
    parser.add_argument(
        "--no-gifts", dest="gifts", action="store_const", const=0, help="leave gifts out"
    )
    return parser.parse_args(words)


@contextmanager
def _benches(folder: Path, *variants: str, count: int = 1) -> Iterator[list[Bench]]:
    with ExitStack() as stack:
        yield [stack.enter_context(bench(variant, folder, count)) for variant in variants]


@contextmanager
def bench(variant: str, folder: Path, count: int = 1) -> Iterator[Bench]:
    """``variant`` on a copy of the shop in ``folder``."""
    with running_servers(variant, folder, count) as servers:
        yield Bench(servers, servers.shop)


def _work(folder: Path, effort: Effort, *, writes_plot: bool) -> dict[str, str]:
    """What it is measured on, and every kind of work."""
    about_machine = f"Measured on {machine()}"
    kinds = _kinds(folder, effort)
    if writes_plot:
        PLOT.write_text(bars(kinds))
    return {"machine": about_machine, "work": table(kinds)}


def _kinds(folder: Path, effort: Effort) -> list[WorkMeasurement]:
    """Every kind of work by every variant."""
    with ExitStack() as stack:
        same = [stack.enter_context(bench(each, folder)) for each in (FLOOR, STOCK, OURS)]
        check(same)
        url = stack.enter_context(scratch_postgres())
        if url is not None:
            postgres_folder = folder.with_name("postgres")
            asyncio.run(create_shop(postgres_folder, url))
            same.append(stack.enter_context(bench(POSTGRES, postgres_folder)))
        return [
            row
            for work in ALL_WORK
            for concurrency in CONCURRENCIES
            for row in measure(same, work, concurrency, effort)
        ]


def _lines(folder: Path, effort: Effort) -> str:
    """Carts of more and more lines: what one costs."""
    with _benches(folder, FLOOR, OURS) as benches:
        sized_rows = [
            (size, row)
            for size in CART_SIZES
            for row in measure(benches, read_carts(size), 1, effort)
        ]
    return markdown(
        ("lines", "variant", "CPU ms", "us a line", "to floor"),
        [
            (
                str(size),
                row.variant,
                f"{row.cpu:.2f}",
                f"{1000 * row.cpu / size:.0f}",
                f"{row.ratio:.2f}",
            )
            for size, row in sized_rows
        ],
    )


def _processes(folder: Path, effort: Effort) -> str:
    """Reading by one process and by two, in turns."""
    with _benches(folder, OURS) as single, _benches(folder, OURS, count=2) as double:
        return table(measure([*single, *double], READ_10, 32, effort)).replace(
            "to floor", "to one process"
        )


def _starts(folder: Path) -> str:
    rows = [(each, measure_start(each, folder)) for each in (FLOOR, OURS)]
    return markdown(
        ("variant", "CPU s", "MiB"),
        [(name, f"{start.cpu:.2f}", f"{start.resident:.0f}") for name, start in rows],
    )


if __name__ == "__main__":
    main()
