"""Linting of areas and categories in a rulebook: areas that do not exist, wrong spellings."""

from collections.abc import Iterable, Iterator

from gateway.engine.areas.area import Area
from gateway.engine.areas.coverage import is_well_formed
from gateway.engine.areas.existence import AddressRulesLookup, area_doubt, area_fault
from gateway.engine.pricing.shipping import PriceByArea, ShippingMethod
from gateway.engine.rulebook.charge_linting import charge_areas
from gateway.engine.rulebook.promotion_linting import number_promotions
from gateway.engine.rulebook.rulebook import MultiCurrencyMethod, Rulebook
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.engine.tax.tax_tables import TaxRule

SHIPPING = "shipping"


def lint_areas_and_categories(
    rulebook: Rulebook, rules_of: AddressRulesLookup
) -> Iterator[LintFinding]:
    """Yield areas that do not exist, areas that rarely match, and categories that never match."""
    tables = rulebook.tax_tables
    for table in (tables.default, *tables.alternates.values()):
        for position, rule in enumerate(table.rules, 1):
            yield from _lint_areas(table.name, position, rule.areas, rules_of)
            yield from _lint_categories(table.name, position, rule)
    for position, method in enumerate(rulebook.methods, 1):
        yield from _lint_areas(SHIPPING, position, _method_areas(method), rules_of)
    for entries, position, areas in charge_areas(rulebook):
        yield from _lint_areas(entries, position, areas, rules_of)
    for part, position, promotion in number_promotions(rulebook):
        yield from _lint_areas(part, position, promotion.areas or (), rules_of)


def _lint_areas(
    table: str, position: int, areas: Iterable[Area], rules_of: AddressRulesLookup
) -> Iterator[LintFinding]:
    for area in dict.fromkeys(areas):
        fault = area_fault(area, rules_of) if is_well_formed(area) else None
        if fault is not None:
            yield LintFinding(table, position, Severity.ERROR, fault)
            continue
        doubt = area_doubt(area, rules_of)
        if doubt is not None:
            yield LintFinding(table, position, Severity.WARNING, doubt)


def _lint_categories(table: str, position: int, rule: TaxRule) -> Iterator[LintFinding]:
    """Yield categories that never match: categories of goods are in lower case."""
    for name in sorted(rule.categories or ()):
        if name != name.lower():
            message = f"no goods are of the category {name}; perhaps {name.lower()}"
            yield LintFinding(table, position, Severity.ERROR, message)


def _method_areas(listed: MultiCurrencyMethod) -> Iterator[Area]:
    for method in (*listed.by_currency.values(), listed.fallback):
        if method is not None:
            yield from _price_areas(method)


def _price_areas(method: ShippingMethod) -> Iterator[Area]:
    yield from method.allowed or ()
    yield from method.excluded
    if isinstance(method.price, PriceByArea):
        for areas, _ in method.price.prices:
            yield from areas
