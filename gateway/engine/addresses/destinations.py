"""Destinations of purchases: normalized and checked by the rules of their country.

A destination need not be complete. Each part that is present must be understood, because the tax
depends on it.
"""

from dataclasses import replace
from functools import lru_cache

from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.country_rules import AddressPart, AddressRules
from gateway.engine.addresses.validation import (
    AddressFinding,
    AddressFindingCode,
    assess_destination,
)

_DOUBT_CODES = frozenset({AddressFindingCode.REGION_MISMATCH, AddressFindingCode.UNKNOWN_REGION})


def check_destination(
    destination: Destination, rules: AddressRules
) -> tuple[Destination, tuple[AddressFinding, ...]]:
    """Return ``destination`` normalized, and the errors in its postal code and region.

    It is doubtful if its postal code belongs to another region, or if its region is unknown in a
    country that does not require one.
    """
    normalized, findings = assess_destination(destination, rules)
    errors = tuple(finding for finding in findings if _is_error(finding, rules))
    is_doubtful = any(finding.code in _DOUBT_CODES for finding in findings)
    return replace(normalized, doubtful=is_doubtful), errors


def _is_error(finding: AddressFinding, rules: AddressRules) -> bool:
    match finding.code:
        case AddressFindingCode.MALFORMED:
            return True
        case AddressFindingCode.UNKNOWN_REGION:
            return AddressPart.REGION in rules.required
        case _:
            return False


# A cart is read much more often than its destination changes.
@lru_cache(maxsize=4_096)
def normalize_destination(destination: Destination, rules: AddressRules | None) -> Destination:
    """Return ``destination`` normalized; it is doubtful if it has errors or there are no rules."""
    if rules is None:
        return replace(destination, doubtful=True)
    normalized, errors = check_destination(destination, rules)
    return replace(normalized, doubtful=normalized.doubtful or bool(errors))
