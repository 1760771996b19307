"""Several rates at once, and the tax on shipping."""

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import RegionArea, WorldArea
from gateway.engine.pricing.purchase import ExtraCharge, RatesByTable
from gateway.engine.tax.tax_tables import TableMode, TaxTable, TaxTables
from tests.engine.purchases import (
    CA_90001,
    GB,
    NY_10001,
    item,
    net_tax_gross,
    policy,
    postal_code_area,
    price_items,
    rates,
    rule,
    state_area,
    tables,
    tax_line_rows,
)

# -- R77: whose rates


# -- stacked and compound rates


def quebec_tables(*, compound: bool) -> TaxTables:
    stacked = (
        rule("5", postal_code_area("CA"), name="GST"),
        rule("9.5" if compound else "9.975", province_area("QC"), name="QST", compound=compound),
    )
    return TaxTables(TaxTable("default", stacked, mode=TableMode.STACK))


def province_area(province: str) -> RegionArea:
    return RegionArea("CA", province)


MONTREAL = Destination("CA", "QC", "H2X 1Y4")


@pytest.mark.parametrize("compound", [True, False])
def test_quebec(compound: bool) -> None:  # noqa: FBT001
    """100.00 -> 5.00 + 9.98 = 114.98, by the compound rate of old and by the plain one of today."""
    priced_purchase = price_items(
        item(10_000), destination=MONTREAL, tax_tables=quebec_tables(compound=compound)
    )
    base = 10_500 if compound else 10_000
    percent = "9.5" if compound else "9.975"
    assert tax_line_rows(priced_purchase.items[0]) == [
        ("GST", "5", 10_000, 500),
        ("QST", percent, base, 998),
    ]
    assert net_tax_gross(priced_purchase.total) == (10_000, 1498, 11_498)


def test_prince_edward_islands_old_tax_on_tax() -> None:
    """10 % of a price with 5 % in it is 10.5 % of the price."""
    priced_purchase = price_items(item(10_000, tax_source=rates("5", "10", compound=True)))
    assert tax_line_rows(priced_purchase.items[0]) == [
        ("tax5", "5", 10_000, 500),
        ("tax10", "10", 10_500, 1050),
    ]


def test_compound_rates_come_out_of_prices_that_include_them() -> None:
    priced_purchase = price_items(
        item(11_550, tax_source=rates("5", "10", compound=True), includes_tax=True)
    )
    assert tax_line_rows(priced_purchase.items[0]) == [
        ("tax5", "5", 10_000, 500),
        ("tax10", "10", 10_500, 1050),
    ]
    assert net_tax_gross(priced_purchase.total) == (10_000, 1550, 11_550)


def test_a_compound_rate_is_never_of_a_rounded_tax() -> None:
    """R80: 10 % of 1.05 + 5 % of it exactly, 0.11025, not of 1.05 + 0.05."""
    priced_purchase = price_items(
        item(10, 1, tax_source=rates("5", "10", compound=True)), rounding=policy("UP")
    )
    assert tax_line_rows(priced_purchase.items[0]) == [("tax5", "5", 10, 1), ("tax10", "10", 11, 2)]


def test_one_stacked_rule_in_a_table_of_first_matches() -> None:
    tax_tables = tables(
        rule("13", province_area("ON"), name="HST"),
        rule("5", postal_code_area("CA"), name="GST", mode=TableMode.STACK),
        rule("7", province_area("BC"), name="PST"),
        rule("99", WorldArea(), name="never reached in BC"),
    )
    for province, expected in (("ON", [13]), ("BC", [5, 7])):
        priced_purchase = price_items(
            item(100), destination=Destination("CA", province), tax_tables=tax_tables
        )
        assert [line[3] for line in tax_line_rows(priced_purchase.items[0])] == expected


# -- R81: shipping


def test_shipping_is_taxed_only_where_the_default_tables_match_says_so() -> None:
    """R81: whatever tables the items select."""
    tax_tables = tables(
        rule("6", state_area("NY"), shipping_taxed=True),
        rule("7", state_area("CA")),
        food=TaxTable("food", (rule("1", state_area("NY"), shipping_taxed=True),)),
    )
    for destination, tax in ((NY_10001, 60), (CA_90001, 0), (GB, 0)):
        for table in (None, "food"):
            priced_purchase = price_items(
                item(100, tax_source=RatesByTable(table)),
                shipping=(ExtraCharge("post", 1000),),
                destination=destination,
                tax_tables=tax_tables,
            )
            assert net_tax_gross(priced_purchase.shipping_total) == (1000, tax, 1000 + tax)


def test_shipping_with_rates_of_its_own() -> None:
    priced_purchase = price_items(
        item(1000, 1, "20"),
        shipping=(ExtraCharge("post", 1200, includes_tax=True, tax_source=rates("20")),),
    )
    assert net_tax_gross(priced_purchase.shipping_total) == (1000, 200, 1200)
    assert net_tax_gross(priced_purchase.total) == (2000, 400, 2400)
