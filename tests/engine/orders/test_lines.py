"""Lines of orders: demand, and the lines of orders from before lines were kept."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from gateway.engine.money import Currency, Money
from gateway.engine.orders.lines import OrderLine, lines_from_figures, total_demand
from gateway.engine.pricing.purchase import FixedRates, Item
from gateway.engine.pricing.snapshots import ItemSnapshot
from gateway.engine.pricing.tax_lines import TaxLine
from gateway.engine.pricing.totals import TaxedMoney
from gateway.engine.tax.line_tax import TaxRate

USD = Currency("USD", 2)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MUG = OrderLine(
    "orl_1", Item("var_mug", "Mug", 1_400, 2, variant_id="var_mug"), (("var_mug", 1),), NOON
)


def money(minor: int) -> Money:
    return Money(minor, USD)


def mug_snapshot(*, gross: int, discount: int = 0) -> ItemSnapshot:
    return ItemSnapshot(
        reference="var_mug",
        variant_id="var_mug",
        name="Mug",
        quantity=2,
        unit_price=money(1_000),
        total=TaxedMoney(money(1_869), money(gross), money(131)),
        discount=money(discount),
        tax_lines=None,
        tags=("TAXABLE",),
        components=(),
    )


def test_lines_of_one_variant_take_from_stock_together() -> None:
    bundle = replace(MUG, id="orl_2", demand=(("var_set", 1), ("var_mug", 2)))
    assert total_demand((MUG, bundle)) == (("var_mug", 6), ("var_set", 2))


def test_what_is_in_parcels_is_no_longer_open() -> None:
    assert MUG.with_scheduled(1).open_quantity == 1
    assert MUG.with_quantity(5).with_scheduled(2).open_quantity == 3


def test_an_order_from_before_lines_has_those_of_its_figures() -> None:
    tax_line = TaxLine("State tax", Decimal("6.55"), money(2_000), money(131), "US-NY", "default")
    taxed = replace(mug_snapshot(gross=2_131), tax_lines=(tax_line,))
    (line,) = lines_from_figures("ord_77", (taxed,), NOON)
    assert (line.id, line.quantity, line.demand) == ("orl_770", 2, (("var_mug", 1),))
    assert line.item.tax_source == FixedRates(
        (TaxRate("State tax", Decimal("6.55"), jurisdiction="US-NY", table="default"),)
    )
    assert not line.item.includes_tax


def test_a_price_that_included_tax_still_does() -> None:
    (line,) = lines_from_figures("ord_77", (mug_snapshot(gross=1_900, discount=-100),), NOON)
    assert line.item.includes_tax


def test_the_parts_of_a_bundle_are_taken_with_it_and_cost_nothing_more() -> None:
    part = replace(mug_snapshot(gross=0), variant_id="var_cup", reference="var_cup", quantity=3)
    bundle = replace(mug_snapshot(gross=2_131), components=(part,))
    (line,) = lines_from_figures("ord_77", (bundle,), NOON)
    assert line.demand == (("var_mug", 1), ("var_cup", 3))
    assert [component.unit_price for component in line.item.components] == [0]
