"""Areas of the world, and whether an area contains a destination: yes, no or unknown."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.postal_prefixes import compile_prefix_pattern
from gateway.engine.areas.postal_patterns import (
    MalformedPattern,
    parse_postal_pattern,
    postal_code_key,
)


class AreaMatch(Enum):
    """Whether an area contains a destination.

    UNKNOWN: the destination lacks a part that decides.
    """

    YES = 1
    NO = 0
    UNKNOWN = -1


class UsCountryArea(StrEnum):
    """The sets of United States destinations in Google Checkout's tax tables.

    Source: Google Checkout XML API, "us-country-area". The District of Columbia is not a state and
    belongs to ALL only, as do military and insular destinations. The country PR counts as US.
    """

    CONTINENTAL_48 = "CONTINENTAL_48"
    FULL_50_STATES = "FULL_50_STATES"
    ALL = "ALL"


US_STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD "  # noqa: SIM905 - shorter so
    "MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
    "".split()
)
CONTINENTAL_STATES = US_STATES - {"AK", "HI"}
US_INSULAR_COUNTRIES = frozenset({"PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW"})
"""ISO 3166-1 codes of the places that the United States Postal Service serves as domestic."""


@dataclass(frozen=True, slots=True)
class WorldArea:
    """The area that contains every destination."""


@dataclass(frozen=True, slots=True)
class RegionArea:
    """One region (state, province) of a country, by the country's own code.

    ``other_codes`` are other codes and names of the region, and those of its parts, in addresses.
    ``outside_codes`` are those of the regions that have no place in common with it; None: all
    others. ``postal_code_pattern`` is a regular expression that matches the beginning of exactly
    its postal codes; None: not known. ``likely_code_pattern`` is one that also matches codes of
    other regions.
    """

    country: str
    region: str
    other_codes: frozenset[str] = field(default=frozenset(), compare=False)
    postal_code_pattern: str | None = field(default=None, compare=False)
    outside_codes: frozenset[str] | None = field(default=None, compare=False)
    likely_code_pattern: str | None = field(default=None, compare=False)

    def match_code(self, code: str) -> AreaMatch:
        """Whether the region of an address with this code or name is in this one, all of it."""
        if code == self.region or code in self.other_codes:
            return AreaMatch.YES
        if self.outside_codes is None or code in self.outside_codes:
            return AreaMatch.NO
        return AreaMatch.UNKNOWN

    def may_contain(self, pattern: str) -> bool:
        """Whether postal codes of ``pattern`` may be in the region; True if that is unknown."""
        region_pattern = self.postal_code_pattern or self.likely_code_pattern
        if region_pattern is None:
            return True
        try:
            ends = parse_postal_pattern(self.country, pattern).ends
            beginnings = compile_prefix_pattern(region_pattern)
        except (MalformedPattern, ValueError):
            return True
        if ends[0][:1] != ends[-1][:1]:
            # A long range may contain the region between its ends.
            return True
        return any(re.match(region_pattern, end) or beginnings.fullmatch(end) for end in ends)


@dataclass(frozen=True, slots=True)
class UnitedStatesArea:
    """A set of United States destinations."""

    us_area: UsCountryArea


@dataclass(frozen=True, slots=True)
class PostalCodeArea:
    """A country, or the part of it whose postal codes match ``pattern``.

    Patterns: ``94043`` (this code), ``9404*`` and ``SW*`` (codes that begin so), ``SE1 *`` (codes
    of one district), ``10000-10999`` and ``KW15-KW17`` (ranges). Without a pattern it is the whole
    country.
    """

    country: str
    pattern: str | None = None


Area: TypeAlias = WorldArea | RegionArea | UnitedStatesArea | PostalCodeArea


def is_us_zip_pattern(text: str) -> bool:
    """Whether ``text`` is a ZIP code, at most four digits and ``*``, or a range of ZIP codes."""
    return bool(re.fullmatch(r"\d{5}|\d{0,4}\*|\d{5}-\d{5}", text.strip(), re.ASCII))


def match_area(area: Area, destination: Destination) -> AreaMatch:
    """Return whether ``area`` contains ``destination``."""
    match area:
        case WorldArea():
            return AreaMatch.YES
        case UnitedStatesArea(us_area):
            return _match_united_states(us_area, destination)
        case RegionArea():
            return _match_region(area, destination)
        case PostalCodeArea(country, pattern):
            return _match_postal_codes(country, pattern, destination)


def match_areas(areas: Iterable[Area], destination: Destination | None) -> AreaMatch:
    """Whether one of ``areas`` contains ``destination``; UNKNOWN if none does but one may.

    A destination of None may be anywhere.
    """
    area_matches = {
        match_area(area, destination) if destination is not None else _match_anywhere(area)
        for area in areas
    }
    for area_match in (AreaMatch.YES, AreaMatch.UNKNOWN):
        if area_match in area_matches:
            return area_match
    return AreaMatch.NO


def _match_anywhere(area: Area) -> AreaMatch:
    return AreaMatch.YES if isinstance(area, WorldArea) else AreaMatch.UNKNOWN


def _is_us(destination: Destination) -> bool:
    return destination.country == "US" or destination.country in US_INSULAR_COUNTRIES


def us_state_code(destination: Destination) -> str | None:
    """The two-letter state code of the United States Postal Service for ``destination``.

    None if the region is not known.
    """
    if destination.country in US_INSULAR_COUNTRIES:
        return destination.country
    return region_code(destination)


def region_code(destination: Destination) -> str | None:
    """The region code of ``destination`` without the country (``CA`` for ``US-CA``), or None."""
    if destination.region is None:
        return None
    return destination.region.strip().upper().removeprefix(f"{destination.country}-") or None


def _match_united_states(us_area: UsCountryArea, destination: Destination) -> AreaMatch:
    if not _is_us(destination):
        return AreaMatch.NO
    if us_area is UsCountryArea.ALL:
        return AreaMatch.YES
    region = us_state_code(destination)
    if region is None:
        return AreaMatch.UNKNOWN
    states = CONTINENTAL_STATES if us_area is UsCountryArea.CONTINENTAL_48 else US_STATES
    return _area_match(region in states)


def _match_region(area: RegionArea, destination: Destination) -> AreaMatch:
    if area.country == "US" and _is_us(destination):
        region = us_state_code(destination)
    elif area.country == destination.country:
        region = region_code(destination)
    else:
        return AreaMatch.NO
    code_match = AreaMatch.UNKNOWN if region is None else area.match_code(region)
    if code_match is not AreaMatch.UNKNOWN:
        return code_match
    if area.postal_code_pattern is None or not destination.postal_code:
        return AreaMatch.UNKNOWN
    return _area_match(
        re.match(area.postal_code_pattern, comparable_postal_code(destination)) is not None
    )


def _match_postal_codes(country: str, pattern: str | None, destination: Destination) -> AreaMatch:
    if not (destination.country == country or (country == "US" and _is_us(destination))):
        return AreaMatch.NO
    if pattern is None or pattern == "*":
        return AreaMatch.YES
    if not destination.postal_code:
        return AreaMatch.UNKNOWN
    try:
        return _area_match(
            parse_postal_pattern(country, pattern).matches(comparable_postal_code(destination))
        )
    except MalformedPattern:
        # The rule was imported before such patterns were refused; its meaning is unknown.
        return AreaMatch.UNKNOWN


def comparable_postal_code(destination: Destination) -> str:
    """The postal code of ``destination`` in the form in which patterns are compared.

    Of a ZIP+4 code only the first five digits count.
    """
    code = postal_code_key(destination.country, destination.postal_code or "")
    if _is_us(destination) and re.fullmatch(r"\d{9}", code, re.ASCII):
        return code[:5]
    return code


def _area_match(is_inside: bool) -> AreaMatch:  # noqa: FBT001
    return AreaMatch.YES if is_inside else AreaMatch.NO
