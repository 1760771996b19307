"""Orders by rules that go by place: shares of shipping, fees, prices abroad, steps of the due.

R133, R135: what a cart is charged by them, an order is when it changes or is joined, and refunds
give back exactly that.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency, Money, RoundingMode
from gateway.engine.orders.amounts import TaxedShare, order_amounts
from gateway.engine.orders.changes import reprice_order
from gateway.engine.orders.joining import join_order, price_alone
from gateway.engine.orders.lines import OrderLine, OrderTerms
from gateway.engine.orders.order import ActionChannel, Order, OrderBucket, OrderStatus
from gateway.engine.orders.refunds import Refund, RefundRequest, plan_refund
from gateway.engine.orders.repricing import order_terms, price_order_lines, snapshot_order
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.pricing.purchase import (
    ExtraCharge,
    FixedRates,
    Item,
    RatesByGoods,
    charge_tax_source,
)
from gateway.engine.pricing.shipping import FlatPrice, PriceByWeight, ShippingMethod
from gateway.engine.rulebook.destination_terms import Fee, PayableStep, ShippingTaxRule
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.rounding import RoundingPolicy
from tests.engine.purchases import net_tax_gross, postal_code_area, rates, rule, tables

EUR = Currency("EUR", 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
TERMS = OrderTerms(date(2026, 11, 2))
GERMANY, DENMARK = Destination("DE", None, "10115"), Destination("DK", None, "1050")
GERMAN_AREA = postal_code_area("DE")
POST = ShippingMethod("post", "Post", FlatPrice(500))
BY_WEIGHT = ShippingMethod("post", "Post", PriceByWeight(((1000, 500), (9000, 700))))
PRO_RATA = RatesByGoods(ChargeTaxMethod.PRO_RATA)
MARKET = Market(
    currency="EUR",
    includes_tax=False,
    rounding=RoundingPolicy(),
    tax_tables=tables(
        rule("7", GERMAN_AREA, categories=frozenset({"food"})),
        rule("19", GERMAN_AREA, shipping_taxed=True),
        rule("25", postal_code_area("DK")),
    ),
    methods=(POST,),
    coupons=(),
    shipping_tax_rules=(ShippingTaxRule((GERMAN_AREA,), PRO_RATA),),
)


def line(id: str, price: int, percent: str, quantity: int = 1, **more: object) -> OrderLine:
    item = replace(
        Item(id, id, price, quantity, tax_source=rates(percent), grams=900),
        **more,  # type: ignore[arg-type]
    )
    return OrderLine(id, item, (), NOON)


def build_order(
    *lines: OrderLine,
    market: Market = MARKET,
    terms: OrderTerms = TERMS,
    destination: Destination = GERMANY,
) -> Order:
    priced = price_order_lines(lines, terms, currency=EUR, destination=destination, market=market)
    return Order(
        "ord_1",
        "1001",
        OrderStatus.OPEN,
        OrderBucket.SHORT_TERM,
        ActionChannel.CLICK,
        NOON,
        NOON,
        "pur_1",
        "cli_1",
        snapshot_order(priced, lines),
        lines=lines,
        terms=terms,
    )


def due(order: Order) -> int:
    assert order.due is not None
    return order.due.minor


LAMP, BREAD = line("lamp", 3000, "19"), line("bread", 1000, "7")


def test_an_order_shares_shipping_and_does_so_anew_when_it_changes() -> None:
    """5.00 over 30.00 at 19 % and 10.00 at 7 %: 0.71 and 0.09; without the lamp 0.35."""
    order = build_order(LAMP, BREAD)
    assert net_tax_gross(order.shipping_total) == (500, 80, 580)
    repriced = reprice_order(order, [BREAD], destination=GERMANY, market=MARKET)
    assert net_tax_gross(repriced.after.shipping_total) == (500, 35, 535)
    # By the table abroad, which leaves shipping untaxed.
    moved = reprice_order(order, order.lines, destination=DENMARK, market=MARKET)
    assert net_tax_gross(moved.after.shipping_total) == (500, 0, 500)


def test_shipping_goes_back_with_the_taxes_of_its_parts() -> None:
    """R124: by line and alone; what is left is the rest, to the cent."""
    order = build_order(LAMP, replace(BREAD, item=replace(BREAD.item, quantity=3)))
    amounts = order_amounts(order.figures)
    # 5.00 over 30.00 and 30.00: 2.50 with 0.475 and 2.50 with 0.175.
    assert amounts.shipping == TaxedShare(566, 66)
    requests = (
        RefundRequest((LineQuantity("bread", 1),)),
        RefundRequest((), shipping=True),
        RefundRequest((LineQuantity("bread", 2), LineQuantity("lamp", 1))),
    )
    refunds: list[Refund] = []
    for request in requests:
        planned = plan_refund(request, amounts, amounts.due, refunds)
        assert isinstance(planned, Refund)
        refunds.append(planned)
    assert [each.total for each in refunds] == [
        TaxedShare(1070, 70),
        TaxedShare(566, 66),
        TaxedShare(2140 + 3570, 140 + 570),
    ]


# -- what is to pay


STEPPED = replace(MARKET, payable_steps=(PayableStep(5, (GERMAN_AREA,)),))


def test_stored_value_is_what_it_paid_whatever_was_rounded() -> None:
    """10.72 less 3.00 is 7.72, of which 7.70 is paid; then 21.43 less 3.00, which is 18.45."""
    terms = replace(TERMS, stored_value=300, shipping=())
    order = build_order(line("a", 901, "19"), market=STEPPED, terms=terms)
    assert order.total.gross is not None
    assert (order.total.gross.minor, due(order)) == (1072, 770)
    assert order_terms(order).stored_value == 300
    assert order_terms(replace(order, terms=None)).stored_value == 300
    repriced = reprice_order(order, [line("a", 901, "19", 2)], destination=GERMANY, market=STEPPED)
    assert due(repriced.after) == 1845
    assert (repriced.returned_stored_value, order_terms(repriced.after).stored_value) == (0, 300)
    less = reprice_order(order, [line("a", 100, "19")], destination=GERMANY, market=STEPPED)
    assert (due(less.after), less.returned_stored_value) == (0, 300 - 119)


def test_the_last_line_is_refunded_at_what_was_paid_of_it() -> None:
    """R124: 5.03 and 5.03 are paid as 10.05; then 5.03 and 5.02 go back."""
    terms = replace(TERMS, shipping=())
    order = build_order(line("a", 503, "0"), line("b", 503, "0"), market=STEPPED, terms=terms)
    amounts = order_amounts(order.figures)
    assert (amounts.due, amounts.rounded_off) == (1005, 1)
    first = plan_refund(RefundRequest((LineQuantity("a", 1),)), amounts, 1005, ())
    assert isinstance(first, Refund)
    second = plan_refund(RefundRequest((LineQuantity("b", 1),)), amounts, 1005, (first,))
    assert isinstance(second, Refund)
    assert [each.total.gross for each in (first, second)] == [503, 502]
    assert second.lines[0].total == TaxedShare(502)


order_lines = st.lists(
    st.tuples(st.integers(1, 5000), st.integers(1, 4), st.sampled_from(["0", "7", "19"])),
    min_size=1,
    max_size=4,
).map(
    lambda rows: tuple(
        line(f"orl_{index}", price, percent, quantity)
        for index, (price, quantity, percent) in enumerate(rows)
    )
)


@settings(max_examples=100, deadline=None)
@given(order_lines, st.sampled_from([1, 5, 100]), st.sampled_from(RoundingMode), st.data())
def test_all_refunds_give_back_what_was_paid(
    lines: tuple[OrderLine, ...], step: int, mode: RoundingMode, data: st.DataObject
) -> None:
    """R124: unit by unit, then shipping, then what rounding up added; with all of the tax."""
    market = replace(MARKET, rounding=RoundingPolicy(mode), payable_steps=(PayableStep(step),))
    amounts = order_amounts(build_order(*lines, market=market).figures)
    units = [each.id for each in lines for _ in range(each.quantity)]
    requests = [
        *(RefundRequest((LineQuantity(id, 1),)) for id in data.draw(st.permutations(units))),
        RefundRequest((), shipping=True),
        RefundRequest(),
    ]
    refunds: list[Refund] = []
    for request in requests:
        planned = plan_refund(request, amounts, amounts.due, refunds)
        if isinstance(planned, Refund):
            refunds.append(planned)
    assert sum(each.total.gross for each in refunds) == amounts.due
    assert sum(each.total.tax for each in refunds) == amounts.total.tax
    for refund in refunds:
        parts = (*(part.total for part in refund.lines), refund.shipping)
        assert sum(part.gross for part in parts) <= refund.total.gross


# -- prices abroad


def test_an_order_keeps_what_its_price_held_at_home() -> None:
    """R135: 11.90 with 19 % is 10.00 and 25 % in Denmark, and 11.90 again at home."""
    market = replace(MARKET, includes_tax=True, home=(GERMAN_AREA,))
    bought = line(
        "lamp",
        1190,
        "19",
        includes_tax=True,
        tax_source=Item("", "", 0).tax_source,
        home_rates=rates("19"),
    )
    terms = replace(TERMS, shipping=())
    order = build_order(bought, market=market, terms=terms, destination=DENMARK)
    assert net_tax_gross(order.total) == (1000, 250, 1250)
    moved = reprice_order(order, order.lines, destination=GERMANY, market=market)
    assert net_tax_gross(moved.after.total) == (1000, 190, 1190)
    austrian = replace(market, home=(GERMAN_AREA, postal_code_area("DK")))
    repriced = reprice_order(order, order.lines, destination=DENMARK, market=austrian)
    assert net_tax_gross(repriced.after.total) == (952, 238, 1190)


# -- fees


SMALL = Fee(ExtraCharge("Small order", 300, tax_source=FixedRates(())), goods_below=2000)
LARGE = Fee(ExtraCharge("Delivery fee", 29, tax_source=FixedRates(())), goods_from=3500)
WITH_FEES = replace(MARKET, fees=(SMALL, LARGE), methods=())


def fee_rows(order: Order) -> list[tuple[str, int]]:
    return [(each.label, each.amount.minor) for each in order.adjustments or ()]


def test_fees_are_those_of_what_is_left() -> None:
    order = build_order(LAMP, BREAD, market=WITH_FEES)
    assert fee_rows(order) == [("Delivery fee", 29)]
    repriced = reprice_order(order, [BREAD], destination=GERMANY, market=WITH_FEES)
    assert fee_rows(repriced.after) == [("Small order", 300)]


def test_what_joins_pays_the_fees_that_it_makes_due_and_is_spared_others() -> None:
    """R118: 10.70 and 3.00 are there; 35.70 and 0.29 come to it, and 3.00 goes."""
    order = build_order(BREAD, market=WITH_FEES)
    joined = join_order(order, [LAMP], destination=GERMANY, market=WITH_FEES)
    assert joined is not None
    assert fee_rows(joined.order) == [("Delivery fee", 29)]
    assert [(fee.name, fee.amount) for fee in joined.added_fees] == [
        ("Delivery fee", 29),
        ("Small order", -300),
    ]
    added = 3570 + 29 - 300
    assert joined.added.gross is not None
    assert joined.added.gross.minor == added
    alone, terms = price_alone([LAMP], TERMS, joined, destination=GERMANY, market=WITH_FEES)
    assert alone.total.gross is not None
    assert alone.total.gross.minor == added
    # The order that it becomes alone keeps that price when it changes.
    later = build_order(LAMP, market=WITH_FEES, terms=terms)
    assert later.total.gross == alone.total.gross


def test_shipping_that_joining_makes_free_is_spared_alone() -> None:
    """R118: 5.00 with 0.95 of tax was to be paid for the first; both together ship free."""
    market = replace(MARKET, methods=(replace(POST, free_from=3500),), shipping_tax_rules=())
    order = build_order(BREAD, market=market)
    joined = join_order(order, [LAMP], destination=GERMANY, market=market)
    assert joined is not None
    alone, terms = price_alone([LAMP], TERMS, joined, destination=GERMANY, market=market)
    assert terms.shipping == (ExtraCharge("Post", 0),)
    assert terms.fees == (ExtraCharge("Post", -595, includes_tax=True),)
    assert net_tax_gross(alone.total) == (2500, 475, 2975)
    assert joined.added.gross == alone.total.gross


def test_alone_no_more_is_due_than_was_shown() -> None:
    """10.03 was paid as 10.05; 10.03 more is 20.06, paid as 20.05: 10.00 is shown, not 10.05."""
    market = replace(MARKET, payable_steps=(PayableStep(5),), methods=())
    first, second = line("a", 1003, "0"), line("b", 1003, "0")
    order = build_order(first, market=market)
    joined = join_order(order, [second], destination=GERMANY, market=market)
    assert joined is not None
    charge = joined.charge(Money(due(order), EUR))
    assert (due(order), charge.minor) == (1005, 1000)
    alone, terms = price_alone(
        [second], TERMS, joined, destination=GERMANY, market=market, max_due=charge
    )
    assert alone.due == charge
    assert terms.fees == (ExtraCharge("Rounding", -5, tax_source=FixedRates(())),)
    unlimited, _ = price_alone([second], TERMS, joined, destination=GERMANY, market=market)
    assert unlimited.due == Money(1005, EUR)


@settings(max_examples=100, deadline=None)
@given(order_lines, order_lines, st.sampled_from(ChargeTaxMethod))
def test_alone_it_costs_what_joining_was_shown_to_cost(
    first: tuple[OrderLine, ...], second: tuple[OrderLine, ...], method: ChargeTaxMethod
) -> None:
    """R118: whatever taxes the goods of both have."""
    market = replace(
        MARKET,
        methods=(BY_WEIGHT,),
        fees=(SMALL, LARGE),
        shipping_tax_rules=(ShippingTaxRule((GERMAN_AREA,), charge_tax_source(method)),),
    )
    order = build_order(*first, market=market)
    lines = tuple(replace(each, id=f"{each.id}b") for each in second)
    joined = join_order(order, lines, destination=GERMANY, market=market)
    if joined is None:
        return
    alone, _ = price_alone(lines, TERMS, joined, destination=GERMANY, market=market)
    assert alone.total.gross == joined.added.gross


def test_shipping_that_joining_adds_is_taxed_as_the_rules_say() -> None:
    market = replace(MARKET, methods=(BY_WEIGHT,))
    order = build_order(BREAD, market=market)
    joined = join_order(order, [LAMP], destination=GERMANY, market=market)
    assert joined is not None
    # 7.00 over 30.00 at 19 % and 10.00 at 7 %: 5.25 and 1.75, 1.00 and 0.12; before 5.00 and 0.35.
    assert net_tax_gross(joined.added_shipping) == (200, 77, 277)
    alone, terms = price_alone([LAMP], TERMS, joined, destination=GERMANY, market=market)
    assert terms.shipping == (ExtraCharge("Post", 277, includes_tax=True, tax_source=PRO_RATA),)
    # 2.77 with 19 % in it: 0.44.
    assert net_tax_gross(alone.shipping_total) == (233, 44, 277)


@pytest.mark.parametrize("includes_tax", [False, True])
def test_shipping_by_the_table_is_declared_as_before(includes_tax: bool) -> None:  # noqa: FBT001
    methods = (replace(BY_WEIGHT, includes_tax=includes_tax),)
    market = replace(MARKET, methods=methods, shipping_tax_rules=())
    order = build_order(BREAD, market=market)
    joined = join_order(order, [LAMP], destination=GERMANY, market=market)
    assert joined is not None
    _, terms = price_alone([LAMP], TERMS, joined, destination=GERMANY, market=market)
    assert terms.shipping == (ExtraCharge("Post", 200, includes_tax),)
