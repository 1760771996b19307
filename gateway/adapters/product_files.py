"""Product files: CSV with the columns of Shopify's product export, read row by row."""

import csv
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import TextIO

from gateway.engine.product_lines import Line

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
    "Option1 Name",
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
DEMANDED = ("Handle", "Title", "Variant SKU", "Variant Price")
BY_NAME = {**RENAMED, **{column.casefold(): column for column in COLUMNS}}


class ProductFileRefused(ValueError):
    """A file that is no product file at all."""


def read_lines(stream: TextIO) -> Iterator[Line]:
    """The rows of ``stream``, opened with ``newline=""``; columns it does not know are ignored.

    Raises:
        ProductFileRefused: it is no CSV, no UTF-8, or lacks a column that is needed.

    """
    rows = csv.reader(stream, strict=True)
    try:
        columns = _columns(next(rows, []))
        begins = rows.line_num + 1
        for row in rows:
            yield _line(begins, columns, row)
            begins = rows.line_num + 1
    except csv.Error as wrong:
        raise ProductFileRefused(f"line {rows.line_num}: {wrong}") from wrong
    except UnicodeDecodeError as wrong:
        raise ProductFileRefused("it is not UTF-8 text") from wrong


def _columns(header: Sequence[str]) -> list[str]:
    """The columns' names; an empty one is ignored."""
    names = [BY_NAME.get(name.strip().lstrip("\ufeff").casefold(), "") for name in header]
    missing = [column for column in DEMANDED if column not in names]
    if missing:
        raise ProductFileRefused(f"it lacks the column {missing[0]}")
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise ProductFileRefused(f"the column {twice[0]} is there twice")
    return names


def _line(number: int, columns: Sequence[str], row: Sequence[str]) -> Line:
    cells = {
        name: cell.replace("\0", "").strip()
        for name, cell in zip(columns, row, strict=False)
        if name
    }
    if "<" in cells.get("Body (HTML)", ""):
        cells["Body (HTML)"] = plain_text(cells["Body (HTML)"])
    return Line(number, cells)


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
