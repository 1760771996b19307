"""Files of exported orders: CSV or JSON, for their owner alone, there only when they are whole."""

import csv
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.money import Money
from gateway.engine.pricing.purchase_details import Attribute, TaxCustomer
from gateway.services.order_export import ExportRow

COLUMNS = (
    "number",
    "placedAt",
    "status",
    "email",
    "shipToName",
    "shipToLines",
    "shipToCity",
    "shipToRegion",
    "shipToPostalCode",
    "shipToCountry",
    "shipToPhone",
    "sku",
    "title",
    "quantity",
    "unitPrice",
    "total",
    "currency",
    "shipmentId",
    "gift",
    "attributes",
    "note",
    "orderAttributes",
    "customerKind",
    "taxId",
    "taxIdState",
    "taxIdConfirmedAt",
    "taxIdConsultation",
)
FILE_MODE = 0o600
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With one of these a cell begins that spreadsheets run as a formula."""

Cell = str | int | bool | None


class InvalidExportFile(Exception):
    """A file cannot be exported to; the message is one line with its path."""


class RowWriter(Protocol):
    """Writes rows into a file."""

    def write(self, rows: Iterable[ExportRow]) -> None:
        """Write ``rows`` after those before them."""
        ...


def require_export_file(path: Path) -> Path:
    """``path``, if it can become an export.

    Raises:
        InvalidExportFile: its name does not say whether CSV or JSON, it is a folder, or its folder
            is not there or cannot be written.

    """
    if path.suffix.lower() not in WRITERS:
        raise InvalidExportFile(f"{path}: the name must end with .csv or .json")
    if path.is_dir():
        raise InvalidExportFile(f"{path}: is a folder")
    if not path.parent.is_dir():
        raise InvalidExportFile(f"{path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise InvalidExportFile(f"{path}: the folder cannot be written by this user")
    return path


@contextmanager
def open_export(path: Path) -> Iterator[RowWriter]:
    """Write the export ``path``, which is replaced when the block ends without an error.

    Until then the rows are in another file beside it, which nobody else can read.
    """
    partial_path = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial_path.unlink(missing_ok=True)
    descriptor = os.open(partial_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            with WRITERS[path.suffix.lower()](stream) as writer:
                yield writer
            stream.flush()
            os.fsync(descriptor)
        partial_path.replace(path)
    finally:
        partial_path.unlink(missing_ok=True)


# -- formats


class CsvRows:
    """Rows as CSV, with the names of the columns first."""

    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream)
        self._writer.writerow(COLUMNS)

    def write(self, rows: Iterable[ExportRow]) -> None:
        """Write ``rows`` after those before them."""
        self._writer.writerows([_csv_cell(cell) for cell in cells(row)] for row in rows)


class JsonRows:
    """Rows as a JSON list of objects, one in a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "[\n"

    def write(self, rows: Iterable[ExportRow]) -> None:
        """Write ``rows`` after those before them."""
        for row in rows:
            document = dict(zip(COLUMNS, cells(row), strict=True))
            self._stream.write(self._separator + json.dumps(document, ensure_ascii=False))
            self._separator = ",\n"

    def close(self) -> None:
        """End the list."""
        self._stream.write("[]\n" if self._separator == "[\n" else "\n]\n")


@contextmanager
def _write_csv(stream: TextIO) -> Iterator[RowWriter]:
    yield CsvRows(stream)


@contextmanager
def _write_json(stream: TextIO) -> Iterator[RowWriter]:
    rows = JsonRows(stream)
    yield rows
    rows.close()


WRITERS = {".csv": _write_csv, ".json": _write_json}


def _csv_cell(cell: Cell) -> Cell:
    """``cell``, after an apostrophe if a spreadsheet would run it."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def cells(row: ExportRow) -> list[Cell]:
    """The values of ``row``, in the order of ``COLUMNS``."""
    return [
        row.number,
        row.placed_at.isoformat(),
        row.status,
        row.email,
        *_address_cells(row.ship_to),
        row.sku,
        row.title,
        row.quantity,
        _amount(row.unit_price),
        _amount(row.total),
        row.currency,
        " ".join(row.shipment_ids) or None,
        row.is_gift,
        _attributes_cell(row.attributes),
        row.note,
        _attributes_cell(row.order_attributes),
        *_customer_cells(row.customer),
    ]


def _customer_cells(customer: TaxCustomer) -> list[Cell]:
    evidence = customer.consultation
    return [
        customer.kind.value,
        customer.tax_id,
        None if customer.tax_id_state is None else customer.tax_id_state.value,
        None if evidence is None else evidence.answered_at.isoformat(),
        None if evidence is None else evidence.number,
    ]


def _address_cells(address: PostalAddress | None) -> list[Cell]:
    if address is None:
        return [None] * 7
    return [
        address.name,
        ", ".join(address.lines),
        address.city,
        address.region,
        address.postal_code,
        address.country,
        address.phone,
    ]


def _attributes_cell(attributes: Iterable[Attribute]) -> str | None:
    """``attributes`` as one text: ``Engraving: Kim; Font: serif``."""
    return "; ".join(f"{each.key}: {each.value}" for each in attributes) or None


def _amount(money: Money | None) -> str | None:
    return None if money is None else str(money.amount)
