"""Reductions: what one takes off an amount, and how one on the order is shared by its items."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from gateway.engine.money import allocate, percent_fraction, round_fraction


@dataclass(frozen=True, slots=True)
class AmountOff:
    """So many minor units off the whole."""

    minor: int


@dataclass(frozen=True, slots=True)
class AmountOffPerUnit:
    """So many minor units off each unit."""

    minor: int


@dataclass(frozen=True, slots=True)
class PercentOff:
    """So many percent (10 is a tenth) off the whole, rounded half up to a minor unit."""

    percent: Decimal


Discount: TypeAlias = AmountOff | AmountOffPerUnit | PercentOff


@dataclass(frozen=True, slots=True)
class OrderDiscount:
    """A reduction of the whole order's items, with the code that earned it, if one did."""

    discount: AmountOff | PercentOff
    label: str
    code: str | None = None


@lru_cache(maxsize=4096)
def discount_amount(discount: Discount, amount: int, units: int) -> int:
    """What ``discount`` takes off ``amount`` minor units for ``units`` units, at most all."""
    match discount:
        case AmountOff(minor):
            amount_off = minor
        case AmountOffPerUnit(minor):
            amount_off = minor * units
        case PercentOff(percent):
            numerator, denominator = percent_fraction(percent)
            amount_off = round_fraction(amount * numerator, denominator)
    return min(amount_off, amount)


def allocate_discount(discount: AmountOff | PercentOff, amounts: Sequence[int]) -> tuple[int, ...]:
    """What ``discount`` takes off each of ``amounts``: by largest remainder, summing exactly."""
    return allocate(discount_amount(discount, sum(amounts), 1), amounts)
