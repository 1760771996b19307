"""Areas as people write them: ``GB``, ``US-CA``, ``US 9404*``, ``US ALL``, ``world``."""

import re

from gateway.engine.areas import Area, InPostalCodes, InRegion, InUnitedStates, UsArea, World

WORLD = "world"
PATTERN = r"^(world|[A-Z]{2}|[A-Z]{2}-[A-Z0-9]{1,3}|[A-Z]{2} \S.*)$"
_FORM = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3})| (\S.*))?")


class MalformedArea(ValueError):
    """A text that names no area."""


def area(text: str) -> Area:
    """The area that ``text`` names; the inverse of ``taxes.area_name``.

    Whether a postal pattern in it is well formed is not looked at here: the linter says that.

    Raises:
        MalformedArea: it names none.

    """
    if text == WORLD:
        return World()
    found = _FORM.fullmatch(text)
    if found is None:
        raise MalformedArea(f"{text!r} is no area such as GB, US-CA, US 9404* or world")
    country, region, codes = found.groups()
    if region:
        return InRegion(country, region)
    if country == "US" and codes in UsArea.__members__:
        return InUnitedStates(UsArea(codes))
    return InPostalCodes(country, codes)
