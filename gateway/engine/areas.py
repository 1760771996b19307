"""Areas of the world, and whether a destination lies in one: yes, no, or not known yet."""

import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import lru_cache
from typing import TypeAlias

from gateway.engine.places import Destination


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
    """One region (state, province) of a country, by the country's own code."""

    country: str
    region: str


@dataclass(frozen=True, slots=True)
class InUnitedStates:
    """A set of United States destinations."""

    area: UsArea


@dataclass(frozen=True, slots=True)
class InPostalCodes:
    """A country, or those of its postal codes that fit ``pattern``.

    Patterns: ``94043`` (that code), ``9404*`` and ``SW*`` (codes that begin so),
    ``10000-10999`` (codes of that length in that range). No pattern: the whole country.
    """

    country: str
    pattern: str | None = None


Area: TypeAlias = World | InRegion | InUnitedStates | InPostalCodes


class MalformedPattern(ValueError):
    """A postal pattern that is none of the known forms."""


_PREFIX = re.compile(r"[A-Z0-9]*\*")
_RANGE = re.compile(r"([A-Z0-9]+)-([A-Z0-9]+)")
_WHOLE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)?")


@dataclass(frozen=True, slots=True)
class PostalPattern:
    """The codes from ``first`` to ``last``, compared by as many characters as these have."""

    first: str
    last: str
    whole: bool

    def holds(self, code: str) -> bool:
        """Whether ``code`` (compact) is one of these."""
        if self.whole and len(code) != len(self.first):
            return False
        return self.first <= code[: len(self.first)] <= self.last


def compact(code: str) -> str:
    """A postal code as it is compared: upper case, without spaces."""
    return "".join(code.split()).upper()


@lru_cache(maxsize=16_384)
def postal_pattern(text: str) -> PostalPattern:
    """The pattern that ``text`` writes.

    Raises:
        MalformedPattern: it is not a code, a prefix with one ``*`` at its end, or a range whose
            ends are equally long and in order.

    """
    written = compact(text)
    if _PREFIX.fullmatch(written):
        return PostalPattern(written[:-1], written[:-1], whole=False)
    ends = _RANGE.fullmatch(written)
    if ends and len(ends[1]) == len(ends[2]) and ends[1] <= ends[2]:
        return PostalPattern(ends[1], ends[2], whole=True)
    if _WHOLE.fullmatch(written) and not (ends and len(ends[1]) == len(ends[2])):
        return PostalPattern(written, written, whole=True)
    raise MalformedPattern(f"not a postal pattern: {text!r}")


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
        case InRegion(country, region):
            return _in_region(country, region, to)
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


def _in_region(country: str, region: str, to: Destination) -> Match:
    if country == "US" and _is_us(to):
        found = us_region(to)
    elif country == to.country:
        found = region_code(to)
    else:
        return Match.NO
    if found is None:
        return Match.UNKNOWN
    return _yes_or_no(found == region)


def _in_postal_codes(country: str, pattern: str | None, to: Destination) -> Match:
    if not (to.country == country or (country == "US" and _is_us(to))):
        return Match.NO
    if pattern is None or pattern == "*":
        return Match.YES
    if not to.postal_code:
        return Match.UNKNOWN
    return _yes_or_no(postal_pattern(pattern).holds(comparable_code(to)))


def comparable_code(to: Destination) -> str:
    """The postal code of ``to`` as patterns see it; a ZIP+4 counts by its first five digits."""
    code = compact(to.postal_code or "")
    if _is_us(to) and re.fullmatch(r"\d{5}(-?\d{4})", code, re.ASCII):
        return code[:5]
    return code


def _yes_or_no(held: bool) -> Match:  # noqa: FBT001
    return Match.YES if held else Match.NO
