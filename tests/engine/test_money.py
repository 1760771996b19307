"""Money: exact, one rounding, and shares that add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.money import (
    AmountTooLarge,
    Currency,
    CurrencyMismatch,
    Money,
    RoundingMode,
    TooManyDecimals,
    allocate,
    money_from_major_units,
    percent_fraction,
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


def test_an_amount_stays_below_ten_to_the_fifteenth() -> None:
    largest = Decimal("9999999999999.99")
    assert money_from_major_units(largest, USD) == Money(999_999_999_999_999, USD)
    assert money_from_major_units(Decimal(-999_999_999_999_999), JPY).minor == -999_999_999_999_999
    assert money_from_major_units(Decimal("0E+30"), USD) == Money(0, USD)
    for amount, currency in ((Decimal("1E+13"), USD), (Decimal("1E+15"), JPY)):
        with pytest.raises(AmountTooLarge) as raised:
            money_from_major_units(amount, currency)
        assert str(raised.value) == f"{currency.code} amounts stay below 10^15 minor units"
    with pytest.raises(TooManyDecimals) as refused:
        money_from_major_units(Decimal("1.005"), USD)
    assert str(refused.value) == "USD has 2 decimals"


def test_amounts_of_one_currency_are_added() -> None:
    assert Money(5, USD) + Money(7, USD) == Money(12, USD)
    assert Money(5, USD) - Money(7, USD) == Money(-2, USD)
    assert -Money(5, USD) == Money(-5, USD)
    for combine in (Money.__add__, Money.__sub__):
        with pytest.raises(CurrencyMismatch) as raised:
            combine(Money(5, USD), Money(5, JPY))
        assert str(raised.value) == "USD and JPY"


def test_a_percentage_is_a_fraction_of_one() -> None:
    assert percent_fraction(Decimal("7.25")) == (29, 400)
    assert percent_fraction(Decimal(10)) == (10, 100)


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
    with pytest.raises(ValueError, match=r"^nothing to split an amount over$"):
        allocate(1, [0, 0])
