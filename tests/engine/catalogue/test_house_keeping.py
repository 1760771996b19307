"""What staff may change of stock and prices, at and beyond each bound (R98)."""

from dataclasses import replace

import pytest

from gateway.engine.catalogue.price_changes import (
    PriceChange,
    describe_change,
    price_change_errors,
)
from gateway.engine.catalogue.products import Stock
from gateway.engine.catalogue.stock_adjustments import adjustment_error, adjustment_size_error
from gateway.engine.user_errors import ErrorCode, UserError
from tests.engine.purchases import USD
from tests.shelves import BUNDLE, MUG

SIZE_MESSAGE = "A number between -1,000,000 and 1,000,000, but not 0. This is "


def by_error(message: str, code: ErrorCode) -> UserError:
    return UserError(code, ("input", "by"), message)


@pytest.mark.parametrize("by", [1, -1, 1_000_000, -1_000_000])
def test_a_change_within_its_bounds(by: int) -> None:
    assert adjustment_size_error(by) is None


@pytest.mark.parametrize(
    ("by", "figure"), [(0, "0."), (1_000_001, "1,000,001."), (-1_000_001, "-1,000,001.")]
)
def test_a_change_beyond_its_bounds(by: int, figure: str) -> None:
    assert adjustment_size_error(by) == by_error(SIZE_MESSAGE + figure, ErrorCode.INVALID_INPUT)


@pytest.mark.parametrize(
    ("available", "by"), [(3, -3), (3, 1), (0, 1), (-2, 1), (-2, 5), (2**31 - 2, 1)]
)
def test_what_comes_in_and_what_nobody_has_reserved(available: int, by: int) -> None:
    assert adjustment_error(Stock(available), by) is None


@pytest.mark.parametrize(
    ("available", "by", "message", "code"),
    [
        (
            1234,
            -1235,
            "1,234 are available beside what orders have reserved: 1,235 cannot be taken away.",
            ErrorCode.OUT_OF_STOCK,
        ),
        (
            0,
            -1,
            "0 are available beside what orders have reserved: 1 cannot be taken away.",
            ErrorCode.OUT_OF_STOCK,
        ),
        (
            -1,
            -1,
            "1 are owed to orders already: none can be taken away.",
            ErrorCode.OUT_OF_STOCK,
        ),
        (
            2**31 - 1,
            1,
            "2,147,483,647 are available; with these more than 2,147,483,647 would be.",
            ErrorCode.LIMIT_EXCEEDED,
        ),
    ],
)
def test_what_cannot_be_taken_or_counted(
    available: int, by: int, message: str, code: ErrorCode
) -> None:
    assert adjustment_error(Stock(available, backorder=True), by) == by_error(message, code)


def test_a_change_leaves_what_it_does_not_name() -> None:
    variant = replace(MUG, compare_at_prices={"JPY": 1800})
    assert PriceChange(USD).apply_to(variant) == variant
    changed = PriceChange(USD, 1100, 1500).apply_to(variant)
    assert changed == replace(
        MUG,
        prices={"USD": 1100, "JPY": 1500},
        compare_at_prices={"JPY": 1800, "USD": 1500},
    )
    assert PriceChange(USD, removes_compare_at=True).apply_to(changed) == replace(
        changed, compare_at_prices={"JPY": 1800}
    )
    assert PriceChange(USD, removes_compare_at=True).apply_to(MUG) == MUG


def test_a_price_is_bounded_as_imports_have_it() -> None:
    assert price_change_errors(PriceChange(USD, 0), MUG) == ()
    assert price_change_errors(PriceChange(USD, 10**12), MUG) == ()
    assert price_change_errors(PriceChange(USD, 1, 10**12), MUG) == ()
    message = "A price is at most 10000000000.00 USD."
    assert price_change_errors(PriceChange(USD, 10**12 + 1, 10**12 + 1), MUG) == tuple(
        UserError(ErrorCode.INVALID_INPUT, ("input", name), message)
        for name in ("price", "compareAtPrice")
    )


def test_a_bundle_is_compared_with_its_parts() -> None:
    bundle_price = 500 + 2 * 800 + 10_000
    assert price_change_errors(PriceChange(USD, compare_at_price=bundle_price + 1), BUNDLE) == ()
    [error] = price_change_errors(PriceChange(USD, compare_at_price=bundle_price), BUNDLE)
    assert error.message == "It must be above the price, which is 121.00 USD."


def test_a_price_before_is_shown_while_it_is_more() -> None:
    for price, shown in ((1000, 1001), (1001, None), (1002, None)):
        variant = replace(MUG, prices={"USD": price}, compare_at_prices={"USD": 1001, "JPY": 9})
        assert (variant.compare_at_price("USD"), variant.compare_at_price("JPY")) == (shown, None)
    assert MUG.compare_at_price("USD") is None


def test_the_log_has_old_and_new_prices_of_what_changed() -> None:
    change = PriceChange(USD, 0, 1500)
    assert describe_change(change, MUG, change.apply_to(MUG)) == {
        "currency": "USD",
        "priceBefore": 1000,
        "priceAfter": 0,
        "compareAtPriceAfter": 1500,
    }
    removal = PriceChange(USD, removes_compare_at=True)
    before = replace(MUG, compare_at_prices={"USD": 1500})
    assert describe_change(removal, before, MUG) == {
        "currency": "USD",
        "compareAtPriceBefore": 1500,
    }
