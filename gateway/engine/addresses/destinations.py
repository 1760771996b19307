"""Where a purchase goes, understood as an address is: cleaned, then judged by its country's rules.

An area need not be complete. What is given must be understood, else nobody knows its tax.
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
    """``destination`` cleaned, and what of it cannot be understood.

    It is doubtful where its postal code lies in another region, or its region is not known in a
    country that can do without.
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


# A cart is read far more often than it moves.
@lru_cache(maxsize=4_096)
def normalize_destination(destination: Destination, rules: AddressRules | None) -> Destination:
    """``destination`` cleaned as far as it is understood: what is not makes it doubtful."""
    if rules is None:
        return replace(destination, doubtful=True)
    normalized, errors = check_destination(destination, rules)
    return replace(normalized, doubtful=normalized.doubtful or bool(errors))
