"""Commands for what is sold."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from gateway.adapters.clocks import SystemClock
from gateway.adapters.currencies import IsoCurrencies
from gateway.adapters.ids import RandomIds
from gateway.adapters.product_files import ProductFileRefused, read_lines
from gateway.cli.starting import FAULTY, NOT_BEGUN, File, complain, console, settings
from gateway.engine.money import Currency
from gateway.engine.product_lines import Line, RefusedLine
from gateway.preparation import prepare, prepared_database
from gateway.services import product_import
from gateway.services.ports.database import Duplicate
from gateway.services.product_import import ImportReport
from gateway.settings import Settings

Saved = Callable[[int, int], None]


def import_products(
    file: File,
    currency: Annotated[
        str | None,
        typer.Option(help="The currency of its prices.", show_default="the merchant's own"),
    ] = None,
) -> None:
    """Import a product CSV with Shopify's columns.

    Products are found again by Handle, variants by Variant SKU; variants that are no longer in
    the file are no longer sold. A product with a row that cannot be used is left out whole, and
    the row is named. All others are kept in one transaction. Ends with 1 if a row was refused.
    """
    found = settings()
    denomination = _currency(currency, found)
    asyncio.run(prepare(found))
    with Progress(console=console(stderr=True)) as progress:
        lines = _read(file, progress)
        task = progress.add_task("Saving", total=None)
        report = _import(
            lines,
            denomination,
            found,
            lambda done, of: progress.update(task, completed=done, total=of),
        )
    _print(report)
    if report.refused:
        raise typer.Exit(FAULTY)


def _currency(code: str | None, found: Settings) -> Currency:
    currency = IsoCurrencies().find(code.upper()) if code else found.currency
    if currency is None:
        complain(f"{code} is no currency of ISO 4217")
        raise typer.Exit(NOT_BEGUN)
    return currency


def _read(file: Path, progress: Progress) -> Sequence[Line]:
    try:
        with progress.open(
            file, "rt", encoding="utf-8-sig", newline="", description="Reading"
        ) as stream:
            return list(read_lines(stream))
    except ProductFileRefused as wrong:
        complain(f"{file}: {wrong}")
        raise typer.Exit(FAULTY) from None


def _import(
    lines: Sequence[Line], currency: Currency, found: Settings, saved: Saved
) -> ImportReport:
    try:
        return asyncio.run(_imported(lines, currency, found, saved))
    except Duplicate:
        complain("another import changed the same products meanwhile: try again")
        raise typer.Exit(FAULTY) from None


async def _imported(
    lines: Sequence[Line], currency: Currency, found: Settings, saved: Saved
) -> ImportReport:
    async with prepared_database(found) as database:
        return await product_import.import_products(
            lines,
            currency,
            database=database,
            ids=RandomIds(),
            clock=SystemClock(),
            saved=saved,
        )


def _print(report: ImportReport) -> None:
    if report.refused:
        console().print(_table(report.refused))
    console().print(
        f"Products imported: {report.products}, with variants: {report.variants}. "
        f"Products refused: {len({each.handle for each in report.refused})}."
    )


def _table(refused: Sequence[RefusedLine]) -> Table:
    table = Table("Line", "Handle", "Why it was refused", title="Refused rows")
    for each in refused:
        table.add_row(str(each.number), each.handle, each.reason)
    return table
