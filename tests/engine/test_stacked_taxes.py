"""Several rates at once, and the tax on shipping."""

import pytest

from gateway.engine.areas import InRegion, World
from gateway.engine.places import Destination
from gateway.engine.taxes import TableMode, TaxTable, TaxTables
from gateway.engine.tree import ByTable, Charge
from tests.engine.purchases import (
    CA_90001,
    GB,
    NY_10001,
    codes,
    item,
    lines,
    policy,
    priced,
    rates,
    rule,
    sides,
    state,
    tables,
)

# -- R77: whose rates


# -- stacked and compound rates


def quebec(*, compound: bool) -> TaxTables:
    stacked = (
        rule("5", codes("CA"), name="GST"),
        rule("9.5" if compound else "9.975", state_of("QC"), name="QST", compound=compound),
    )
    return TaxTables(TaxTable("default", stacked, mode=TableMode.STACK))


def state_of(province: str) -> InRegion:
    return InRegion("CA", province)


MONTREAL = Destination("CA", "QC", "H2X 1Y4")


@pytest.mark.parametrize("compound", [True, False])
def test_quebec(compound: bool) -> None:  # noqa: FBT001
    """100.00 -> 5.00 + 9.98 = 114.98, by the compound rate of old and by the plain one of today."""
    found = priced(item(10_000), destination=MONTREAL, tax_tables=quebec(compound=compound))
    base = 10_500 if compound else 10_000
    percent = "9.5" if compound else "9.975"
    assert lines(found.items[0]) == [("GST", "5", 10_000, 500), ("QST", percent, base, 998)]
    assert sides(found.total) == (10_000, 1498, 11_498)


def test_prince_edward_islands_old_tax_on_tax() -> None:
    """10 % of a price with 5 % in it is 10.5 % of the price."""
    found = priced(item(10_000, taxation=rates("5", "10", compound=True)))
    assert lines(found.items[0]) == [("tax5", "5", 10_000, 500), ("tax10", "10", 10_500, 1050)]


def test_compound_rates_come_out_of_prices_that_include_them() -> None:
    found = priced(item(11_550, taxation=rates("5", "10", compound=True), includes_tax=True))
    assert lines(found.items[0]) == [("tax5", "5", 10_000, 500), ("tax10", "10", 10_500, 1050)]
    assert sides(found.total) == (10_000, 1550, 11_550)


def test_a_compound_rate_is_never_of_a_rounded_tax() -> None:
    """R80: 10 % of 1.05 + 5 % of it exactly, 0.11025, not of 1.05 + 0.05."""
    found = priced(item(10, 1, taxation=rates("5", "10", compound=True)), rounding=policy("UP"))
    assert lines(found.items[0]) == [("tax5", "5", 10, 1), ("tax10", "10", 11, 2)]


def test_one_stacked_rule_in_a_table_of_first_matches() -> None:
    given = tables(
        rule("13", state_of("ON"), name="HST"),
        rule("5", codes("CA"), name="GST", mode=TableMode.STACK),
        rule("7", state_of("BC"), name="PST"),
        rule("99", World(), name="never reached in BC"),
    )
    for province, expected in (("ON", [13]), ("BC", [5, 7])):
        found = priced(item(100), destination=Destination("CA", province), tax_tables=given)
        assert [line[3] for line in lines(found.items[0])] == expected


# -- R81: shipping


def test_shipping_is_taxed_only_where_the_default_tables_match_says_so() -> None:
    """R81: whatever tables the items select."""
    given = tables(
        rule("6", state("NY"), shipping_taxed=True),
        rule("7", state("CA")),
        food=TaxTable("food", (rule("1", state("NY"), shipping_taxed=True),)),
    )
    for to, tax in ((NY_10001, 60), (CA_90001, 0), (GB, 0)):
        for table in (None, "food"):
            found = priced(
                item(100, taxation=ByTable(table)),
                shipping=(Charge("post", 1000),),
                destination=to,
                tax_tables=given,
            )
            assert sides(found.shipping_total) == (1000, tax, 1000 + tax)


def test_shipping_with_rates_of_its_own() -> None:
    found = priced(
        item(1000, 1, "20"),
        shipping=(Charge("post", 1200, includes_tax=True, taxation=rates("20")),),
    )
    assert sides(found.shipping_total) == (1000, 200, 1200)
    assert sides(found.total) == (2000, 400, 2400)
