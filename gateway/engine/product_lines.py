"""Lines of a product file in Shopify's form, as the products they describe, or why not."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.engine.money import Currency
from gateway.engine.product_cells import (
    KNOWN_TAGS,
    MOST_TEXT,
    OPTIONS,
    Line,
    StockSaid,
    TagsSaid,
    Unusable,
    grams_in,
    listed_by,
    options_in,
    price_in,
    product_tags,
    sku_in,
    stock_in,
    variant_tags,
    written_tags,
)

OF_PRODUCT = ("Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Status")
"""Columns that are read on a product's first line alone."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that cannot be imported, and why; with it its whole product is refused."""

    number: int
    handle: str
    reason: str


@dataclass(frozen=True, slots=True)
class IgnoredCell:
    """What of a row was not taken over, and why."""

    number: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class DraftVariant:
    """A variant as the file describes it; its price in minor units."""

    line: int
    sku: str | None
    options: str | None
    price: int | None
    grams: int | None
    tags: TagsSaid
    stock: StockSaid


@dataclass(frozen=True, slots=True)
class DraftProduct:
    """A product as the file describes it."""

    line: int
    handle: str
    title: str | None
    vendor: str | None
    description: str | None
    category: str | None
    listed: bool | None
    tags: TagsSaid
    variants: tuple[DraftVariant, ...]


@dataclass(frozen=True, slots=True)
class Drafts:
    """What a file describes, the rows that cannot be used, and what of others is not taken."""

    products: tuple[DraftProduct, ...]
    refused: tuple[RefusedLine, ...]
    ignored: tuple[IgnoredCell, ...] = ()


def drafts(lines: Iterable[Line], currency: Currency) -> Drafts:
    """The products that ``lines`` describe, prices in ``currency``.

    Lines belong together by their handle. A product of which one line is refused is left out.
    """
    grouped: dict[str, list[Line]] = {}
    refused: list[RefusedLine] = []
    for line in lines:
        if line["Handle"]:
            grouped.setdefault(line["Handle"], []).append(line)
        elif any(line.cells.values()):
            refused.append(RefusedLine(line.number, "", "Handle is missing"))
    products: list[DraftProduct] = []
    ignored: list[IgnoredCell] = []
    for handle, those in grouped.items():
        product, problems = _product(handle, those, currency)
        refused += problems
        if not problems:
            products.append(product)
            ignored += _ignored(those)
    refused.sort(key=lambda each: each.number)
    return Drafts(tuple(products), tuple(refused), tuple(ignored))


def _product(
    handle: str, lines: Sequence[Line], currency: Currency
) -> tuple[DraftProduct, list[RefusedLine]]:
    """The product of ``lines``, and those that cannot be used."""
    first, *others = lines
    refused: list[RefusedLine] = []
    variants: list[DraftVariant] = []
    options: dict[str, int] = {}
    for line in (first, *filter(_is_variant, others)):
        try:
            if line is first:
                _check_product(first)
            found = _variant(line, currency)
            if found.options is not None:
                _once(options, found.options, line)
            variants.append(found)
        except Unusable as why:
            refused.append(RefusedLine(line.number, handle, str(why)))
    category = first.said("Type")
    product = DraftProduct(
        line=first.number,
        handle=handle,
        title=first.said("Title"),
        vendor=first.said("Vendor"),
        description=first.said("Body (HTML)"),
        category=None if category is None else category.casefold(),
        listed=None if refused else listed_by(first),
        tags=product_tags(first),
        variants=tuple(variants),
    )
    return product, refused


def _is_variant(line: Line) -> bool:
    """Whether the row describes a variant; others carry further pictures of the product."""
    return any(line[each] for each in ("Variant SKU", "Variant Price", *OPTIONS))


def _once(seen: dict[str, int], options: str, line: Line) -> None:
    if options in seen:
        raise Unusable(f"its options stand on line {seen[options]} too")
    seen[options] = line.number


def _ignored(lines: Sequence[Line]) -> Iterable[IgnoredCell]:
    """What of a product's lines is read and not kept."""
    first, *others = lines
    unknown = sorted(set(written_tags(first)) - KNOWN_TAGS)
    if unknown:
        yield IgnoredCell(first.number, "Tags", "no rule goes by these tags, which are not kept")
    for line in others:
        for column in OF_PRODUCT:
            if line[column] and line[column] != first[column]:
                why = "a product has what its first line says"
                yield IgnoredCell(line.number, column, why)
        if not _is_variant(line):
            for column, cell in line.cells.items():
                if cell and column.startswith("Variant"):
                    yield IgnoredCell(line.number, column, "the line names no variant")


def _check_product(line: Line) -> None:
    if line.said("Title") == "":
        raise Unusable("Title is missing")
    for column in ("Handle", "Title", "Vendor", "Type"):
        if len(line[column]) > MOST_TEXT:
            raise Unusable(f"{column} is longer than {MOST_TEXT} characters")
    if re.search(r"\s", line["Handle"]):
        raise Unusable("Handle must not hold blanks")
    listed_by(line)


def _variant(line: Line, currency: Currency) -> DraftVariant:
    if line.surplus:
        raise Unusable(f"it has {line.surplus} more cells than there are columns")
    return DraftVariant(
        line=line.number,
        sku=sku_in(line),
        options=options_in(line),
        price=price_in(line, currency),
        grams=grams_in(line),
        tags=variant_tags(line),
        stock=stock_in(line),
    )
