"""Reductions: what one takes off an amount, and how one on the order is shared by its items."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from gateway.engine.money import allocate, rounded


@dataclass(frozen=True, slots=True)
class AmountOff:
    """So many minor units off the whole."""

    minor: int


@dataclass(frozen=True, slots=True)
class AmountOffEach:
    """So many minor units off each unit."""

    minor: int


@dataclass(frozen=True, slots=True)
class PercentOff:
    """So many percent (10 is a tenth) off the whole, rounded half up to a minor unit."""

    percent: Decimal


Discount: TypeAlias = AmountOff | AmountOffEach | PercentOff


@dataclass(frozen=True, slots=True)
class OrderDiscount:
    """A reduction of the whole order's items, with the code that earned it, if one did."""

    discount: AmountOff | PercentOff
    label: str
    code: str | None = None


@lru_cache(maxsize=4096)
def fraction(percent: Decimal) -> tuple[int, int]:
    """``percent`` as an exact fraction of one: numerator and denominator."""
    numerator, denominator = percent.as_integer_ratio()
    return numerator, denominator * 100


def reduction(discount: Discount, amount: int, units: int) -> int:
    """What ``discount`` takes off ``amount`` minor units for ``units`` units, at most all."""
    match discount:
        case AmountOff(minor):
            wanted = minor
        case AmountOffEach(minor):
            wanted = minor * units
        case PercentOff(percent):
            numerator, denominator = fraction(percent)
            wanted = rounded(amount * numerator, denominator)
    return min(wanted, amount)


def shared_reduction(discount: AmountOff | PercentOff, amounts: Sequence[int]) -> tuple[int, ...]:
    """What ``discount`` takes off each of ``amounts``: by largest remainder, summing exactly."""
    return allocate(reduction(discount, sum(amounts), 1), amounts)
