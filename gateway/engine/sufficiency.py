"""Whether an address suffices to deliver to: cleaned, then judged by its country's rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from gateway.engine.address_rules import AddressRules, Part, Region
from gateway.engine.cleaning import folded, one_line
from gateway.engine.places import Destination, PostalAddress
from gateway.engine.postal_codes import compact, fits, written

MOST_LINES = 5
LONGEST_PART = 200
"""Limits that every carrier's label can hold, in lines and characters."""

_PO_BOX = re.compile(
    r"\b(?:p\.? ?o\.? ?box|post office box|postfach|casilla|apartado|bo[iî]te postale|postbus)\b",
    re.IGNORECASE,
)
_FORCES = re.compile(r"\bBFPO\b", re.IGNORECASE)


class Level(StrEnum):
    """How far an address can be trusted to arrive."""

    OK = "OK"
    WARNING = "WARNING"
    ERROR = "ERROR"


class FindingCode(StrEnum):
    """What is wrong with an address."""

    UNKNOWN_COUNTRY = "UNKNOWN_COUNTRY"
    REQUIRED = "REQUIRED"
    MALFORMED = "MALFORMED"
    TOO_LONG = "TOO_LONG"
    UNKNOWN_REGION = "UNKNOWN_REGION"
    REGION_MISMATCH = "REGION_MISMATCH"
    PO_BOX = "PO_BOX"
    MILITARY = "MILITARY"


_ERRORS = frozenset(
    {
        FindingCode.UNKNOWN_COUNTRY,
        FindingCode.REQUIRED,
        FindingCode.MALFORMED,
        FindingCode.TOO_LONG,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an address: its code, the part, words, and what may be meant."""

    code: FindingCode
    field: Part
    message: str
    suggestions: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """ERROR where it cannot be delivered, WARNING where it may not."""
        return Level.ERROR if self.code in _ERRORS else Level.WARNING


@dataclass(frozen=True, slots=True)
class Assessment:
    """A cleaned address and everything found wrong with it."""

    address: PostalAddress
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst of the findings' levels."""
        levels = {finding.level for finding in self.findings}
        return next((each for each in (Level.ERROR, Level.WARNING) if each in levels), Level.OK)


def assess(address: PostalAddress, rules: AddressRules | None) -> Assessment:
    """``address`` cleaned and judged by ``rules``, its country's (None: there is no such country).

    The recipient's name is no matter of the country's; see ``name_findings``.
    """
    plain = cleaned(address)
    if rules is None:
        return Assessment(plain, (_unknown_country(plain),))
    settled = _in_form(plain, rules)
    return Assessment(settled, tuple(_findings(settled, rules)))


def cleaned(address: PostalAddress) -> PostalAddress:
    """``address`` in one form of Unicode, without outer or doubled spaces; empty parts are None."""
    return PostalAddress(
        name=one_line(address.name),
        country=one_line(address.country).upper(),
        region=_filled(address.region),
        city=_filled(address.city),
        postal_code=_filled(address.postal_code),
        lines=tuple(line for line in map(one_line, address.lines) if line),
        phone=_filled(address.phone),
    )


def _filled(text: str | None) -> str | None:
    return one_line(text or "") or None


def place_findings(to: Destination, rules: AddressRules) -> tuple[Destination, tuple[Finding, ...]]:
    """``to`` as its country writes it, and what is wrong with its postal code and its region."""
    address = cleaned(PostalAddress("", to.country, to.region, to.city, to.postal_code, ()))
    settled = _in_form(address, rules)
    findings = (*_postal_findings(settled, rules), *_region_findings(settled, rules))
    return settled.destination, findings


def name_findings(address: PostalAddress) -> tuple[Finding, ...]:
    """What is wrong with the name of who receives at ``address``."""
    if folded(address.name):
        return ()
    return (Finding(FindingCode.REQUIRED, Part.NAME, "Who receives the parcel is missing."),)


def _in_form(address: PostalAddress, rules: AddressRules) -> PostalAddress:
    """``address`` with its postal code and region as its country writes them, where known."""
    known = rules.region(address.region) if address.region else None
    return replace(
        address,
        postal_code=written(address.postal_code, rules) if address.postal_code else None,
        region=known.code if known else address.region,
    )


def _findings(address: PostalAddress, rules: AddressRules) -> Iterator[Finding]:
    yield from _missing(address, rules)
    yield from _too_long(address)
    yield from _postal_findings(address, rules)
    yield from _region_findings(address, rules)
    yield from _delivery_findings(address)


def _unknown_country(address: PostalAddress) -> Finding:
    message = f"{address.country!r} is not a country."
    return Finding(FindingCode.UNKNOWN_COUNTRY, Part.COUNTRY, message)


def _missing(address: PostalAddress, rules: AddressRules) -> Iterator[Finding]:
    for part in rules.order:
        if part in rules.required and not _value(address, part):
            message = f"{rules.label(part)} is missing."
            suggestions = _likely_regions(address, rules) if part is Part.REGION else ()
            yield Finding(FindingCode.REQUIRED, part, message, suggestions)


def _value(address: PostalAddress, part: Part) -> str | None:
    values = {
        Part.LINES: " ".join(address.lines),
        Part.CITY: address.city,
        Part.REGION: address.region,
        Part.POSTAL_CODE: address.postal_code,
        Part.NAME: address.name,
    }
    return values[part]


def _likely_regions(address: PostalAddress, rules: AddressRules) -> tuple[str, ...]:
    """The regions whose postal codes begin like the address's."""
    return tuple(each.code for each in rules.regions if _begins_in(each, address.postal_code))


def _begins_in(region: Region, postal_code: str | None) -> bool:
    if postal_code is None or region.postal_pattern is None:
        return False
    begins = re.compile(f"(?:{region.postal_pattern})")
    return bool(begins.match(postal_code) or begins.match(compact(postal_code)))


def _too_long(address: PostalAddress) -> Iterator[Finding]:
    if len(address.lines) > MOST_LINES:
        message = f"More than {MOST_LINES} lines do not fit a label."
        yield Finding(FindingCode.TOO_LONG, Part.LINES, message)
    for part, text in _texts(address):
        if len(text) > LONGEST_PART:
            message = f"More than {LONGEST_PART} characters do not fit a label."
            yield Finding(FindingCode.TOO_LONG, part, message)


def _texts(address: PostalAddress) -> Iterator[tuple[Part, str]]:
    yield from ((Part.LINES, line) for line in address.lines)
    for part in (Part.NAME, Part.CITY, Part.REGION, Part.POSTAL_CODE):
        yield part, _value(address, part) or ""


def _postal_findings(address: PostalAddress, rules: AddressRules) -> Iterator[Finding]:
    code, pattern = address.postal_code, rules.postal_pattern
    if code is None or pattern is None or fits(code, rules):
        return
    # An example is nobody's address: it shows the form, and is not suggested.
    example = f", for example {rules.postal_example}" if rules.postal_example else ""
    message = f"This is not how a {rules.label(Part.POSTAL_CODE)} looks in {rules.name}{example}."
    yield Finding(FindingCode.MALFORMED, Part.POSTAL_CODE, message)


def _region_findings(address: PostalAddress, rules: AddressRules) -> Iterator[Finding]:
    if not address.region:
        return
    region = rules.region(address.region)
    if region is None and not rules.regions:
        return
    if region is None:
        message = f"{rules.name} has no such {rules.label(Part.REGION).lower()} that we know."
        yield Finding(FindingCode.UNKNOWN_REGION, Part.REGION, message, _similar(address, rules))
        return
    if region.military:
        message = "A forces' post address: not every carrier goes there."
        yield Finding(FindingCode.MILITARY, Part.REGION, message)
    if (
        address.postal_code
        and region.postal_pattern
        and not _begins_in(region, address.postal_code)
    ):
        message = f"The {rules.label(Part.POSTAL_CODE)} does not belong to {region.name}."
        likely = _likely_regions(address, rules)
        yield Finding(FindingCode.REGION_MISMATCH, Part.REGION, message, likely)


def _similar(address: PostalAddress, rules: AddressRules) -> tuple[str, ...]:
    """The regions that are spelt nearly so, else those of the postal code."""
    codes = tuple(each.code for each in similar_regions(address.region or "", rules))
    return codes or _likely_regions(address, rules)


def similar_regions(text: str, rules: AddressRules) -> tuple[Region, ...]:
    """The regions that are spelt nearly as ``text``, the likest first, at most three."""
    spellings = {spelling: each for each in rules.regions for spelling in each.spellings}
    near = get_close_matches(folded(text), spellings, n=3, cutoff=0.75)
    return tuple(dict.fromkeys(spellings[each] for each in near))


def _delivery_findings(address: PostalAddress) -> Iterator[Finding]:
    if any(_PO_BOX.search(line) for line in address.lines):
        message = "A post office box: couriers do not deliver there."
        yield Finding(FindingCode.PO_BOX, Part.LINES, message)
    if any(_FORCES.search(text) for text in (*address.lines, address.postal_code or "")):
        message = "A forces' post address: not every carrier goes there."
        yield Finding(FindingCode.MILITARY, Part.LINES, message)
