"""Tax rules and tables, and the rates that they give for a destination.

The model is that of Google Checkout's tax tables (ordered rules, first match, named alternate
tables, stand-alone tables) with dated rules, categories, customer kinds and stacked rates added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.areas import (
    Area,
    InPostalCodes,
    InRegion,
    InUnitedStates,
    Match,
    World,
    holds,
)
from gateway.engine.levies import Levy, Reason, TaxRate, TaxState
from gateway.engine.places import Destination
from gateway.engine.remembering import remembered

DEFAULT_TABLE = "default"


class CustomerKind(StrEnum):
    """Who buys, as far as tax asks."""

    CONSUMER = "CONSUMER"
    BUSINESS = "BUSINESS"
    EXEMPT = "EXEMPT"


class TableMode(StrEnum):
    """Whether the first matching rule decides alone, or every matching rule adds its rate."""

    FIRST_MATCH = "FIRST_MATCH"
    STACK = "STACK"


@dataclass(frozen=True, slots=True)
class TaxRule:
    """A rate for an area: who, what and when it is for. ``percent`` 7.25 is 7.25 %.

    ``categories`` and ``customers`` of None mean all. ``valid_from`` is inclusive, ``valid_to``
    exclusive. ``reason`` explains a rate of zero (reverse charge). ``mode`` overrides the table's
    for this rule: after a match, STACK goes on to the rules below, FIRST_MATCH stops.
    """

    areas: tuple[Area, ...]
    percent: Decimal
    name: str = "tax"
    shipping_taxed: bool = False
    compound: bool = False
    categories: frozenset[str] | None = None
    customers: frozenset[CustomerKind] | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    reason: str | None = None
    id: str | None = None
    mode: TableMode | None = None

    def in_force(self, on: date) -> bool:
        """Whether the rule applies on that day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )

    def is_for(self, customer: CustomerKind, category: str | None) -> bool:
        """Whether the rule speaks of that customer and that category of goods."""
        return (self.customers is None or customer in self.customers) and (
            self.categories is None or category in self.categories
        )


@dataclass(frozen=True, slots=True)
class TaxTable:
    """Ordered rules under a name; a stand-alone table never falls back to the default one."""

    name: str
    rules: tuple[TaxRule, ...] = ()
    standalone: bool = False
    mode: TableMode = TableMode.FIRST_MATCH


@dataclass(frozen=True, slots=True)
class TaxTables:
    """The default table and the alternates that items select by name (trimmed, lower case).

    ``levies`` remembers answers: a merchant's tables stay the same for days, are asked for the
    same places again and again, and looking through a hundred rules takes longer than all else.
    """

    default: TaxTable
    alternates: Mapping[str, TaxTable] = field(default_factory=dict)
    levies: dict["Asked", Levy] = field(init=False, repr=False, compare=False, default_factory=dict)
    verdicts: dict["Judged", "Verdict"] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def selected(self, name: str | None) -> TaxTable:
        """The table called ``name``; the default one for None.

        Raises:
            UnknownTaxTable: there is none of that name.

        """
        if name is None:
            return self.default
        found = self.alternates.get(table_key(name))
        if found is None:
            raise UnknownTaxTable(name)
        return found


class UnknownTaxTable(LookupError):
    """An item selects a table that does not exist."""


def table_key(name: str) -> str:
    """The name by which a table is found."""
    return name.strip().lower()


@dataclass(frozen=True, slots=True)
class Question:
    """What a tax table is asked: for which destination, customer and day."""

    destination: Destination | None
    customer: CustomerKind
    on: date


Asked: TypeAlias = tuple[Question, str | None, str | None] | tuple[Question]
"""A question with the alternate and the category of goods; alone, it is about shipping."""
Judged: TypeAlias = tuple[Question, str, str | None]
"""A question to the table of that name, about a category of goods."""
Verdict: TypeAlias = tuple[bool, tuple[TaxRule, ...], bool]
"""Whether a table has a rule for such goods, customer and day at all, which hold, any doubt."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """The rules that decide, whose table they stand in, and how sure that is."""

    rules: tuple[TaxRule, ...]
    table: str | None
    state: TaxState = TaxState.FINAL
    reason: Reason | None = None


def levy_for(
    tables: TaxTables | None, question: Question, selector: str | None, category: str | None
) -> Levy:
    """The rates on goods that select ``selector``: its table's, else the default table's.

    Raises:
        UnknownTaxTable: ``selector`` names no table.

    """

    def found() -> Levy:
        answer = _answer(tables, question, selector, category)
        return _levy(answer, answer.rules)

    asked = (question, selector, category)
    return found() if tables is None else remembered(tables.levies, asked, found)


def shipping_levy(tables: TaxTables | None, question: Question) -> Levy:
    """The rates on shipping: those of the default table's match, where they tax shipping.

    Google's documents do not say which table decides for shipping when items use alternates;
    the default one does here.
    """
    if tables is None:
        return _shipping_levy(None, question)
    return remembered(tables.levies, (question,), lambda: _shipping_levy(tables, question))


def _shipping_levy(tables: TaxTables | None, question: Question) -> Levy:
    answer = _answer(tables, question, None, None)
    taxing = tuple(rule for rule in answer.rules if rule.shipping_taxed)
    if answer.rules and not taxing:
        return Levy((), answer.state, Reason.SHIPPING_UNTAXED, answer.table)
    return _levy(answer, taxing)


def _levy(answer: _Answer, rules: tuple[TaxRule, ...]) -> Levy:
    rates = tuple(rate_of(rule, answer.table or DEFAULT_TABLE) for rule in rules)
    return Levy(rates, answer.state, answer.reason, answer.table)


def _answer(
    tables: TaxTables | None, question: Question, selector: str | None, category: str | None
) -> _Answer:
    if tables is None:
        if selector is not None:
            raise UnknownTaxTable(selector)
        return _Answer((), None, reason=Reason.NO_TABLES)
    chosen = tables.selected(selector)
    if question.customer is CustomerKind.EXEMPT:
        return _Answer((), chosen.name, reason=Reason.EXEMPT_CUSTOMER)
    alone = chosen.standalone or chosen is tables.default
    chain = (chosen,) if alone else (chosen, tables.default)
    return _first_answer(
        [(table.name, _verdict(tables, table, question, category)) for table in chain], question
    )


def _verdict(
    tables: TaxTables, table: TaxTable, question: Question, category: str | None
) -> "Verdict":
    """What ``table`` says, judged once, however many tables fall back to it."""
    asked = question, table.name, category
    return remembered(tables.verdicts, asked, lambda: _judged(table, question, category))


def _judged(table: TaxTable, question: Question, category: str | None) -> "Verdict":
    on, customer = question.on, question.customer
    rules = [each for each in table.rules if each.in_force(on) and each.is_for(customer, category)]
    if question.destination is None:
        return bool(rules), (), False
    return bool(rules), *_matches(table.mode, rules, question.destination)


def _first_answer(chain: Sequence[tuple[str, "Verdict"]], question: Question) -> _Answer:
    """What the first table with a match says; where no rule could match, no address is needed."""
    first = chain[0][0]
    if not any(speaks for _, (speaks, _, _) in chain):
        return _Answer((), first, reason=Reason.NO_RULE)
    if question.destination is None:
        return _Answer((), first, TaxState.NEEDS_ADDRESS, Reason.NEEDS_ADDRESS)
    unsure = question.destination.doubtful
    for name, (_, found, doubt) in chain:
        unsure = unsure or doubt
        if found:
            return _Answer(found, name, _certainty(unsure=unsure))
    return _Answer((), first, _certainty(unsure=unsure), Reason.NO_RULE)


def _certainty(*, unsure: bool) -> TaxState:
    return TaxState.ESTIMATED if unsure else TaxState.FINAL


def _matches(
    mode: TableMode, rules: Iterable[TaxRule], to: Destination
) -> tuple[tuple[TaxRule, ...], bool]:
    """The rules that hold ``to``, and whether one tested before them what ``to`` lacks."""
    found: list[TaxRule] = []
    unsure = False
    for rule in rules:
        verdict = _judge(rule, to)
        unsure = unsure or verdict is Match.UNKNOWN
        if verdict is Match.YES:
            found.append(rule)
            if (rule.mode or mode) is TableMode.FIRST_MATCH:
                break
    return tuple(found), unsure


def _judge(rule: TaxRule, to: Destination) -> Match:
    """Whether one of the rule's areas holds ``to``; UNKNOWN if none does but one might."""
    verdicts = {holds(area, to) for area in rule.areas}
    for verdict in (Match.YES, Match.UNKNOWN):
        if verdict in verdicts:
            return verdict
    return Match.NO


def rate_of(rule: TaxRule, table: str) -> TaxRate:
    """The rate that ``rule`` of ``table`` puts in force."""
    return TaxRate(
        name=rule.name,
        percent=rule.percent,
        compound=rule.compound,
        jurisdiction=" / ".join(area_name(area) for area in rule.areas),
        table=table,
        rule=rule.id,
        reason=rule.reason,
    )


def area_name(area: Area) -> str:
    """A short name of ``area``: ``US-CA``, ``US 9404*``, ``GB``, ``world``."""
    match area:
        case World():
            return "world"
        case InRegion(country, region):
            return f"{country}-{region}"
        case InUnitedStates(states):
            return f"US {states.value}"
        case InPostalCodes(country, pattern):
            return f"{country} {pattern}" if pattern else country
