"""Codes: which fit, what they bring, and why one does not."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from gateway.engine.money import Currency
from gateway.engine.pricing.discount_codes import (
    AppliedCodes,
    CodeContext,
    Coupon,
    EnteredCode,
    StoredValue,
    StoredValuePayment,
    allocate_stored_value,
    apply_codes,
    refusal_reason,
)
from gateway.engine.pricing.discounts import AmountOff, OrderDiscount, PercentOff
from gateway.engine.user_errors import RequestWarning, WarningCode
from gateway.engine.validity import Validity

USD, JPY = Currency("USD", 2), Currency("JPY", 0)
TODAY = date(2026, 11, 2)
TEN_PERCENT_COUPON = Coupon("SAVE10", "10 % off", PercentOff(Decimal(10)))
FIVE_OFF_COUPON = Coupon(
    "FIVE", "5 off", {"USD": AmountOff(500), "EUR": AmountOff(400)}, {"USD": 2000}
)
STORED_VALUE = StoredValue("STORED25", "USD", 2500)


def enter_codes(
    *codes: str,
    coupons: tuple[Coupon, ...] = (TEN_PERCENT_COUPON, FIVE_OFF_COUPON),
    stored: tuple[StoredValue, ...] = (STORED_VALUE,),
    context: CodeContext = CodeContext(USD, 2000, TODAY),  # noqa: B008 - frozen
) -> AppliedCodes:
    return apply_codes(codes, coupons, stored, context)


def test_codes_are_found_however_they_are_typed_and_count_once() -> None:
    assert enter_codes(" save10", "SAVE10 ", "five", "stored25") == AppliedCodes(
        discounts=(
            OrderDiscount(PercentOff(Decimal(10)), "10 % off", "SAVE10"),
            OrderDiscount(AmountOff(500), "5 off", "FIVE"),
        ),
        stored_values=(STORED_VALUE,),
        entered_codes=(
            EnteredCode("SAVE10", TEN_PERCENT_COUPON),
            EnteredCode("five", FIVE_OFF_COUPON),
            EnteredCode("stored25", STORED_VALUE),
        ),
    )
    assert enter_codes("stored25").stored_value_total == 2500
    assert enter_codes("save10").stored_value_total is None


@pytest.mark.parametrize(
    ("code", "coupon", "occasion", "why"),
    [
        ("Nope", TEN_PERCENT_COUPON, CodeContext(USD, 1, TODAY), "There is no such code."),
        (
            "FIVE",
            FIVE_OFF_COUPON,
            CodeContext(USD, 1999, TODAY),
            "This code needs items worth at least 20.00 USD.",
        ),
        (
            "FIVE",
            FIVE_OFF_COUPON,
            CodeContext(JPY, 9999, TODAY),
            "This code is not for purchases in JPY.",
        ),
        (
            "ONCE",
            Coupon("once", "", TEN_PERCENT_COUPON.off, once_per_purchaser=True),
            CodeContext(USD, 1, TODAY, frozenset({"ONCE"})),
            "This code was used before; it counts once.",
        ),
        (
            "SOON",
            Coupon("SOON", "", TEN_PERCENT_COUPON.off, validity=Validity(start=date(2026, 12, 1))),
            CodeContext(USD, 1, TODAY),
            "This code is valid from 2026-12-01.",
        ),
        (
            "PAST",
            Coupon("PAST", "", TEN_PERCENT_COUPON.off, validity=Validity(end=TODAY)),
            CodeContext(USD, 1, TODAY),
            "This code is no longer valid.",
        ),
        (
            "LOCAL",
            Coupon("LOCAL", "", TEN_PERCENT_COUPON.off, currencies=frozenset({"EUR"})),
            CodeContext(USD, 1, TODAY),
            "This code is not for purchases in USD.",
        ),
        (
            "SAVE10",
            TEN_PERCENT_COUPON,
            CodeContext(USD, 1, TODAY, has_discountable_items=False),
            "Nothing in the cart can be reduced by a code.",
        ),
    ],
)
def test_a_code_that_does_not_fit_says_why(
    code: str, coupon: Coupon, occasion: CodeContext, why: str
) -> None:
    warning = RequestWarning(WarningCode.CODE_NOT_APPLICABLE, code, why)
    entered = () if code == "Nope" else (EnteredCode(code, coupon, why),)
    applied = enter_codes(code, coupons=(coupon,), context=occasion)
    assert applied == AppliedCodes(warnings=(warning,), entered_codes=entered)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (StoredValue("S", "EUR", 1), "This code pays in EUR only."),
        (StoredValue("S", "USD", 0), "Nothing is left on this code."),
        (StoredValue("S", "USD", 1, Validity(end=TODAY)), "This code is no longer valid."),
    ],
)
def test_stored_value_that_cannot_pay_says_why(stored: StoredValue, why: str) -> None:
    warning = RequestWarning(WarningCode.CODE_NOT_APPLICABLE, "S", why)
    entered = (EnteredCode("S", stored, why),)
    assert enter_codes("S", stored=(stored,)) == AppliedCodes(
        warnings=(warning,), entered_codes=entered
    )


def test_days_of_validity() -> None:
    first, last = date(2026, 1, 1), date(2026, 2, 1)
    january = Validity(first, last)
    assert [
        january.includes(day) for day in (date(2025, 12, 31), first, date(2026, 1, 31), last)
    ] == [
        False,
        True,
        True,
        False,
    ]
    assert Validity(last, first).is_empty
    assert Validity(first, first).is_empty
    assert not january.is_empty


def test_stored_value_is_drawn_in_the_order_given() -> None:
    stored = (StoredValue("A", "USD", 300), StoredValue("B", "USD", 500))
    assert allocate_stored_value(stored, 400) == (
        StoredValuePayment("A", 300),
        StoredValuePayment("B", 100),
    )
    assert allocate_stored_value(stored, 300) == (StoredValuePayment("A", 300),)
    assert allocate_stored_value(stored, 1000) == (
        StoredValuePayment("A", 300),
        StoredValuePayment("B", 500),
    )
    assert allocate_stored_value(stored, 0) == ()


def test_a_code_without_a_minimum_needs_nothing() -> None:
    nothing = CodeContext(USD, 0, TODAY)
    assert refusal_reason(TEN_PERCENT_COUPON, nothing) is None
    assert refusal_reason(replace(TEN_PERCENT_COUPON, minimums={"EUR": 1}), nothing) is None
    message = "This code needs items worth at least 0.01 USD."
    assert refusal_reason(replace(TEN_PERCENT_COUPON, minimums={"USD": 1}), nothing) == message
