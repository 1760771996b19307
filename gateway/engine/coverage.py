"""Which areas lie wholly inside others, and which merely cross."""

from gateway.engine.areas import (
    CONTINENTAL_STATES,
    US_INSULAR_COUNTRIES,
    US_STATES,
    Area,
    InPostalCodes,
    InRegion,
    InUnitedStates,
    UsArea,
    World,
    is_us_zip_pattern,
)
from gateway.engine.postal_patterns import MalformedPattern, Span, postal_pattern

_ZIP_LENGTH = 5
_STATES = {UsArea.CONTINENTAL_48: CONTINENTAL_STATES, UsArea.FULL_50_STATES: US_STATES}


def covers(outer: Area, inner: Area) -> bool:
    """Whether every destination in ``inner`` surely lies in ``outer``."""
    match outer:
        case World():
            return True
        case InUnitedStates(area):
            return _set_covers(area, inner)
        case InRegion(country, region):
            return _region_covers(country, region, inner)
        case InPostalCodes(country, pattern):
            return _codes_cover(country, pattern, inner)


def crosses(one: Area, other: Area) -> bool:
    """Whether some postal codes, but not all of either, lie in both areas."""
    if not (isinstance(one, InPostalCodes) and isinstance(other, InPostalCodes)):
        return False
    if one.country != other.country or covers(one, other) or covers(other, one):
        return False
    first, second = _codes(one), _codes(other)
    return any(each.meets(another) for each in first for another in second)


def parts(area: Area) -> tuple[Area, ...]:
    """``area`` as the regions it is made of, where it is a set of them; else itself."""
    if isinstance(area, InUnitedStates) and area.area in _STATES:
        return tuple(InRegion("US", state) for state in sorted(_STATES[area.area]))
    return (area,)


def well_formed(area: Area) -> bool:
    """Whether a postal pattern in ``area`` is one of the known forms, and of ZIPs in the US."""
    if not isinstance(area, InPostalCodes) or area.pattern is None:
        return True
    if area.country == "US" and not is_us_zip_pattern(area.pattern):
        return False
    try:
        postal_pattern(area.country, area.pattern)
    except MalformedPattern:
        return False
    return True


def _set_covers(outer: UsArea, inner: Area) -> bool:
    if outer is UsArea.ALL:
        return _american(inner)
    states = _STATES[outer]
    match inner:
        case InUnitedStates(area):
            return area in _STATES and _STATES[area] <= states
        case InRegion("US", region):
            return region in states
        case _:
            return False


def _american(area: Area) -> bool:
    match area:
        case World():
            return False
        case InUnitedStates():
            return True
        case InRegion(country) | InPostalCodes(country):
            return country == "US" or country in US_INSULAR_COUNTRIES


def _region_covers(country: str, region: str, inner: Area) -> bool:
    match inner:
        case InRegion():
            return (inner.country, inner.region) == (country, region)
        case InPostalCodes(of):
            # A country such as Puerto Rico is a region of the United States to their post.
            return country == "US" and of == region and of in US_INSULAR_COUNTRIES
        case _:
            return False


def _codes_cover(country: str, pattern: str | None, inner: Area) -> bool:
    if pattern is None or pattern == "*":
        return _american(inner) if country == "US" else _is_in(country, inner)
    if not isinstance(inner, InPostalCodes) or inner.country != country:
        return False
    first, second = _codes(InPostalCodes(country, pattern)), _codes(inner)
    return bool(second) and all(any(each.covers(one) for each in first) for one in second)


def _is_in(country: str, area: Area) -> bool:
    return isinstance(area, InRegion | InPostalCodes) and area.country == country


def _codes(area: InPostalCodes) -> tuple[Span, ...]:
    """The spans of ``area``; a ZIP prefix as the range of the five-digit codes it means."""
    if area.pattern is None:
        return (Span("", ""),)
    if area.pattern == "*" or not well_formed(area):
        return ()
    spans = postal_pattern(area.country, area.pattern).spans
    return tuple(map(_zips, spans)) if area.country == "US" else spans


def _zips(span: Span) -> Span:
    first, last = span.first.ljust(_ZIP_LENGTH, "0"), span.last.ljust(_ZIP_LENGTH, "9")
    return Span(first, last, whole=True)
