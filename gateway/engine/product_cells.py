"""Cells of a product file in Shopify's form: what they say, or why they cannot be read.

What a file does not say is None: its column is not there, or its cell is empty. Only a text can be
emptied by an empty cell (vendor, description, type, tags, tracker, SKU).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from gateway.engine.money import Currency, UnfitAmount, money
from gateway.engine.tags import AGE_RESTRICTED, DIGITAL, NOT_DISCOUNTABLE, OVERSIZE, TAX_EXEMPT

MOST_TEXT = 255
MOST_MINOR = 10**12
MOST_COUNT = 2**31 - 1
ONLY_VARIANT = "Default Title"
KNOWN_TAGS = frozenset({AGE_RESTRICTED, NOT_DISCOUNTABLE, OVERSIZE})
OPTIONS = ("Option1 Value", "Option2 Value", "Option3 Value")

ValueT = TypeVar("ValueT")


class Unusable(ValueError):
    """A cell, or a row, that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: the line it begins on, and its cells by column, trimmed.

    ``surplus`` counts the cells that stand under no column.
    """

    number: int
    cells: Mapping[str, str]
    surplus: int = 0

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def said(self, column: str) -> str | None:
        """The cell; None where the file has no such column."""
        return self.cells.get(column)


@dataclass(frozen=True, slots=True)
class TagsSaid:
    """Tags that the file gives, and tags that it takes away."""

    given: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()

    def on(self, tags: frozenset[str]) -> frozenset[str]:
        """``tags`` as the file has them."""
        return (tags - self.taken) | self.given


@dataclass(frozen=True, slots=True)
class StockSaid:
    """What the file says of stock: whether it is counted, how much there is, and beyond that."""

    counted: bool | None = None
    quantity: int | None = None
    backorder: bool | None = None


def listed_by(line: Line) -> bool | None:
    """What Status and Published say together."""
    status = _one_of(line, "Status", {"active": True, "draft": False, "archived": False})
    said = [each for each in (status, _yes_or_no(line, "Published")) if each is not None]
    return all(said) if said else None


def sku_in(line: Line) -> str | None:
    """The SKU, which may be empty."""
    sku = line.said("Variant SKU")
    if sku is not None and len(sku) > MOST_TEXT:
        raise Unusable(f"Variant SKU is longer than {MOST_TEXT} characters")
    return sku


def options_in(line: Line) -> str | None:
    """The values of the options, as a title names them."""
    values = [line.said(column) for column in OPTIONS]
    if all(value is None for value in values):
        return None
    for column in OPTIONS:
        if len(line[column]) > MOST_TEXT:
            raise Unusable(f"{column} is longer than {MOST_TEXT} characters")
    return " / ".join(value for value in values if value and value != ONLY_VARIANT)


def price_in(line: Line, currency: Currency) -> int | None:
    """The price in minor units; it cannot be empty."""
    text = line.said("Variant Price")
    if text is None:
        return None
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


def grams_in(line: Line) -> int | None:
    """The weight."""
    grams = _number(line, "Variant Grams", smallest=0)
    return None if grams is None else int(grams.to_integral_value())


def _number(line: Line, column: str, *, smallest: int) -> Decimal | None:
    text = line[column]
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Unusable(f"{column} {text!r} is no number")
    if not smallest <= number <= MOST_COUNT:
        raise Unusable(f"{column} {text!r} is out of bounds")
    return number


def stock_in(line: Line) -> StockSaid:
    """Stock is counted where a tracker is named; the policy says whether to sell beyond it."""
    beyond = {"deny": False, "continue": True, "false": False, "true": True}
    backorder = _one_of(line, "Variant Inventory Policy", beyond)
    tracker = line.said("Variant Inventory Tracker")
    counted = None if tracker is None else bool(tracker)
    quantity = _number(line, "Variant Inventory Qty", smallest=-MOST_COUNT)
    if quantity is None:
        return StockSaid(counted, None, backorder)
    if quantity != quantity.to_integral_value():
        raise Unusable(f"Variant Inventory Qty {line['Variant Inventory Qty']!r} is not whole")
    return StockSaid(counted, int(quantity), backorder)


def written_tags(line: Line) -> list[str]:
    """All tags of the cell, spelled as rules spell theirs."""
    written = (tag.strip().upper() for tag in line["Tags"].split(","))
    return [tag.replace("-", "_").replace(" ", "_") for tag in written if tag]


def product_tags(line: Line) -> TagsSaid:
    """Those of the tags that rules go by."""
    if line.said("Tags") is None:
        return TagsSaid()
    return TagsSaid(KNOWN_TAGS & set(written_tags(line)), KNOWN_TAGS)


def variant_tags(line: Line) -> TagsSaid:
    """What is not shipped is digital, what is not taxable exempt."""
    given: set[str] = set()
    taken: set[str] = set()
    for column, tag in (("Variant Requires Shipping", DIGITAL), ("Variant Taxable", TAX_EXEMPT)):
        said = _yes_or_no(line, column)
        if said is not None:
            (taken if said else given).add(tag)
    return TagsSaid(frozenset(given), frozenset(taken))


def _yes_or_no(line: Line, column: str) -> bool | None:
    return _one_of(line, column, {"true": True, "false": False})


def _one_of(line: Line, column: str, meanings: Mapping[str, ValueT]) -> ValueT | None:
    text = line[column]
    if not text:
        return None
    if text.casefold() not in meanings:
        known = ", ".join(meanings)
        raise Unusable(f"{column} {text!r} is none of {known}")
    return meanings[text.casefold()]
