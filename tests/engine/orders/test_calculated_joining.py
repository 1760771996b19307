"""Orders that a purchase joins, of which a merchant's calculator says shipping and tax (R84)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.orders.joining import JoinedOrder, join_order, price_alone
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order
from gateway.engine.orders.repricing import price_order_lines, snapshot_order
from gateway.engine.pricing.calculations import (
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationOutcome,
)
from gateway.engine.pricing.purchase import ExtraCharge, FixedRates
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.stated_taxes import StatedTax
from tests.engine.orders.test_order_rules import (
    BREAD,
    EUR,
    GERMANY,
    LAMP,
    MARKET,
    TERMS,
    build_order,
    order_lines,
)
from tests.engine.purchases import net_tax_gross

RATE = Decimal("8.875")
DRONE_RATES = FixedRates((TaxRate("City tax", RATE),))


def state(minor: int) -> tuple[StatedTax, ...]:
    return (StatedTax("City tax", RATE, minor),)


def calculate(
    taxes: dict[str, int], shipping: tuple[int, int], reference: str
) -> CalculationOutcome:
    """What a calculator says: the tax of each line, and price and tax of the drone."""
    price, shipping_tax = shipping
    return CalculationOutcome(
        Calculator.MERCHANT,
        Calculation(
            shipping=(CalculatedShipping("drone", "Drone", price),),
            line_taxes=tuple(CalculatedTaxes(id, state(tax)) for id, tax in taxes.items()),
            shipping_taxes=(CalculatedTaxes("drone", state(shipping_tax)),),
            reference=reference,
        ),
    )


def build_calculated_order(
    lines: tuple[OrderLine, ...], taxes: dict[str, int], shipping: tuple[int, int]
) -> Order:
    calculated = calculate(taxes, shipping, "before")
    priced = price_order_lines(
        lines, TERMS, currency=EUR, destination=GERMANY, market=MARKET, calculated=calculated
    )
    return replace(build_order(*lines), figures=snapshot_order(priced, lines))


def join(order: Order, lines: tuple[OrderLine, ...], calculated: CalculationOutcome) -> JoinedOrder:
    joined = join_order(order, lines, destination=GERMANY, market=MARKET, calculated=calculated)
    assert joined is not None
    return joined


def price_calculated_alone(
    lines: tuple[OrderLine, ...], taxes: dict[str, int], joined: JoinedOrder
) -> PurchaseSnapshot:
    """The lines as an order of their own: the calculator's answer for them has their taxes."""
    calculation = Calculation(
        line_taxes=tuple(CalculatedTaxes(id, state(tax)) for id, tax in taxes.items()),
        reference="alone",
    )
    figures, _ = price_alone(
        lines,
        TERMS,
        joined,
        destination=GERMANY,
        market=MARKET,
        calculated=CalculationOutcome(Calculator.MERCHANT, calculation),
    )
    return figures


# R84, R118
@pytest.mark.parametrize(
    ("after", "added_shipping", "charge"),
    [
        # Both ways to ship are 3.00 with 0.27.
        ((300, 27), (0, 0, 0), ExtraCharge("Drone", 0, includes_tax=True, tax_source=DRONE_RATES)),
        # 5.00 with 0.44: 2.17 more, of which 0.18 are tax by the stated rate.
        (
            (500, 44),
            (200, 17, 217),
            ExtraCharge("Drone", 217, includes_tax=True, tax_source=DRONE_RATES),
        ),
    ],
)
def test_a_bread_joins_a_lamp(
    after: tuple[int, int], added_shipping: tuple[int, int, int], charge: ExtraCharge
) -> None:
    """30.00 with 2.66, 10.00 with 0.89; neither is taxed by the tables."""
    order = build_calculated_order((LAMP,), {"lamp": 266}, (300, 27))
    assert net_tax_gross(order.total) == (3300, 293, 3593)
    joined = join(order, (BREAD,), calculate({"lamp": 266, "bread": 89}, after, "whole"))
    figures = joined.order.figures
    assert net_tax_gross(joined.added_shipping) == added_shipping
    assert net_tax_gross(joined.added) == (
        1000 + added_shipping[0],
        89 + added_shipping[1],
        1089 + added_shipping[2],
    )
    assert (figures.calculated_by, figures.calculation_reference) == (Calculator.MERCHANT, "whole")
    _, terms = price_alone((BREAD,), TERMS, joined, destination=GERMANY, market=MARKET)
    assert terms.shipping == (charge,)
    alone = price_calculated_alone((BREAD,), {"bread": 89}, joined)
    assert (alone.calculated_by, alone.calculation_reference) == (Calculator.MERCHANT, "alone")
    assert alone.total.gross == joined.added.gross


# R84
def test_where_the_calculator_ships_nothing_nothing_joins() -> None:
    order = build_calculated_order((LAMP,), {"lamp": 266}, (300, 27))
    calculated = CalculationOutcome(
        Calculator.MERCHANT,
        Calculation(shipping=(), line_taxes=(CalculatedTaxes("lamp", state(266)),)),
    )
    assert (
        join_order(order, (BREAD,), destination=GERMANY, market=MARKET, calculated=calculated)
        is None
    )


amounts = st.integers(0, 3000)


@settings(max_examples=100, deadline=None)
@given(
    order_lines,
    order_lines,
    st.tuples(amounts, amounts),
    st.tuples(amounts, amounts),
    st.data(),
)
def test_what_joins_adds_its_goods_their_taxes_and_the_dearer_shipping(
    first: tuple[OrderLine, ...],
    second: tuple[OrderLine, ...],
    before: tuple[int, int],
    after: tuple[int, int],
    data: st.DataObject,
) -> None:
    """R84, R118: to the minor unit, and alone it costs the same, whatever is stated."""
    lines = tuple(replace(each, id=f"{each.id}b") for each in second)
    # A drone that costs nothing is not taxed.
    before, after = (way if way[0] else (0, 0) for way in (before, after))
    taxes = {each.id: data.draw(amounts) for each in (*first, *lines)}
    own_taxes = {each.id: taxes[each.id] for each in lines}
    order = build_calculated_order(first, {each.id: taxes[each.id] for each in first}, before)
    joined = join(order, lines, calculate(taxes, after, "whole"))
    net = sum(each.quantity * each.item.unit_price for each in lines)
    tax = sum(own_taxes.values())
    shipping, shipping_tax = after[0] - before[0], after[1] - before[1]
    assert net_tax_gross(joined.added) == (
        net + shipping,
        tax + shipping_tax,
        net + shipping + tax + shipping_tax,
    )
    alone = price_calculated_alone(lines, own_taxes, joined)
    assert alone.total.gross == joined.added.gross
    assert [net_tax_gross(item.total)[:2] for item in alone.items] == [
        (each.quantity * each.item.unit_price, own_taxes[each.id]) for each in lines
    ]
