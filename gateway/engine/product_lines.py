"""Lines of a product file in Shopify's form, as the products they describe, or why not."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from gateway.engine.catalogue import Stock
from gateway.engine.money import Currency, UnfitAmount, money
from gateway.engine.tags import AGE_RESTRICTED, DIGITAL, NOT_DISCOUNTABLE, OVERSIZE, TAX_EXEMPT

MOST_TEXT = 255
MOST_MINOR = 10**12
MOST_COUNT = 2**31 - 1
ONLY_VARIANT = "Default Title"
KNOWN_TAGS = {AGE_RESTRICTED, NOT_DISCOUNTABLE, OVERSIZE}

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: the line it begins on, and its cells by column, trimmed."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that cannot be imported, and why; with it its whole product is refused."""

    number: int
    handle: str
    reason: str


@dataclass(frozen=True, slots=True)
class DraftVariant:
    """A variant as the file describes it; its price in minor units."""

    line: int
    sku: str
    title: str
    price: int
    grams: int
    tags: frozenset[str]
    stock: Stock


@dataclass(frozen=True, slots=True)
class DraftProduct:
    """A product as the file describes it."""

    handle: str
    title: str
    vendor: str
    description: str
    category: str | None
    listed: bool
    variants: tuple[DraftVariant, ...]


@dataclass(frozen=True, slots=True)
class Drafts:
    """What a file describes, and the rows that cannot be used."""

    products: tuple[DraftProduct, ...]
    refused: tuple[RefusedLine, ...]


class Unusable(ValueError):
    """A cell, or a row, that cannot be used; the message says why."""


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
    seen: dict[str, int] = {}
    products: list[DraftProduct] = []
    for handle, those in grouped.items():
        product, problems = _product(handle, those, currency, seen)
        refused += problems
        if not problems:
            products.append(product)
    return Drafts(tuple(products), tuple(sorted(refused, key=lambda each: each.number)))


def _product(
    handle: str, lines: Sequence[Line], currency: Currency, seen: dict[str, int]
) -> tuple[DraftProduct, list[RefusedLine]]:
    """The product of ``lines``, and those that cannot be used. ``seen``: SKUs and their lines."""
    first, *others = lines
    refused: list[RefusedLine] = []
    variants: list[DraftVariant] = []
    options: dict[str, int] = {}
    for line in (first, *filter(_is_variant, others)):
        try:
            if line is first:
                _check_product(first)
            variants.append(_variant(line, first, currency))
            _once(seen, line["Variant SKU"], line, "its SKU stands")
            _once(options, _options(line), line, "its options stand")
        except Unusable as why:
            refused.append(RefusedLine(line.number, handle, str(why)))
    product = DraftProduct(
        handle=handle,
        title=first["Title"],
        vendor=first["Vendor"],
        description=first["Body (HTML)"],
        category=first["Type"].casefold() or None,
        listed=_is_listed(first),
        variants=tuple(variants),
    )
    return product, refused


def _is_variant(line: Line) -> bool:
    """Whether the row describes a variant; others carry further pictures of the product."""
    return any(line[each] for each in ("Variant SKU", "Variant Price", "Option1 Value"))


def _once(seen: dict[str, int], key: str, line: Line, what: str) -> None:
    if key in seen:
        raise Unusable(f"{what} on line {seen[key]} too")
    seen[key] = line.number


def _check_product(line: Line) -> None:
    if not line["Title"]:
        raise Unusable("Title is missing")
    for column in ("Handle", "Title", "Vendor", "Type"):
        if len(line[column]) > MOST_TEXT:
            raise Unusable(f"{column} is longer than {MOST_TEXT} characters")
    if re.search(r"\s", line["Handle"]):
        raise Unusable("Handle must not hold blanks")
    _one_of(line, "Status", {"": True, "active": True, "draft": False, "archived": False})
    _yes_or_no(line, "Published", default=True)


def _is_listed(line: Line) -> bool:
    published = line["Published"].casefold() != "false"
    return published and line["Status"].casefold() in {"", "active"}


def _variant(line: Line, first: Line, currency: Currency) -> DraftVariant:
    return DraftVariant(
        line=line.number,
        sku=_sku(line),
        title=_title(first["Title"], _options(line)),
        price=_price(line, currency),
        grams=_grams(line),
        tags=_tags(line, first),
        stock=_stock(line),
    )


def _sku(line: Line) -> str:
    sku = line["Variant SKU"]
    if not sku:
        raise Unusable("Variant SKU is missing: a later import finds the variant by it")
    if len(sku) > MOST_TEXT:
        raise Unusable(f"Variant SKU is longer than {MOST_TEXT} characters")
    return sku


def _options(line: Line) -> str:
    values = [line[f"Option{place} Value"] for place in (1, 2, 3)]
    return " / ".join(value for value in values if value and value != ONLY_VARIANT)


def _title(product: str, options: str) -> str:
    return f"{product}, {options}" if options else product


def _price(line: Line, currency: Currency) -> int:
    text = line["Variant Price"]
    if not text:
        raise Unusable("Variant Price is missing")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text, re.ASCII):
        raise Unusable(f"Variant Price {text!r} is no amount such as 19.99")
    try:
        minor = money(Decimal(text), currency).minor
    except UnfitAmount as why:
        raise Unusable(f"Variant Price {text!r} is too precise: {why}") from why
    if minor > MOST_MINOR:
        raise Unusable(f"Variant Price {text!r} is too large")
    return minor


def _grams(line: Line) -> int:
    return int(_number(line, "Variant Grams", smallest=0).to_integral_value())


def _number(line: Line, column: str, *, smallest: int) -> Decimal:
    text = line[column] or "0"
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Unusable(f"{column} {text!r} is no number")
    if not smallest <= number <= MOST_COUNT:
        raise Unusable(f"{column} {text!r} is out of bounds")
    return number


def _stock(line: Line) -> Stock:
    """Stock is counted where a tracker is named; the policy says whether to sell beyond it."""
    beyond = {"": False, "deny": False, "continue": True, "false": False, "true": True}
    backorder = _one_of(line, "Variant Inventory Policy", beyond)
    if not line["Variant Inventory Tracker"]:
        return Stock()
    quantity = _number(line, "Variant Inventory Qty", smallest=-MOST_COUNT)
    if quantity != quantity.to_integral_value():
        raise Unusable(f"Variant Inventory Qty {line['Variant Inventory Qty']!r} is not whole")
    return Stock(int(quantity), backorder)


def _tags(line: Line, first: Line) -> frozenset[str]:
    written = (tag.strip().upper() for tag in first["Tags"].split(","))
    tags = {tag.replace("-", "_").replace(" ", "_") for tag in written} & KNOWN_TAGS
    if not _yes_or_no(line, "Variant Requires Shipping", default=True):
        tags.add(DIGITAL)
    if not _yes_or_no(line, "Variant Taxable", default=True):
        tags.add(TAX_EXEMPT)
    return frozenset(tags)


def _yes_or_no(line: Line, column: str, *, default: bool) -> bool:
    return _one_of(line, column, {"": default, "true": True, "false": False})


def _one_of(line: Line, column: str, meanings: Mapping[str, ValueT]) -> ValueT:
    text = line[column]
    if text.casefold() not in meanings:
        known = ", ".join(filter(None, meanings))
        raise Unusable(f"{column} {text!r} is none of {known}")
    return meanings[text.casefold()]
