"""Which areas lie wholly inside others, and which merely cross."""

from gateway.engine.areas import (
    CONTINENTAL_STATES,
    US_INSULAR_COUNTRIES,
    US_STATES,
    Area,
    InPostalCodes,
    InRegion,
    InUnitedStates,
    MalformedPattern,
    PostalPattern,
    UsArea,
    World,
    is_us_zip_pattern,
    postal_pattern,
)

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
    return first is not None and second is not None and _meet(first, second)


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
        postal_pattern(area.pattern)
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
    return first is not None and second is not None and _holds_all(first, second)


def _is_in(country: str, area: Area) -> bool:
    return isinstance(area, InRegion | InPostalCodes) and area.country == country


def _codes(area: InPostalCodes) -> PostalPattern | None:
    """The pattern of ``area``; a ZIP prefix as the range of the five-digit codes it means."""
    if area.pattern is None:
        return PostalPattern("", "", whole=False)
    if not well_formed(area):
        return None
    found = postal_pattern(area.pattern)
    if area.country != "US" or found.whole or not found.first:
        return found
    return PostalPattern(
        found.first.ljust(_ZIP_LENGTH, "0"), found.last.ljust(_ZIP_LENGTH, "9"), whole=True
    )


def _holds_all(outer: PostalPattern, inner: PostalPattern) -> bool:
    length = len(outer.first)
    if outer.whole:
        return inner.whole and len(inner.first) == length and _between(outer, inner)
    return len(inner.first) >= length and _between(outer, inner)


def _between(outer: PostalPattern, inner: PostalPattern) -> bool:
    length = len(outer.first)
    return outer.first <= inner.first[:length] and inner.last[:length] <= outer.last


def _meet(one: PostalPattern, other: PostalPattern) -> bool:
    """Whether a code can lie in both; of equal length only where both are whole codes."""
    if one.whole and other.whole and len(one.first) != len(other.first):
        return False
    length = min(len(one.first), len(other.first))
    return one.first[:length] <= other.last[:length] and other.first[:length] <= one.last[:length]
