"""What a giver may set as the most that a gift costs."""

from decimal import Decimal

import pytest

from gateway.engine.money import Currency, Money
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.gifts.charge_caps import CHARGE_CAP_PATH, parse_charge_cap

USD = Currency("USD", 2)
LOW = Money(1200, USD)


def cap_error(message: str) -> UserError:
    return UserError(ErrorCode.INVALID_INPUT, CHARGE_CAP_PATH, message)


@pytest.mark.parametrize(("amount", "minor"), [("12.00", 1200), ("12", 1200), ("99.99", 9999)])
def test_a_cap_is_at_least_the_low_estimate(amount: str, minor: int) -> None:
    assert parse_charge_cap(Decimal(amount), LOW) == Money(minor, USD)


@pytest.mark.parametrize("amount", ["11.99", "0", "-12.00"])
def test_a_lower_cap_is_refused_with_the_figure(amount: str) -> None:
    message = "chargeCap must be at least 12.00 USD, the low estimate."
    assert parse_charge_cap(Decimal(amount), LOW) == cap_error(message)


def test_a_cap_with_too_many_decimals_is_refused() -> None:
    refusal = parse_charge_cap(Decimal("12.001"), LOW)
    assert isinstance(refusal, UserError)
    assert (refusal.code, refusal.field) == (ErrorCode.INVALID_INPUT, CHARGE_CAP_PATH)
