"""Commands for products."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress
from rich.table import Table

from gateway.adapters.clocks import SystemClock
from gateway.adapters.product_files import InvalidProductFile, read_product_file
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.separated_files import detect_encoding
from gateway.cli.startup import (
    EXIT_FAULTY,
    EXIT_NOT_STARTED,
    TableFile,
    console,
    load_settings,
    print_error,
)
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_rows import IgnoredCell, RejectedRow
from gateway.engine.money import Currency
from gateway.preparation import open_prepared_database, prepare_database
from gateway.services.catalogue import product_import
from gateway.services.catalogue.product_import import ImportReport
from gateway.services.ports.database import DuplicateKey
from gateway.settings import Settings

KeyT = TypeVar("KeyT", str, tuple[str, str])
OnSaved = Callable[[int, int], None]
MAX_RANGES = 40
"""Ranges of lines that a row of the report lists; more are only counted."""


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
    settings = load_settings()
    price_currency = _find_currency(currency, settings)
    asyncio.run(prepare_database(settings))
    with Progress(console=console(stderr=True)) as progress:
        file_rows = _read_rows(file, progress)
        task = progress.add_task("Saving", total=None)
        report = _import_rows(
            file_rows,
            ImportOptions(price_currency, set_stock),
            settings,
            lambda done, of: progress.update(task, completed=done, total=of),
        )
    _print_report(report)
    if report.rejected_rows:
        raise typer.Exit(EXIT_FAULTY)


@dataclass(frozen=True, slots=True)
class ProductFileRows:
    """The rows of a file, and its unused columns."""

    lines: Sequence[FileRow]
    ignored: Sequence[IgnoredCell]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of an import: the currency of the prices, and whether stock is set."""

    currency: Currency
    sets_stock: bool


def _find_currency(code: str | None, settings: Settings) -> Currency:
    currency = IsoCurrencies().find(code.upper()) if code else settings.currency
    if currency is None:
        print_error(f"{code} is no currency of ISO 4217")
        raise typer.Exit(EXIT_NOT_STARTED)
    return currency


def _read_rows(file: Path, progress: Progress) -> ProductFileRows:
    with file.open("rb") as head:
        encoding = detect_encoding(head.read(4))
    try:
        with progress.open(
            file, "rt", encoding=encoding, newline="", description="Reading"
        ) as stream:
            reader = read_product_file(stream)
            return ProductFileRows(list(reader.rows), reader.ignored)
    except InvalidProductFile as error:
        print_error(f"{file}: {error}")
        raise typer.Exit(EXIT_FAULTY) from None


def _import_rows(
    file_rows: ProductFileRows, options: ImportOptions, settings: Settings, on_saved: OnSaved
) -> ImportReport:
    try:
        return asyncio.run(_save_rows(file_rows, options, settings, on_saved))
    except DuplicateKey:
        print_error("another import changed the same products meanwhile: try again")
        raise typer.Exit(EXIT_FAULTY) from None


async def _save_rows(
    file_rows: ProductFileRows, options: ImportOptions, settings: Settings, on_saved: OnSaved
) -> ImportReport:
    async with open_prepared_database(settings) as database:
        return await product_import.import_products(
            file_rows.lines,
            options.currency,
            database=database,
            ids=RandomIds(),
            clock=SystemClock(),
            report_progress=on_saved,
            sets_stock=options.sets_stock,
            ignored_cells=file_rows.ignored,
        )


def _print_report(report: ImportReport) -> None:
    if report.changed_cells:
        table = Table("What", "Lines", title="Changed")
        for change, numbers in _group_lines(
            [(row.column, row.line_number) for row in report.changed_cells]
        ):
            table.add_row(change, _format_ranges(numbers))
        console().print(table)
    if report.ignored_cells:
        table = Table("Column", "Why it was ignored", "Lines", title="Ignored")
        reasons = [((row.column, row.reason), row.line_number) for row in report.ignored_cells]
        for (column, reason), numbers in _group_lines(reasons):
            table.add_row(column, reason, _format_ranges(numbers))
        console().print(table)
    if report.rejected_rows:
        console().print(_refused_table(report.rejected_rows))
    console().print(
        f"Products imported: {report.products}, with variants: {report.variants}. "
        f"Products refused: {len({row.handle for row in report.rejected_rows})}."
    )


def _group_lines(numbered: Sequence[tuple[KeyT, int]]) -> Iterator[tuple[KeyT, list[int]]]:
    """The line numbers grouped by key."""
    grouped: dict[KeyT, list[int]] = {}
    for key, number in numbered:
        grouped.setdefault(key, []).append(number)
    yield from grouped.items()


def _format_ranges(numbers: Sequence[int]) -> str:
    """``numbers`` as ranges, such as "2, 5-9"; for very many the first ranges and the count."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    text = ", ".join("-".join(map(str, run)) for run in runs[:MAX_RANGES])
    return text if len(runs) <= MAX_RANGES else f"{text} … {len(set(numbers))} lines in all"


def _refused_table(refused: Sequence[RejectedRow]) -> Table:
    table = Table("Line", "Handle", "Why it was refused", title="Refused rows")
    for row in refused:
        table.add_row(str(row.line_number), row.handle, row.reason)
    return table
