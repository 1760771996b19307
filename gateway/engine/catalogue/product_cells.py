"""Cells of a product file in Shopify's form: parsing and validation.

A value is None if the file does not state it: the column is missing or the cell is empty. An empty
cell clears what may be empty (texts, tags, pictures, SKU, barcode, compare-at price, tax table,
tracker, parts of a bundle).

All functions raise ``InvalidCell`` for a cell that cannot be used.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from gateway.engine.catalogue.product_columns import (
    BACKORDER_DAYS,
    OPTION_NAME_COLUMNS,
    OPTION_VALUE_COLUMNS,
    SHIPS_IN_DAYS,
    TAX_TABLE,
)
from gateway.engine.money import Currency, InvalidAmount, Money, money_from_major_units
from gateway.engine.pricing.tags import (
    AGE_RESTRICTED,
    DIGITAL,
    NOT_DISCOUNTABLE,
    OVERSIZE,
    TAX_EXEMPT,
)
from gateway.engine.tax.tax_tables import normalize_table_name

MAX_TEXT_LENGTH = 255
"""A longer title, name or code, in characters, is refused."""
MAX_SEO_LENGTH = 2_000
"""A longer description for search engines, in characters, is refused."""
MAX_TAGS = 250
"""More tags of a product are refused, as Shopify does."""
MAX_DAYS = 3_650
"""A longer time to ship is refused."""
MAX_PRICE_MINOR = 10**12
"""A higher price, in minor units, is refused."""
MAX_AMOUNT_LENGTH = 28
"""An amount with more digits is refused unread."""
MAX_COUNT = 2**31 - 1
"""A higher weight or quantity is refused: it does not fit in a 32-bit integer."""
DEFAULT_OPTION_VALUE = "Default Title"
"""Shopify's option value for a product with a single variant."""
RULE_TAGS = frozenset({AGE_RESTRICTED, NOT_DISCOUNTABLE, OVERSIZE})
"""The tags that pricing rules use; all others are for pages and filters."""

MAX_QUOTED_CHARACTERS = 60
"""Characters of a cell that a message quotes."""

ValueT = TypeVar("ValueT")


class InvalidCell(ValueError):
    """A cell or row that cannot be used. The message says why."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the file: the number of its first line, and its trimmed cells by column.

    ``defect`` says why the row as a whole cannot be used; it is empty if it can.
    """

    line_number: int
    cells: Mapping[str, str]
    defect: str = ""

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
    """Stock in the file: whether it is counted, the quantity, and whether to sell on back-order.

    The days are the times until goods in stock and goods on back-order are shipped.
    """

    counted: bool | None = None
    quantity: int | None = None
    backorder: bool | None = None
    ships_in_days: int | None = None
    backorder_days: int | None = None


NOTHING_ABOUT_TAGS = FileTags()
NOTHING_ABOUT_STOCK = FileStock()


@dataclass(frozen=True, slots=True)
class FilePrice:
    """A price in the file, in minor units; None clears the price that is there."""

    minor: int | None


def parse_line(row: FileRow, column: str, max_length: int = MAX_TEXT_LENGTH) -> str | None:
    """The text of a cell on one line, which may be empty."""
    text = row.cell(column)
    if text is None:
        return None
    line = " ".join(text.split())
    if len(line) > max_length:
        raise InvalidCell(
            f"{column} is longer than {max_length:,} characters: it has {len(line):,}"
        )
    return line


def require_no_gift_card(row: FileRow) -> None:
    """Refuse a gift card: stored value is not sold yet."""
    if _parse_boolean(row, "Gift Card"):
        raise InvalidCell("Gift Card: gift cards cannot be sold yet")


def parse_listed(row: FileRow) -> bool | None:
    """Whether the product is listed: only if neither Status nor Published says otherwise."""
    statuses = {"active": True, "draft": False, "archived": False, "unlisted": False}
    status = _parse_choice(row, "Status", statuses)
    claims = [claim for claim in (status, _parse_boolean(row, "Published")) if claim is not None]
    return all(claims) if claims else None


def parse_option_names(row: FileRow) -> tuple[str, ...] | None:
    """The names of the options; none for a product with a single variant."""
    if _has_default_option(row):
        return ()
    names = [parse_line(row, column) or "" for column in OPTION_NAME_COLUMNS]
    _require_no_gap(names, OPTION_NAME_COLUMNS)
    used_names = tuple(name for name in names if name)
    if len({name.casefold() for name in used_names}) < len(used_names):
        raise InvalidCell("two options have the same name")
    return used_names or None


def parse_option_values(row: FileRow) -> tuple[str, ...] | None:
    """The values of the options; none for a single variant as Shopify writes it."""
    if _has_default_option(row):
        return ()
    values = [parse_line(row, column) or "" for column in OPTION_VALUE_COLUMNS]
    _require_no_gap(values, OPTION_VALUE_COLUMNS)
    return tuple(value for value in values if value) or None


def _has_default_option(row: FileRow) -> bool:
    """Whether the row is of a product with a single variant, as Shopify writes it."""
    first, *further = (row[column] for column in OPTION_VALUE_COLUMNS)
    return first.casefold() == DEFAULT_OPTION_VALUE.casefold() and not any(further)


def _require_no_gap(cells: Sequence[str], columns: Sequence[str]) -> None:
    used = [bool(cell) for cell in cells]
    if sorted(used, reverse=True) != used:
        raise InvalidCell(f"{columns[used.index(False)]} is missing")


def parse_price(row: FileRow, currency: Currency) -> int | None:
    """The price in minor units."""
    return parse_amount("Variant Price", row["Variant Price"], currency)


def parse_compare_at_price(row: FileRow, currency: Currency) -> FilePrice | None:
    """The compare-at price; an empty cell or zero clears it."""
    column = "Variant Compare At Price"
    text = row.cell(column)
    return None if text is None else FilePrice(parse_amount(column, text, currency) or None)


def parse_amount(name: str, text: str, currency: Currency) -> int | None:
    """The amount in minor units; None for an empty text. ``name`` is for messages."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text, re.ASCII):
        raise InvalidCell(f"{name} {quote_cell(text)} is no amount such as 19.99")
    if len(text) > MAX_AMOUNT_LENGTH:
        raise InvalidCell(f"{name} {quote_cell(text)} has too many digits")
    highest = Money(MAX_PRICE_MINOR, currency).amount
    if Decimal(text) > highest:
        raise InvalidCell(f"{name} {quote_cell(text)} is too large: at most {highest:,}")
    try:
        return money_from_major_units(Decimal(text), currency).minor
    except InvalidAmount as error:
        raise InvalidCell(f"{name} {quote_cell(text)} is too precise: {error}") from error


def parse_grams(row: FileRow) -> int | None:
    """The weight in grams, rounded."""
    grams = _parse_number(row, "Variant Grams", minimum=0)
    return None if grams is None else int(grams.to_integral_value())


def parse_whole_number(
    row: FileRow, column: str, *, minimum: int, maximum: int = MAX_COUNT
) -> int | None:
    """The whole number in a cell."""
    number = _parse_number(row, column, minimum=minimum, maximum=maximum)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise InvalidCell(f"{column} {quote_cell(row[column])} is not whole")
    return int(number)


def _parse_number(
    row: FileRow, column: str, *, minimum: int, maximum: int = MAX_COUNT
) -> Decimal | None:
    text = row[column]
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InvalidCell(f"{column} {quote_cell(text)} is no number")
    if not minimum <= number <= maximum:
        raise InvalidCell(
            f"{column} {quote_cell(text)} is out of bounds: from {minimum:,} to {maximum:,}"
        )
    return number


def parse_stock(row: FileRow) -> FileStock:
    """The stock. It is counted if a tracker is named; the policy allows or denies back-order."""
    policies = {"deny": False, "continue": True, "false": False, "true": True}
    backorder = _parse_choice(row, "Variant Inventory Policy", policies)
    tracker = row.cell("Variant Inventory Tracker")
    return FileStock(
        counted=None if tracker is None else bool(tracker),
        quantity=parse_whole_number(row, "Variant Inventory Qty", minimum=-MAX_COUNT),
        backorder=backorder,
        ships_in_days=parse_whole_number(row, SHIPS_IN_DAYS, minimum=0, maximum=MAX_DAYS),
        backorder_days=parse_whole_number(row, BACKORDER_DAYS, minimum=0, maximum=MAX_DAYS),
    )


def parse_tax_table(row: FileRow, tax_tables: Collection[str]) -> str | None:
    """The name of one of ``tax_tables`` in its looked-up form; empty for the default table."""
    name = row.cell(TAX_TABLE)
    if not name:
        return name
    normalized = normalize_table_name(name)
    if normalized not in tax_tables:
        choices = ", ".join(sorted(tax_tables)) or "the rules have no alternate table"
        raise InvalidCell(f"{TAX_TABLE} {quote_cell(name)} is no alternate table: {choices}")
    return normalized


def parse_tags(row: FileRow) -> tuple[str, ...] | None:
    """The tags as the merchant writes them, each once."""
    text = row.cell("Tags")
    if text is None:
        return None
    tags: dict[str, str] = {}
    for tag in (" ".join(part.split()) for part in text.split(",")):
        if tag:
            tags.setdefault(tag.casefold(), tag)
    if len(tags) > MAX_TAGS:
        raise InvalidCell(f"Tags has {len(tags)} tags; at most {MAX_TAGS} are possible")
    longest = max(map(len, tags.values()), default=0)
    if longest > MAX_TEXT_LENGTH:
        raise InvalidCell(f"a tag is longer than {MAX_TEXT_LENGTH} characters: it has {longest:,}")
    return tuple(tags.values())


def parse_rule_tags(tags: Iterable[str] | None) -> FileTags:
    """The tags that rules use; none are stated without ``tags``."""
    if tags is None:
        return FileTags()
    names = {tag.upper().replace("-", "_").replace(" ", "_") for tag in tags}
    return FileTags(RULE_TAGS & names, RULE_TAGS)


def parse_variant_tags(row: FileRow) -> FileTags:
    """DIGITAL if the variant is not shipped, TAX_EXEMPT if it is not taxable."""
    added: set[str] = set()
    removed: set[str] = set()
    for column, tag in (("Variant Requires Shipping", DIGITAL), ("Variant Taxable", TAX_EXEMPT)):
        claim = _parse_boolean(row, column)
        if claim is not None:
            (removed if claim else added).add(tag)
    return FileTags(frozenset(added), frozenset(removed))


def quote_cell(text: str) -> str:
    """Return ``text`` in quotes for a message; a long text is cut."""
    return repr(text if len(text) <= MAX_QUOTED_CHARACTERS else f"{text[:MAX_QUOTED_CHARACTERS]}…")


def _parse_boolean(row: FileRow, column: str) -> bool | None:
    return _parse_choice(row, column, {"true": True, "false": False})


def _parse_choice(row: FileRow, column: str, meanings: Mapping[str, ValueT]) -> ValueT | None:
    text = row[column]
    if not text:
        return None
    if text.casefold() not in meanings:
        choices = ", ".join(meanings)
        raise InvalidCell(f"{column} {quote_cell(text)} is none of {choices}")
    return meanings[text.casefold()]
