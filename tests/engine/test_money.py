"""Money: exact, one rounding, and shares that add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.money import (
    Currency,
    Money,
    RoundingMode,
    TooManyDecimals,
    allocate,
    money_from_major_units,
    round_fraction,
)

USD = Currency("USD", 2)
JPY = Currency("JPY", 0)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("UP", [6, 3, 2, 2, 1, -1, -2, -2, -3, -6]),
        ("DOWN", [5, 2, 1, 1, 1, -1, -1, -1, -2, -5]),
        ("CEILING", [6, 3, 2, 2, 1, -1, -1, -1, -2, -5]),
        ("FLOOR", [5, 2, 1, 1, 1, -1, -2, -2, -3, -6]),
        ("HALF_UP", [6, 3, 2, 1, 1, -1, -1, -2, -3, -6]),
        ("HALF_DOWN", [5, 2, 2, 1, 1, -1, -1, -2, -2, -5]),
        ("HALF_EVEN", [6, 2, 2, 1, 1, -1, -1, -2, -2, -6]),
    ],
)
def test_modes_have_the_meanings_of_javas(mode: str, expected: list[int]) -> None:
    """The table of java.math.RoundingMode's documentation, in tenths."""
    tenths = [55, 25, 16, 11, 10, -10, -11, -16, -25, -55]
    assert [round_fraction(each, 10, RoundingMode(mode)) for each in tenths] == expected


def test_an_amount_has_at_most_its_currencys_decimals() -> None:  # R80
    assert money_from_major_units(Decimal("19.99"), USD) == Money(1999, USD)
    assert money_from_major_units(Decimal("1E+2"), JPY) == Money(100, JPY)
    for amount, currency in (("1.005", USD), ("12.5", JPY)):
        with pytest.raises(TooManyDecimals):
            money_from_major_units(Decimal(amount), currency)


def test_amounts_print_with_their_currencys_decimals() -> None:
    assert str(Money(1999, USD).amount) == "19.99"
    assert str(Money(-5, USD).amount) == "-0.05"
    assert str(Money(12, JPY).amount) == "12"


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (10, [5, 1, 1], (7, 2, 1)),
        (5, [70, 30], (4, 1)),
        (5, [30, 70], (2, 3)),
        (-10, [5, 1, 1], (-7, -2, -1)),
        (7, [0, 3, 0], (0, 7, 0)),
        (0, [0, 0], (0, 0)),
    ],
)
def test_shares_by_the_largest_remainder(
    amount: int, weights: list[int], shares: tuple[int, ...]
) -> None:
    assert allocate(amount, weights) == shares


@given(st.integers(), st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_shares_add_up(amount: int, weights: list[int]) -> None:
    shares = allocate(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


def test_nothing_is_split_over_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        allocate(1, [0, 0])
