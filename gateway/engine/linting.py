"""What is wrong with tax rules, or likely to be: found without asking them anything."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from gateway.engine.areas import Area, InPostalCodes, InRegion, World
from gateway.engine.coverage import covers, crosses, parts, well_formed
from gateway.engine.taxes import (
    CustomerKind,
    TableMode,
    TaxRule,
    TaxTable,
    TaxTables,
    area_name,
    table_key,
)

WHOLE = 100
"""Percent."""


class Severity(StrEnum):
    """Whether something is certainly wrong."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with which entry: ``table`` and the entry's place in it, counted from 1."""

    table: str
    place: int | None
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class _Case:
    """Who buys what when: the side of a rule that is not about places."""

    customer: CustomerKind
    category: str | None
    on: date


Numbered: TypeAlias = tuple[int, TaxRule]
Relation: TypeAlias = Callable[[Area, Area], bool]
Remark: TypeAlias = tuple[Severity, str]


def lint(tables: TaxTables) -> tuple[Finding, ...]:
    """What is wrong with ``tables``, in their order."""
    found = [*_lint_names(tables), *_lint_table(tables.default)]
    for table in tables.alternates.values():
        found += _lint_table(table)
    return tuple(found)


def _lint_names(tables: TaxTables) -> Iterator[Finding]:
    """Items select a table by its name without regard to case and blanks at its ends."""
    for key, table in tables.alternates.items():
        if key != table_key(table.name) or key == table_key(tables.default.name):
            message = "no item can select a table of this name"
            yield Finding(table.name, None, Severity.ERROR, message)


def _lint_table(table: TaxTable) -> Iterator[Finding]:
    numbered = tuple(enumerate(table.rules, 1))
    for place, rule in numbered:
        above = numbered[: place - 1]
        ending = [(at, each) for at, each in above if _ends(each, table.mode)]
        remarks = [
            *_lint_rule(rule),
            *_lint_reach(rule, ending),
            *_lint_repetition(rule, above, table.mode),
            *_lint_gap(rule, above),
        ]
        for severity, message in remarks:
            yield Finding(table.name, place, severity, message)


def _ends(rule: TaxRule, mode: TableMode) -> bool:
    """Whether the rules below ``rule`` are not asked where it applies."""
    return (rule.mode or mode) is TableMode.FIRST_MATCH


def _lint_rule(rule: TaxRule) -> Iterator[Remark]:
    """What is wrong with a rule by itself."""
    for area in rule.areas:
        if not well_formed(area):
            yield Severity.ERROR, f"{area_name(area)} is no postal pattern"
    if not rule.areas:
        yield Severity.ERROR, "it names no area"
    if rule.percent < 0:
        yield Severity.ERROR, f"a rate of {rule.percent} % is below zero"
    if rule.percent > WHOLE:
        yield Severity.WARNING, f"a rate of {rule.percent} % is above 100 %"
    if rule.valid_from and rule.valid_to and rule.valid_to <= rule.valid_from:
        yield Severity.ERROR, f"it ends on {rule.valid_to}, before it begins"
    if rule.customers == frozenset({CustomerKind.EXEMPT}):
        yield Severity.ERROR, "it is for exempt customers only, who are never taxed"


def _lint_reach(rule: TaxRule, above: Sequence[Numbered]) -> Iterator[Remark]:
    """Whether the rules above leave anything for ``rule``."""
    cases = _cases(rule, above)
    hidden = {
        area: hiding
        for area in rule.areas
        if (hiding := _hiding(area, cases, above, covers)) is not None
    }
    if rule.areas and cases and len(hidden) == len(rule.areas):
        places = sorted(set().union(*hidden.values()))
        yield Severity.ERROR, f"it can never apply: {_rules(places)} above {_take(places)} it all"
        return
    for area, hiding in hidden.items():
        if cases:
            places = sorted(hiding)
            message = (
                f"{area_name(area)} is never reached: {_rules(places)} above {_take(places)} it"
            )
            yield Severity.WARNING, message
    yield from _lint_overlap(rule, cases, above)


def _lint_overlap(
    rule: TaxRule, cases: Sequence[_Case], above: Sequence[Numbered]
) -> Iterator[Remark]:
    for area in rule.areas:
        for place, other in above:
            meets = any(_speaks(other, case) for case in cases)
            if meets and other.percent != rule.percent and _any(other, area, crosses):
                message = f"{area_name(area)} overlaps rule {place} above, which decides for both"
                yield Severity.WARNING, message
        hiding = _hiding(area, cases, above, _may_cover)
        if cases and hiding and _hiding(area, cases, above, covers) is None:
            message = (
                f"{area_name(area)} stands below the region of {_rules(sorted(hiding))}:"
                " where it lies in that region it never applies"
            )
            yield Severity.WARNING, message


def _may_cover(outer: Area, inner: Area) -> bool:
    """Whether ``inner`` is postal codes that may all lie in the region ``outer``."""
    if covers(outer, inner):
        return True
    match outer, inner:
        case InRegion(country), InPostalCodes(of, str(pattern)):
            return country == of and pattern != "*" and outer.may_have(pattern)
        case _:
            return False


def _lint_repetition(rule: TaxRule, above: Sequence[Numbered], mode: TableMode) -> Iterator[Remark]:
    """Rates that add up although one of them was meant."""
    cases = _cases(rule, above)
    for place, other in above:
        if _ends(other, mode) or not any(_speaks(other, case) for case in cases):
            continue
        shared = set(rule.areas) & set(other.areas)
        if World() in shared:
            yield Severity.WARNING, f"a second rule for the world: it adds to rule {place}"
        elif shared and rule.name == other.name:
            name = area_name(min(shared, key=area_name))
            yield Severity.WARNING, f"{rule.name} of {name} is already added by rule {place}"


def _lint_gap(rule: TaxRule, above: Sequence[Numbered]) -> Iterator[Remark]:
    """Days between two rules that follow one another, on which neither holds."""
    line = [each for _, each in above if _kind(each) == _kind(rule)]
    ends = [each.valid_to for each in line if each.valid_to]
    starts = [each.valid_from for each in line if each.valid_from]
    if rule.valid_from and ends and max(ends) < rule.valid_from:
        yield Severity.WARNING, f"nothing holds from {max(ends)} to {rule.valid_from}"
    if rule.valid_to and starts and rule.valid_to < min(starts):
        yield Severity.WARNING, f"nothing holds from {rule.valid_to} to {min(starts)}"


def _kind(rule: TaxRule) -> tuple[object, ...]:
    return rule.name, rule.areas, rule.categories, rule.customers


def _hiding(
    area: Area, cases: Sequence[_Case], above: Sequence[Numbered], relation: Relation
) -> set[int] | None:
    """The places of the rules above that together take all cases in ``area``; else None."""
    hiding: set[int] = set()
    for part in parts(area):
        near = [(place, rule) for place, rule in above if _any(rule, part, relation)]
        for case in cases:
            taker = next((place for place, rule in near if _speaks(rule, case)), None)
            if taker is None:
                return None
            hiding.add(taker)
    return hiding


def _any(rule: TaxRule, area: Area, relation: Relation) -> bool:
    return any(relation(each, area) for each in rule.areas)


def _speaks(rule: TaxRule, case: _Case) -> bool:
    return rule.in_force(case.on) and rule.is_for(case.customer, case.category)


def _cases(rule: TaxRule, above: Sequence[Numbered]) -> tuple[_Case, ...]:
    """One case of each kind that ``rule`` and those above may treat differently."""
    return tuple(
        _Case(customer, category, on)
        for customer in (CustomerKind.CONSUMER, CustomerKind.BUSINESS)
        for category in _categories(rule, above)
        for on in _days(rule, above)
        if rule.is_for(customer, category)
    )


def _categories(rule: TaxRule, above: Sequence[Numbered]) -> list[str | None]:
    """Those the rule names; where it is for all, those named above and one that is not named."""
    if rule.categories is not None:
        return [*sorted(rule.categories)]
    named = (each.categories or frozenset() for _, each in above)
    return [None, *sorted(frozenset().union(*named))]


def _days(rule: TaxRule, above: Sequence[Numbered]) -> list[date]:
    """The days on which something changes while ``rule`` is in force, and its first."""
    edges = {edge for _, each in above for edge in (each.valid_from, each.valid_to) if edge}
    days = {rule.valid_from or date.min, *edges}
    return sorted(day for day in days if rule.in_force(day))


def _rules(places: Sequence[int]) -> str:
    """``rule 1``, ``rules 1, 2 and 3``."""
    if len(places) == 1:
        return f"rule {places[0]}"
    *first, last = map(str, places)
    return f"rules {', '.join(first)} and {last}"


def _take(places: Sequence[int]) -> str:
    return "takes" if len(places) == 1 else "take"
