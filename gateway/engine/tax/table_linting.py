"""Linting of tax tables: certain and likely mistakes in their rules."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.areas.area import Area, PostalCodeArea, RegionArea, WorldArea
from gateway.engine.areas.coverage import component_areas, covers, is_well_formed, partly_overlaps
from gateway.engine.tax.tax_tables import (
    CustomerKind,
    PiecePrice,
    TableMode,
    TaxRule,
    TaxTable,
    TaxTables,
    format_area,
    normalize_table_name,
)

FULL_PERCENT = 100
"""A rate or discount above this, in percent, is reported as a warning."""


class Severity(StrEnum):
    """ERROR: certainly a mistake. WARNING: probably one. NOTE: one for some merchants only."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One mistake: ``table`` and the position of the rule in it, counted from 1.

    ``position`` is None if the finding is about the whole table.
    """

    table: str
    position: int | None
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class _TaxCase:
    """A customer, goods by category and price, and a day: all that a rule tests but the area."""

    customer: CustomerKind
    category: str | None
    day: date
    price: PiecePrice | None = None


NumberedRule: TypeAlias = tuple[int, TaxRule]
AreaRelation: TypeAlias = Callable[[Area, Area], bool]
LintRemark: TypeAlias = tuple[Severity, str]


def lint_tax_tables(tables: TaxTables) -> tuple[LintFinding, ...]:
    """The mistakes in ``tables``, in the order of tables and rules."""
    findings = [*_lint_table_names(tables), *_lint_table(tables.default)]
    for table in tables.alternates.values():
        findings += _lint_table(table)
    return tuple(findings)


def _lint_table_names(tables: TaxTables) -> Iterator[LintFinding]:
    """Yield tables that no item can select. Names are compared trimmed and in lower case."""
    for key, table in tables.alternates.items():
        if key != normalize_table_name(table.name) or key == normalize_table_name(
            tables.default.name
        ):
            message = "no item can select a table of this name"
            yield LintFinding(table.name, None, Severity.ERROR, message)


def _lint_table(table: TaxTable) -> Iterator[LintFinding]:
    numbered = tuple(enumerate(table.rules, 1))
    for position, rule in numbered:
        above = numbered[: position - 1]
        stopping_rules = [
            (earlier_position, earlier_rule)
            for earlier_position, earlier_rule in above
            if _stops_at_match(earlier_rule, table.mode)
        ]
        remarks = [
            *_lint_rule(rule),
            *_lint_reach(rule, stopping_rules),
            *_lint_repetition(rule, above, table.mode),
            *_lint_gap(rule, above),
        ]
        for severity, message in remarks:
            yield LintFinding(table.name, position, severity, message)


def _stops_at_match(rule: TaxRule, mode: TableMode) -> bool:
    """Whether the rules below ``rule`` are ignored where it applies."""
    return (rule.mode or mode) is TableMode.FIRST_MATCH


def _lint_rule(rule: TaxRule) -> Iterator[LintRemark]:
    """Yield mistakes of one rule by itself."""
    for area in rule.areas:
        if not is_well_formed(area):
            yield Severity.ERROR, f"{format_area(area)} is no postal pattern"
    if not rule.areas:
        yield Severity.ERROR, "it names no area"
    if rule.percent < 0:
        yield Severity.ERROR, f"a rate of {rule.percent} % is below zero"
    if rule.percent > FULL_PERCENT:
        yield Severity.WARNING, f"a rate of {rule.percent} % is above 100 %"
    if rule.validity.is_empty:
        yield Severity.ERROR, f"it ends on {rule.validity.end}, before it begins"
    if rule.customers == frozenset({CustomerKind.EXEMPT}):
        yield Severity.ERROR, "it is for exempt customers only, who are never taxed"


def _lint_reach(rule: TaxRule, above: Sequence[NumberedRule]) -> Iterator[LintRemark]:
    """Yield mistakes where rules above ``rule`` decide for some or all of its areas."""
    cases = _relevant_cases(rule, above)
    hiding_by_area = {
        area: positions
        for area in rule.areas
        if (positions := _hiding_positions(area, cases, above, covers)) is not None
    }
    if rule.areas and cases and len(hiding_by_area) == len(rule.areas):
        all_positions = sorted(set().union(*hiding_by_area.values()))
        yield (
            Severity.ERROR,
            (
                f"it can never apply: {_format_rules(all_positions)} above "
                f"{_take_verb(all_positions)} it all"
            ),
        )
        return
    for area, positions in hiding_by_area.items():
        if cases:
            all_positions = sorted(positions)
            rules_above = f"{_format_rules(all_positions)} above {_take_verb(all_positions)}"
            message = f"{format_area(area)} is never reached: {rules_above} it"
            yield Severity.WARNING, message
    yield from _lint_overlap(rule, cases, above)


def _lint_overlap(
    rule: TaxRule, cases: Sequence[_TaxCase], above: Sequence[NumberedRule]
) -> Iterator[LintRemark]:
    for area in rule.areas:
        for position, earlier_rule in above:
            applies = any(_applies_to_case(earlier_rule, case) for case in cases)
            if (
                applies
                and earlier_rule.percent != rule.percent
                and _has_related_area(earlier_rule, area, partly_overlaps)
            ):
                message = (
                    f"{format_area(area)} overlaps rule {position} above, which decides for both"
                )
                yield Severity.WARNING, message
        positions = _hiding_positions(area, cases, above, _may_cover)
        if cases and positions and _hiding_positions(area, cases, above, covers) is None:
            message = (
                f"{format_area(area)} stands below the region of "
                f"{_format_rules(sorted(positions))}:"
                " where it lies in that region it never applies"
            )
            yield Severity.WARNING, message


def _may_cover(outer: Area, inner: Area) -> bool:
    """Whether all postal codes of ``inner`` may be in the region ``outer``."""
    if covers(outer, inner):
        return True
    match outer, inner:
        case RegionArea(country), PostalCodeArea(inner_country, str(pattern)):
            return country == inner_country and pattern != "*" and outer.may_contain(pattern)
        case _:
            return False


def _lint_repetition(
    rule: TaxRule, above: Sequence[NumberedRule], mode: TableMode
) -> Iterator[LintRemark]:
    """Yield rates that are added up although probably only one of them was meant."""
    cases = _relevant_cases(rule, above)
    stopping = [numbered for numbered in above if _stops_at_match(numbered[1], mode)]
    for position, earlier_rule in above:
        shared_cases = [case for case in cases if _applies_to_case(earlier_rule, case)]
        if _stops_at_match(earlier_rule, mode) or not shared_cases:
            continue
        shared_areas = {
            area
            for area in set(rule.areas) & set(earlier_rule.areas)
            if _hiding_positions(area, shared_cases, stopping, covers) is None
        }
        if WorldArea() in shared_areas:
            yield Severity.WARNING, f"a second rule for the world: it adds to rule {position}"
        elif shared_areas and rule.name == earlier_rule.name:
            name = format_area(min(shared_areas, key=format_area))
            yield Severity.WARNING, f"{rule.name} of {name} is already added by rule {position}"


def _lint_gap(rule: TaxRule, above: Sequence[NumberedRule]) -> Iterator[LintRemark]:
    """Yield gaps in time between this rule and an earlier rule of the same kind."""
    similar_rules = [
        earlier_rule for _, earlier_rule in above if _rule_key(earlier_rule) == _rule_key(rule)
    ]
    ends = [end for similar_rule in similar_rules if (end := similar_rule.validity.end)]
    starts = [start for similar_rule in similar_rules if (start := similar_rule.validity.start)]
    start, end = rule.validity.start, rule.validity.end
    if start and ends and max(ends) < start:
        yield Severity.WARNING, f"nothing holds from {max(ends)} to {start}"
    if end and starts and end < min(starts):
        yield Severity.WARNING, f"nothing holds from {end} to {min(starts)}"


def _rule_key(rule: TaxRule) -> tuple[object, ...]:
    return (
        rule.name,
        rule.areas,
        rule.categories,
        rule.customers,
        rule.piece_price_from,
        rule.piece_price_below,
    )


def _hiding_positions(
    area: Area, cases: Sequence[_TaxCase], above: Sequence[NumberedRule], relation: AreaRelation
) -> set[int] | None:
    """The positions of the rules above that decide all cases in ``area``; None if one is left."""
    positions: set[int] = set()
    for component in component_areas(area):
        related_rules = [
            (position, rule)
            for position, rule in above
            if _has_related_area(rule, component, relation)
        ]
        for case in cases:
            hiding_position = next(
                (position for position, rule in related_rules if _applies_to_case(rule, case)), None
            )
            if hiding_position is None:
                return None
            positions.add(hiding_position)
    return positions


def _has_related_area(rule: TaxRule, area: Area, relation: AreaRelation) -> bool:
    return any(relation(rule_area, area) for rule_area in rule.areas)


def _applies_to_case(rule: TaxRule, case: _TaxCase) -> bool:
    return (
        rule.validity.includes(case.day)
        and rule.applies_to(case.customer, case.category)
        and rule.applies_to_price(case.price)
    )


def _relevant_cases(rule: TaxRule, above: Sequence[NumberedRule]) -> tuple[_TaxCase, ...]:
    """One case of each kind that ``rule`` and the rules above may treat differently."""
    return tuple(
        _TaxCase(customer, category, day, price)
        for customer in (CustomerKind.CONSUMER, CustomerKind.BUSINESS)
        for category in _relevant_categories(rule, above)
        for day in _relevant_days(rule, above)
        for price in _relevant_prices(rule, above)
        if rule.applies_to(customer, category)
    )


def _relevant_prices(rule: TaxRule, above: Sequence[NumberedRule]) -> list[PiecePrice | None]:
    """One price of a piece of each kind that the rules may treat differently; None for others."""
    limits = {
        limit
        for priced_rule in (rule, *(earlier_rule for _, earlier_rule in above))
        for limit in (*priced_rule.piece_price_from, *priced_rule.piece_price_below)
    }
    prices = {PiecePrice(code, minor) for code, minor in limits}
    prices |= {PiecePrice(code, minor - 1) for code, minor in limits}
    ordered = sorted(prices, key=lambda price: (price.currency, price.minor))
    return [price for price in (None, *ordered) if rule.applies_to_price(price)]


def _relevant_categories(rule: TaxRule, above: Sequence[NumberedRule]) -> list[str | None]:
    """The categories of the rule; if it has none, those of the rules above, and None for others."""
    if rule.categories is not None:
        return [*sorted(rule.categories)]
    named = (earlier_rule.categories or frozenset() for _, earlier_rule in above)
    return [None, *sorted(frozenset().union(*named))]


def _relevant_days(rule: TaxRule, above: Sequence[NumberedRule]) -> list[date]:
    """The first day of ``rule`` and each later day on which a rule above starts or ends."""
    edges = {
        edge
        for _, earlier_rule in above
        for edge in (earlier_rule.validity.start, earlier_rule.validity.end)
        if edge
    }
    days = {rule.validity.start or date.min, *edges}
    return sorted(day for day in days if rule.validity.includes(day))


def _format_rules(positions: Sequence[int]) -> str:
    """Return the positions as text: ``rule 1``, ``rules 1, 2 and 3``."""
    if len(positions) == 1:
        return f"rule {positions[0]}"
    *first, last = map(str, positions)
    return f"rules {', '.join(first)} and {last}"


def _take_verb(positions: Sequence[int]) -> str:
    return "takes" if len(positions) == 1 else "take"
