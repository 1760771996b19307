"""The tax of one amount: limits, shares of several rates, and units that are rounded apart."""

from decimal import Decimal

import pytest

from gateway.engine.tax.line_tax import (
    ApplicableRates,
    TaxRate,
    allocate_by_largest_remainder,
    compute_tax,
    split_tax_by_rate,
)
from tests.engine.purchases import policy

TEN_PERCENT = ApplicableRates((TaxRate("tax", Decimal(10)),))
TWO_RATES = ApplicableRates((TaxRate("state", Decimal(6)), TaxRate("city", Decimal(3))))


@pytest.mark.parametrize(
    ("amount", "units", "mode", "taxes"),
    [
        # Ten units of a net 0.09 are 10 in all rounded up, more than the amount: no tax is left.
        (1, 10, "UP", (0,)),
        (-1, 10, "UP", (0,)),
        # Rounded down they are nothing: all of the amount is tax, and never more.
        (5, 10, "DOWN", (5,)),
        (-5, 10, "DOWN", (-5,)),
        (0, 10, "UP", (0,)),
        (11, 1, "HALF_UP", (1,)),
        (-11, 1, "HALF_UP", (-1,)),
        (1, 1, "DOWN", (1,)),
        (-1, 1, "DOWN", (-1,)),
    ],
)
def test_what_a_rounded_net_leaves_is_within_the_amount(
    amount: int, units: int, mode: str, taxes: tuple[int, ...]
) -> None:  # R80
    rounding = policy(mode, "UNIT", side="NET")
    taxed = compute_tax(amount, TEN_PERCENT, rounding, includes_tax=True, units=units)
    assert taxed.taxes == taxes


@pytest.mark.parametrize(
    ("amount", "per_rate", "taxes"),
    [
        # 6 % and 3 % of 0.50 are 3 and 1.5; together 4.5
        (50, True, (3, 2)),
        (50, False, (3, 2)),
        (-50, True, (-3, -2)),
        (-50, False, (-3, -2)),
        # 0.9 and 0.45; together 1.35
        (15, True, (1, 0)),
        (15, False, (1, 0)),
        # 0.42 and 0.21; together 0.63: the one cent is the larger rate's
        (7, True, (0, 0)),
        (7, False, (1, 0)),
        (-7, False, (-1, 0)),
    ],
)
def test_rates_are_rounded_apart_or_together(
    amount: int,
    per_rate: bool,  # noqa: FBT001
    taxes: tuple[int, ...],
) -> None:  # R80
    rounding = policy(per_rate=per_rate)
    assert compute_tax(amount, TWO_RATES, rounding, includes_tax=False).taxes == taxes


@pytest.mark.parametrize(
    ("total_tax", "amount", "shares"),
    [(5, 50, (3, 2)), (-5, -50, (-3, -2)), (4, 50, (3, 1)), (-4, -50, (-3, -1)), (0, 0, (0, 0))],
)
def test_a_tax_is_split_by_its_rates(total_tax: int, amount: int, shares: tuple[int, ...]) -> None:
    assert split_tax_by_rate(total_tax, amount, TWO_RATES, TWO_RATES.denominator) == shares


def test_ties_of_a_remainder_go_to_the_earlier() -> None:
    assert allocate_by_largest_remainder(3, [1, 1], divisor=1) == (2, 1)
    assert allocate_by_largest_remainder(2, [3, 3, 3], divisor=4) == (1, 1, 0)
    assert allocate_by_largest_remainder(5, [1, 1], divisor=2) == (3, 2)


def test_without_a_rate_there_is_no_tax() -> None:
    assert compute_tax(100, ApplicableRates(()), policy(), includes_tax=False).taxes == ()
    zero = ApplicableRates((TaxRate("tax", Decimal(0)),))
    assert compute_tax(100, zero, policy(), includes_tax=True).taxes == (0,)
