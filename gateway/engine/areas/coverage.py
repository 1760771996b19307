"""Relations of areas: one contains the other, or they overlap in part."""

from gateway.engine.areas.area import (
    CONTINENTAL_STATES,
    US_INSULAR_COUNTRIES,
    US_STATES,
    Area,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    UsCountryArea,
    WorldArea,
    is_us_zip_pattern,
)
from gateway.engine.areas.postal_patterns import (
    MalformedPattern,
    PostalKeySpan,
    parse_postal_pattern,
)

_ZIP_LENGTH = 5
_STATES_BY_AREA = {
    UsCountryArea.CONTINENTAL_48: CONTINENTAL_STATES,
    UsCountryArea.FULL_50_STATES: US_STATES,
}


def covers(outer: Area, inner: Area) -> bool:
    """Whether every destination in ``inner`` is certainly in ``outer``."""
    match outer:
        case WorldArea():
            return True
        case UnitedStatesArea(us_area):
            return _us_area_covers(us_area, inner)
        case RegionArea(country, region):
            return _region_covers(country, region, inner)
        case PostalCodeArea(country, pattern):
            return _postal_codes_cover(country, pattern, inner)


def partly_overlaps(left: Area, right: Area) -> bool:
    """Whether two areas share some postal codes, but neither contains the other."""
    if not (isinstance(left, PostalCodeArea) and isinstance(right, PostalCodeArea)):
        return False
    if left.country != right.country or covers(left, right) or covers(right, left):
        return False
    left_spans, right_spans = _postal_spans(left), _postal_spans(right)
    return any(
        left_span.overlaps(right_span) for left_span in left_spans for right_span in right_spans
    )


def component_areas(area: Area) -> tuple[Area, ...]:
    """The states of an area that is a set of states; for every other area, the area itself."""
    if isinstance(area, UnitedStatesArea) and area.us_area in _STATES_BY_AREA:
        return tuple(RegionArea("US", state) for state in sorted(_STATES_BY_AREA[area.us_area]))
    return (area,)


def is_well_formed(area: Area) -> bool:
    """Whether the postal pattern of ``area`` can be parsed, in the US as ZIP codes.

    True if the area has no pattern.
    """
    if not isinstance(area, PostalCodeArea) or area.pattern is None:
        return True
    if area.country == "US" and not is_us_zip_pattern(area.pattern):
        return False
    try:
        parse_postal_pattern(area.country, area.pattern)
    except MalformedPattern:
        return False
    return True


def _us_area_covers(outer: UsCountryArea, inner: Area) -> bool:
    if outer is UsCountryArea.ALL:
        return _is_american(inner)
    states = _STATES_BY_AREA[outer]
    match inner:
        case UnitedStatesArea(us_area):
            return us_area in _STATES_BY_AREA and _STATES_BY_AREA[us_area] <= states
        case RegionArea("US", region):
            return region in states
        case _:
            return False


def _is_american(area: Area) -> bool:
    match area:
        case WorldArea():
            return False
        case UnitedStatesArea():
            return True
        case RegionArea(country) | PostalCodeArea(country):
            return country == "US" or country in US_INSULAR_COUNTRIES


def _region_covers(country: str, region: str, inner: Area) -> bool:
    match inner:
        case RegionArea():
            return (inner.country, inner.region) == (country, region)
        case PostalCodeArea(inner_country):
            # For the United States Postal Service a country such as Puerto Rico is a state.
            return (
                country == "US"
                and inner_country == region
                and inner_country in US_INSULAR_COUNTRIES
            )
        case _:
            return False


def _postal_codes_cover(country: str, pattern: str | None, inner: Area) -> bool:
    if pattern is None or pattern == "*":
        return _is_american(inner) if country == "US" else _is_in_country(country, inner)
    if not isinstance(inner, PostalCodeArea) or inner.country != country:
        return False
    outer_spans, inner_spans = _postal_spans(PostalCodeArea(country, pattern)), _postal_spans(inner)
    return bool(inner_spans) and all(
        any(outer_span.covers(inner_span) for outer_span in outer_spans)
        for inner_span in inner_spans
    )


def _is_in_country(country: str, area: Area) -> bool:
    return isinstance(area, RegionArea | PostalCodeArea) and area.country == country


def _postal_spans(area: PostalCodeArea) -> tuple[PostalKeySpan, ...]:
    """The spans of ``area``. A ZIP prefix becomes the span of all five-digit codes it begins."""
    if area.pattern is None:
        return (PostalKeySpan("", ""),)
    if area.pattern == "*" or not is_well_formed(area):
        return ()
    spans = parse_postal_pattern(area.country, area.pattern).spans
    return tuple(map(_zip_span, spans)) if area.country == "US" else spans


def _zip_span(span: PostalKeySpan) -> PostalKeySpan:
    first, last = span.first.ljust(_ZIP_LENGTH, "0"), span.last.ljust(_ZIP_LENGTH, "9")
    return PostalKeySpan(first, last, exact_length=True)
