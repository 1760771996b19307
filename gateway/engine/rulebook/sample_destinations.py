"""Sample destinations, one for each area of the rules."""

from collections.abc import Iterable, Iterator

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import (
    CONTINENTAL_STATES,
    Area,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    UsCountryArea,
    WorldArea,
)
from gateway.engine.areas.postal_patterns import MalformedPattern, parse_postal_pattern
from gateway.engine.pricing.shipping import PriceByArea, ShippingMethod
from gateway.engine.tax.tax_tables import TaxTables

FALLBACK_DESTINATION = Destination("US")


def sample_destinations(
    tables: TaxTables, methods: Iterable[ShippingMethod]
) -> tuple[Destination, ...]:
    """One destination in each area of the tax rules and of the shipping methods.

    Each destination occurs once. Without areas the only destination is the United States.
    """
    samples = dict.fromkeys(
        destination for area in _rule_areas(tables, methods) for destination in sample_area(area)
    )
    return tuple(samples) or (FALLBACK_DESTINATION,)


def _rule_areas(tables: TaxTables, methods: Iterable[ShippingMethod]) -> Iterator[Area]:
    for table in (tables.default, *tables.alternates.values()):
        for rule in table.rules:
            yield from rule.areas
    for method in methods:
        yield from method.allowed or ()
        if isinstance(method.price, PriceByArea):
            for areas, _ in method.price.prices:
                yield from areas


def sample_area(area: Area) -> Iterator[Destination]:
    """Yield destinations in ``area``; a postal code may be the beginning of one."""
    match area:
        case WorldArea():
            yield FALLBACK_DESTINATION
        case RegionArea(country, region):
            yield Destination(country, region)
        case UnitedStatesArea(us_area):
            states = ("PR",) if us_area is UsCountryArea.ALL else ("AK", "HI")
            reaches_beyond_continent = us_area is not UsCountryArea.CONTINENTAL_48
            yield from (
                Destination("US", state) for state in (states if reaches_beyond_continent else ())
            )
            yield Destination("US", min(CONTINENTAL_STATES))
        case PostalCodeArea(country, None):
            yield Destination(country)
        case PostalCodeArea(country, str() as pattern):
            yield Destination(country, None, _sample_code(country, pattern))


def _sample_code(country: str, pattern: str) -> str | None:
    """A postal code, or the beginning of one, that matches the pattern."""
    if pattern == "*":
        return None
    try:
        return parse_postal_pattern(country, pattern).ends[0]
    except MalformedPattern:
        return None
