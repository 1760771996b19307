"""Shares and sums hold with all of it on: charges by goods, prices abroad, rules by the price of a
piece, taxes within their base, steps of what is to pay (R133, R135, R138).
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.money import RoundingMode
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import (
    FixedRates,
    Item,
    Purchase,
    RatesByGoods,
    RatesByTable,
    ShippingTax,
    TaxSource,
    charge_tax_source,
)
from gateway.engine.pricing.shipping import FlatPrice, ShippingMethod
from gateway.engine.pricing.snapshots import TaxedTotal
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.line_tax import ApplicableRates, TaxRate, compute_tax
from gateway.engine.tax.rate_lookup import find_rates
from gateway.engine.tax.rounding import RoundedSide, RoundingLevel, RoundingPolicy
from gateway.engine.tax.tax_tables import TaxTable
from tests.engine.purchases import (
    CA_94043,
    PipelineSpy,
    item,
    net_tax_gross,
    postal_code_area,
    price_items,
    purchase,
    purchases,
    rates,
    rule,
    state_area,
    tables,
    usd,
)

LIMITS = (("USD", 1000), ("USD", 5000))
TABLES = tables(
    rule("0", state_area("CA"), piece_price_below=LIMITS[:1]),
    rule("12", state_area("CA"), piece_price_from=LIMITS[1:], within_base=True),
    rule("7.25", state_area("CA"), shipping_taxed=True),
    rule("20", postal_code_area("GB"), within_base=True, shipping_taxed=True),
    food=TaxTable("food", (rule("1", state_area("CA"), piece_price_from=LIMITS[1:]),)),
    exempt=TaxTable("exempt", (), standalone=True),
    warranty=TaxTable("warranty", (rule("6", state_area("CT")),)),
)
METHODS = (ShippingMethod("post", "post", FlatPrice(499)),)


def use_all(bought: Purchase, seed: int) -> Purchase:
    """``bought`` with everything that rules can say, chosen by the bits of ``seed``."""
    ways = [ShippingTax(charge_tax_source(each)) for each in ChargeTaxMethod]
    step = (1, 5, 100)[seed % 3]
    return replace(
        bought,
        items=tuple(_use_in_item(each, seed + index) for index, each in enumerate(bought.items)),
        tax_tables=TABLES,
        rounding=replace(bought.rounding, payable_step=step),
        shipping=() if seed & 4 else bought.shipping,
        methods=METHODS,
        shipping_tax=ways[seed // 8 % len(ways)],
        is_home=bool(seed & 64),
    )


def _use_in_item(bought: Item, seed: int) -> Item:
    return replace(
        bought,
        tax_source=_use_in_rates(bought.tax_source, seed),
        home_rates=rates("19") if bought.includes_tax and seed & 2 else None,
        components=tuple(_use_in_item(each, seed + 1) for each in bought.components),
    )


def _use_in_rates(source: TaxSource, seed: int) -> TaxSource:
    if isinstance(source, RatesByTable):
        return source
    return FixedRates(
        tuple(
            replace(rate, within_base=rate.percent < 100 and bool(seed + index & 1))
            for index, rate in enumerate(source.rates)
        )
    )


everything = st.builds(use_all, purchases, st.integers(0, 127))
thorough = settings(max_examples=80, deadline=None)


def balanced_figures(total: TaxedTotal) -> tuple[int, int, int]:
    """Net, tax and gross, which balance."""
    net, tax, gross = net_tax_gross(total)
    assert net is not None
    assert tax is not None
    assert gross == net + tax
    return net, tax, gross


@thorough
@given(everything)
def test_all_figures_add_up(bought: Purchase) -> None:
    """R138: net and tax are gross, parts the whole; rows, lines, explanations are the tax."""
    priced = PricedPurchase(bought)
    total = balanced_figures(priced.total)
    parts = (balanced_figures(priced.items_total), balanced_figures(priced.shipping_total))
    assert tuple(map(sum, zip(*parts, strict=True))) == total
    for priced_item in priced.all_items:
        assert priced_item.tax_lines is not None
        assert (
            sum(line.tax.minor for line in priced_item.tax_lines)
            == balanced_figures(priced_item.total)[1]
        )
    assert priced.tax_summary is not None
    assert sum(row.tax.minor for row in priced.tax_summary) == total[1]
    explained = [each.amount for each in priced.explanations if each.figure == "tax"]
    assert sum(amount.minor for amount in explained if amount) == total[1]


@thorough
@given(everything)
def test_what_is_paid_is_what_is_left_and_the_rounding_row(bought: Purchase) -> None:
    """R138: payable is what is left after stored value with the row, a multiple of the step."""
    priced = PricedPurchase(bought)
    paid, due = priced.paid_by_stored_value, priced.due
    assert paid is not None
    assert due is not None
    row = sum(each.amount.minor for each in priced.adjustments if each.rounds_payable)
    assert due.minor == balanced_figures(priced.total)[2] - paid.minor + row
    assert due.minor % bought.rounding.payable_step == 0
    assert abs(row) < bought.rounding.payable_step


@thorough
@given(everything, st.randoms(use_true_random=False))
def test_the_order_of_lines_decides_tied_remainders_alone(bought: Purchase, random: object) -> None:
    """R138: each line has its own tax; what shares lose or win is a cent of a set of taxes."""
    by_line = replace(bought.rounding, level=RoundingLevel.LINE)
    # Amounts off an order are shared by largest remainder, which is no matter of taxes.
    bought = replace(bought, rounding=by_line, discounts=())
    shuffled = list(enumerate(bought.items))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = PricedPurchase(bought)
    second = PricedPurchase(replace(bought, items=tuple(each for _, each in shuffled)))
    for (index, _), other in zip(shuffled, second.items, strict=True):
        assert balanced_figures(first.items[index].total) == balanced_figures(other.total)
    sets = len(bought.items) * 4 + 1
    charges = len(bought.surcharges) + max(1, len(bought.shipping))
    assert (
        abs(balanced_figures(first.total)[1] - balanced_figures(second.total)[1]) <= sets * charges
    )


# -- taxes within their own base


@thorough
@given(
    st.integers(0, 1_000_000),
    st.sampled_from(["0", "1", "7.25", "18", "33.3", "50", "99"]),
    st.sampled_from(RoundingMode),
    st.booleans(),
)
def test_a_tax_within_its_base_is_that_part_of_it(
    amount: int,
    percent: str,
    mode: RoundingMode,
    includes_tax: bool,  # noqa: FBT001
) -> None:
    """R135: base x r / (1 - r) is r of base and tax together; a price with it holds r of itself."""
    rate = TaxRate("ICMS", Decimal(percent), within_base=True)
    taxed = compute_tax(
        amount, ApplicableRates((rate,)), RoundingPolicy(mode), includes_tax=includes_tax
    )
    part = Fraction(Decimal(percent)) / 100
    exact = amount * part if includes_tax else amount * part / (1 - part)
    assert abs(taxed.tax - exact) < 1
    assert taxed.net + taxed.tax == taxed.gross


@pytest.mark.parametrize("side", RoundedSide)
@pytest.mark.parametrize("level", RoundingLevel)
def test_every_level_and_side_takes_it_alike(side: RoundedSide, level: RoundingLevel) -> None:
    """80.00 by 20 % is 20.00, added to it or within 100.00."""
    rounding = RoundingPolicy(level=level, side=side)
    source = FixedRates((TaxRate("tax", Decimal(20), within_base=True),))
    added = price_items(item(8000, tax_source=source), rounding=rounding)
    included = price_items(item(10000, tax_source=source, includes_tax=True), rounding=rounding)
    for priced in (added, included):
        assert net_tax_gross(priced.total) == (8000, 2000, 10000)


def test_a_tax_on_a_tax_within_its_base() -> None:
    """R135: 100.00 and 10 % are 110.00, of which 20 % within its base is 27.50."""
    first = TaxRate("first", Decimal(10))
    second = TaxRate("second", Decimal(20), compound=True, within_base=True)
    priced = price_items(item(10000, tax_source=FixedRates((first, second))))
    assert priced.tax_summary is not None
    assert [(row.base.minor, row.tax.minor) for row in priced.tax_summary] == [
        (10000, 1000),
        (13750, 2750),
    ]


def test_within_its_base_or_not_is_another_set_of_taxes() -> None:
    """R133: shipping is shared over both: 1.00 at 20 % is 0.20, 1.00 within its base 0.25."""
    inside = FixedRates((TaxRate("tax20", Decimal(20), within_base=True),))
    priced = price_items(
        item(1000, 1, "20"),
        item(1000, tax_source=inside),
        methods=(ShippingMethod("post", "post", FlatPrice(200)),),
        shipping_tax=ShippingTax(charge_tax_source(ChargeTaxMethod.PRO_RATA)),
        destination=CA_94043,
    )
    assert net_tax_gross(priced.shipping_total) == (200, 45, 245)


# -- what runs


def test_who_asks_for_no_tax_computes_none() -> None:
    """The way shipping is taxed is chosen without its tax."""
    spy = PipelineSpy()
    bought = purchase(
        item(1000, 1, "20", includes_tax=True, home_rates=rates("19")),
        methods=METHODS,
        shipping_tax=ShippingTax(RatesByGoods(ChargeTaxMethod.PRO_RATA)),
        destination=CA_94043,
        tax_tables=TABLES,
    )
    priced = PricedPurchase(bought, spy.pipeline)
    assert (priced.shipping_name, priced.shipping_total.net) == ("post", usd(499))
    assert "tax" not in spy.ran
    assert priced.shipping_total.gross is not None
    assert spy.ran.count("tax") == 1


def test_tables_are_asked_once_for_each_class_of_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 1.00 and 2.00 are one question, of 10.00 and 49.99 another, of 50.00 a third."""
    asked: list[object] = []

    def counting(*arguments: object) -> ApplicableRates:
        asked.append(arguments[-1])
        return find_rates(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("gateway.engine.pricing.tax_step.find_rates", counting)
    priced = price_items(
        *(item(price) for price in (100, 200, 1000, 4999, 5000)),
        destination=CA_94043,
        tax_tables=TABLES,
    )
    assert [balanced_figures(each.total)[1] for each in priced.items] == [0, 0, 73, 362, 682]
    assert len(asked) == 3
