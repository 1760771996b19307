"""Where a purchase goes, understood as an address is: cleaned, then judged by its country's rules.

An area need not be complete. What is given must be understood, else nobody knows its tax.
"""

from dataclasses import replace
from functools import lru_cache

from gateway.engine.address_rules import AddressRules, Part
from gateway.engine.places import Destination
from gateway.engine.sufficiency import Finding, FindingCode, place_findings

_DOUBTS = frozenset({FindingCode.REGION_MISMATCH, FindingCode.UNKNOWN_REGION})


def judged(to: Destination, rules: AddressRules) -> tuple[Destination, tuple[Finding, ...]]:
    """``to`` cleaned, and what of it cannot be understood.

    It is doubtful where its postal code lies in another region, or its region is not known in a
    country that can do without.
    """
    settled, findings = place_findings(to, rules)
    wrong = tuple(each for each in findings if _fatal(each, rules))
    doubts = any(each.code in _DOUBTS for each in findings)
    return replace(settled, doubtful=doubts), wrong


def _fatal(finding: Finding, rules: AddressRules) -> bool:
    match finding.code:
        case FindingCode.MALFORMED:
            return True
        case FindingCode.UNKNOWN_REGION:
            return Part.REGION in rules.required
        case _:
            return False


# A cart is read far more often than it moves.
@lru_cache(maxsize=4_096)
def settled(to: Destination, rules: AddressRules | None) -> Destination:
    """``to`` cleaned as far as it is understood: what is not makes it doubtful."""
    if rules is None:
        return replace(to, doubtful=True)
    clean, wrong = judged(to, rules)
    return replace(clean, doubtful=clean.doubtful or bool(wrong))
