"""Example destinations, which show what the rules of a finding decide there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.country_rules import AddressRules
from gateway.engine.addresses.postal_codes import (
    compact_postal_code,
    format_postal_code,
    is_valid_postal_code,
)
from gateway.engine.addresses.validation import likely_regions
from gateway.engine.areas.area import Area, AreaMatch, PostalCodeArea, match_area
from gateway.engine.areas.existence import AddressRulesLookup
from gateway.engine.rulebook.sample_destinations import sample_area
from gateway.engine.tax.table_linting import LintFinding
from gateway.engine.tax.tax_tables import (
    CustomerKind,
    TableMode,
    TaxRule,
    TaxTable,
    TaxTables,
    format_area,
)


def explain_finding(
    finding: LintFinding, tables: TaxTables, day: date, rules_of: AddressRulesLookup
) -> str | None:
    """What is decided on ``day`` at a place that ``finding`` is about, as one sentence.

    None if it is not about a rule of a tax table, or about a place that does not exist.
    """
    table = next(
        (
            each
            for each in (tables.default, *tables.alternates.values())
            if each.name == finding.table
        ),
        None,
    )
    if table is None or finding.position is None or finding.position > len(table.rules):
        return None
    rule = table.rules[finding.position - 1]
    destination = next(_example_destinations(finding, rule, rules_of), None)
    if destination is None:
        return None
    shown_day = _shown_day(rule, day)
    customer = min(rule.customers or {CustomerKind.CONSUMER}, key=_is_business)
    category = min(rule.categories) if rule.categories else None
    decisions = tuple(_deciding_rules(table, destination, shown_day, customer, category))
    circumstances = [
        place_text(destination),
        *([category] if category else []),
        *(["a business"] if customer is CustomerKind.BUSINESS else []),
        *([str(shown_day)] if shown_day != day else []),
    ]
    return f"{', '.join(circumstances)}: {_describe(decisions)}"


def place_text(destination: Destination) -> str:
    """``destination`` as areas are written: ``US-CA 94043``, ``GB SE1 1AA``."""
    country = destination.country
    region = f"-{destination.region}" if destination.region else ""
    return " ".join(filter(None, (f"{country}{region}", destination.postal_code)))


def complete_code(beginning: str, rules: AddressRules) -> str | None:
    """A whole postal code that begins with ``beginning``, made up from the country's examples."""
    start = compact_postal_code(beginning)
    for example in rules.postal_examples:
        compact = compact_postal_code(example)
        for length in sorted(range(len(compact) + 1), key=lambda count: abs(count - len(start))):
            code = format_postal_code(start + compact[length:], rules)
            if is_valid_postal_code(code, rules):
                return code
    return None


def whole_samples(tables: TaxTables, rules_of: AddressRulesLookup) -> Iterator[Destination]:
    """Yield a place with a whole postal code for each area of the rules, as far as there is one."""
    for table in (tables.default, *tables.alternates.values()):
        for rule in table.rules:
            for area in rule.areas:
                yield from _whole_samples(area, rules_of)


def _is_business(kind: CustomerKind) -> bool:
    return kind is CustomerKind.BUSINESS


def _shown_day(rule: TaxRule, day: date) -> date:
    if rule.validity.includes(day) or rule.validity.is_empty:
        return day
    return rule.validity.start or day


def _example_destinations(
    finding: LintFinding, rule: TaxRule, rules_of: AddressRulesLookup
) -> Iterator[Destination]:
    """Yield places in the rule's areas, first in those that the message names."""
    areas = sorted(rule.areas, key=lambda area: not finding.message.startswith(format_area(area)))
    for area in areas:
        yield from _whole_samples(area, rules_of)


def _whole_samples(area: Area, rules_of: AddressRulesLookup) -> Iterator[Destination]:
    for sample in sample_area(area):
        place = _complete(sample, area, rules_of)
        if place is not None:
            yield place


def _complete(sample: Destination, area: Area, rules_of: AddressRulesLookup) -> Destination | None:
    """``sample`` with a whole postal code in ``area``; None if there is no such place."""
    rules = rules_of(sample.country)
    if rules is None:
        return None
    if not isinstance(area, PostalCodeArea) or sample.postal_code is None:
        return sample
    code = complete_code(sample.postal_code, rules)
    regions = likely_regions(code, rules)
    region = regions[0] if len(regions) == 1 and rules.regions else None
    destination = replace(sample, region=region, postal_code=code)
    is_inside = code is not None and match_area(area, destination) is AreaMatch.YES
    return destination if is_inside else None


def _deciding_rules(
    table: TaxTable,
    destination: Destination,
    day: date,
    customer: CustomerKind,
    category: str | None,
) -> Iterator[tuple[int, TaxRule]]:
    for position, rule in enumerate(table.rules, 1):
        if not (rule.validity.includes(day) and rule.applies_to(customer, category)):
            continue
        if any(match_area(area, destination) is AreaMatch.YES for area in rule.areas):
            yield position, rule
            if (rule.mode or table.mode) is TableMode.FIRST_MATCH:
                return


def _describe(decisions: tuple[tuple[int, TaxRule], ...]) -> str:
    if not decisions:
        return "no rule holds"
    named = [f"rule {position} ({rule.name} {rule.percent} %)" for position, rule in decisions]
    return f"{' and '.join(named)} {'decides' if len(named) == 1 else 'decide'}"
