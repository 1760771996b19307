"""Commands for what is sold."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress
from rich.table import Table

from gateway.adapters.clocks import SystemClock
from gateway.adapters.currencies import IsoCurrencies
from gateway.adapters.ids import RandomIds
from gateway.adapters.product_files import ProductFileRefused, read_file
from gateway.adapters.separated_files import encoding_of
from gateway.cli.starting import FAULTY, NOT_BEGUN, TableFile, complain, console, settings
from gateway.engine.money import Currency
from gateway.engine.product_cells import Line
from gateway.engine.product_lines import IgnoredCell, RefusedLine
from gateway.preparation import prepare, prepared_database
from gateway.services import product_import
from gateway.services.ports.database import Duplicate
from gateway.services.product_import import ImportReport
from gateway.settings import Settings

KeyT = TypeVar("KeyT", str, tuple[str, str])
Saved = Callable[[int, int], None]
MOST_RANGES = 40
"""Ranges of lines that a row of the report names before it only counts."""


def import_products(
    file: TableFile,
    currency: Annotated[
        str | None,
        typer.Option(help="The currency of its prices.", show_default="the merchant's own"),
    ] = None,
    *,
    set_stock: Annotated[
        bool,
        typer.Option("--set-stock", help="Set the stock of variants that are there, too."),
    ] = False,
) -> None:
    """Import a product CSV with Shopify's columns, parted by commas, semicolons or tabs.

    Products are found again by Handle; variants by Variant SKU where that is theirs alone, else by
    the values of their options. The file changes what its columns name and nothing else: stock of
    variants that are there is left alone without --set-stock, and variants that the file does not
    name stay as they are. A product with a row that cannot be used is left out whole. All others
    are kept in one transaction. What was changed, ignored and refused is told by line and column.
    Ends with 1 if a row was refused.
    """
    found = settings()
    denomination = _currency(currency, found)
    asyncio.run(prepare(found))
    with Progress(console=console(stderr=True)) as progress:
        read = _read(file, progress)
        task = progress.add_task("Saving", total=None)
        report = _import(
            read,
            Taking(denomination, set_stock),
            found,
            lambda done, of: progress.update(task, completed=done, total=of),
        )
    _print(report)
    if report.refused:
        raise typer.Exit(FAULTY)


@dataclass(frozen=True, slots=True)
class Read:
    """A file's rows, and the columns that are not used."""

    lines: Sequence[Line]
    ignored: Sequence[IgnoredCell]


@dataclass(frozen=True, slots=True)
class Taking:
    """How a file is taken: the currency of its prices, and whether it sets stock."""

    currency: Currency
    sets_stock: bool


def _currency(code: str | None, found: Settings) -> Currency:
    currency = IsoCurrencies().find(code.upper()) if code else found.currency
    if currency is None:
        complain(f"{code} is no currency of ISO 4217")
        raise typer.Exit(NOT_BEGUN)
    return currency


def _read(file: Path, progress: Progress) -> Read:
    with file.open("rb") as beginning:
        encoding = encoding_of(beginning.read(4))
    try:
        with progress.open(
            file, "rt", encoding=encoding, newline="", description="Reading"
        ) as stream:
            found = read_file(stream)
            return Read(list(found.lines), found.ignored)
    except ProductFileRefused as wrong:
        complain(f"{file}: {wrong}")
        raise typer.Exit(FAULTY) from None


def _import(read: Read, taking: Taking, found: Settings, saved: Saved) -> ImportReport:
    try:
        return asyncio.run(_imported(read, taking, found, saved))
    except Duplicate:
        complain("another import changed the same products meanwhile: try again")
        raise typer.Exit(FAULTY) from None


async def _imported(read: Read, taking: Taking, found: Settings, saved: Saved) -> ImportReport:
    async with prepared_database(found) as database:
        return await product_import.import_products(
            read.lines,
            taking.currency,
            database=database,
            ids=RandomIds(),
            clock=SystemClock(),
            saved=saved,
            sets_stock=taking.sets_stock,
            ignored=read.ignored,
        )


def _print(report: ImportReport) -> None:
    if report.changed:
        table = Table("What", "Lines", title="Changed")
        for what, numbers in _by([(each.column, each.number) for each in report.changed]):
            table.add_row(what, _ranges(numbers))
        console().print(table)
    if report.ignored:
        table = Table("Column", "Why it was ignored", "Lines", title="Ignored")
        told = [((each.column, each.reason), each.number) for each in report.ignored]
        for (column, reason), numbers in _by(told):
            table.add_row(column, reason, _ranges(numbers))
        console().print(table)
    if report.refused:
        console().print(_table(report.refused))
    console().print(
        f"Products imported: {report.products}, with variants: {report.variants}. "
        f"Products refused: {len({each.handle for each in report.refused})}."
    )


def _by(told: Sequence[tuple[KeyT, int]]) -> Iterator[tuple[KeyT, list[int]]]:
    """The same grouped by what is told, with the lines of each."""
    grouped: dict[KeyT, list[int]] = {}
    for what, number in told:
        grouped.setdefault(what, []).append(number)
    yield from grouped.items()


def _ranges(numbers: Sequence[int]) -> str:
    """``numbers`` in short: "2, 5-9"; of very many the first, and how many more."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    shown = ", ".join("-".join(map(str, run)) for run in runs[:MOST_RANGES])
    return shown if len(runs) <= MOST_RANGES else f"{shown} … {len(set(numbers))} lines in all"


def _table(refused: Sequence[RefusedLine]) -> Table:
    table = Table("Line", "Handle", "Why it was refused", title="Refused rows")
    for each in refused:
        table.add_row(str(each.number), each.handle, each.reason)
    return table
