"""Validation of postal addresses by the rules of their country."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.addresses.country_rules import AddressPart, AddressRules, Region
from gateway.engine.addresses.postal_codes import (
    compact_postal_code,
    format_postal_code,
    is_valid_postal_code,
)
from gateway.engine.text.normalization import comparison_key, normalize_line

MAX_ADDRESS_LINES = 5
MAX_PART_LENGTH = 200
"""An address with more lines, or with a part of more characters, is an error: it does not fit on a
carrier's label.
"""

_PO_BOX = re.compile(
    r"\b(?:p\.? ?o\.? ?box|post office box|postfach|casilla|apartado|bo[iî]te postale|postbus)\b",
    re.IGNORECASE,
)
_FORCES_POST = re.compile(r"\bBFPO\b", re.IGNORECASE)


class AddressVerdict(StrEnum):
    """Whether goods can be delivered to an address. WARNING: probably; ERROR: no."""

    OK = "OK"
    WARNING = "WARNING"
    ERROR = "ERROR"


class AddressFindingCode(StrEnum):
    """The kind of a problem with an address."""

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
        AddressFindingCode.UNKNOWN_COUNTRY,
        AddressFindingCode.REQUIRED,
        AddressFindingCode.MALFORMED,
        AddressFindingCode.TOO_LONG,
    }
)


@dataclass(frozen=True, slots=True)
class AddressFinding:
    """One problem with an address: code, part, message, and values that may be meant instead."""

    code: AddressFindingCode
    field: AddressPart
    message: str
    suggestions: tuple[str, ...] = ()

    @property
    def level(self) -> AddressVerdict:
        """ERROR if delivery is impossible, WARNING if it may fail."""
        return AddressVerdict.ERROR if self.code in _ERRORS else AddressVerdict.WARNING


@dataclass(frozen=True, slots=True)
class AddressAssessment:
    """A normalized address and all problems with it."""

    address: PostalAddress
    findings: tuple[AddressFinding, ...]

    @property
    def level(self) -> AddressVerdict:
        """The worst level of the findings; OK if there are none."""
        levels = {finding.level for finding in self.findings}
        return next(
            (level for level in (AddressVerdict.ERROR, AddressVerdict.WARNING) if level in levels),
            AddressVerdict.OK,
        )


def assess_address(address: PostalAddress, rules: AddressRules | None) -> AddressAssessment:
    """Normalize ``address`` and check it by ``rules`` (None: there is no such country).

    The name of the recipient is not checked here but by ``name_findings``.
    """
    plain = clean_address(address)
    if rules is None:
        return AddressAssessment(plain, (_unknown_country(plain),))
    formatted = _apply_country_format(plain, rules)
    return AddressAssessment(formatted, tuple(_findings(formatted, rules)))


def clean_address(address: PostalAddress) -> PostalAddress:
    """Return ``address`` in normalized Unicode with single spaces. Empty parts become None."""
    return PostalAddress(
        name=normalize_line(address.name),
        country=normalize_line(address.country).upper(),
        region=_clean_or_none(address.region),
        city=_clean_or_none(address.city),
        postal_code=_clean_or_none(address.postal_code),
        lines=tuple(line for line in map(normalize_line, address.lines) if line),
        phone=_clean_or_none(address.phone),
    )


def _clean_or_none(text: str | None) -> str | None:
    return normalize_line(text or "") or None


def assess_destination(
    destination: Destination, rules: AddressRules
) -> tuple[Destination, tuple[AddressFinding, ...]]:
    """Return ``destination`` in its country's form, and problems of its postal code and region."""
    address = clean_address(
        PostalAddress(
            "",
            destination.country,
            destination.region,
            destination.city,
            destination.postal_code,
            (),
        )
    )
    formatted = _apply_country_format(address, rules)
    findings = (*_postal_findings(formatted, rules), *_region_findings(formatted, rules))
    return formatted.destination, findings


def name_findings(address: PostalAddress) -> tuple[AddressFinding, ...]:
    """The errors of the recipient's name in ``address``: it must have a letter or a digit."""
    if comparison_key(address.name):
        return ()
    return (
        AddressFinding(
            AddressFindingCode.REQUIRED, AddressPart.NAME, "Who receives the parcel is missing."
        ),
    )


def _apply_country_format(address: PostalAddress, rules: AddressRules) -> PostalAddress:
    """Return ``address`` with postal code and region in the country's form where they are known."""
    code = format_postal_code(address.postal_code, rules) if address.postal_code else None
    region = _find_address_region(address.region, code, rules) if address.region else None
    return replace(address, postal_code=code, region=region.code if region else address.region)


def _find_address_region(text: str, code: str | None, rules: AddressRules) -> Region | None:
    """The region of addresses that ``text`` names.

    If it names a larger one (the Canaries, Lombardy), the part of it that the postal code belongs
    to, or its only part; None if that is not certain.
    """
    region = rules.find_region(text)
    if region is not None:
        return region
    larger = rules.find_subdivision(text)
    if larger is None:
        return None
    parts = [each for each in rules.regions if larger.iso_code in rules.larger_subdivisions(each)]
    if code is not None and len(parts) > 1:
        parts = [each for each in parts if _is_in_region(each, code)]
    return parts[0] if len(parts) == 1 else None


def _findings(address: PostalAddress, rules: AddressRules) -> Iterator[AddressFinding]:
    yield from _missing_findings(address, rules)
    yield from _length_findings(address)
    yield from _postal_findings(address, rules)
    yield from _region_findings(address, rules)
    yield from _delivery_findings(address)


def _unknown_country(address: PostalAddress) -> AddressFinding:
    message = f"{address.country!r} is not a country."
    return AddressFinding(AddressFindingCode.UNKNOWN_COUNTRY, AddressPart.COUNTRY, message)


def _missing_findings(address: PostalAddress, rules: AddressRules) -> Iterator[AddressFinding]:
    for part in rules.part_order:
        if part in rules.required and not _part_text(address, part):
            message = f"{rules.label(part)} is missing."
            suggestions = _likely_regions(address, rules) if part is AddressPart.REGION else ()
            yield AddressFinding(AddressFindingCode.REQUIRED, part, message, suggestions)


def _part_text(address: PostalAddress, part: AddressPart) -> str | None:
    values = {
        AddressPart.LINES: " ".join(address.lines),
        AddressPart.CITY: address.city,
        AddressPart.REGION: address.region,
        AddressPart.POSTAL_CODE: address.postal_code,
        AddressPart.NAME: address.name,
    }
    return values[part]


def _likely_regions(address: PostalAddress, rules: AddressRules) -> tuple[str, ...]:
    return likely_regions(address.postal_code, rules)


def likely_regions(postal_code: str | None, rules: AddressRules) -> tuple[str, ...]:
    """The codes of the regions to which ``postal_code`` may belong."""
    return tuple(
        region.code
        for region in (*rules.regions, *rules.territories)
        if _is_in_region(region, postal_code)
    )


def _is_in_region(region: Region, postal_code: str | None) -> bool:
    if postal_code is None or region.postal_pattern is None:
        return False
    beginning = re.compile(f"(?:{region.postal_pattern})")
    return bool(beginning.match(postal_code) or beginning.match(compact_postal_code(postal_code)))


def _length_findings(address: PostalAddress) -> Iterator[AddressFinding]:
    if len(address.lines) > MAX_ADDRESS_LINES:
        message = f"More than {MAX_ADDRESS_LINES} lines do not fit a label."
        yield AddressFinding(AddressFindingCode.TOO_LONG, AddressPart.LINES, message)
    for part, text in _part_texts(address):
        if len(text) > MAX_PART_LENGTH:
            message = f"More than {MAX_PART_LENGTH} characters do not fit a label."
            yield AddressFinding(AddressFindingCode.TOO_LONG, part, message)


def _part_texts(address: PostalAddress) -> Iterator[tuple[AddressPart, str]]:
    yield from ((AddressPart.LINES, line) for line in address.lines)
    for part in (AddressPart.NAME, AddressPart.CITY, AddressPart.REGION, AddressPart.POSTAL_CODE):
        yield part, _part_text(address, part) or ""


def _postal_findings(address: PostalAddress, rules: AddressRules) -> Iterator[AddressFinding]:
    code, pattern = address.postal_code, rules.postal_pattern
    if code is None or pattern is None or is_valid_postal_code(code, rules):
        return
    # An example only shows the form. It is not suggested as a correction.
    example = f", for example {rules.postal_example}" if rules.postal_example else ""
    message = (
        f"This is not how a {rules.label(AddressPart.POSTAL_CODE)} looks in {rules.name}{example}."
    )
    yield AddressFinding(AddressFindingCode.MALFORMED, AddressPart.POSTAL_CODE, message)


def _region_findings(address: PostalAddress, rules: AddressRules) -> Iterator[AddressFinding]:
    if not address.region:
        return
    region = rules.find_region(address.region)
    if region is None and not rules.regions:
        return
    if region is None:
        message = (
            f"{rules.name} has no such {rules.label(AddressPart.REGION).lower()} that we know."
        )
        yield AddressFinding(
            AddressFindingCode.UNKNOWN_REGION,
            AddressPart.REGION,
            message,
            _suggest_regions(address, rules),
        )
        return
    if region.military:
        message = "A forces' post address: not every carrier goes there."
        yield AddressFinding(AddressFindingCode.MILITARY, AddressPart.REGION, message)
    if _contradicts_postal_code(region, address.postal_code, rules):
        message = f"The {rules.label(AddressPart.POSTAL_CODE)} does not belong to {region.name}."
        likely = _likely_regions(address, rules)
        yield AddressFinding(
            AddressFindingCode.REGION_MISMATCH, AddressPart.REGION, message, likely
        )


def _contradicts_postal_code(region: Region, code: str | None, rules: AddressRules) -> bool:
    """Whether ``code`` is not one of the region, or one of a territory that it is no part of."""
    if code is None:
        return False
    if region.postal_pattern is not None:
        return not _is_in_region(region, code)
    territory = next((each for each in rules.territories if _is_in_region(each, code)), None)
    return territory is not None and territory.iso_code not in rules.larger_subdivisions(region)


def _suggest_regions(address: PostalAddress, rules: AddressRules) -> tuple[str, ...]:
    """The codes of the regions with similar names; if none, the regions of the postal code."""
    codes = tuple(region.code for region in similar_regions(address.region or "", rules))
    return codes or _likely_regions(address, rules)


def similar_regions(text: str, rules: AddressRules) -> tuple[Region, ...]:
    """The regions whose names are similar to ``text``, the most similar first, at most three."""
    spellings = {spelling: each for each in rules.regions for spelling in each.spellings}
    similar_spellings = get_close_matches(comparison_key(text), spellings, n=3, cutoff=0.75)
    return tuple(dict.fromkeys(spellings[each] for each in similar_spellings))


def _delivery_findings(address: PostalAddress) -> Iterator[AddressFinding]:
    if any(_PO_BOX.search(line) for line in address.lines):
        message = "A post office box: couriers do not deliver there."
        yield AddressFinding(AddressFindingCode.PO_BOX, AddressPart.LINES, message)
    if any(_FORCES_POST.search(text) for text in (*address.lines, address.postal_code or "")):
        message = "A forces' post address: not every carrier goes there."
        yield AddressFinding(AddressFindingCode.MILITARY, AddressPart.LINES, message)
