"""Product files: CSV with the columns of Shopify's product export, read row by row."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import zip_longest
from typing import TextIO

from gateway.adapters.separated_files import Separated, separated
from gateway.engine.product_cells import Line
from gateway.engine.product_lines import IgnoredCell

MOST_SHOWN = 200

# Columns of the template that Shopify has offered since 2025, by the names of the older one.
RENAMED = {
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
BY_NAME = {**RENAMED, **{column.casefold(): column for column in COLUMNS}}


class ProductFileRefused(ValueError):
    """A file that is no product file at all."""


@dataclass(frozen=True, slots=True)
class ProductFile:
    """A product file: its rows, read as they are asked for, and columns that are not used."""

    lines: Iterator[Line]
    ignored: tuple[IgnoredCell, ...]


def read_lines(stream: TextIO) -> Iterator[Line]:
    """The rows of ``stream``; raises as ``read_file``, as far as it is read."""
    yield from read_file(stream).lines


def read_file(stream: TextIO) -> ProductFile:
    """The product file in ``stream``, opened with ``newline=""``.

    Cells are parted by commas, semicolons or tabs: what a line ``sep=`` says, else what makes
    sense of the header.

    Raises:
        ProductFileRefused: it is no CSV, no text, or lacks a column that is needed.

    """
    with _refusing(lambda: 1):
        table = separated(stream, lambda name: _column(name) != "")
    with _refusing(table.line):
        names = next(table.rows, [])
    number = max(1, table.line())
    return ProductFile(_lines(table, _columns(names)), _unused(names, number))


@contextmanager
def _refusing(line: Callable[[], int]) -> Iterator[None]:
    try:
        yield
    except csv.Error as wrong:
        raise ProductFileRefused(f"line {line()}: {wrong}") from wrong
    except UnicodeError as wrong:
        message = f"line {line() + 1} or later: it is not UTF-8 text; save it as CSV in UTF-8"
        raise ProductFileRefused(message) from wrong


def _column(name: str) -> str:
    """The column of that name, in either template; empty where it is not used."""
    return BY_NAME.get(name.strip().lstrip("\ufeff").strip().casefold(), "")


def _columns(header: Sequence[str]) -> list[str]:
    """The columns' names; an empty one is ignored."""
    names = [_column(name) for name in header]
    if "Handle" not in names:
        there = ", ".join(name.strip() for name in header)[:MOST_SHOWN] or "no column"
        raise ProductFileRefused(f"it lacks the column Handle; its first line has {there}")
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise ProductFileRefused(f"the column {twice[0]} is there twice")
    return names


def _unused(header: Sequence[str], number: int) -> tuple[IgnoredCell, ...]:
    return tuple(
        IgnoredCell(number, name.strip(), "the column is not used")
        for name in header
        if name.strip() and not _column(name)
    )


def _lines(table: Separated, columns: Sequence[str]) -> Iterator[Line]:
    with _refusing(table.line):
        number = table.line() + 1
        for row in table.rows:
            yield _line(number, columns, row)
            number = table.line() + 1


def _line(number: int, columns: Sequence[str], row: Sequence[str]) -> Line:
    """The row with a cell for each column, empty where the row is shorter."""
    cells = {
        name: cell.replace("\0", "").strip()
        for name, cell in zip_longest(columns, row[: len(columns)], fillvalue="")
        if name
    }
    if "<" in cells.get("Body (HTML)", ""):
        cells["Body (HTML)"] = plain_text(cells["Body (HTML)"])
    return Line(number, cells, sum(bool(cell.strip()) for cell in row[len(columns) :]))


class _Text(HTMLParser):
    """Collects what a reader of the page would see."""

    unseen = frozenset({"script", "style", "template", "head"})
    breaks = frozenset({"p", "br", "li", "div", "tr", "h1", "h2", "h3", "h4", "ul", "ol"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Leave out what is not shown, and begin a line where the page does."""
        del attrs
        self._hidden += tag in self.unseen
        if tag in self.breaks:
            self.seen.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Go on after what is not shown."""
        self._hidden = max(0, self._hidden - (tag in self.unseen))
        if tag in self.breaks:
            self.seen.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if not self._hidden:
            self.seen.append(data.replace("\n", " "))


def plain_text(html: str) -> str:
    """The text of ``html``, a line for each paragraph."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.seen).splitlines())
    return "\n".join(line for line in lines if line)
