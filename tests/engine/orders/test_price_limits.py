"""R120, R126: what has left of an order and is paid gets no cheaper by a change."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.orders.amounts import order_amounts
from gateway.engine.orders.changes import RepricedOrder, reprice_order
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order
from gateway.engine.orders.payments import amount_earned
from gateway.engine.orders.price_limits import PAID_LABEL, PriceLimits
from gateway.engine.orders.repricing import order_terms
from gateway.engine.pricing.calculations import (
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationOutcome,
)
from gateway.engine.pricing.discount_codes import Coupon
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.pricing.purchase import ExtraCharge, FixedRates, RatesByGoods
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.pricing.shipping import FlatPrice, PriceByWeight, ShippingMethod
from gateway.engine.rulebook.destination_terms import Fee, PayableStep, ShippingTaxRule
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.stated_taxes import StatedTax
from tests.engine.orders.test_order_rules import (
    GERMAN_AREA,
    GERMANY,
    MARKET,
    TERMS,
    build_order,
    due,
    line,
)
from tests.engine.purchases import net_tax_gross

BY_WEIGHT = ShippingMethod("post", "Post", PriceByWeight(((2000, 500), (90_000, 1500))))
FREE_FROM = ShippingMethod("post", "Post", FlatPrice(500), free_from=5000)
TEN_OFF = Coupon("TEN", "10 off", {"EUR": AmountOff(1000)})
TENTH_OFF = Coupon("TENTH", "A tenth off", PercentOff(Decimal(10)))
UNTAXED = replace(MARKET, shipping_tax_rules=())


def cancel(
    order: Order,
    lines: Sequence[OrderLine],
    market: Market,
    *,
    calculated: CalculationOutcome | None = None,
) -> tuple[RepricedOrder, int]:
    """The order of which ``lines`` have left and the rest is cancelled, and what was captured."""
    amounts = order_amounts(order.figures, order_terms(order).stored_value)
    captured = amount_earned(amounts, {line.id: line.quantity for line in lines})
    repriced = reprice_order(
        order,
        lines,
        destination=GERMANY,
        market=market,
        **({} if calculated is None else {"calculated": calculated}),
        limits=PriceLimits(captured, may_raise_shipping=False),
    )
    return repriced, captured


def of(market: Market, *methods: ShippingMethod, **changes: object) -> Market:
    return replace(market, methods=methods, **changes)  # type: ignore[arg-type]


LAMP, BREAD = line("lamp", 4000, "19", grams=9000), line("bread", 2000, "7")


@pytest.mark.parametrize(("method", "shipping"), [(BY_WEIGHT, 1500), (FREE_FROM, 0)])
def test_shipping_stays_what_it_was(method: ShippingMethod, shipping: int) -> None:
    """Lighter or worth less, it is what the first parcel has paid: 20.00 with 1.40 tax, and it."""
    market = of(UNTAXED, method)
    repriced, captured = cancel(build_order(LAMP, BREAD, market=market), [BREAD], market)
    tax = round(shipping * 0.19)
    assert net_tax_gross(repriced.after.shipping_total) == (shipping, tax, shipping + tax)
    assert (due(repriced.after), repriced.after.shipping_name) == (captured, "Post")
    assert order_terms(repriced.after) == TERMS


def test_shipping_that_is_taxed_otherwise_costs_the_same_with_tax() -> None:
    """5.00 with 0.75 tax by the goods; 5.75 at 7 % has 0.38 of tax."""
    market = of(MARKET, ShippingMethod("post", "Post", FlatPrice(500)))
    order = build_order(LAMP, BREAD, market=market)
    assert net_tax_gross(order.shipping_total) == (500, 75, 575)
    repriced, captured = cancel(order, [BREAD], market)
    assert net_tax_gross(repriced.after.shipping_total) == (537, 38, 575)
    assert due(repriced.after) == captured == 2140 + 575


def test_without_anything_paid_shipping_gets_cheaper_and_no_dearer() -> None:
    for method, before, after in ((BY_WEIGHT, 1500, 500), (FREE_FROM, 0, 0)):
        market = of(UNTAXED, method)
        order = build_order(LAMP, BREAD, market=market)
        repriced = reprice_order(
            order,
            [BREAD],
            destination=GERMANY,
            market=market,
            limits=PriceLimits(may_raise_shipping=False),
        )
        nets = (order.shipping_total.net, repriced.after.shipping_total.net)
        assert [net.minor for net in nets if net] == [before, after]


def test_a_code_that_all_falls_to_what_is_left_gives_nothing_back() -> None:
    """10.00 off 60.00 is 3.33 of the bread's 20.00; alone it would be 10.00 with 0.70 tax."""
    market = of(UNTAXED, ShippingMethod("post", "Post", FlatPrice(0)), coupons=(TEN_OFF,))
    terms = replace(TERMS, codes=("TEN",))
    repriced, captured = cancel(
        build_order(LAMP, BREAD, market=market, terms=terms), [BREAD], market
    )
    assert captured == due(repriced.after) == 1667 + 117
    charges = [each for each in repriced.after.adjustments or () if each.label == PAID_LABEL]
    assert [charge.amount.minor for charge in charges] == [captured - 1070]
    # 10.00 and the 6.67 without tax, at 7 %.
    assert net_tax_gross(repriced.after.total) == (1667, 117, 1784)


def test_stored_value_goes_back_before_anything_that_was_captured() -> None:
    """69.00 less 50.00: 19.00 is captured of the bread's 21.40, and the code pays 2.40 of that."""
    market = of(UNTAXED, ShippingMethod("post", "Post", FlatPrice(0)))
    order = build_order(LAMP, BREAD, market=market, terms=replace(TERMS, stored_value=5000))
    repriced, captured = cancel(order, [BREAD], market)
    assert (captured, due(repriced.after)) == (1900, 1900)
    assert repriced.returned_stored_value == 5000 - 240


def stated_shipping(minor: int, *taxes: StatedTax) -> CalculationOutcome:
    """A calculator's answer of shipping at ``minor``, which bears ``taxes``."""
    bread_tax = StatedTax("VAT", Decimal(7), 140)
    calculation = Calculation(
        (CalculatedShipping("drone", "Drone", minor),),
        (CalculatedTaxes("bread", (bread_tax,)),),
        (CalculatedTaxes("drone", taxes),),
    )
    return CalculationOutcome(Calculator.MERCHANT, calculation)


def vat(minor: int, percent: str = "19") -> StatedTax:
    return StatedTax("VAT", Decimal(percent), minor)


@pytest.mark.parametrize(
    ("answer", "shipping"),
    [
        # 15.00 with 2.85 tax, by the taxes that were stated.
        (stated_shipping(500, vat(95)), (1500, 285, 1785)),
        (stated_shipping(500, vat(30), vat(10, "7")), (1500, 285, 1785)),
        (stated_shipping(500, vat(0, "0")), (1500, 285, 1785)),
        (stated_shipping(2500, vat(475)), (1500, 285, 1785)),
        # Untaxed, it is as dear.
        (stated_shipping(500), (1785, 0, 1785)),
    ],
)
def test_what_a_calculator_says_of_shipping_is_limited_likewise(
    answer: CalculationOutcome, shipping: tuple[int, int, int]
) -> None:  # R84
    market = of(UNTAXED, BY_WEIGHT)
    repriced, captured = cancel(
        build_order(LAMP, BREAD, market=market), [BREAD], market, calculated=answer
    )
    assert net_tax_gross(repriced.after.shipping_total) == shipping
    assert due(repriced.after) == captured


def test_lower_taxes_of_a_calculator_are_not_made_up_for() -> None:  # R84
    """The change is refused then: nobody's rates are invented."""
    market = of(UNTAXED, BY_WEIGHT)
    answer = stated_shipping(1500, vat(285))
    assert answer.calculation is not None
    untaxed = replace(answer.calculation, line_taxes=(CalculatedTaxes("bread", ()),))
    repriced, captured = cancel(
        build_order(LAMP, BREAD, market=market),
        [BREAD],
        market,
        calculated=replace(answer, calculation=untaxed),
    )
    assert due(repriced.after) == captured - 140


# -- any order, by any such rules

METHODS = st.sampled_from(
    [
        BY_WEIGHT,
        FREE_FROM,
        replace(BY_WEIGHT, includes_tax=True),
        replace(FREE_FROM, includes_tax=True),
    ]
)
MARKETS = st.builds(
    lambda method, includes_tax, by_goods, step, coupons, fees: replace(
        MARKET,
        methods=(method,),
        includes_tax=includes_tax,
        shipping_tax_rules=(ShippingTaxRule((GERMAN_AREA,), RatesByGoods(by_goods)),)
        if by_goods
        else (),
        payable_steps=(PayableStep(step, (GERMAN_AREA,)),) if step > 1 else (),
        coupons=coupons,
        fees=fees,
    ),
    METHODS,
    st.booleans(),
    st.sampled_from(
        [None, *(method for method in ChargeTaxMethod if method is not ChargeTaxMethod.TABLE)]
    ),
    st.sampled_from([1, 5, 10]),
    st.sampled_from([(), (TEN_OFF,), (TENTH_OFF,)]),
    st.sampled_from([(), (Fee(ExtraCharge("Fee", 28, tax_source=FixedRates(()))),)]),
)
LINES = st.lists(
    st.tuples(
        st.integers(0, 5000),
        st.sampled_from(["0", "7", "19"]),
        st.integers(1, 5),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=4,
).filter(lambda rows: any(left for *_, quantity, left in rows if quantity))


@settings(deadline=None, max_examples=300)
@given(LINES, MARKETS, st.integers(0, 6000))
def test_cancelling_what_is_open_never_leaves_less_than_was_captured(
    rows: list[tuple[int, str, int, int]], market: Market, stored_value: int
) -> None:
    """Nor more than it cost before, nor than what has left, but for a rounding to a step."""
    lines = [
        line(
            str(index),
            price,
            percent,
            quantity,
            includes_tax=market.includes_tax,
            grams=900,
        )
        for index, (price, percent, quantity, _) in enumerate(rows)
    ]
    terms = replace(
        TERMS, codes=tuple(coupon.code for coupon in market.coupons), stored_value=stored_value
    )
    order = build_order(*lines, market=market, terms=terms)
    left = [
        line.with_quantity(min(count, line.quantity))
        for line, (*_, count) in zip(lines, rows, strict=True)
        if count
    ]
    repriced, captured = cancel(order, left, market)
    after = repriced.after
    shipping, shipping_before = after.shipping_total.gross, order.shipping_total.gross
    assert shipping is not None
    assert shipping_before is not None
    assert shipping.minor <= shipping_before.minor
    assert shipping == shipping_before or not captured
    assert due(after) >= captured
    assert repriced.added.minor <= 10
    assert repriced.returned_stored_value >= 0
    assert all(part.gross is not None for part in (after.total, after.items_total))
