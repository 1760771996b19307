"""Product files: CSV files with the columns of Shopify's product export."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import zip_longest
from typing import TextIO

from gateway.adapters.separated_files import SeparatedTable, open_separated_table
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_rows import IgnoredCell

MAX_HEADER_CHARACTERS = 200  # of the header, quoted in an error message; the rest is cut

COLUMN_ALIASES = {
    "url handle": "Handle",
    "description": "Body (HTML)",
    "published on online store": "Published",
    "sku": "Variant SKU",
    "price": "Variant Price",
    "charge tax": "Variant Taxable",
    "inventory tracker": "Variant Inventory Tracker",
    "inventory quantity": "Variant Inventory Qty",
    "continue selling when out of stock": "Variant Inventory Policy",
    "weight value (grams)": "Variant Grams",
    "requires shipping": "Variant Requires Shipping",
}
"""Column names of Shopify's template since 2025, mapped to those of the older one."""
COLUMNS = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Value",
    "Option2 Value",
    "Option3 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Status",
)
COLUMNS_BY_NAME = {**COLUMN_ALIASES, **{column.casefold(): column for column in COLUMNS}}


class InvalidProductFile(ValueError):
    """A file is not a product file."""


@dataclass(frozen=True, slots=True)
class ProductFile:
    """A product file, with its rows read on demand and the names of unused columns."""

    rows: Iterator[FileRow]
    ignored: tuple[IgnoredCell, ...]


def read_product_file(stream: TextIO) -> ProductFile:
    """The product file in ``stream``, which must be opened with ``newline=""``.

    The separator is a comma, a semicolon or a tab. It is taken from a first line ``sep=``, or
    else from the header.

    Raises:
        InvalidProductFile: it is not CSV, not text, or lacks a required column.

    """
    with _translate_errors(lambda: 1):
        table = open_separated_table(stream, lambda name: _column_name(name) != "")
    with _translate_errors(table.line_number):
        header = next(table.rows, [])
    header_line = max(1, table.line_number())
    return ProductFile(
        _iterate_rows(table, _column_names(header)), _unused_columns(header, header_line)
    )


@contextmanager
def _translate_errors(line_number: Callable[[], int]) -> Iterator[None]:
    try:
        yield
    except csv.Error as error:
        raise InvalidProductFile(f"line {line_number()}: {error}") from error
    except UnicodeError as error:
        message = (
            f"line {line_number() + 1} or later: it is not UTF-8 text; save it as CSV in UTF-8"
        )
        raise InvalidProductFile(message) from error


def _column_name(name: str) -> str:
    """The column with that name in one of the two templates; empty if it is not used."""
    return COLUMNS_BY_NAME.get(name.strip().lstrip("\ufeff").strip().casefold(), "")


def _column_names(header: Sequence[str]) -> list[str]:
    """The names of the columns; an ignored column has an empty name."""
    names = [_column_name(name) for name in header]
    if "Handle" not in names:
        header_text = (
            ", ".join(name.strip() for name in header)[:MAX_HEADER_CHARACTERS] or "no column"
        )
        raise InvalidProductFile(f"it lacks the column Handle; its first line has {header_text}")
    repeated_names = [name for name in names if name and names.count(name) > 1]
    if repeated_names:
        raise InvalidProductFile(f"the column {repeated_names[0]} is there twice")
    return names


def _unused_columns(header: Sequence[str], number: int) -> tuple[IgnoredCell, ...]:
    return tuple(
        IgnoredCell(number, name.strip(), "the column is not used")
        for name in header
        if name.strip() and not _column_name(name)
    )


def _iterate_rows(table: SeparatedTable, columns: Sequence[str]) -> Iterator[FileRow]:
    with _translate_errors(table.line_number):
        number = table.line_number() + 1
        for cells in table.rows:
            yield _build_row(number, columns, cells)
            number = table.line_number() + 1


def _build_row(number: int, columns: Sequence[str], row_cells: Sequence[str]) -> FileRow:
    """The row with a cell for each column; missing cells are empty."""
    cells = {
        name: cell.replace("\0", "").strip()
        for name, cell in zip_longest(columns, row_cells[: len(columns)], fillvalue="")
        if name
    }
    if "<" in cells.get("Body (HTML)", ""):
        cells["Body (HTML)"] = html_to_text(cells["Body (HTML)"])
    return FileRow(number, cells, sum(bool(cell.strip()) for cell in row_cells[len(columns) :]))


class _TextExtractor(HTMLParser):
    """Collects the visible text of HTML."""

    hidden_tags = frozenset({"script", "style", "template", "head"})
    line_break_tags = frozenset({"p", "br", "li", "div", "tr", "h1", "h2", "h3", "h4", "ul", "ol"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text_pieces: list[str] = []
        self._hidden_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin invisible text or a new line, if the tag does."""
        del attrs
        self._hidden_depth += tag in self.hidden_tags
        if tag in self.line_break_tags:
            self.text_pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End invisible text, if the tag does."""
        self._hidden_depth = max(0, self._hidden_depth - (tag in self.hidden_tags))
        if tag in self.line_break_tags:
            self.text_pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Add ``data`` to the text if it is visible."""
        if not self._hidden_depth:
            self.text_pieces.append(data.replace("\n", " "))


def html_to_text(html: str) -> str:
    """The text of ``html``, with a line for each paragraph."""
    parser = _TextExtractor()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.text_pieces).splitlines())
    return "\n".join(line for line in lines if line)
