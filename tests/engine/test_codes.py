"""Codes: which fit, what they bring, and why one does not."""

from datetime import date
from decimal import Decimal

import pytest

from gateway.engine.codes import (
    Coupon,
    Draw,
    EnteredCode,
    Fit,
    Occasion,
    StoredValue,
    draws,
    fitting,
)
from gateway.engine.discounts import AmountOff, OrderDiscount, PercentOff
from gateway.engine.money import Currency
from gateway.engine.problems import Caution, WarningCode
from gateway.engine.validity import Validity

USD, JPY = Currency("USD", 2), Currency("JPY", 0)
TODAY = date(2026, 11, 2)
TENTH = Coupon("SAVE10", "10 % off", PercentOff(Decimal(10)))
FIVE = Coupon("FIVE", "5 off", {"USD": AmountOff(500), "EUR": AmountOff(400)}, {"USD": 2000})
STORED = StoredValue("STORED25", "USD", 2500)


def used(
    *codes: str,
    coupons: tuple[Coupon, ...] = (TENTH, FIVE),
    stored: tuple[StoredValue, ...] = (STORED,),
    occasion: Occasion = Occasion(USD, 2000, TODAY),  # noqa: B008 - frozen
) -> Fit:
    return fitting(codes, coupons, stored, occasion)


def test_codes_are_found_however_they_are_typed_and_count_once() -> None:
    assert used(" save10", "SAVE10 ", "five", "stored25") == Fit(
        discounts=(
            OrderDiscount(PercentOff(Decimal(10)), "10 % off", "SAVE10"),
            OrderDiscount(AmountOff(500), "5 off", "FIVE"),
        ),
        stored=(STORED,),
        entered=(
            EnteredCode("SAVE10", TENTH),
            EnteredCode("five", FIVE),
            EnteredCode("stored25", STORED),
        ),
    )
    assert used("stored25").stored_value == 2500
    assert used("save10").stored_value is None


@pytest.mark.parametrize(
    ("code", "coupon", "occasion", "why"),
    [
        ("Nope", TENTH, Occasion(USD, 1, TODAY), "There is no such code."),
        (
            "FIVE",
            FIVE,
            Occasion(USD, 1999, TODAY),
            "This code needs items worth at least 20.00 USD.",
        ),
        ("FIVE", FIVE, Occasion(JPY, 9999, TODAY), "This code is not for purchases in JPY."),
        (
            "ONCE",
            Coupon("once", "", TENTH.off, once_per_purchaser=True),
            Occasion(USD, 1, TODAY, frozenset({"ONCE"})),
            "This code was used before; it counts once.",
        ),
        (
            "SOON",
            Coupon("SOON", "", TENTH.off, validity=Validity(start=date(2026, 12, 1))),
            Occasion(USD, 1, TODAY),
            "This code is valid from 2026-12-01.",
        ),
        (
            "PAST",
            Coupon("PAST", "", TENTH.off, validity=Validity(end=TODAY)),
            Occasion(USD, 1, TODAY),
            "This code is no longer valid.",
        ),
        (
            "LOCAL",
            Coupon("LOCAL", "", TENTH.off, currencies=frozenset({"EUR"})),
            Occasion(USD, 1, TODAY),
            "This code is not for purchases in USD.",
        ),
    ],
)
def test_a_code_that_does_not_fit_says_why(
    code: str, coupon: Coupon, occasion: Occasion, why: str
) -> None:
    caution = Caution(WarningCode.CODE_NOT_APPLICABLE, code, why)
    entered = () if code == "Nope" else (EnteredCode(code, coupon, why),)
    found = used(code, coupons=(coupon,), occasion=occasion)
    assert found == Fit(cautions=(caution,), entered=entered)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (StoredValue("S", "EUR", 1), "This code pays in EUR only."),
        (StoredValue("S", "USD", 0), "Nothing is left on this code."),
        (StoredValue("S", "USD", 1, Validity(end=TODAY)), "This code is no longer valid."),
    ],
)
def test_stored_value_that_cannot_pay_says_why(stored: StoredValue, why: str) -> None:
    caution = Caution(WarningCode.CODE_NOT_APPLICABLE, "S", why)
    entered = (EnteredCode("S", stored, why),)
    assert used("S", stored=(stored,)) == Fit(cautions=(caution,), entered=entered)


def test_days_of_validity() -> None:
    first, last = date(2026, 1, 1), date(2026, 2, 1)
    january = Validity(first, last)
    assert [january.holds(day) for day in (date(2025, 12, 31), first, date(2026, 1, 31), last)] == [
        False,
        True,
        True,
        False,
    ]
    assert Validity(last, first).empty
    assert Validity(first, first).empty
    assert not january.empty


def test_stored_value_is_drawn_in_the_order_given() -> None:
    stored = (StoredValue("A", "USD", 300), StoredValue("B", "USD", 500))
    assert draws(stored, 400) == (Draw("A", 300), Draw("B", 100))
    assert draws(stored, 300) == (Draw("A", 300),)
    assert draws(stored, 1000) == (Draw("A", 300), Draw("B", 500))
    assert draws(stored, 0) == ()
