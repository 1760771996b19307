"""Rows of a product file in Shopify's form, grouped and parsed to products."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.engine.catalogue.product_cells import (
    MAX_TEXT_LENGTH,
    OPTION_COLUMNS,
    RULE_TAGS,
    FileRow,
    FileStock,
    FileTags,
    InvalidCell,
    parse_grams,
    parse_listed,
    parse_option_values,
    parse_price,
    parse_product_tags,
    parse_sku,
    parse_stock,
    parse_tags,
    parse_variant_tags,
)
from gateway.engine.money import Currency

PRODUCT_COLUMNS = ("Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Status")
"""Columns that are read on the first line of a product only."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be imported, and the reason. Its whole product is refused."""

    line_number: int
    handle: str
    reason: str


@dataclass(frozen=True, slots=True)
class IgnoredCell:
    """A cell that was not imported, and the reason."""

    line_number: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedVariant:
    """A variant as the file describes it. ``price`` is in minor units."""

    line_number: int
    sku: str | None
    option_values: tuple[str, ...] | None
    price: int | None
    grams: int | None
    tags: FileTags
    stock: FileStock


@dataclass(frozen=True, slots=True)
class ParsedProduct:
    """A product as the file describes it."""

    line_number: int
    handle: str
    title: str | None
    vendor: str | None
    description: str | None
    category: str | None
    listed: bool | None
    tags: FileTags
    variants: tuple[ParsedVariant, ...]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The products of a file, the rows that cannot be used, and the ignored cells."""

    products: tuple[ParsedProduct, ...]
    rejected: tuple[RejectedRow, ...]
    ignored: tuple[IgnoredCell, ...] = ()


def parse_products(rows: Iterable[FileRow], currency: Currency) -> ParsedFile:
    """Parse ``rows`` to products, with prices in ``currency``.

    Rows with the same handle are one product. A product with a rejected row is left out.
    """
    grouped: dict[str, list[FileRow]] = {}
    rejected: list[RejectedRow] = []
    for row in rows:
        if row["Handle"]:
            grouped.setdefault(row["Handle"], []).append(row)
        elif any(row.cells.values()):
            rejected.append(RejectedRow(row.line_number, "", "Handle is missing"))
    products: list[ParsedProduct] = []
    ignored: list[IgnoredCell] = []
    for handle, product_rows in grouped.items():
        product, product_errors = _parse_product(handle, product_rows, currency)
        rejected += product_errors
        if not product_errors:
            products.append(product)
            ignored += _ignored_cells(product_rows)
    rejected.sort(key=lambda each: each.line_number)
    return ParsedFile(tuple(products), tuple(rejected), tuple(ignored))


def _parse_product(
    handle: str, rows: Sequence[FileRow], currency: Currency
) -> tuple[ParsedProduct, list[RejectedRow]]:
    """The product of ``rows``, and its rejected rows."""
    first, *others = rows
    rejected: list[RejectedRow] = []
    variants: list[ParsedVariant] = []
    lines_by_options: dict[tuple[str, ...], int] = {}
    for row in (first, *filter(_describes_variant, others)):
        try:
            if row is first:
                _check_product(first)
            variant = _parse_variant(row, currency)
            if variant.option_values is not None:
                _require_unique_options(lines_by_options, variant.option_values, row)
            variants.append(variant)
        except InvalidCell as error:
            rejected.append(RejectedRow(row.line_number, handle, str(error)))
    category = first.cell("Type")
    product = ParsedProduct(
        line_number=first.line_number,
        handle=handle,
        title=first.cell("Title"),
        vendor=first.cell("Vendor"),
        description=first.cell("Body (HTML)"),
        category=None if category is None else category.casefold(),
        listed=None if rejected else parse_listed(first),
        tags=parse_product_tags(first),
        variants=tuple(variants),
    )
    return product, rejected


def _describes_variant(row: FileRow) -> bool:
    """Whether the row describes a variant. Other rows only have further images."""
    return any(row[column] for column in ("Variant SKU", "Variant Price", *OPTION_COLUMNS))


def _require_unique_options(
    lines_by_options: dict[tuple[str, ...], int], option_values: tuple[str, ...], row: FileRow
) -> None:
    if option_values in lines_by_options:
        raise InvalidCell(f"its options stand on line {lines_by_options[option_values]} too")
    lines_by_options[option_values] = row.line_number


def _ignored_cells(rows: Sequence[FileRow]) -> Iterable[IgnoredCell]:
    """Yield the cells of a product that are read but not stored."""
    first, *others = rows
    unknown = sorted(set(parse_tags(first)) - RULE_TAGS)
    if unknown:
        yield IgnoredCell(
            first.line_number, "Tags", "no rule goes by these tags, which are not kept"
        )
    for row in others:
        for column in PRODUCT_COLUMNS:
            if row[column] and row[column] != first[column]:
                reason = "a product has what its first line says"
                yield IgnoredCell(row.line_number, column, reason)
        if not _describes_variant(row):
            for column, cell in row.cells.items():
                if cell and column.startswith("Variant"):
                    yield IgnoredCell(row.line_number, column, "the line names no variant")


def _check_product(row: FileRow) -> None:
    if row.cell("Title") == "":
        raise InvalidCell("Title is missing")
    for column in ("Handle", "Title", "Vendor", "Type"):
        if len(row[column]) > MAX_TEXT_LENGTH:
            raise InvalidCell(f"{column} is longer than {MAX_TEXT_LENGTH} characters")
    if re.search(r"\s", row["Handle"]):
        raise InvalidCell("Handle must not hold blanks")
    parse_listed(row)


def _parse_variant(row: FileRow, currency: Currency) -> ParsedVariant:
    if row.surplus:
        raise InvalidCell(f"it has {row.surplus} more cells than there are columns")
    return ParsedVariant(
        line_number=row.line_number,
        sku=parse_sku(row),
        option_values=parse_option_values(row),
        price=parse_price(row, currency),
        grams=parse_grams(row),
        tags=parse_variant_tags(row),
        stock=parse_stock(row),
    )
