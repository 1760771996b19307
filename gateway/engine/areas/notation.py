"""Areas as text in rules: ``GB``, ``US-CA``, ``US 9404*``, ``US ALL``, ``world``."""

import re

from gateway.engine.areas.area import (
    Area,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    UsCountryArea,
    WorldArea,
)

WORLD = "world"
AREA_PATTERN = r"^(world|[A-Z]{2}|[A-Z]{2}-[A-Z0-9]{1,3}|[A-Z]{2} \S.*)$"
"""The form of an area's text, as a regular expression for the JSON schema of rule files."""
_AREA_TEXT = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3})| (\S.*))?")


class MalformedArea(ValueError):
    """A text that is not the text of an area."""


def parse_area(text: str) -> Area:
    """Return the area that ``text`` describes. The inverse of ``tax_tables.format_area``.

    The postal pattern is not checked here; the linter does that.

    Raises:
        MalformedArea: ``text`` is not an area.

    """
    if text == WORLD:
        return WorldArea()
    match = _AREA_TEXT.fullmatch(text)
    if match is None:
        raise MalformedArea(f"{text!r} is no area such as GB, US-CA, US 9404* or world")
    country, region, codes = match.groups()
    if region:
        return RegionArea(country, region)
    if country == "US" and codes in UsCountryArea.__members__:
        return UnitedStatesArea(UsCountryArea(codes))
    return PostalCodeArea(country, codes)
