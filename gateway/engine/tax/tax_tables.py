"""Tax rules and tables, and the rates that they give for a destination.

The model is that of Google Checkout's tax tables (ordered rules, first match, named alternate
tables, stand-alone tables) with dated rules, categories, customer kinds and stacked rates added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import (
    Area,
    AreaMatch,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    WorldArea,
    match_areas,
)
from gateway.engine.bounded_cache import get_or_compute
from gateway.engine.tax.business_supplies import (
    BusinessSupply,
    exempt_supply,
    explain_unconfirmed,
    is_untaxed,
)
from gateway.engine.tax.line_tax import ApplicableRates, NoTaxReason, TaxRate, TaxState
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


@dataclass(frozen=True, slots=True)
class _TaxAnswer:
    """The rules that decide, the table they belong to, and how certain that is."""

    rules: tuple[TaxRule, ...]
    table: str | None
    state: TaxState = TaxState.FINAL
    reason: NoTaxReason | None = None


def find_rates(
    tables: TaxTables | None,
    query: TaxQuery,
    selector: str | None,
    category: str | None,
    price: PiecePrice | None = None,
) -> ApplicableRates:
    """The rates for goods: from the table ``selector``, else from the default table.

    ``selector`` of None is the default table; ``category`` is the category of the goods, ``price``
    the ``price_class`` of the tables for one piece of them.

    Raises:
        UnknownTaxTable: ``selector`` is not a table.

    """

    def compute_rates() -> ApplicableRates:
        answer = _find_answer(tables, query, selector, category, price)
        rates = _rates_from_answer(answer, answer.rules, query)
        trusted = _as_trusted(query)
        if trusted is None:
            return rates
        return explain_unconfirmed(rates, find_rates(tables, trusted, selector, category, price))

    key = (query, selector, category, price)
    return (
        compute_rates()
        if tables is None
        else get_or_compute(tables.rates_cache, key, compute_rates)
    )


def find_shipping_rates(tables: TaxTables | None, query: TaxQuery) -> ApplicableRates:
    """The rates for shipping: the rates of the default table's match that also tax shipping.

    Google's documents do not say which table decides for shipping when items use alternate tables.
    Here the default table decides.
    """
    if tables is None:
        return _compute_shipping_rates(None, query)
    return get_or_compute(
        tables.rates_cache, (query,), lambda: _explain_shipping_rates(tables, query)
    )


def _explain_shipping_rates(tables: TaxTables, query: TaxQuery) -> ApplicableRates:
    rates, trusted = _compute_shipping_rates(tables, query), _as_trusted(query)
    if trusted is None:
        return rates
    return explain_unconfirmed(rates, find_shipping_rates(tables, trusted))


def _as_trusted(query: TaxQuery) -> TaxQuery | None:
    """The question of the same business with a confirmed tax id; None where it needs none."""
    supply = query.supply
    if supply is None or supply.standing.is_trusted:
        return None
    return replace(query, customer=CustomerKind.BUSINESS, supply=supply.as_trusted)


def _compute_shipping_rates(tables: TaxTables | None, query: TaxQuery) -> ApplicableRates:
    answer = _find_answer(tables, query, None, None)
    taxing_rules = tuple(rule for rule in answer.rules if rule.shipping_taxed)
    if answer.rules and not taxing_rules:
        return ApplicableRates((), answer.state, NoTaxReason.SHIPPING_UNTAXED, answer.table)
    return _rates_from_answer(answer, taxing_rules, query)


def _rates_from_answer(
    answer: _TaxAnswer, rules: tuple[TaxRule, ...], query: TaxQuery
) -> ApplicableRates:
    """The rates of ``rules``; a rule for businesses alone goes before what holds in the Union."""
    rates = ApplicableRates(
        tuple(rate_from_rule(rule, answer.table or DEFAULT_TABLE) for rule in rules),
        answer.state,
        answer.reason,
        answer.table,
    )
    supply, destination = query.supply, query.destination
    if supply is None or destination is None or any(map(_is_for_businesses, rules)):
        return rates
    return exempt_supply(rates, supply) if is_untaxed(supply, destination) else rates


def _is_for_businesses(rule: TaxRule) -> bool:
    return rule.customers == frozenset({CustomerKind.BUSINESS})


def _find_answer(
    tables: TaxTables | None,
    query: TaxQuery,
    selector: str | None,
    category: str | None,
    price: PiecePrice | None = None,
) -> _TaxAnswer:
    if tables is None:
        if selector is not None:
            raise UnknownTaxTable(selector)
        return _TaxAnswer((), None, reason=NoTaxReason.NO_TABLES)
    selected = tables.table(selector)
    if query.customer is CustomerKind.EXEMPT:
        return _TaxAnswer((), selected.name, reason=NoTaxReason.EXEMPT_CUSTOMER)
    is_alone = selected.standalone or selected is tables.default
    chain = (selected,) if is_alone else (selected, tables.default)
    return _first_answer(
        [(table.name, _table_verdict(tables, table, query, category, price)) for table in chain],
        query,
    )


def _table_verdict(
    tables: TaxTables,
    table: TaxTable,
    query: TaxQuery,
    category: str | None,
    price: PiecePrice | None,
) -> "TableVerdict":
    """The verdict of ``table``, computed once even if several tables fall back to it."""
    key = query, table.name, category, price
    return get_or_compute(
        tables.verdict_cache, key, lambda: _judge_table(table, query, category, price)
    )


def _judge_table(
    table: TaxTable, query: TaxQuery, category: str | None, price: PiecePrice | None
) -> "TableVerdict":
    day, customer = query.day, query.customer
    rules = [
        rule
        for rule in table.rules
        if rule.validity.includes(day)
        and rule.applies_to(customer, category)
        and rule.applies_to_price(price)
    ]
    if query.destination is None:
        return bool(rules), (), False
    return bool(rules), *_matching_rules(table.mode, rules, query.destination)


def _first_answer(chain: Sequence[tuple[str, "TableVerdict"]], query: TaxQuery) -> _TaxAnswer:
    """The answer of the first table with a match.

    Without any rule that could match, the answer is final even if the destination is unknown.
    """
    first = chain[0][0]
    if not any(has_rules for _, (has_rules, _, _) in chain):
        return _TaxAnswer((), first, reason=NoTaxReason.NO_RULE)
    if query.destination is None:
        return _TaxAnswer((), first, TaxState.NEEDS_ADDRESS, NoTaxReason.NEEDS_ADDRESS)
    unsure = query.destination.doubtful
    for name, (_, rules, table_unsure) in chain:
        unsure = unsure or table_unsure
        if rules:
            return _TaxAnswer(rules, name, _tax_state(unsure=unsure))
    return _TaxAnswer((), first, _tax_state(unsure=unsure), NoTaxReason.NO_RULE)


def _tax_state(*, unsure: bool) -> TaxState:
    return TaxState.ESTIMATED if unsure else TaxState.FINAL


def _matching_rules(
    mode: TableMode, rules: Iterable[TaxRule], destination: Destination
) -> tuple[tuple[TaxRule, ...], bool]:
    """The rules that match ``destination``, and whether that is uncertain.

    It is uncertain if an earlier rule tests a part that the destination lacks.
    """
    matching: list[TaxRule] = []
    unsure = False
    for rule in rules:
        area_match = match_areas(rule.areas, destination)
        unsure = unsure or area_match is AreaMatch.UNKNOWN
        if area_match is AreaMatch.YES:
            matching.append(rule)
            if (rule.mode or mode) is TableMode.FIRST_MATCH:
                break
    return tuple(matching), unsure


def rate_from_rule(rule: TaxRule, table: str) -> TaxRate:
    """The tax rate of ``rule`` in the table called ``table``."""
    return TaxRate(
        name=rule.name,
        percent=rule.percent,
        compound=rule.compound,
        jurisdiction=" / ".join(format_area(area) for area in rule.areas),
        table=table,
        rule=rule.id,
        reason=rule.reason,
        within_base=rule.within_base,
    )


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
