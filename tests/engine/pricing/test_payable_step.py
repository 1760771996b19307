"""What is to pay is rounded to a step; no tax is taken of the difference, which is shown (R135)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.display.purchase_display import LocaleFormat, PurchaseDisplay
from gateway.engine.money import RoundingMode
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import Purchase
from gateway.engine.pricing.snapshots import take_snapshot
from gateway.engine.tax.rounding import RoundingPolicy
from tests.engine.purchases import (
    PipelineSpy,
    item,
    net_tax_gross,
    price_items,
    purchase,
    purchases,
    usd,
)

PLAIN = LocaleFormat("en", lambda money: str(money.amount), str)


def step(minor: int, mode: RoundingMode = RoundingMode.HALF_UP) -> RoundingPolicy:
    return RoundingPolicy(mode=mode, payable_step=minor)


def pay(minor: int, policy: RoundingPolicy, stored_value: int | None = None) -> PricedPurchase:
    return price_items(item(minor, 1, "0"), rounding=policy, stored_value=stored_value)


def rounding_of(priced: PricedPurchase) -> list[int]:
    return [line.amount.minor for line in priced.adjustments if line.rounds_payable]


@pytest.mark.parametrize(
    ("mode", "minor", "due"),
    [
        ("HALF_UP", 1002, 1000),
        ("HALF_UP", 1003, 1005),
        ("HALF_UP", 1005, 1005),
        ("DOWN", 1004, 1000),
        ("UP", 1001, 1005),
        ("CEILING", 1001, 1005),
        ("FLOOR", 1004, 1000),
        ("HALF_UP", 2, 0),
        ("HALF_UP", 0, 0),
    ],
)
def test_five_centimes_are_the_least(mode: str, minor: int, due: int) -> None:
    priced = pay(minor, step(5, RoundingMode(mode)))
    assert priced.due == usd(due)
    assert rounding_of(priced) == ([due - minor] if due != minor else [])
    assert net_tax_gross(priced.total) == (minor, 0, minor)


@pytest.mark.parametrize(
    ("mode", "due"), [("HALF_UP", 1100), ("HALF_DOWN", 1000), ("HALF_EVEN", 1000)]
)
def test_half_a_step_is_settled_by_the_mode(mode: str, due: int) -> None:
    assert pay(1050, step(100, RoundingMode(mode))).due == usd(due)


def test_stored_value_is_taken_before() -> None:
    """20.03 less 10.00 of stored value is 10.03, which is paid as 10.05."""
    priced = pay(2003, step(5), stored_value=1000)
    assert priced.due == usd(1005)
    assert rounding_of(priced) == [2]


def test_what_stored_value_pays_whole_is_not_rounded() -> None:
    priced = pay(1003, step(5), stored_value=5000)
    assert (priced.due, rounding_of(priced)) == (usd(0), [])


def test_no_tax_is_taken_of_it() -> None:
    """9.99 and 7.7 % of it, 0.77, are 10.76; 10.75 is paid."""
    priced = price_items(item(999, 1, "7.7"), rounding=step(5))
    assert net_tax_gross(priced.total) == (999, 77, 1076)
    assert priced.due == usd(1075)
    [explanation] = [line for line in priced.explanations if line.figure == "rounding"]
    assert (explanation.base, explanation.amount) == (usd(1076), usd(-1))
    assert explanation.rounding == "HALF_UP to a multiple of 0.05"
    assert explanation.text == (
        "10.76 is rounded to a multiple of 0.05; no tax is taken of the difference."
    )


def test_the_rows_of_the_display_add_up() -> None:
    priced = pay(2003, step(5), stored_value=1000)
    rows = [(line.key, line.text) for line in PurchaseDisplay(priced, PLAIN).totals]
    assert rows == [
        ("subtotal", "20.03"),
        ("tax.tax0.0", "0.00"),
        ("total", "20.03"),
        ("storedValue", "-10.00"),
        ("rounding", "0.02"),
        ("due", "10.05"),
    ]


def test_without_stored_value_only_the_rounding_is_shown() -> None:
    rows = [line.key for line in PurchaseDisplay(pay(1003, step(5)), PLAIN).totals]
    assert rows[-3:] == ["total", "rounding", "due"]


def test_an_order_keeps_the_row() -> None:
    figures = take_snapshot(pay(1003, step(5)))
    assert figures.adjustments is not None
    assert [(line.label, line.amount) for line in figures.adjustments] == [("Rounding", usd(2))]
    assert figures.discount_total == usd(0)


def test_without_a_step_adjustments_ask_for_no_tax() -> None:
    spy = PipelineSpy()
    assert PricedPurchase(purchase(item(1003, 1, "7")), spy.pipeline).adjustments == ()
    assert "tax" not in spy.ran


@settings(max_examples=100, deadline=None)
@given(purchases, st.sampled_from([1, 5, 10, 50, 100]))
def test_it_is_at_most_half_a_step(bought: Purchase, minor: int) -> None:
    """Of anything: a multiple of the step, and the row is the whole difference."""
    priced = PricedPurchase(replace(bought, rounding=step(minor)))
    gross, due = priced.total.gross, priced.due
    assert gross is not None
    assert due is not None
    paid = priced.ledger_after("stored value").paid_by_stored_value or 0
    assert due.minor % minor == 0
    assert abs(due.minor - (gross.minor - paid)) * 2 <= minor
    assert sum(rounding_of(priced)) == due.minor - (gross.minor - paid)
