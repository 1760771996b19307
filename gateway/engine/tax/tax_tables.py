"""Tax rules and tables, and the rates that they give for a destination.

The model is that of Google Checkout's tax tables (ordered rules, first match, named alternate
tables, stand-alone tables) with dated rules, categories, customer kinds and stacked rates added.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import (
    Area,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    WorldArea,
)
from gateway.engine.tax.business_supplies import (
    BusinessSupply,
)
from gateway.engine.tax.line_tax import ApplicableRates
from gateway.engine.validity import ALWAYS, Validity

DEFAULT_TABLE = "default"
"""The name of the table for items that select none."""


class CustomerKind(StrEnum):
    """The kind of customer, as tax rules distinguish them."""

    CONSUMER = "CONSUMER"
    BUSINESS = "BUSINESS"
    EXEMPT = "EXEMPT"


class TableMode(StrEnum):
    """Whether the first matching rule decides alone, or every matching rule adds its rate."""

    FIRST_MATCH = "FIRST_MATCH"
    STACK = "STACK"


@dataclass(frozen=True, slots=True)
class PiecePrice:
    """What one piece of goods costs, minor units of the currency with this code."""

    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class TaxRule:
    """A tax rate for areas, limited to customers, goods and days. ``percent`` 7.25 is 7.25 %.

    ``categories`` and ``customers`` of None mean all. ``compound``: the rate applies to the net
    amount plus the taxes before it. ``reason`` explains a rate of zero, such as reverse charge.
    ``mode`` overrides the mode of the table after this rule matches: STACK continues with the rules
    below, FIRST_MATCH stops. ``piece_price_from`` and ``piece_price_below`` limit it to goods of
    which one costs so much, minor units by currency; in other currencies, and for charges, it does
    not hold then. ``within_base``: the tax is a part of the amount that it is taken on.
    """

    areas: tuple[Area, ...]
    percent: Decimal
    name: str = "tax"
    shipping_taxed: bool = False
    compound: bool = False
    categories: frozenset[str] | None = None
    customers: frozenset[CustomerKind] | None = None
    validity: Validity = ALWAYS
    reason: str | None = None
    id: str | None = None
    mode: TableMode | None = None
    piece_price_from: tuple[tuple[str, int], ...] = ()
    piece_price_below: tuple[tuple[str, int], ...] = ()
    within_base: bool = False

    def applies_to_price(self, price: PiecePrice | None) -> bool:
        """Whether the rule is for goods of this price; None: the price is of no such rule."""
        if not self.piece_price_from and not self.piece_price_below:
            return True
        if price is None:
            return False
        lower = dict(self.piece_price_from).get(price.currency)
        upper = dict(self.piece_price_below).get(price.currency)
        return (
            (lower is not None or upper is not None)
            and (lower is None or price.minor >= lower)
            and (upper is None or price.minor < upper)
        )

    def applies_to(self, customer: CustomerKind, category: str | None) -> bool:
        """Whether the rule is for this kind of customer and this category of goods."""
        return (self.customers is None or customer in self.customers) and (
            self.categories is None or category in self.categories
        )


@dataclass(frozen=True, slots=True)
class TaxTable:
    """Tax rules in order, under a name.

    A stand-alone table never falls back to the default table.
    """

    name: str
    rules: tuple[TaxRule, ...] = ()
    standalone: bool = False
    mode: TableMode = TableMode.FIRST_MATCH


@dataclass(frozen=True, slots=True)
class TaxTables:
    """The default table and the alternate tables, by normalized name.

    ``price_limits`` are the prices of pieces at which rules begin or end, by currency, ascending.
    ``rates_cache`` and ``verdict_cache`` keep results. The tables of a merchant rarely change and
    are asked for the same destinations again and again; going through all rules each time is slow.
    """

    default: TaxTable
    alternates: Mapping[str, TaxTable] = field(default_factory=dict)
    rates_cache: dict["TaxQueryKey", ApplicableRates] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    verdict_cache: dict["TableQueryKey", "TableVerdict"] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    price_limits: Mapping[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits: dict[str, set[int]] = {}
        for table in (self.default, *self.alternates.values()):
            for rule in table.rules:
                for currency, minor in (*rule.piece_price_from, *rule.piece_price_below):
                    limits.setdefault(currency, set()).add(minor)
        object.__setattr__(
            self, "price_limits", {code: tuple(sorted(minors)) for code, minors in limits.items()}
        )

    def price_class(self, currency: str, amount: int, units: int) -> PiecePrice | None:
        """The price, of all that rules treat alike, for ``units`` pieces that cost ``amount``.

        It is the highest limit of a rule that a piece reaches. None where no rule has any.
        """
        limits = self.price_limits.get(currency)
        if not limits:
            return None
        reached = [limit for limit in limits if limit * max(units, 1) <= amount]
        return PiecePrice(currency, reached[-1] if reached else limits[0] - 1)

    def table(self, name: str | None) -> TaxTable:
        """Return the table called ``name``; the default table for None.

        Raises:
            UnknownTaxTable: there is no table of this name.

        """
        if name is None:
            return self.default
        table = self.alternates.get(normalize_table_name(name))
        if table is None:
            raise UnknownTaxTable(name)
        return table


class UnknownTaxTable(LookupError):
    """An item selects a tax table that does not exist."""


def normalize_table_name(name: str) -> str:
    """Return the form of ``name`` in which tables are looked up: trimmed, in lower case."""
    return name.strip().lower()


@dataclass(frozen=True, slots=True)
class TaxQuery:
    """A question to tax tables: the rates for a destination (None: unknown), customer and day.

    ``supply`` is what a business with a tax id buys; None for everybody else.
    """

    destination: Destination | None
    customer: CustomerKind
    day: date
    supply: BusinessSupply | None = None


TaxQueryKey: TypeAlias = (
    tuple[TaxQuery, str | None, str | None, PiecePrice | None] | tuple[TaxQuery]
)
"""A query with the alternate table, the category of goods and the price of a piece.

A query alone is for shipping.
"""
TableQueryKey: TypeAlias = tuple[TaxQuery, str, str | None, PiecePrice | None]
"""A query to the table of a name, for a category of goods and the price of a piece."""
TableVerdict: TypeAlias = tuple[bool, tuple[TaxRule, ...], bool]
"""Whether the table has any rule for these goods, customer and day; the rules that match; whether
that is uncertain.
"""


def format_area(area: Area) -> str:
    """The text of ``area`` in rules: ``US-CA``, ``US 9404*``, ``GB``, ``world``."""
    match area:
        case WorldArea():
            return "world"
        case RegionArea(country, region):
            return f"{country}-{region}"
        case UnitedStatesArea(states):
            return f"US {states.value}"
        case PostalCodeArea(country, pattern):
            return f"{country} {pattern}" if pattern else country
