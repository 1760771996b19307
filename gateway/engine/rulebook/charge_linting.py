"""Linting of what rules say about charges: shipping taxes, fees and steps of what is to pay."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gateway.engine.areas.area import Area
from gateway.engine.areas.coverage import covers, is_well_formed
from gateway.engine.rulebook.destination_terms import ShippingTaxRule
from gateway.engine.rulebook.rulebook import MarketTerms, Rulebook
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.engine.tax.tax_tables import format_area
from gateway.engine.validity import ALWAYS, Validity

SHIPPING_TAX, FEES, MARKETS = "shipping_tax", "fees", "markets"


def lint_charges(rulebook: Rulebook) -> Iterator[LintFinding]:
    """Yield areas that are none, rules and steps that are never reached, and empty validities."""
    yield from _lint_shipping_tax(rulebook.shipping_tax)
    for position, listed in enumerate(rulebook.fees, 1):
        yield from _lint_entry(FEES, position, _fee_areas(rulebook, position), listed.validity)
    for position, terms in enumerate(rulebook.terms, 1):
        yield from _lint_market(position, terms)


def charge_areas(rulebook: Rulebook) -> Iterator[tuple[str, int, tuple[Area, ...]]]:
    """The areas of each entry about charges, with its list and its position there, from 1."""
    for position, rule in enumerate(rulebook.shipping_tax, 1):
        yield SHIPPING_TAX, position, rule.areas
    for position in range(1, len(rulebook.fees) + 1):
        yield FEES, position, _fee_areas(rulebook, position)
    for position, terms in enumerate(rulebook.terms, 1):
        yield MARKETS, position, _market_areas(terms)


def _fee_areas(rulebook: Rulebook, position: int) -> tuple[Area, ...]:
    fees = rulebook.fees[position - 1].by_currency.values()
    return tuple(dict.fromkeys(area for fee in fees for area in fee.areas))


def _market_areas(terms: MarketTerms) -> tuple[Area, ...]:
    return (
        *_own_areas(terms),
        *(area for rule in terms.shipping_tax for area in rule.areas),
    )


def _own_areas(terms: MarketTerms) -> tuple[Area, ...]:
    """The areas of a market besides those of its shipping taxes."""
    return (*terms.home, *(area for step in terms.payable_steps for area in step.areas))


def _lint_shipping_tax(rules: Sequence[ShippingTaxRule]) -> Iterator[LintFinding]:
    for position, rule in enumerate(rules, 1):
        yield from _lint_entry(SHIPPING_TAX, position, rule.areas, rule.validity)
        above = [
            area
            for earlier in rules[: position - 1]
            if earlier.validity in (ALWAYS, rule.validity)
            and earlier.customers in (None, rule.customers)
            for area in earlier.areas
        ]
        yield from _lint_reach(SHIPPING_TAX, position, rule.areas, above)


def _lint_market(position: int, terms: MarketTerms) -> Iterator[LintFinding]:
    yield from _lint_entry(MARKETS, position, _own_areas(terms), ALWAYS)
    above: list[Area] = []
    for step in terms.payable_steps:
        yield from _lint_reach(MARKETS, position, step.areas, above)
        above += step.areas
    for finding in _lint_shipping_tax(terms.shipping_tax):
        yield replace(finding, table=MARKETS, position=position)


def _lint_entry(
    table: str, position: int, areas: Iterable[Area], validity: Validity
) -> Iterator[LintFinding]:
    for area in dict.fromkeys(areas):
        if not is_well_formed(area):
            message = f"{format_area(area)} is no postal pattern"
            yield LintFinding(table, position, Severity.ERROR, message)
    if validity.is_empty:
        message = f"it ends on {validity.end}, before it begins"
        yield LintFinding(table, position, Severity.ERROR, message)


def _lint_reach(
    table: str, position: int, areas: Sequence[Area], above: Sequence[Area]
) -> Iterator[LintFinding]:
    """Yield the areas that entries above take: an error where they take them all."""
    hidden = [area for area in areas if any(covers(earlier, area) for earlier in above)]
    severity = Severity.ERROR if len(hidden) == len(areas) else Severity.WARNING
    for area in hidden:
        message = f"{format_area(area)} is never reached: an entry above takes it"
        yield LintFinding(table, position, severity, message)
