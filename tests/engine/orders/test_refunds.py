"""Refunds in part: shares of the recorded figures, to the minor unit."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.engine.money import Currency
from gateway.engine.orders.amounts import LineAmount, OrderAmounts, TaxedShare, order_amounts
from gateway.engine.orders.refunds import Refund, RefundLine, RefundRequest, plan_refund
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.pricing.snapshots import take_snapshot
from gateway.engine.user_errors import ErrorCode, UserError
from tests.engine.purchases import item, price_items

USD = Currency("USD", 2)
NONE = TaxedShare()
MUGS = LineAmount("orl_1", 3, TaxedShare(1_000, 100))
BOOKS = LineAmount("orl_2", 5, TaxedShare(2_500))
# With surcharges of 200, of which 20 is tax.
ORDER = OrderAmounts(USD, (MUGS, BOOKS), TaxedShare(500, 50), TaxedShare(4_200, 170), due=4_200)


def of_lines(*lines: tuple[str, int], shipping: bool = False) -> RefundRequest:
    return RefundRequest(tuple(LineQuantity(*line) for line in lines), shipping)


def refund(
    request: RefundRequest, *earlier: Refund, order: OrderAmounts = ORDER, captured: int = 4_200
) -> Refund:
    planned = plan_refund(request, order, captured, earlier)
    assert isinstance(planned, Refund), planned
    return planned


def refuse(
    request: RefundRequest, *earlier: Refund, captured: int = 4_200
) -> tuple[tuple[str, tuple[str, ...] | None, str], ...]:
    planned = plan_refund(request, ORDER, captured, earlier)
    assert isinstance(planned, tuple)
    return tuple((error.code.value, error.field, error.message) for error in planned)


def test_the_last_unit_of_a_line_takes_the_rest() -> None:  # R124
    first = refund(of_lines(("orl_1", 1)))
    assert first == Refund(
        (RefundLine("orl_1", 1, TaxedShare(333, 33)),), NONE, TaxedShare(333, 33)
    )
    second = refund(of_lines(("orl_1", 1)), first)
    third = refund(of_lines(("orl_1", 1)), first, second)
    assert [part.total for part in (second, third)] == [TaxedShare(333, 33), TaxedShare(334, 34)]


def test_two_of_five_and_then_three_are_the_whole_line() -> None:  # R124: Vendure#868
    first = refund(of_lines(("orl_2", 2)))
    assert first.total == TaxedShare(1_000)
    assert refund(of_lines(("orl_2", 3)), first).total == TaxedShare(1_500)


def test_quantities_are_those_after_the_change() -> None:  # R124: Vendure#4728
    smaller = replace(ORDER, lines=(replace(MUGS, quantity=2, total=TaxedShare(700, 70)), BOOKS))
    assert refund(of_lines(("orl_1", 2)), order=smaller).total == TaxedShare(700, 70)
    errors = plan_refund(of_lines(("orl_1", 3)), smaller, 4_200, ())
    path = ("input", "lines", "0", "quantity")
    message = "3 are more than the 2 left to refund."
    assert errors == (UserError(ErrorCode.INVALID_INPUT, path, message),)


def test_shipping_goes_back_alone_or_with_lines_once() -> None:  # R124
    alone = refund(of_lines(shipping=True))
    assert alone == Refund((), TaxedShare(500, 50), TaxedShare(500, 50))
    assert refund(of_lines(("orl_2", 1), shipping=True)).total == TaxedShare(1_000, 50)
    assert refund(of_lines(("orl_2", 1), shipping=True), alone).total == TaxedShare(500)
    message = "There is nothing to give back for it: 0.00 USD is left."
    assert refuse(of_lines(shipping=True), alone) == (
        ("INVALID_INPUT", ("input", "shipping"), message),
    )


def test_an_amount_takes_its_tax_pro_rata_of_what_is_left() -> None:  # R124
    first = refund(RefundRequest(amount=1_000))
    assert first == Refund((), NONE, TaxedShare(1_000, 40))
    assert refund(RefundRequest(amount=3_200), first).total == TaxedShare(3_200, 130)


def test_all_that_is_left_is_every_line_shipping_and_the_surcharges() -> None:  # R124
    first = refund(of_lines(("orl_1", 2)))
    assert first.total == TaxedShare(666, 66)
    assert refund(RefundRequest(), first) == Refund(
        (
            RefundLine("orl_1", 1, TaxedShare(334, 34)),
            RefundLine("orl_2", 5, TaxedShare(2_500)),
        ),
        TaxedShare(500, 50),
        TaxedShare(3_534, 104),
    )


def test_only_what_is_captured_goes_back() -> None:  # R124
    partly = refund(RefundRequest(), captured=1_000)
    assert partly == Refund((), NONE, TaxedShare(1_000, 40))
    # What is captured later can still be refunded by line.
    assert refund(of_lines(("orl_2", 5)), partly).total == TaxedShare(2_500)
    assert refuse(RefundRequest(amount=1_001), captured=1_000) == (
        (
            "INVALID_INPUT",
            ("input", "amount"),
            "10.01 USD is more than the 10.00 USD left to refund.",
        ),
    )
    assert refuse(of_lines(("orl_2", 3)), captured=1_000) == (
        (
            "INVALID_INPUT",
            ("input", "lines"),
            "15.00 USD is more than the 10.00 USD left to refund.",
        ),
    )


def test_all_that_is_left_after_an_amount_is_split_over_what_lines_have_left() -> None:  # R124
    order = replace(ORDER, total=TaxedShare(4_000, 150), due=4_000)
    first = refund(RefundRequest(amount=400), order=order, captured=4_000)
    assert first.total == TaxedShare(400, 15)
    assert refund(RefundRequest(), first, order=order, captured=4_000) == Refund(
        (
            RefundLine("orl_1", 3, TaxedShare(900, 90)),
            RefundLine("orl_2", 5, TaxedShare(2_250)),
        ),
        TaxedShare(450, 45),
        TaxedShare(3_600, 135),
    )


def test_money_never_captured_is_not_refunded() -> None:  # R124: Vendure#4013
    assert refuse(RefundRequest(), captured=0) == (
        (
            "NOT_MODIFIABLE",
            ("input", "orderId"),
            "Nothing is left to refund: 0.00 USD was captured.",
        ),
    )


def test_what_cannot_be_refunded_is_refused_where_it_stands() -> None:  # R124
    lines = of_lines(("orl_9", 1), ("orl_1", 0), ("orl_1", 2), ("orl_1", 2))
    assert refuse(lines) == (
        ("NOT_FOUND", ("input", "lines", "0", "lineId"), "There is no line orl_9."),
        (
            "INVALID_INPUT",
            ("input", "lines", "1", "quantity"),
            "The quantity must be positive, not 0.",
        ),
        (
            "INVALID_INPUT",
            ("input", "lines", "3", "quantity"),
            "2 are more than the 1 left to refund.",
        ),
    )
    assert refuse(RefundRequest(amount=-5)) == (
        ("INVALID_INPUT", ("input", "amount"), "The amount must be positive, not -0.05 USD."),
    )
    assert refuse(RefundRequest(lines=())) == (
        ("INVALID_INPUT", ("input", "lines"), "Name the lines to refund, or shipping."),
    )
    both = "Either an amount is refunded, or lines and shipping."
    assert refuse(RefundRequest((), amount=5)) == (("INVALID_INPUT", ("input", "amount"), both),)


def test_stored_value_comes_back_after_the_charges() -> None:  # R124
    order = replace(ORDER, due=1_200, stored_value=3_000)
    first = refund(of_lines(("orl_1", 3)), order=order, captured=1_200)
    assert (first.charged, first.stored_value) == (1_000, 0)
    second = refund(RefundRequest(), first, order=order, captured=1_200)
    assert (second.charged, second.stored_value) == (200, 3_000)
    # While a part of what is due is not captured, only what is captured goes back.
    partly = refund(RefundRequest(), order=order, captured=700)
    assert (partly.charged, partly.stored_value) == (700, 0)


def test_amounts_are_those_of_the_figures() -> None:  # R124
    figures = take_snapshot(price_items(item(1_000, 2, "10")))
    assert order_amounts(figures) == OrderAmounts(
        figures.currency,
        (LineAmount("0", 2, TaxedShare(2_200, 200)),),
        NONE,
        TaxedShare(2_200, 200),
        due=2_200,
    )


shares = st.integers(0, 5_000).flatmap(
    lambda gross: st.integers(0, gross).map(lambda tax: TaxedShare(gross, tax))
)


@st.composite
def orders(draw: st.DrawFn) -> OrderAmounts:
    lines = tuple(
        LineAmount(f"orl_{index}", draw(st.integers(1, 7)), draw(shares))
        for index in range(draw(st.integers(1, 4)))
    )
    shipping, total = draw(shares), draw(shares)
    for part in (*(line.total for line in lines), shipping):
        total = total.plus(part)
    stored_value = draw(st.integers(0, total.gross))
    return OrderAmounts(USD, lines, shipping, total, total.gross - stored_value, stored_value)


def requests() -> st.SearchStrategy[RefundRequest]:
    line = st.builds(LineQuantity, st.sampled_from(["orl_0", "orl_1"]), st.integers(1, 3))
    return st.one_of(
        st.builds(RefundRequest, st.lists(line, max_size=2).map(tuple), st.booleans()),
        st.builds(RefundRequest, amount=st.integers(1, 3_000)),
        st.just(RefundRequest()),
    )


@given(orders(), st.lists(requests(), max_size=8), st.integers(0, 100))
def test_refunds_never_exceed_what_was_captured(
    order: OrderAmounts, wishes: list[RefundRequest], percent: int
) -> None:  # R124
    captured = order.due * percent // 100
    refunds: list[Refund] = []
    for wish in (*wishes, RefundRequest()):
        planned = plan_refund(wish, order, captured, refunds)
        if isinstance(planned, Refund):
            parts = (*(line.total for line in planned.lines), planned.shipping)
            assert sum(part.gross for part in parts) <= planned.total.gross
            assert sum(part.tax for part in parts) <= planned.total.tax <= planned.total.gross
            refunds.append(planned)
    assert sum(made.charged for made in refunds) == captured
    if captured == order.due:
        assert sum(made.total.gross for made in refunds) == order.total.gross
        assert sum(made.total.tax for made in refunds) == order.total.tax
    else:
        assert not any(made.stored_value for made in refunds)


@given(orders(), st.data())
def test_refunds_of_a_line_sum_to_the_line(
    order: OrderAmounts, data: st.DataObject
) -> None:  # R124
    line = order.lines[0]
    # A unit worth nothing is refused.
    assume(line.total.gross >= line.quantity)
    refunds: list[Refund] = []
    left = line.quantity
    while left:
        count = data.draw(st.integers(1, left))
        planned = plan_refund(of_lines((line.line_id, count)), order, order.due, refunds)
        left -= count
        assert isinstance(planned, Refund)
        refunds.append(planned)
    total = NONE
    for made in refunds:
        total = total.plus(made.total)
    assert total == line.total
