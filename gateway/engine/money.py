"""Money: amounts in whole minor units of a currency, rounding modes, and exact splitting."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.engine.values import LastingValue, value_object


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency: its ISO 4217 code and the number of its decimals (USD 2, JPY 0)."""

    code: str
    digits: int


_MAX_DIGITS = 15
"""An amount has at most this many digits in minor units (see MAX_MINOR)."""
_MINOR_UNITS = tuple(Decimal(1).scaleb(-digits) for digits in range(19))
"""One minor unit in major units, by the number of decimals.

A product with it has exactly as many decimals.
"""


class CurrencyMismatch(ValueError):
    """Amounts of different currencies were added or subtracted."""


class RoundingMode(StrEnum):
    """The way a fraction of a minor unit is rounded. Same meanings as Java's ``RoundingMode``."""

    UP = "UP"
    DOWN = "DOWN"
    CEILING = "CEILING"
    FLOOR = "FLOOR"
    HALF_UP = "HALF_UP"
    HALF_DOWN = "HALF_DOWN"
    HALF_EVEN = "HALF_EVEN"


@value_object
class Money(LastingValue):
    """An exact amount: ``minor`` units (cents, yen, fils) of ``currency``.

    Adding or subtracting amounts of different currencies raises ``CurrencyMismatch``.
    """

    minor: int
    currency: Currency

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return self.minor * _MINOR_UNITS[self.currency.digits]

    @property
    def text(self) -> str:
        """The amount with its currency, the same everywhere: ``10.00 USD``."""
        return f"{self.amount} {self.currency.code}"

    @property
    def minor_units(self) -> int:
        """The amount in minor units."""
        return self.minor

    def __add__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def _require_same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency.code} and {other.currency.code}")


MAX_MINOR = 10**15
"""Every amount is below this many minor units; a larger one is refused with AmountTooLarge.

It is far below 2^63, so that taxes and sums still fit in 64 bits.
"""


class InvalidAmount(ValueError):
    """An amount that its currency does not allow."""


class TooManyDecimals(InvalidAmount):
    """An amount with more decimals than its currency has."""


class AmountTooLarge(InvalidAmount):
    """An amount that is not below ``MAX_MINOR`` minor units."""


def money_from_major_units(amount: Decimal, currency: Currency) -> Money:
    """Return ``amount`` major units as ``Money``.

    Raises:
        TooManyDecimals: ``amount`` has more decimals than the currency.
        AmountTooLarge: ``amount`` is not below 10^15 minor units.

    """
    # Checked before conversion, because a short text such as 1e999999 has a million digits.
    if amount.adjusted() + currency.digits >= _MAX_DIGITS and amount:
        raise AmountTooLarge(f"{currency.code} amounts stay below 10^15 minor units")
    scaled = amount.scaleb(currency.digits)
    minor = int(scaled)
    if minor != scaled:
        raise TooManyDecimals(f"{currency.code} has {currency.digits} decimals")
    return Money(minor, currency)


def round_fraction(
    numerator: int, denominator: int, mode: RoundingMode = RoundingMode.HALF_UP
) -> int:
    """Round ``numerator / denominator`` (denominator > 0) to a whole number by ``mode``."""
    quotient, remainder = divmod(numerator, denominator)
    if remainder and _rounds_up(quotient, 2 * remainder - denominator, numerator > 0, mode):
        return quotient + 1
    return quotient


def _rounds_up(floor: int, over_half: int, is_positive: bool, mode: RoundingMode) -> bool:  # noqa: FBT001, PLR0911
    """Whether a number between ``floor`` and ``floor + 1`` becomes the latter.

    ``over_half`` is negative below the middle, zero on it, positive above it.
    """
    match mode:
        case RoundingMode.CEILING:
            return True
        case RoundingMode.FLOOR:
            return False
        case RoundingMode.UP:
            return is_positive
        case RoundingMode.DOWN:
            return not is_positive
    if over_half:
        return over_half > 0
    match mode:
        case RoundingMode.HALF_UP:
            return is_positive
        case RoundingMode.HALF_DOWN:
            return not is_positive
    return floor % 2 == 1


def allocate(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split ``amount`` minor units in proportion to ``weights``; the shares sum to ``amount``.

    Weights are not negative; a weight of zero gets zero. The rest goes to the largest remainders,
    and to the earlier share where remainders are equal. A negative amount is split like the
    positive one, with the sign changed.

    Raises:
        ValueError: all weights are zero and ``amount`` is not.

    """
    total = sum(weights)
    if total == 0:
        if amount:
            raise ValueError("nothing to split an amount over")
        return (0,) * len(weights)
    sign, size = (-1, -amount) if amount < 0 else (1, amount)
    shares = [size * weight // total for weight in weights]
    remainders = [size * weight % total for weight in weights]
    undistributed = size - sum(shares)
    if undistributed:
        # Sorting backwards keeps equal remainders in their order.
        ranked = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)
        for position in ranked[:undistributed]:
            shares[position] += 1
    return tuple(sign * share for share in shares)


def percent_fraction(percent: Decimal) -> tuple[int, int]:
    """Return ``percent`` (7.25 is 7.25 %) as a fraction of one: numerator and denominator."""
    numerator, denominator = percent.as_integer_ratio()
    return numerator, denominator * 100
