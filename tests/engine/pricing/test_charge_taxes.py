"""Charges are taxed by the goods that they go with, and each part says by which (R133)."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.pricing.discounts import AmountOff
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import (
    TAXED_BY_TABLE,
    ExtraCharge,
    Item,
    RatesByGoods,
    RatesByTable,
    ShippingTax,
    charge_tax_source,
)
from gateway.engine.pricing.shipping import FlatPrice, ShippingMethod
from gateway.engine.tax.charge_sharing import (
    ChargeTaxMethod,
    TaxableGoods,
    share_charge,
)
from gateway.engine.tax.line_tax import ApplicableRates, TaxState
from tests.engine.purchases import (
    CA_94043,
    item,
    net_tax_gross,
    policy,
    postal_code_area,
    price_items,
    purchase,
    rates,
    rule,
    tables,
)

PRO_RATA, HIGHEST_RATE, LARGEST_SHARE = (
    ChargeTaxMethod.PRO_RATA,
    ChargeTaxMethod.HIGHEST_RATE,
    ChargeTaxMethod.LARGEST_SHARE,
)
BY_GOODS = (PRO_RATA, HIGHEST_RATE, LARGEST_SHARE)
GERMANY = Destination("DE", None, "10115")


def shipping(minor: int, method: ChargeTaxMethod, *, includes_tax: bool = False) -> ExtraCharge:
    return ExtraCharge("post", minor, includes_tax, charge_tax_source(method))


def ship(
    *items: Item, minor: int = 500, method: ChargeTaxMethod = PRO_RATA, **more: object
) -> PricedPurchase:
    includes_tax = bool(more.pop("includes_tax", False))
    charge = shipping(minor, method, includes_tax=includes_tax)
    return price_items(*items, shipping=(charge,), **more)


def shipping_taxes(priced: PricedPurchase) -> list[tuple[str | None, int | None, int | None]]:
    """Rate, base and tax of each part of the shipping, as they are explained."""
    return [
        (
            str(explanation.rate_percent),
            None if explanation.base is None else explanation.base.minor,
            None if explanation.amount is None else explanation.amount.minor,
        )
        for explanation in priced.explanations
        if explanation.figure == "tax" and explanation.target == "post"
    ]


def test_shipping_is_shared_by_net_value() -> None:
    """5.00 over 30.00 at 19 % and 10.00 at 7 %: 3.75 and 1.25; 0.7125 and 0.0875."""
    priced = ship(item(3000, 1, "19"), item(1000, 1, "7"))
    assert shipping_taxes(priced) == [("19", 375, 71), ("7", 125, 9)]
    assert net_tax_gross(priced.shipping_total) == (500, 80, 580)


def test_shipping_that_includes_tax_is_shared_by_net_value() -> None:
    """11.90 with 19 % and 10.70 with 7 % are 10.00 each: 5.00 is 2.50 and 2.50."""
    priced = ship(
        item(1190, 1, "19", includes_tax=True),
        item(1070, 1, "7", includes_tax=True),
        includes_tax=True,
    )
    # 250 x 19 / 119 = 39.9; 250 x 7 / 107 = 16.4.
    assert shipping_taxes(priced) == [("19", 210, 40), ("7", 234, 16)]
    assert net_tax_gross(priced.shipping_total) == (444, 56, 500)


def test_the_odd_cent_goes_to_the_largest_remainder() -> None:
    """1.00 over three equal sets of taxes: 0.34, 0.33, 0.33."""
    priced = ship(item(100, 1, "19"), item(100, 1, "7"), item(100, 1, "0"), minor=100)
    assert [base for _, base, _ in shipping_taxes(priced)] == [34, 33, 33]


@pytest.mark.parametrize(
    ("method", "rate"), [(HIGHEST_RATE, "19"), (LARGEST_SHARE, "7"), (PRO_RATA, None)]
)
def test_one_set_of_taxes_decides(method: ChargeTaxMethod, rate: str | None) -> None:
    priced = ship(item(100, 1, "19"), item(900, 1, "7"), method=method)
    expected = {"19": [("19", 500, 95)], "7": [("7", 500, 35)]}
    both = [("19", 50, 10), ("7", 450, 32)]
    assert shipping_taxes(priced) == (both if rate is None else expected[rate])


def test_of_equal_shares_the_higher_rate_is_taken() -> None:
    priced = ship(item(500, 1, "7"), item(500, 1, "19"), method=LARGEST_SHARE)
    assert shipping_taxes(priced) == [("19", 500, 95)]


def test_a_set_of_taxes_is_compared_as_a_whole() -> None:
    """5 % and 9.975 % together are more than 14 %."""
    priced = ship(item(100, 1, "14"), item(100, 1, "5", "9.975"), method=HIGHEST_RATE)
    assert [rate for rate, _, _ in shipping_taxes(priced)] == ["5", "9.975"]


def test_discounts_come_first() -> None:
    """20.00 off 30.00 leaves 10.00 beside 10.00: half each."""
    priced = ship(item(3000, 1, "19", discount=AmountOff(2000)), item(1000, 1, "7"))
    assert shipping_taxes(priced) == [("19", 250, 48), ("7", 250, 18)]


def test_goods_worth_nothing_count_by_their_number() -> None:
    priced = ship(item(0, 3, "19"), item(0, 1, "7"), minor=400)
    assert shipping_taxes(priced) == [("19", 300, 57), ("7", 100, 7)]


def test_digital_goods_and_surcharges_carry_no_shipping() -> None:
    priced = ship(
        item(1000, 1, "7"),
        item(9000, 1, "19", tags=frozenset({"DIGITAL"})),
        surcharges=(ExtraCharge("wrapping", 9000, tax_source=rates("19")),),
    )
    assert shipping_taxes(priced) == [("7", 500, 35)]


def test_a_surcharge_is_shared_as_shipping_is() -> None:
    charge = ExtraCharge("wrapping", -400, False, charge_tax_source(PRO_RATA))  # noqa: FBT003
    priced = price_items(item(3000, 1, "19"), item(1000, 1, "7"), surcharges=(charge,))
    # 40.00 and 6.40 of tax, less 3.00 at 19 % and 1.00 at 7 %.
    assert net_tax_gross(priced.items_total) == (3600, 640 - 57 - 7, 4176)


def test_where_nothing_is_shipped_all_goods_count() -> None:
    priced = ship(item(1000, 1, "7", tags=frozenset({"DIGITAL"})))
    assert shipping_taxes(priced) == [("7", 500, 35)]


@pytest.mark.parametrize("method", BY_GOODS)
def test_without_goods_the_table_decides(method: ChargeTaxMethod) -> None:
    taxed = rule("20", postal_code_area("GB"), shipping_taxed=True)
    priced = ship(method=method, destination=Destination("GB"), tax_tables=tables(taxed))
    assert net_tax_gross(priced.shipping_total) == (500, 100, 600)


def test_untaxed_goods_carry_untaxed_shipping() -> None:
    """Half of it goes with goods that are exempt: 2.50 at 19 %, 2.50 without."""
    exempt = item(1000, 1, "19", tags=frozenset({"TAX_EXEMPT"}))
    priced = ship(item(1000, 1, "19"), exempt)
    assert net_tax_gross(priced.shipping_total) == (500, 48, 548)


@pytest.mark.parametrize("method", BY_GOODS)
def test_it_is_not_known_before_the_goods_are(method: ChargeTaxMethod) -> None:
    priced = ship(item(1000), method=method, tax_tables=tables(rule("19", postal_code_area("DE"))))
    assert priced.tax_state is TaxState.NEEDS_ADDRESS
    assert net_tax_gross(priced.shipping_total) == (500, None, None)


@pytest.mark.parametrize("level", ["LINE", "TOTAL", "UNIT"])
def test_each_level_of_rounding_adds_up(level: str) -> None:
    """Of 10.00 at 19 % and 10.00 at 7 % and 0.99: 1.90, 0.70, and 0.50 and 0.49 of 0.99."""
    priced = ship(item(1000, 1, "19"), item(1000, 1, "7"), minor=99, rounding=policy(level=level))
    assert net_tax_gross(priced.shipping_total) == (99, 13, 112)
    assert net_tax_gross(priced.total) == (2099, 273, 2372)


def test_methods_that_are_offered_are_taxed_alike() -> None:
    """Each by the goods, also those that are not chosen."""
    table = tables(rule("19", postal_code_area("DE")))
    methods = (
        ShippingMethod("post", "post", FlatPrice(500)),
        ShippingMethod("express", "express", FlatPrice(1000)),
    )
    bought = purchase(
        item(3000, tax_source=RatesByTable()),
        item(1000, 1, "7"),
        methods=methods,
        shipping_tax=ShippingTax(RatesByGoods(PRO_RATA)),
        destination=GERMANY,
        tax_tables=table,
    )
    result = PricedPurchase(bought)._run.tax_result
    assert [offer and offer.tax for offer in result.shipping_rates] == [80, 161]
    assert [taxed and taxed.tax for taxed in result.shipping] == [80]
    by_table = PricedPurchase(replace(bought, shipping_tax=TAXED_BY_TABLE))
    assert net_tax_gross(by_table.shipping_total) == (500, 0, 500)


def test_the_same_taxes_of_two_tables_are_one_set() -> None:
    """No cent is lost to a border between tables that says the same."""
    table = tables(
        rule("7.25", postal_code_area("US")),
        food=tables(rule("7.25", postal_code_area("US"))).default,
    )
    food = item(500, tax_source=RatesByTable("food"))
    priced = ship(item(500), food, destination=CA_94043, tax_tables=table, minor=99)
    assert [(base, tax) for _, base, tax in shipping_taxes(priced)] == [(99, 7)]


goods = st.builds(
    TaxableGoods,
    st.integers(0, 100_000),
    st.booleans(),
    st.integers(1, 9),
    st.sampled_from([(), ("7",), ("19",), ("5", "9.975"), ("0",)]).map(
        lambda percents: ApplicableRates(rates(*percents).rates)
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.integers(-5_000, 5_000), st.lists(goods, min_size=1, max_size=8))
def test_shares_are_near_their_exact_part_and_sum_up(amount: int, many: list[TaxableGoods]) -> None:
    """Plain arithmetic: a set's share is off by less than one minor unit."""
    shares = share_charge(amount, PRO_RATA, many)
    assert sum(share.amount for share in shares) == amount
    nets: dict[object, Fraction] = {}
    for part in many:
        factor = 1 + sum(Fraction(rate.percent) / 100 for rate in part.applicable_rates.rates)
        net = Fraction(part.amount) / (factor if part.includes_tax else 1)
        key = part.applicable_rates.rates
        nets[key] = nets.get(key, Fraction()) + net
    total = sum(nets.values())
    for share in shares:
        if total:
            exact = amount * nets[share.applicable_rates.rates] / total
            assert abs(share.amount - exact) < 1


@settings(max_examples=100, deadline=None)
@given(st.lists(goods, min_size=1, max_size=6), st.sampled_from(BY_GOODS), st.randoms())
def test_the_order_of_lines_does_not_matter_but_for_ties(
    many: list[TaxableGoods], method: ChargeTaxMethod, random: object
) -> None:
    """What a set of taxes bears differs by one minor unit at most."""
    shuffled = list(many)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (
        {share.applicable_rates.rates: share.amount for share in share_charge(1000, method, order)}
        for order in (many, shuffled)
    )
    if method is PRO_RATA:
        for key in first.keys() | second.keys():
            assert abs(first.get(key, 0) - second.get(key, 0)) <= 1
