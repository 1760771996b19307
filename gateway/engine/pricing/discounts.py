"""Discounts: the amount that one takes off, and its shares among the items of an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from gateway.engine.money import allocate, percent_fraction, round_fraction


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount, in minor units, off the whole line or order."""

    minor: int


@dataclass(frozen=True, slots=True)
class AmountOffPerUnit:
    """An amount, in minor units, off each unit."""

    minor: int


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A percentage (10 is a tenth) off the whole, rounded half up to a minor unit."""

    percent: Decimal


Discount: TypeAlias = AmountOff | AmountOffPerUnit | PercentOff


@dataclass(frozen=True, slots=True)
class OrderDiscount:
    """A discount on the items of the order. ``code`` is the discount code, None without one."""

    discount: AmountOff | PercentOff
    label: str
    code: str | None = None


@lru_cache(maxsize=4096)
def discount_amount(discount: Discount, amount: int, units: int) -> int:
    """The amount that ``discount`` takes off ``amount`` (both minor units), at most all of it.

    ``units`` is the number of units that ``amount`` is the price of.
    """
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
    """Split the reduction by ``discount`` over ``amounts`` (minor units), by largest remainder."""
    return allocate(discount_amount(discount, sum(amounts), 1), amounts)
