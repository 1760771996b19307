"""Cells of a product file in Shopify's form: parsing and validation.

A value is None if the file does not state it: the column is missing or the cell is empty. An empty
cell clears texts only (vendor, description, type, tags, tracker, SKU).

All functions raise ``InvalidCell`` for a cell that cannot be used.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from gateway.engine.money import Currency, InvalidAmount, money_from_major_units
from gateway.engine.pricing.tags import (
    AGE_RESTRICTED,
    DIGITAL,
    NOT_DISCOUNTABLE,
    OVERSIZE,
    TAX_EXEMPT,
)

MAX_TEXT_LENGTH = 255
"""A longer text, in characters, is refused: it does not fit in its database column."""
MAX_PRICE_MINOR = 10**12
"""A higher price, in minor units, is refused."""
MAX_COUNT = 2**31 - 1
"""A higher weight or quantity is refused: it does not fit in a 32-bit integer."""
DEFAULT_OPTION_VALUE = "Default Title"
"""Shopify's option value for a product with a single variant."""
RULE_TAGS = frozenset({AGE_RESTRICTED, NOT_DISCOUNTABLE, OVERSIZE})
"""The tags that pricing rules use; all others are ignored."""
OPTION_COLUMNS = ("Option1 Value", "Option2 Value", "Option3 Value")

ValueT = TypeVar("ValueT")


class InvalidCell(ValueError):
    """A cell or row that cannot be used. The message says why."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the file: the number of its first line, and its trimmed cells by column.

    ``surplus`` is the number of cells without a column.
    """

    line_number: int
    cells: Mapping[str, str]
    surplus: int = 0

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def cell(self, column: str) -> str | None:
        """Return the cell; None if the file has no such column."""
        return self.cells.get(column)


@dataclass(frozen=True, slots=True)
class FileTags:
    """The tags that the file adds, and the tags that it removes."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    def apply_to(self, tags: frozenset[str]) -> frozenset[str]:
        """Return ``tags`` after the changes of the file."""
        return (tags - self.removed) | self.added


@dataclass(frozen=True, slots=True)
class FileStock:
    """Stock in the file: whether it is counted, the quantity, and whether to sell on back-order."""

    counted: bool | None = None
    quantity: int | None = None
    backorder: bool | None = None


def parse_listed(row: FileRow) -> bool | None:
    """Whether the product is listed: only if neither Status nor Published says otherwise."""
    status = _parse_choice(row, "Status", {"active": True, "draft": False, "archived": False})
    claims = [claim for claim in (status, _parse_boolean(row, "Published")) if claim is not None]
    return all(claims) if claims else None


def parse_sku(row: FileRow) -> str | None:
    """The SKU, which may be empty."""
    sku = row.cell("Variant SKU")
    if sku is not None and len(sku) > MAX_TEXT_LENGTH:
        raise InvalidCell(f"Variant SKU is longer than {MAX_TEXT_LENGTH} characters")
    return sku


def parse_option_values(row: FileRow) -> tuple[str, ...] | None:
    """The values of the options that are there, in order."""
    values = [row.cell(column) for column in OPTION_COLUMNS]
    if all(value is None for value in values):
        return None
    for column in OPTION_COLUMNS:
        if len(row[column]) > MAX_TEXT_LENGTH:
            raise InvalidCell(f"{column} is longer than {MAX_TEXT_LENGTH} characters")
    return tuple(value for value in values if value and value != DEFAULT_OPTION_VALUE)


def parse_price(row: FileRow, currency: Currency) -> int | None:
    """The price in minor units. The cell must not be empty."""
    text = row.cell("Variant Price")
    if text is None:
        return None
    if not text:
        raise InvalidCell("Variant Price is missing")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text, re.ASCII):
        raise InvalidCell(f"Variant Price {text!r} is no amount such as 19.99")
    try:
        minor = money_from_major_units(Decimal(text), currency).minor
    except InvalidAmount as error:
        raise InvalidCell(f"Variant Price {text!r} is too precise: {error}") from error
    if minor > MAX_PRICE_MINOR:
        raise InvalidCell(f"Variant Price {text!r} is too large")
    return minor


def parse_grams(row: FileRow) -> int | None:
    """The weight in grams, rounded."""
    grams = _parse_number(row, "Variant Grams", minimum=0)
    return None if grams is None else int(grams.to_integral_value())


def _parse_number(row: FileRow, column: str, *, minimum: int) -> Decimal | None:
    text = row[column]
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InvalidCell(f"{column} {text!r} is no number")
    if not minimum <= number <= MAX_COUNT:
        raise InvalidCell(f"{column} {text!r} is out of bounds")
    return number


def parse_stock(row: FileRow) -> FileStock:
    """The stock. It is counted if a tracker is named; the policy allows or denies back-order."""
    policies = {"deny": False, "continue": True, "false": False, "true": True}
    backorder = _parse_choice(row, "Variant Inventory Policy", policies)
    tracker = row.cell("Variant Inventory Tracker")
    counted = None if tracker is None else bool(tracker)
    quantity = _parse_number(row, "Variant Inventory Qty", minimum=-MAX_COUNT)
    if quantity is None:
        return FileStock(counted, None, backorder)
    if quantity != quantity.to_integral_value():
        raise InvalidCell(f"Variant Inventory Qty {row['Variant Inventory Qty']!r} is not whole")
    return FileStock(counted, int(quantity), backorder)


def parse_tags(row: FileRow) -> list[str]:
    """All tags of the cell in the form of tags in rules."""
    normalized = (tag.strip().upper() for tag in row["Tags"].split(","))
    return [tag.replace("-", "_").replace(" ", "_") for tag in normalized if tag]


def parse_product_tags(row: FileRow) -> FileTags:
    """The tags that rules use."""
    if row.cell("Tags") is None:
        return FileTags()
    return FileTags(RULE_TAGS & set(parse_tags(row)), RULE_TAGS)


def parse_variant_tags(row: FileRow) -> FileTags:
    """DIGITAL if the variant is not shipped, TAX_EXEMPT if it is not taxable."""
    added: set[str] = set()
    removed: set[str] = set()
    for column, tag in (("Variant Requires Shipping", DIGITAL), ("Variant Taxable", TAX_EXEMPT)):
        claim = _parse_boolean(row, column)
        if claim is not None:
            (removed if claim else added).add(tag)
    return FileTags(frozenset(added), frozenset(removed))


def _parse_boolean(row: FileRow, column: str) -> bool | None:
    return _parse_choice(row, column, {"true": True, "false": False})


def _parse_choice(row: FileRow, column: str, meanings: Mapping[str, ValueT]) -> ValueT | None:
    text = row[column]
    if not text:
        return None
    if text.casefold() not in meanings:
        choices = ", ".join(meanings)
        raise InvalidCell(f"{column} {text!r} is none of {choices}")
    return meanings[text.casefold()]
