"""Commands for orders."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway.adapters.export_files import InvalidExportFile, open_export, require_export_file
from gateway.bootstrap import Gateway
from gateway.cli.credentials import with_gateway
from gateway.cli.instants import parse_instant
from gateway.cli.startup import EXIT_NOT_STARTED, console, load_settings, print_error
from gateway.services.kept_invoices import InvoiceBuyer, find_invoice_buyer
from gateway.services.order_export import export_orders

EXIT_NO_INVOICE = 1

orders = typer.Typer(name="orders", no_args_is_help=True, rich_markup_mode="markdown")


@orders.callback()
def orders_group() -> None:
    """Orders and gifts, for staff."""


@orders.command("export")
def export(
    file: Annotated[
        Path, typer.Argument(show_default=False, help="What to write: FILE.csv or FILE.json.")
    ],
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            show_default=False,
            help="Only what was placed on that day (UTC) or later; it may also be a time.",
        ),
    ] = None,
) -> None:
    """Export orders and gifts with their addresses, a row a line, the latest first.

    The file is for its owner alone (mode 0600), and replaced only when the new one is whole. A
    cell of CSV that a spreadsheet would run as a formula begins with an apostrophe.
    """
    since_instant = parse_instant("--since", since)
    try:
        require_export_file(file)
    except InvalidExportFile as error:
        print_error(str(error))
        raise typer.Exit(EXIT_NOT_STARTED) from None

    async def write(gateway: Gateway) -> int:
        return await _write_rows(file, since_instant, gateway)

    row_count = asyncio.run(with_gateway(load_settings(), write))
    console().print(f"Rows exported: {row_count}, to {file}.", markup=False, soft_wrap=True)


@orders.command("invoice")
def invoice(
    number: Annotated[
        str, typer.Argument(show_default=False, help="An order's number, or a gift's.")
    ],
) -> None:
    """Print who an invoice was for, whose account was erased since.

    It is kept as long as GATEWAY_INVOICES_KEPT says, sealed, and nowhere else to be had.
    """

    async def find(gateway: Gateway) -> InvoiceBuyer | None:
        cipher = gateway.dependencies.cipher
        async with gateway.dependencies.database.read() as reading:
            return await find_invoice_buyer(number, reading=reading, cipher=cipher)

    person = asyncio.run(with_gateway(load_settings(), find))
    if person is None:
        print_error(f"No invoice of an erased account is kept for {number}.")
        raise typer.Exit(EXIT_NO_INVOICE)
    for line in _person_lines(person):
        console().print(line, markup=False, highlight=False, soft_wrap=True)


def _person_lines(person: InvoiceBuyer) -> Iterator[str]:
    """The name, the e-mail address and the postal address, those that there are."""
    yield from (text for text in (person.name, person.email) if text)
    address = person.address
    if address is not None:
        place = (address.city, address.region, address.postal_code, address.country)
        yield from address.lines
        yield " ".join(part for part in place if part)
    customer = person.customer
    if customer.tax_id is not None:
        evidence = customer.consultation
        number = None if evidence is None else evidence.number
        yield f"Tax id: {customer.tax_id} ({number or customer.tax_id_state})"


async def _write_rows(file: Path, since: datetime | None, gateway: Gateway) -> int:
    """The number of rows written to ``file``."""
    row_count = 0
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    terminal = console(stderr=True)
    with (
        Progress(*columns, console=terminal, disable=not terminal.is_terminal) as progress,
        open_export(file) as writer,
    ):
        task = progress.add_task("Exporting", total=None)
        async for rows in export_orders(since, gateway.dependencies, gateway.gift_dependencies):
            writer.write(rows)
            row_count += len(rows)
            progress.update(task, description=f"Exporting: {row_count} rows")
    return row_count
