"""Areas as people write them: ``GB``, ``US-CA``, ``US 9404*``, ``US ALL``, ``world``."""

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
_AREA_TEXT = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3})| (\S.*))?")


class MalformedArea(ValueError):
    """A text that names no area."""


def parse_area(text: str) -> Area:
    """The area that ``text`` names; the inverse of ``taxes.area_name``.

    Whether a postal pattern in it is well formed is not looked at here: the linter says that.

    Raises:
        MalformedArea: it names none.

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
