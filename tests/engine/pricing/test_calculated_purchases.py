"""Purchases with taxes, shipping and codes as the merchant's calculator states them (R84)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.carts import PricingContext
from gateway.engine.display.purchase_display import LocaleFormat
from gateway.engine.pricing.calculated_purchase import (
    apply_outcome,
    build_request,
    without_stated_taxes,
)
from gateway.engine.pricing.calculations import (
    ALL_PARTS,
    BY_FALLBACK,
    CalculatedCode,
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationLine,
    CalculationOutcome,
    CalculationPart,
)
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.promotions import FreeShipping, Promotion
from gateway.engine.pricing.purchase import Purchase, ShippingTax
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.pricing.shipping import FlatPrice, ShippingMethod
from gateway.engine.pricing.snapshots import take_snapshot
from gateway.engine.tax.rounding import RoundingPolicy
from gateway.engine.tax.stated_taxes import StatedTax, state_taxes
from tests.engine.carts import CONTEXT, cart, price_cart
from tests.engine.purchases import (
    CA_94043,
    NOWHERE,
    item,
    net_tax_gross,
    price_items,
    purchase,
    purchases,
    rates,
    tax_line_rows,
    tax_summary_rows,
    usd,
)

PLAIN = LocaleFormat("en", lambda money: str(money.amount), lambda percent: f"{percent} %")
STATE, CITY = ("State tax", "6.25"), ("City tax", "2.625")
DRONE = CalculatedShipping("drone", "Drone", 300)
PIGEON = CalculatedShipping("pigeon", "Pigeon", 250)
FREE = Promotion("free", "Free shipping", FreeShipping())


def taxes_of(id: str, *taxes: tuple[tuple[str, str], int]) -> CalculatedTaxes:
    stated = (StatedTax(name, Decimal(percent), minor) for (name, percent), minor in taxes)
    return CalculatedTaxes(id, tuple(stated))


def outcome_of(
    *line_taxes: CalculatedTaxes,
    shipping_taxes: Iterable[CalculatedTaxes] = (),
    shipping: tuple[CalculatedShipping, ...] | None = (DRONE, PIGEON),
    codes: tuple[CalculatedCode, ...] | None = None,
) -> CalculationOutcome:
    return CalculationOutcome(
        Calculator.MERCHANT,
        Calculation(shipping, line_taxes, tuple(shipping_taxes), codes, "calculation 1"),
    )


def calculate(purchase: Purchase, outcome: CalculationOutcome) -> PricedPurchase:
    return PricedPurchase(apply_outcome(purchase, outcome))


def with_variants(described: Purchase) -> Purchase:
    """``described`` with lines that the merchant's calculator can be asked for."""
    items = (replace(line, variant_id=f"v{index}") for index, line in enumerate(described.items))
    return replace(described, items=tuple(items))


def skus(described: Purchase) -> dict[str, str]:
    return {f"v{index}": f"SKU-{index}" for index in range(len(described.items))}


# -- golden vectors, computed by hand


def test_taxes_are_added_to_prices_without_tax() -> None:
    """2 x 10.00 with 1.25 and 0.53, 3.00 of shipping with 0.19: 23.00 + 1.97 = 24.97."""
    outcome = outcome_of(
        taxes_of("1", (STATE, 125), (CITY, 53)),
        shipping_taxes=[taxes_of("drone", (STATE, 19))],
        shipping=(DRONE,),
    )
    priced = calculate(purchase(item(1000, 2), destination=CA_94043), outcome)
    assert net_tax_gross(priced.items[0].total) == (2000, 178, 2178)
    assert tax_line_rows(priced.items[0]) == [
        ("State tax", "6.25", 2000, 125),
        ("City tax", "2.625", 2000, 53),
    ]
    assert net_tax_gross(priced.shipping_total) == (300, 19, 319)
    assert net_tax_gross(priced.total) == (2300, 197, 2497)
    assert tax_summary_rows(priced) == [
        ("State tax", "6.25", 2300, 144),
        ("City tax", "2.625", 2000, 53),
    ]
    assert priced.calculated_by is Calculator.MERCHANT
    figures = take_snapshot(priced)
    assert (figures.calculated_by, figures.calculation_reference) == (
        Calculator.MERCHANT,
        "calculation 1",
    )


def test_of_a_price_with_tax_the_tables_tell_the_net() -> None:
    """119.00 with 19 % is 100.00; the calculator's 7.00 are added: 107.00, and it is explained."""
    line = item(11_900, 1, "19", includes_tax=True)
    described = purchase(line, destination=CA_94043)
    priced = calculate(described, outcome_of(taxes_of("1", (STATE, 700)), shipping=None))
    assert net_tax_gross(priced.items[0].total) == (10_000, 700, 10_700)
    assert net_tax_gross(priced.subtotal) == (10_000, 700, 10_700)
    assert [explanation.text for explanation in priced.explanations] == [
        "119.00 with the taxes of the shop's tables is 100.00 without them.",
        "State tax 6.25 % of 100.00, added to the price, as the shop's calculator states.",
    ]


def test_shipping_of_the_tables_can_be_taxed_by_the_calculator() -> None:
    """Who answers taxes alone is told what the tables' ways cost without tax: 5.00 of 5.95."""
    method = ShippingMethod("post", "Post", FlatPrice(595), includes_tax=True)
    described = with_variants(
        purchase(
            item(1000),
            destination=CA_94043,
            methods=(method,),
            shipping_tax=ShippingTax(rates("19")),
        )
    )
    parts = frozenset({CalculationPart.TAX, CalculationPart.CODES})
    request = build_request(PricedPurchase(described), parts, skus(described))
    assert request.shipping == (CalculatedShipping("post", "Post", 500),)
    outcome = outcome_of(
        taxes_of("1"), shipping_taxes=[taxes_of("post", (STATE, 31))], shipping=None
    )
    priced = calculate(described, outcome)
    assert net_tax_gross(priced.shipping_total) == (500, 31, 531)
    assert net_tax_gross(priced.total) == (1500, 31, 1531)
    assert priced.explanations[1].text == (
        "5.95 with the taxes of the shop's tables is 5.00 without them."
    )


def test_the_parts_of_a_bundle_bear_the_tax_by_what_they_cost() -> None:
    """10.74 on 5.00, 16.00 and 100.00: exactly 0.4438, 1.4202 and 8.8760."""
    set_of_three = item(500, components=(item(800, 2), item(10_000)))
    priced = calculate(
        purchase(set_of_three, destination=CA_94043),
        outcome_of(taxes_of("1", (CITY, 1074)), shipping=None),
    )
    assert net_tax_gross(priced.items[0].total) == (12_100, 1074, 13_174)
    assert [net_tax_gross(part.total)[1] for part in priced.items[0].components] == [142, 888]
    assert tax_line_rows(priced.items[0]) == [("City tax", "2.625", 12_100, 1074)]


def test_a_line_that_costs_nothing_can_bear_a_tax() -> None:
    priced = calculate(
        purchase(item(0, components=(item(0),)), destination=CA_94043),
        outcome_of(taxes_of("1", (STATE, 5)), shipping=None),
    )
    assert net_tax_gross(priced.total) == (0, 5, 5)


def test_a_line_without_a_statement_is_taxed_by_the_tables() -> None:
    """What is not sold any more was not asked for."""
    described = purchase(item(1000), item(1000, 1, "20"), destination=CA_94043)
    priced = calculate(described, outcome_of(taxes_of("1", (STATE, 63)), shipping=None))
    assert [net_tax_gross(line.total)[1] for line in priced.items] == [63, 200]


def test_ways_to_ship_without_a_tax_are_untaxed_and_the_cheapest_is_selected() -> None:
    outcome = outcome_of(taxes_of("1"), shipping_taxes=[taxes_of("drone", (STATE, 19))])
    described = purchase(item(1000), destination=CA_94043)
    cheapest = calculate(described, outcome)
    assert (cheapest.shipping_name, net_tax_gross(cheapest.total)) == ("Pigeon", (1250, 0, 1250))
    chosen = calculate(replace(described, method_id="drone"), outcome)
    assert (chosen.shipping_name, net_tax_gross(chosen.total)) == ("Drone", (1300, 19, 1319))


def test_shipping_that_a_promotion_makes_free_bears_no_tax() -> None:
    outcome = outcome_of(
        taxes_of("1", (STATE, 63)),
        shipping_taxes=[taxes_of("drone", (STATE, 19))],
        shipping=(DRONE,),
    )
    priced = calculate(purchase(item(1000), destination=CA_94043, promotions=(FREE,)), outcome)
    assert net_tax_gross(priced.shipping_total) == (0, 0, 0)
    assert net_tax_gross(priced.total) == (1000, 63, 1063)


def test_stored_value_and_the_step_of_what_is_to_pay_stay_the_shops() -> None:
    """24.97 less 4.00 of a card is 20.97, and 20.95 in steps of five cents."""
    outcome = outcome_of(
        taxes_of("1", (STATE, 178)),
        shipping_taxes=[taxes_of("drone", (STATE, 19))],
        shipping=(DRONE,),
    )
    described = purchase(
        item(1000, 2),
        destination=CA_94043,
        stored_value=400,
        rounding=RoundingPolicy(payable_step=5),
    )
    priced = calculate(described, outcome)
    assert net_tax_gross(priced.total) == (2300, 197, 2497)
    assert (priced.paid_by_stored_value, priced.due) == (usd(400), usd(2095))
    assert [line.amount.minor for line in priced.adjustments] == [-2]


def test_what_a_line_would_cost_without_reductions_is_taxed_by_the_stated_rates() -> None:
    """10.00 would bear 6.25 % of it, 0.63; the reduced 8.00 bear the 0.51 that were stated."""
    line = item(800, price_when_added=1000)
    priced = calculate(
        purchase(line, destination=CA_94043), outcome_of(taxes_of("1", (STATE, 51)), shipping=None)
    )
    assert net_tax_gross(priced.total) == (800, 51, 851)
    reduced_from = priced.items[0].reduced_from
    assert reduced_from is not None
    assert net_tax_gross(reduced_from) == (1000, 63, 1063)


def test_without_stated_taxes_a_line_is_taxed_by_its_own_source_again() -> None:
    described = purchase(
        item(1000, 1, "20", components=(item(500, 1, "20"),)), destination=CA_94043
    )
    calculated = apply_outcome(described, outcome_of(taxes_of("1", (STATE, 1)), shipping=None))
    assert calculated.items != described.items
    assert tuple(map(without_stated_taxes, calculated.items)) == described.items


def test_codes_of_the_calculator_are_shared_by_what_lines_cost() -> None:
    """2.00 off 10.00 and 5.00: 1.33 and 0.67; the taxes are as stated, after the code."""
    judged = (CalculatedCode("TWO-OFF", applied=True, minor=200),)
    outcome = outcome_of(
        taxes_of("1", (STATE, 54)), taxes_of("2", (STATE, 27)), shipping=(DRONE,), codes=judged
    )
    context = replace(CONTEXT, calculated=outcome)
    priced = price_cart(cart(("mug", 1), ("hat", 1), codes=("two-off",)), context)
    assert [net_tax_gross(line.total) for line in priced.items] == [
        (867, 54, 921),
        (433, 27, 460),
    ]
    [code] = priced.codes
    assert (code.code, code.applied, code.amount and code.amount.minor) == ("two-off", True, 200)
    assert net_tax_gross(priced.total) == (1600, 81, 1681)


def test_a_code_takes_no_more_than_the_goods_cost() -> None:
    judged = (CalculatedCode("ALL", applied=True, minor=99_999),)
    outcome = outcome_of(taxes_of("1"), shipping=(DRONE,), codes=judged)
    priced = price_cart(cart(("mug", 1), codes=("ALL",)), replace(CONTEXT, calculated=outcome))
    assert net_tax_gross(priced.total) == (300, 0, 300)
    assert [code.amount and code.amount.minor for code in priced.codes] == [1000]


def test_where_the_calculator_judges_codes_those_of_the_tables_do_not_exist() -> None:
    outcome = outcome_of(taxes_of("1"), shipping=None, codes=())
    codes = ("TEN", "CARD")
    priced = price_cart(cart(("mug", 1), codes=codes), replace(CONTEXT, calculated=outcome))
    assert [code.code for code in priced.codes] == ["CARD"]
    assert [warning.message for warning in priced.refused_codes] == ["There is no such code."]


def test_by_fallback_the_tables_compute_all_and_unknown_codes_wait() -> None:
    """R84: with TEN the mug costs 9.00, 9.25 % of which are 0.83."""
    priced = price_cart(
        cart(("mug", 1), codes=("TEN", "OURS")), replace(CONTEXT, calculated=BY_FALLBACK)
    )
    plain = price_cart(cart(("mug", 1), codes=("TEN",)))
    assert net_tax_gross(priced.total) == net_tax_gross(plain.total) == (1200, 83, 1283)
    assert [(code.code, code.applied, code.reason) for code in priced.codes] == [
        ("TEN", True, None),
        ("OURS", False, "The shop cannot check this code now. Try again later."),
    ]
    assert priced.calculated_by is Calculator.FALLBACK


def test_the_notices_say_that_a_code_waits() -> None:
    priced = price_cart(cart(("mug", 1), codes=("OURS",)), replace(CONTEXT, calculated=BY_FALLBACK))
    messages = priced.display(PLAIN).messages
    assert messages == ("OURS: The shop cannot check this code now. Try again later.",)


def test_where_there_is_no_way_to_ship_nothing_can_be_bought() -> None:
    priced = price_cart(
        cart(("mug", 1)), replace(CONTEXT, calculated=outcome_of(taxes_of("1"), shipping=()))
    )
    assert priced.shipping_options == ()
    assert "CHECK_OUT" not in priced.actions


# -- R85: what is asked


def test_the_request_says_what_is_bought_and_roughly_where_it_goes() -> None:
    """R85: no city."""
    place = replace(CA_94043, city="Mountain View")
    priced = price_cart(cart(("mug", 2), ("rarity", 1), ("book", 1), destination=place))
    skus = {"mug": "MUG", "book": ""}
    request = build_request(priced, ALL_PARTS, skus, tax_id="DE1", codes=("A",))
    assert request.destination == CA_94043
    assert request.lines == (
        CalculationLine("1", "MUG", 2, 2000),
        CalculationLine("3", "", 1, 700),
    )
    assert (request.parts, request.codes, request.tax_id) == (ALL_PARTS, ("A",), "DE1")
    assert "DE1" not in repr(request)


@pytest.mark.parametrize("parts", [ALL_PARTS, frozenset({CalculationPart.SHIPPING})])
def test_shipping_is_not_asked_for_where_nothing_ships(parts: frozenset[CalculationPart]) -> None:
    """R88."""
    priced = price_cart(cart(("book", 1)))
    asked = build_request(priced, parts, {"book": "BOOK"}).parts
    assert asked == parts - {CalculationPart.SHIPPING}


def test_of_parts_alone_with_tax_the_tables_tell_the_net_as_well() -> None:
    """1.00, and a part of 1.19 with 19 %: 2.00 are sent."""
    bundle = item(100, 1, "19", components=(item(119, 1, "19", includes_tax=True),))
    described = with_variants(purchase(bundle, destination=CA_94043))
    [line] = build_request(PricedPurchase(described), ALL_PARTS, skus(described)).lines
    assert line.minor == 200


# -- any purchase at all


stated_taxes = st.lists(
    st.builds(
        StatedTax,
        st.sampled_from(["State tax", "City tax"]),
        st.sampled_from(["0", "6.25", "19"]).map(Decimal),
        st.integers(0, 4_000),
    ),
    max_size=3,
).map(tuple)
ways = st.lists(
    st.builds(CalculatedShipping, st.sampled_from("abc"), st.just("Way"), st.integers(0, 900)),
    max_size=3,
    unique_by=lambda way: way.id,
).map(tuple)
table_methods = st.lists(
    st.builds(
        ShippingMethod,
        st.sampled_from("xyz"),
        st.just("Method"),
        st.integers(0, 900).map(FlatPrice),
        st.booleans(),
    ),
    max_size=2,
    unique_by=lambda method: method.id,
).map(tuple)


calculated_purchases = st.builds(
    lambda described, methods, promotions: replace(
        with_variants(described), shipping=(), methods=methods, promotions=promotions
    ),
    purchases,
    table_methods,
    st.sampled_from([(), (FREE,)]),
)


def sum_of(taxes: Sequence[StatedTax]) -> int:
    return sum(tax.minor for tax in taxes)


@given(
    calculated_purchases,
    st.lists(stated_taxes, min_size=4, max_size=4),
    ways,
    st.dictionaries(st.sampled_from("abcxyz"), stated_taxes, max_size=4),
    st.booleans(),
)
def test_every_figure_is_what_was_sent_and_what_was_stated(
    described: Purchase,
    taxes_of_lines: list[tuple[StatedTax, ...]],
    offered_ways: tuple[CalculatedShipping, ...],
    stated_shipping: dict[str, tuple[StatedTax, ...]],
    is_shipped_by_tables: bool,  # noqa: FBT001
) -> None:
    """R84: of lines, parts, shipping and the whole, to the minor unit."""
    parts = ALL_PARTS - {CalculationPart.SHIPPING} if is_shipped_by_tables else ALL_PARTS
    request = build_request(PricedPurchase(described), parts, skus(described))
    calculation = Calculation(
        offered_ways if CalculationPart.SHIPPING in request.parts else None,
        tuple(map(CalculatedTaxes, [line.id for line in request.lines], taxes_of_lines)),
        tuple(CalculatedTaxes(id, taxes) for id, taxes in stated_shipping.items()),
    )
    priced = calculate(described, CalculationOutcome(Calculator.MERCHANT, calculation))
    stated = {taxes.id: taxes.taxes for taxes in calculation.line_taxes or ()}
    for line, asked in zip(priced.items, request.lines, strict=True):
        tax = sum_of(stated[asked.id])
        assert net_tax_gross(line.total) == (asked.minor, tax, asked.minor + tax)
        assert sum(row[3] for row in tax_line_rows(line)) == tax
        assert_sums_up(line.total)
    selected = priced.ledger_after("shipping").shipping.selected
    net, shipping_tax, _ = net_tax_gross(priced.shipping_total)
    if selected is None or selected.minor == 0:
        assert (net, shipping_tax) == (0, 0)
    else:
        assert shipping_tax == sum_of(stated_shipping.get(selected.method.id, ()))
        if calculation.shipping is not None:
            assert net == selected.minor
    assert_whole_is_its_parts(priced)


def assert_sums_up(total: object) -> None:
    net, tax, gross = net_tax_gross(total)  # type: ignore[arg-type]
    assert net is not None
    assert tax is not None
    assert net + tax == gross


def assert_whole_is_its_parts(priced: PricedPurchase) -> None:
    """The total is items, surcharges and shipping; rows sum to the tax; what is due is the rest."""
    for total in (priced.total, priced.subtotal, priced.items_total, priced.shipping_total):
        assert_sums_up(total)
    items, shipping, whole = map(
        net_tax_gross, (priced.items_total, priced.shipping_total, priced.total)
    )
    assert whole == tuple(map(sum, zip(items, shipping, strict=True)))  # type: ignore[arg-type]
    assert sum(row[3] for row in tax_summary_rows(priced)) == whole[1]
    assert priced.due is not None
    assert priced.paid_by_stored_value is not None
    assert priced.due.minor + priced.paid_by_stored_value.minor == whole[2]


@given(st.lists(st.integers(0, 9_999), min_size=1, max_size=6), stated_taxes)
def test_shares_of_a_stated_tax_are_exact_and_fair(
    nets: list[int], taxes: tuple[StatedTax, ...]
) -> None:
    """R84: each differs from its exact share by less than one minor unit, and none is lost."""
    shares = state_taxes(nets, taxes)
    assert [taxed.net for taxed in shares] == nets
    for index, tax in enumerate(taxes):
        parts = [taxed.taxes[index] for taxed in shares]
        assert sum(parts) == tax.minor
        whole = sum(nets)
        if whole:
            assert all(
                abs(part * whole - tax.minor * net) < whole
                for part, net in zip(parts, nets, strict=True)
            )


def test_without_a_destination_nothing_of_the_calculator_changes_the_figures() -> None:
    described = purchase(item(1000), destination=NOWHERE)
    outcome = CalculationOutcome(Calculator.MERCHANT, Calculation(codes=()))
    assert net_tax_gross(calculate(described, outcome).total) == net_tax_gross(
        price_items(item(1000)).total
    )


def test_the_context_of_a_cart_says_by_table_until_somebody_was_asked() -> None:
    context = PricingContext({}, CONTEXT.market, (), CONTEXT.day)
    assert price_cart(cart(), context).calculated_by is Calculator.TABLE
