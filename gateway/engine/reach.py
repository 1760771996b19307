"""How far the rules reach: a destination for every area that they tell apart."""

from collections.abc import Iterable, Iterator

from gateway.engine.areas import (
    CONTINENTAL_STATES,
    Area,
    InPostalCodes,
    InRegion,
    InUnitedStates,
    UsArea,
    World,
)
from gateway.engine.places import Destination
from gateway.engine.postal_patterns import MalformedPattern, postal_pattern
from gateway.engine.shipping import PriceByArea, ShippingMethod
from gateway.engine.taxes import TaxTables

SOMEWHERE = Destination("US")


def destinations(tables: TaxTables, methods: Iterable[ShippingMethod]) -> tuple[Destination, ...]:
    """One destination in each area of the tax rules and of the shipping methods, once each."""
    found = dict.fromkeys(
        destination for area in _areas(tables, methods) for destination in _inside(area)
    )
    return tuple(found) or (SOMEWHERE,)


def _areas(tables: TaxTables, methods: Iterable[ShippingMethod]) -> Iterator[Area]:
    for table in (tables.default, *tables.alternates.values()):
        for rule in table.rules:
            yield from rule.areas
    for method in methods:
        yield from method.allowed or ()
        if isinstance(method.price, PriceByArea):
            for areas, _ in method.price.prices:
                yield from areas


def _inside(area: Area) -> Iterator[Destination]:
    match area:
        case World():
            yield SOMEWHERE
        case InRegion(country, region):
            yield Destination(country, region)
        case InUnitedStates(wanted):
            states = ("PR",) if wanted is UsArea.ALL else ("AK", "HI")
            wide = wanted is not UsArea.CONTINENTAL_48
            yield from (Destination("US", state) for state in (states if wide else ()))
            yield Destination("US", min(CONTINENTAL_STATES))
        case InPostalCodes(country, None):
            yield Destination(country)
        case InPostalCodes(country, str() as pattern):
            yield Destination(country, None, _one_of(country, pattern))


def _one_of(country: str, pattern: str) -> str | None:
    """A code, or the beginning of one, that the pattern holds."""
    if pattern == "*":
        return None
    try:
        return postal_pattern(country, pattern).ends[0]
    except MalformedPattern:
        return None
