"""A price that includes the taxes of home keeps its net amount abroad (R135)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.pricing.discounts import AmountOff
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import FixedRates, Item, Purchase, RatesByTable
from gateway.engine.tax.line_tax import TaxState
from tests.engine.purchases import (
    item,
    net_tax_gross,
    postal_code_area,
    price_items,
    purchases,
    rates,
    rule,
    tables,
    tax_line_rows,
)

TABLES = tables(
    rule("19", postal_code_area("DE"), name="MwSt"),
    rule("25", postal_code_area("DK"), name="moms"),
    rule("19", postal_code_area("CY"), name="FPA"),
)


def german(minor: int, quantity: int = 1, **more: object) -> Item:
    """Goods whose price includes 19 %."""
    fields: dict[str, object] = {"includes_tax": True, "home_rates": rates("19")} | more
    return replace(item(minor, quantity, tax_source=RatesByTable()), **fields)  # type: ignore[arg-type]


def send(country: str, *items: Item, **more: object) -> PricedPurchase:
    return price_items(*items, destination=Destination(country), tax_tables=TABLES, **more)


@pytest.mark.parametrize(
    ("country", "figures"),
    [
        # 11.90 is 10.00 and 1.90 at home, and wherever the rate is the same.
        ("DE", (1000, 190, 1190)),
        ("CY", (1000, 190, 1190)),
        # 10.00 and 25 %.
        ("DK", (1000, 250, 1250)),
        # No rule: the net amount alone.
        ("US", (1000, 0, 1000)),
    ],
)
def test_net_is_kept_where_rates_differ(country: str, figures: tuple[int, int, int]) -> None:
    priced = send(country, german(1190))
    assert net_tax_gross(priced.items[0].total) == figures
    assert net_tax_gross(priced.total) == figures
    assert net_tax_gross(priced.subtotal) == figures
    assert priced.due is not None
    assert priced.due.minor == figures[2]


def test_it_is_rounded_once_for_the_line() -> None:
    """Three of 0.99 are 2.97, of which 2.4958 is net: 2.50, not three times 0.83."""
    priced = send("US", german(99, 3))
    assert net_tax_gross(priced.total) == (250, 0, 250)


def test_discounts_are_of_the_price_at_home() -> None:
    """11.90 less 1.19 is 10.71, of which 9.00 is net; 25 % of it."""
    priced = send("DK", german(1190, discount=AmountOff(119)))
    assert net_tax_gross(priced.total) == (900, 225, 1125)
    assert priced.items[0].discount.minor == -119
    assert priced.items[0].reduced_from is not None
    assert net_tax_gross(priced.items[0].reduced_from) == (1000, 250, 1250)


def test_the_tax_line_tells_of_the_net_amount() -> None:
    assert tax_line_rows(send("DK", german(1190)).items[0]) == [("moms", "25", 1000, 250)]


def test_nothing_is_known_before_the_destination_is() -> None:
    priced = price_items(german(1190), tax_tables=TABLES)
    assert priced.tax_state is TaxState.NEEDS_ADDRESS
    assert net_tax_gross(priced.total) == (None, None, None)
    assert priced.due is None


def test_known_rates_need_no_destination() -> None:
    untaxed = german(1190, tax_source=FixedRates(()))
    assert net_tax_gross(price_items(untaxed).total) == (1000, 0, 1000)
    danish = german(1190, tax_source=rates("25"))
    assert net_tax_gross(price_items(danish).total) == (1000, 250, 1250)


def test_exempt_goods_go_without_the_tax_of_home() -> None:
    priced = send("DE", german(1190, tags=frozenset({"TAX_EXEMPT"})))
    assert net_tax_gross(priced.total) == (1000, 0, 1000)


def test_lines_of_both_kinds_add_up() -> None:
    """11.90 of home abroad, 5.00 with 25 % in it, 3.00 without tax."""
    priced = send("DK", german(1190), item(500, 1, "25", includes_tax=True), item(300, 1, "25"))
    assert net_tax_gross(priced.total) == (1000 + 400 + 300, 250 + 100 + 75, 1250 + 500 + 375)


@settings(max_examples=100, deadline=None)
@given(purchases, st.sampled_from(["0", "7", "19", "20"]))
def test_any_purchase_adds_up(bought: Purchase, percent: str) -> None:
    """Net and tax are gross, and a net amount is within half a unit of the exact one."""
    at_home = tuple(
        replace(line, includes_tax=True, home_rates=rates(percent), components=(), discount=None)
        for line in bought.items
    )
    priced = PricedPurchase(replace(bought, items=at_home, discounts=()))
    for line, priced_item in zip(at_home, priced.items, strict=True):
        net, tax, gross = net_tax_gross(priced_item.total)
        assert net is not None
        assert tax is not None
        assert gross == net + tax
        exact = Fraction(line.unit_price * line.quantity) / (1 + Fraction(Decimal(percent)) / 100)
        if gross != line.unit_price * line.quantity:
            assert abs(net - exact) <= Fraction(1, 2)
