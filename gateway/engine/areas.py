"""Areas of the world, and whether a destination lies in one: yes, no, or not known yet."""

import re
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TypeAlias

from gateway.engine.places import Destination
from gateway.engine.postal_patterns import MalformedPattern, key_of, postal_pattern


class Match(Enum):
    """Whether a destination lies in an area; UNKNOWN where it lacks what the area tests."""

    YES = 1
    NO = 0
    UNKNOWN = -1


class UsArea(StrEnum):
    """The sets of United States destinations that Google Checkout's tax tables knew.

    Source: Google Checkout XML API, "us-country-area". The District of Columbia is no state and
    stands in ALL alone, as do military and insular destinations; country PR counts as US.
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
# ISO 3166-1 codes of places that the United States Postal Service serves as domestic.
US_INSULAR_COUNTRIES = frozenset({"PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW"})


@dataclass(frozen=True, slots=True)
class World:
    """Everywhere."""


@dataclass(frozen=True, slots=True)
class InRegion:
    """One region (state, province) of a country, by the country's own code.

    ``also`` are other codes by which addresses name it; where ``codes`` is given, it matches the
    beginning of its postal codes and of no others.
    """

    country: str
    region: str
    also: frozenset[str] = field(default=frozenset(), compare=False)
    codes: str | None = field(default=None, compare=False)

    def may_have(self, pattern: str) -> bool:
        """Whether codes of ``pattern`` may lie in it: not where it has others alone."""
        if self.codes is None:
            return True
        try:
            ends = postal_pattern(self.country, pattern).ends
        except MalformedPattern:
            return True
        return any(re.match(self.codes, end) for end in ends)


@dataclass(frozen=True, slots=True)
class InUnitedStates:
    """A set of United States destinations."""

    area: UsArea


@dataclass(frozen=True, slots=True)
class InPostalCodes:
    """A country, or those of its postal codes that fit ``pattern``.

    Patterns: ``94043`` (that code), ``9404*`` and ``SW*`` (codes that begin so), ``SE1 *`` (those
    of one district), ``10000-10999`` and ``KW15-KW17`` (codes in that range). No pattern: the
    whole country.
    """

    country: str
    pattern: str | None = None


Area: TypeAlias = World | InRegion | InUnitedStates | InPostalCodes


def is_us_zip_pattern(text: str) -> bool:
    """Whether ``text`` is five digits, or at most four digits and ``*``, or a range of ZIPs."""
    return bool(re.fullmatch(r"\d{5}|\d{0,4}\*|\d{5}-\d{5}", text.strip(), re.ASCII))


def holds(area: Area, to: Destination) -> Match:
    """Whether ``area`` holds ``to``."""
    match area:
        case World():
            return Match.YES
        case InUnitedStates(wanted):
            return _in_united_states(wanted, to)
        case InRegion():
            return _in_region(area, to)
        case InPostalCodes(country, pattern):
            return _in_postal_codes(country, pattern, to)


def _is_us(to: Destination) -> bool:
    return to.country == "US" or to.country in US_INSULAR_COUNTRIES


def us_region(to: Destination) -> str | None:
    """The two-letter code the United States Postal Service uses for where ``to`` lies."""
    if to.country in US_INSULAR_COUNTRIES:
        return to.country
    return region_code(to)


def region_code(to: Destination) -> str | None:
    """The region of ``to`` without its country's prefix (``US-CA`` is ``CA``)."""
    if to.region is None:
        return None
    return to.region.strip().upper().removeprefix(f"{to.country}-") or None


def _in_united_states(wanted: UsArea, to: Destination) -> Match:
    if not _is_us(to):
        return Match.NO
    if wanted is UsArea.ALL:
        return Match.YES
    region = us_region(to)
    if region is None:
        return Match.UNKNOWN
    states = CONTINENTAL_STATES if wanted is UsArea.CONTINENTAL_48 else US_STATES
    return _yes_or_no(region in states)


def _in_region(area: InRegion, to: Destination) -> Match:
    if area.country == "US" and _is_us(to):
        found = us_region(to)
    elif area.country == to.country:
        found = region_code(to)
    else:
        return Match.NO
    if found is not None:
        return _yes_or_no(found == area.region or found in area.also)
    if area.codes is None or not to.postal_code:
        return Match.UNKNOWN
    return _yes_or_no(re.match(area.codes, comparable_code(to)) is not None)


def _in_postal_codes(country: str, pattern: str | None, to: Destination) -> Match:
    if not (to.country == country or (country == "US" and _is_us(to))):
        return Match.NO
    if pattern is None or pattern == "*":
        return Match.YES
    if not to.postal_code:
        return Match.UNKNOWN
    try:
        return _yes_or_no(postal_pattern(country, pattern).holds(comparable_code(to)))
    except MalformedPattern:
        # Of rules that were imported before such patterns were refused: nobody knows what is meant.
        return Match.UNKNOWN


def comparable_code(to: Destination) -> str:
    """The postal code of ``to`` as patterns see it; a ZIP+4 counts by its first five digits."""
    code = key_of(to.country, to.postal_code or "")
    if _is_us(to) and re.fullmatch(r"\d{9}", code, re.ASCII):
        return code[:5]
    return code


def _yes_or_no(held: bool) -> Match:  # noqa: FBT001
    return Match.YES if held else Match.NO
