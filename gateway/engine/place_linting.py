"""What a rulebook says of places and goods that cannot be: areas that do not exist."""

from collections.abc import Iterable, Iterator

from gateway.engine.areas import Area
from gateway.engine.coverage import well_formed
from gateway.engine.known_areas import RulesOf, missing, unsure
from gateway.engine.linting import Finding, Severity
from gateway.engine.rulebook import ListedMethod, Rulebook
from gateway.engine.shipping import PriceByArea, ShippingMethod
from gateway.engine.taxes import TaxRule

SHIPPING = "shipping"


def lint_places(rulebook: Rulebook, rules_of: RulesOf) -> Iterator[Finding]:
    """Areas of ``rulebook`` that hold nothing, and those that are hardly ever known to hold."""
    tables = rulebook.tax_tables
    for table in (tables.default, *tables.alternates.values()):
        for place, rule in enumerate(table.rules, 1):
            yield from _lint_areas(table.name, place, rule.areas, rules_of)
            yield from _lint_categories(table.name, place, rule)
    for place, method in enumerate(rulebook.methods, 1):
        yield from _lint_areas(SHIPPING, place, _areas(method), rules_of)


def _lint_areas(
    table: str, place: int, areas: Iterable[Area], rules_of: RulesOf
) -> Iterator[Finding]:
    for area in dict.fromkeys(areas):
        fault = missing(area, rules_of) if well_formed(area) else None
        if fault is not None:
            yield Finding(table, place, Severity.ERROR, fault)
            continue
        doubt = unsure(area, rules_of)
        if doubt is not None:
            yield Finding(table, place, Severity.WARNING, doubt)


def _lint_categories(table: str, place: int, rule: TaxRule) -> Iterator[Finding]:
    """Goods have their categories in lower case, so that no other spelling is ever met."""
    for name in sorted(rule.categories or ()):
        if name != name.lower():
            message = f"no goods are of the category {name}; perhaps {name.lower()}"
            yield Finding(table, place, Severity.ERROR, message)


def _areas(listed: ListedMethod) -> Iterator[Area]:
    for method in (*listed.priced.values(), listed.otherwise):
        if method is not None:
            yield from _areas_of(method)


def _areas_of(method: ShippingMethod) -> Iterator[Area]:
    yield from method.allowed or ()
    yield from method.excluded
    if isinstance(method.price, PriceByArea):
        for areas, _ in method.price.prices:
            yield from areas
