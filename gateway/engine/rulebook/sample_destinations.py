"""Sample destinations, one for each area of the rules."""

from collections.abc import Iterator

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
from gateway.engine.pricing.shipping import PriceByArea
from gateway.engine.rulebook.rulebook import Market

FALLBACK_DESTINATION = Destination("US")


def sample_destinations(market: Market) -> tuple[Destination, ...]:
    """One destination in each area that the rules of ``market`` name.

    Each destination occurs once. Without areas the only destination is the United States.
    """
    samples = dict.fromkeys(
        destination for area in _rule_areas(market) for destination in sample_area(area)
    )
    return tuple(samples) or (FALLBACK_DESTINATION,)


def _rule_areas(market: Market) -> Iterator[Area]:
    tables = market.tax_tables
    for table in (tables.default, *tables.alternates.values()):
        for rule in table.rules:
            yield from rule.areas
    yield from market.home
    yield from (area for step in market.payable_steps for area in step.areas)
    yield from (area for rule in market.shipping_tax_rules for area in rule.areas)
    yield from (area for fee in market.fees for area in fee.areas)
    for method in market.methods:
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
