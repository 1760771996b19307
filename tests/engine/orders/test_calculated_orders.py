"""Orders by the answers of a merchant's calculator: captures and refunds are shares of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.orders.amounts import OrderAmounts, TaxedShare, order_amounts
from gateway.engine.orders.lines import OrderLine, OrderTerms
from gateway.engine.orders.payments import OrderCharge, OrderMoney, amount_earned, plan_capture
from gateway.engine.orders.refunds import Refund, RefundRequest, plan_refund
from gateway.engine.orders.repricing import price_order_lines, snapshot_order
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.pricing.calculations import (
    CalculatedCode,
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationOutcome,
)
from gateway.engine.pricing.purchase import ExtraCharge, FixedRates, Item, price_with_components
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.engine.rulebook.rulebook import NO_RULES
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.stated_taxes import StatedTax

USD = Currency("USD", 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = date(2026, 11, 2)
MARKET = NO_RULES.for_market("USD", DAY)
HOME = Destination("US", "CA", "94043")
FEE = ExtraCharge("Wrapping", 150)
UNHURRIED = settings(deadline=None)
"""The first example of a process is slow: the engine prepares itself."""


def tax(name: str, percent: str, minor: int) -> StatedTax:
    return StatedTax(name, Decimal(percent), minor)


def build_line(id: str, item: Item) -> OrderLine:
    return OrderLine(id, replace(item, reference=id, name=id), ((id, 1),), NOON)


def take_figures(
    lines: Sequence[OrderLine], calculation: Calculation, terms: OrderTerms
) -> PurchaseSnapshot:
    """The figures of an order that the calculator computed."""
    priced = price_order_lines(
        lines,
        terms,
        currency=USD,
        destination=HOME,
        market=MARKET,
        calculated=CalculationOutcome(Calculator.MERCHANT, calculation),
    )
    return snapshot_order(priced, lines)


# -- an order in figures

MUGS = build_line("orl_1", Item("", "", 1000, 3))
SET = build_line("orl_2", Item("", "", 500, 2, components=(Item("c", "cup", 300, 1),)))
STATED = Calculation(
    shipping=(CalculatedShipping("drone", "Drone", 450),),
    line_taxes=(
        CalculatedTaxes("orl_1", (tax("State", "6.25", 163), tax("City", "2", 52))),
        CalculatedTaxes("orl_2", (tax("State", "6.25", 87),)),
    ),
    shipping_taxes=(CalculatedTaxes("drone", (tax("State", "6.25", 28),)),),
    codes=(CalculatedCode("TEN", applied=True, minor=600),),
    reference="calc 1",
)
TERMS = OrderTerms(DAY, ("TEN",), stored_value=700, fees=(FEE,))


def test_an_orders_amounts_are_as_the_calculator_stated_them() -> None:  # R84, R124
    figures = take_figures((MUGS, SET), STATED, TERMS)
    amounts = order_amounts(figures, 700)
    # 30.00 and 16.00 of goods bear 6.00 as 3.91 and 2.09.
    assert [line.total for line in amounts.lines] == [
        TaxedShare(3000 - 391 + 215, 215),
        TaxedShare(1600 - 209 + 87, 87),
    ]
    assert amounts.shipping == TaxedShare(478, 28)
    total = 4000 + 450 + 150 + 215 + 87 + 28
    assert amounts.total == TaxedShare(total, 330)
    assert (amounts.due, figures.calculation_reference) == (total - 700, "calc 1")


def test_units_of_a_line_go_back_with_their_stated_tax() -> None:  # R84, R124
    amounts = order_amounts(take_figures((MUGS, SET), STATED, TERMS), 700)
    refunds: list[Refund] = []
    for _ in range(3):
        refunds.append(refund(RefundRequest((LineQuantity("orl_1", 1),)), amounts, refunds))
    # Of 28.24 with 2.15 tax.
    assert [made.total for made in refunds] == [
        TaxedShare(941, 71), TaxedShare(941, 71), TaxedShare(942, 73),
    ]  # fmt: skip
    remainder = refund(RefundRequest(), amounts, refunds)
    assert remainder.total == TaxedShare(amounts.total.gross - 2824, 330 - 215)
    assert (remainder.shipping, remainder.lines[0].total) == (
        TaxedShare(478, 28),
        TaxedShare(1478, 87),
    )


def refund(request: RefundRequest, amounts: OrderAmounts, earlier: Sequence[Refund]) -> Refund:
    made = plan_refund(request, amounts, amounts.due, earlier)
    assert isinstance(made, Refund), made
    return made


# -- any order

TAXES = st.lists(
    st.builds(
        StatedTax,
        st.sampled_from(["State", "County", "City"]),
        st.sampled_from([Decimal(0), Decimal("2.5"), Decimal("8.875")]),
        st.integers(0, 900),
    ),
    max_size=3,
).map(tuple)
ITEMS = st.builds(
    Item,
    st.just(""),
    st.just(""),
    st.integers(0, 5000),
    st.integers(1, 6),
    includes_tax=st.booleans(),
    tax_source=st.sampled_from(
        [FixedRates(()), FixedRates((TaxRate("VAT", Decimal(19)),))],
    ),
    components=st.one_of(
        st.just(()), st.integers(0, 800).map(lambda price: (Item("c", "part", price, 1),))
    ),
)


@st.composite
def calculated_orders(draw: st.DrawFn) -> tuple[tuple[OrderLine, ...], Calculation, OrderTerms]:
    """Lines, what the calculator says of them, and the terms that they are priced by."""
    lines = tuple(
        build_line(f"orl_{index}", item)
        for index, item in enumerate(draw(st.lists(ITEMS, min_size=1, max_size=4)))
    )
    off, stored_value = draw(st.integers(0, 900)), draw(st.sampled_from([0, 700, 10**6]))
    calculation = Calculation(
        shipping=(CalculatedShipping("drone", "Drone", draw(st.integers(1, 900))),),
        line_taxes=tuple(CalculatedTaxes(line.id, draw(TAXES)) for line in lines),
        shipping_taxes=(CalculatedTaxes("drone", draw(TAXES)),),
        codes=(CalculatedCode("OFF", applied=True, minor=off),),
    )
    fees = draw(st.sampled_from([(), (FEE,)]))
    return lines, calculation, OrderTerms(DAY, ("OFF",), stored_value=stored_value, fees=fees)


def sum_stated(calculation: Calculation) -> int:
    taxes = (*(calculation.line_taxes or ()), *calculation.shipping_taxes)
    return sum(stated.minor for of_part in taxes for stated in of_part.taxes)


@UNHURRIED
@given(calculated_orders())
def test_each_lines_tax_is_the_stated_one(
    order: tuple[tuple[OrderLine, ...], Calculation, OrderTerms],
) -> None:  # R84
    lines, calculation, terms = order
    figures = take_figures(lines, calculation, terms)
    amounts = order_amounts(figures, figures.paid_by_stored_value.minor)
    stated = {
        each.id: sum(one.minor for one in each.taxes) for each in calculation.line_taxes or ()
    }
    assert {line.line_id: line.total.tax for line in amounts.lines} == stated
    assert amounts.total.tax == sum_stated(calculation)
    parts = [line.total.gross for line in amounts.lines]
    if not any(line.item.includes_tax for line in lines):
        goods = sum(line.quantity * price_with_components(line.item) for line in lines)
        [code], [way] = calculation.codes or (), calculation.shipping or ()
        nets = max(goods - code.minor, 0) + way.minor + sum(fee.amount for fee in terms.fees or ())
        assert amounts.total.gross == nets + sum_stated(calculation)
    fees = sum(fee.amount for fee in terms.fees or ())
    assert sum(parts) + amounts.shipping.gross + fees == amounts.total.gross
    assert amounts.due + amounts.stored_value == amounts.total.gross


@UNHURRIED
@given(calculated_orders(), st.data())
def test_refunds_of_any_order_sum_to_its_figures(
    order: tuple[tuple[OrderLine, ...], Calculation, OrderTerms], data: st.DataObject
) -> None:  # R84, R124: line by line, then shipping, then what is left, to the minor unit
    figures = take_figures(*order)
    amounts = order_amounts(figures, figures.paid_by_stored_value.minor)
    refunds: list[Refund] = []
    for line in data.draw(st.permutations(amounts.lines)):
        if line.total.gross:
            request = RefundRequest((LineQuantity(line.line_id, line.quantity),))
            refunds.append(refund(request, amounts, refunds))
            assert refunds[-1].total == line.total
    if amounts.shipping.gross:
        refunds.append(refund(RefundRequest((), shipping=True), amounts, refunds))
        assert refunds[-1].total == amounts.shipping
    left = plan_refund(RefundRequest(), amounts, amounts.due, refunds)
    if isinstance(left, Refund):
        refunds.append(left)
    assert sum(made.total.gross for made in refunds) == amounts.total.gross
    assert sum(made.total.tax for made in refunds) == sum_stated(order[1])


@UNHURRIED
@given(calculated_orders(), st.data())
def test_captures_of_any_order_sum_to_what_is_due(
    order: tuple[tuple[OrderLine, ...], Calculation, OrderTerms], data: st.DataObject
) -> None:  # R84, R123: unit by unit, in any order
    figures = take_figures(*order)
    amounts = order_amounts(figures, figures.paid_by_stored_value.minor)
    dispatched = {line.line_id: 0 for line in amounts.lines}
    units = [line.line_id for line in amounts.lines for _ in range(line.quantity)]
    captured = 0
    for line_id in data.draw(st.permutations(units)):
        charge = OrderCharge("ch_1", None, amounts.due - captured, captured)
        shares = plan_capture(amounts, dispatched, {line_id: 1}, OrderMoney(amounts.due, (charge,)))
        captured += sum(share.amount for share in shares)
        dispatched[line_id] += 1
        assert captured == amount_earned(amounts, dispatched)
    assert captured == amounts.due
