"""Whose rates apply to what, where, and how sure that is."""

from datetime import date
from decimal import Decimal

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import UsCountryArea, WorldArea
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import FixedRates, RatesByTable
from gateway.engine.pricing.runs import StrategyFailed
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.tax.tax_tables import CustomerKind, TaxTable, UnknownTaxTable
from gateway.engine.validity import Validity
from tests.engine.purchases import (
    CA_90001,
    CA_94043,
    GB,
    GOLDEN,
    NY_10001,
    item,
    item_taxes,
    net_tax_gross,
    no_tax_reasons,
    postal_code_area,
    price_items,
    rule,
    tables,
    tax_summary_rows,
    us_area,
    usd,
)

# -- R77: whose rates


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (None, [925, 725, 0, 2000]),
        ("food", [100, 100, 0, 2000]),
        ("exempt", [0, 0, 0, 0]),
        ("warranty", [0, 0, 0, 0]),
        (" Food ", [100, 100, 0, 2000]),
    ],
)
def test_the_golden_tax_lookup(table: str | None, expected: list[int]) -> None:
    """R77."""
    taxed_item = item(10_000, tax_source=RatesByTable(table))
    actual = [
        item_taxes(price_items(taxed_item, destination=destination, tax_tables=GOLDEN))[0]
        for destination in (CA_94043, CA_90001, NY_10001, GB)
    ]
    assert actual == expected


def test_an_unknown_table_is_never_silently_the_default() -> None:
    """R77."""
    for tax_tables in (GOLDEN, None):
        priced_purchase = price_items(
            item(100, tax_source=RatesByTable("fod")), destination=GB, tax_tables=tax_tables
        )
        with pytest.raises(StrategyFailed) as failed:
            _ = priced_purchase.total.tax
        assert isinstance(failed.value.__cause__, UnknownTaxTable)


def test_each_item_may_have_its_own_rule() -> None:
    """R78: amounts are kept per item and summed."""
    priced_purchase = price_items(
        item(10_000),
        item(10_000, tax_source=RatesByTable("food")),
        item(10_000, tax_source=RatesByTable("exempt")),
        item(10_000, 1, "3"),
        destination=CA_94043,
        tax_tables=GOLDEN,
    )
    assert item_taxes(priced_purchase) == [925, 100, 0, 300]
    assert net_tax_gross(priced_purchase.total) == (40_000, 1325, 41_325)
    assert [row[3] for row in tax_summary_rows(priced_purchase)] == [925, 100, 300]


def test_a_tax_line_says_where_it_comes_from() -> None:
    priced_purchase = price_items(
        item(100, tax_source=RatesByTable("food")), destination=CA_90001, tax_tables=GOLDEN
    )
    (line,) = priced_purchase.items[0].tax_lines or ()
    assert (line.table, line.jurisdiction, line.reason) == ("food", "US-CA", None)
    (zero_line,) = (
        price_items(item(100), destination=NY_10001, tax_tables=GOLDEN).items[0].tax_lines or ()
    )
    assert (zero_line.table, zero_line.rate_percent, zero_line.tax) == (
        "default",
        Decimal(0),
        usd(0),
    )
    assert zero_line.reason == "no rule of the tax tables holds the destination"


# -- R79: no address


def test_without_an_address_the_tax_is_not_known() -> None:
    """R79: null, not zero; the priced side is there."""
    priced_purchase = price_items(item(1000), tax_tables=GOLDEN)
    assert priced_purchase.tax_state is TaxState.NEEDS_ADDRESS
    assert net_tax_gross(priced_purchase.total) == (1000, None, None)
    assert (
        priced_purchase.items[0].tax_lines,
        priced_purchase.tax_summary,
        priced_purchase.due,
    ) == (None, None, None)
    with_tax_included = price_items(
        item(1000, includes_tax=True), tax_tables=GOLDEN, stored_value=300
    )
    assert net_tax_gross(with_tax_included.total) == (None, None, 1000)
    assert with_tax_included.due == usd(700)


def test_what_needs_no_address_is_known_without() -> None:
    """R79: given rates, and tables that could tax nothing."""
    with_fixed_rates = price_items(item(1000, 1, "5"), item(500, tax_source=FixedRates(())))
    assert (with_fixed_rates.tax_state, net_tax_gross(with_fixed_rates.total)) == (
        TaxState.FINAL,
        (1500, 50, 1550),
    )
    exempt = price_items(item(1000, tax_source=RatesByTable("exempt")), tax_tables=GOLDEN)
    assert (exempt.tax_state, net_tax_gross(exempt.total)) == (TaxState.FINAL, (1000, 0, 1000))
    mixed = price_items(item(1000, 1, "5"), item(500), tax_tables=GOLDEN)
    assert mixed.tax_state is TaxState.NEEDS_ADDRESS
    assert (net_tax_gross(mixed.total), net_tax_gross(mixed.items[0].total)) == (
        (1500, None, None),
        (1000, 50, 1050),
    )


def test_neither_rates_nor_tables_is_zero_for_a_reason() -> None:
    priced_purchase = price_items(item(1000))
    assert (priced_purchase.tax_state, net_tax_gross(priced_purchase.total)) == (
        TaxState.FINAL,
        (1000, 0, 1000),
    )
    assert no_tax_reasons(priced_purchase.items[0]) == ["no tax tables apply to this purchase"]
    assert priced_purchase.tax_summary == ()


def test_untaxed_is_untaxed_without_a_line() -> None:
    priced_purchase = price_items(item(1000, tax_source=FixedRates(())))
    assert (priced_purchase.items[0].tax_lines, priced_purchase.tax_summary) == ((), ())


# -- destinations that say too little


@pytest.mark.parametrize(
    ("to", "state_of_tax", "tax"),
    [
        (Destination("US", "CA"), TaxState.ESTIMATED, 725),  # might be 9404*
        (Destination("US", None, "94043"), TaxState.FINAL, 925),
        (Destination("US", None, "10001"), TaxState.ESTIMATED, 0),  # might be California
        (Destination("US"), TaxState.ESTIMATED, 0),
        (Destination("GB"), TaxState.FINAL, 2000),
        (Destination("FR"), TaxState.FINAL, 0),
        (Destination("US", "NY", "10001"), TaxState.FINAL, 0),
        (Destination("US", "ca ", "94043-1351"), TaxState.FINAL, 925),
        (Destination("US", "US-CA", "90001"), TaxState.FINAL, 725),
    ],
)
def test_a_destination_that_lacks_what_is_tested_makes_an_estimate(
    to: Destination, state_of_tax: TaxState, tax: int
) -> None:
    priced_purchase = price_items(item(10_000), destination=to, tax_tables=GOLDEN)
    assert (priced_purchase.tax_state, net_tax_gross(priced_purchase.total)[1]) == (
        state_of_tax,
        tax,
    )


def test_a_rule_below_the_match_leaves_no_doubt() -> None:
    tax_tables = tables(rule("5", WorldArea()), rule("9", postal_code_area("US", "9404*")))
    priced_purchase = price_items(item(1000), destination=Destination("US"), tax_tables=tax_tables)
    assert (priced_purchase.tax_state, net_tax_gross(priced_purchase.total)[1]) == (
        TaxState.FINAL,
        50,
    )


def test_a_doubtful_alternate_makes_the_defaults_answer_an_estimate() -> None:
    tax_tables = tables(
        rule("5", WorldArea()), food=TaxTable("food", (rule("1", postal_code_area("US", "9*")),))
    )
    priced_purchase = price_items(
        item(1000, tax_source=RatesByTable("food")),
        destination=Destination("US"),
        tax_tables=tax_tables,
    )
    assert (priced_purchase.tax_state, net_tax_gross(priced_purchase.total)[1]) == (
        TaxState.ESTIMATED,
        50,
    )


# -- areas

DESTINATIONS = {
    "CA": Destination("US", "CA"),
    "AK": Destination("US", "AK"),
    "HI": Destination("US", "HI"),
    "DC": Destination("US", "DC"),
    "AE": Destination("US", "AE"),
    "US-PR": Destination("US", "PR"),
    "PR": Destination("PR"),
    "GU": Destination("GU"),
    "MX": Destination("MX"),
}


@pytest.mark.parametrize(
    ("area", "inside"),
    [
        (UsCountryArea.CONTINENTAL_48, {"CA"}),
        (UsCountryArea.FULL_50_STATES, {"CA", "AK", "HI"}),
        (UsCountryArea.ALL, {"CA", "AK", "HI", "DC", "AE", "US-PR", "PR", "GU"}),
    ],
)
def test_united_states_areas(area: UsCountryArea, inside: set[str]) -> None:
    tax_tables = tables(rule("10", us_area(area)))
    taxed_names = {
        name
        for name, destination in DESTINATIONS.items()
        if net_tax_gross(
            price_items(item(100), destination=destination, tax_tables=tax_tables).total
        )[1]
        == 10
    }
    assert taxed_names == inside


@pytest.mark.parametrize(
    ("country", "pattern", "code", "held"),
    [
        ("GB", "SW*", "SW1A 1AA", True),
        ("GB", "sw*", "sw1a1aa", True),
        ("GB", "SW*", "W1A 0AX", False),
        ("DE", "10000-10999", "10115", True),
        ("DE", "10000-10999", "11011", False),
        ("DE", "10115", "10115", True),
        ("DE", "10115", "101150", False),
        ("US", "94043", "94043-1351", True),
        ("US", "90000-96199", "940431351", True),
        ("US", "9404*", "94040", True),
        ("FR", "75*", "69001", False),
        ("CA", "K1A*", "k1a 0b1", True),
        ("GB", "*", "W1A 0AX", True),
    ],
)
def test_postal_patterns(country: str, pattern: str, code: str, held: bool) -> None:  # noqa: FBT001
    tax_tables = tables(rule("10", postal_code_area(country, pattern)))
    destination = Destination(country, None, code)
    assert net_tax_gross(
        price_items(item(100), destination=destination, tax_tables=tax_tables).total
    )[1] == (10 * held)


# -- who buys, what, and when

VAT = tables(
    rule("0", postal_code_area("DE"), name="VAT", customers=frozenset({CustomerKind.BUSINESS}),
         reason="reverse charge"),
    rule("7", postal_code_area("DE"), name="VAT", categories=frozenset({"food", "books"})),
    rule("16", postal_code_area("DE"), name="VAT",
         validity=Validity(date(2020, 7, 1), date(2021, 1, 1))),
    rule("19", postal_code_area("DE"), name="VAT"),
)  # fmt: skip
BERLIN = Destination("DE", None, "10115")


def price_in_berlin(
    customer: CustomerKind = CustomerKind.CONSUMER, **more: object
) -> PricedPurchase:
    fields: dict[str, object] = {"destination": BERLIN, "tax_tables": VAT, "customer": customer}
    return price_items(
        item(10_000), item(10_000, tax_source=RatesByTable(None, "food")), **(fields | more)
    )


def test_categories_have_their_own_rates() -> None:
    assert item_taxes(price_in_berlin()) == [1900, 700]


def test_a_business_accounts_for_the_tax_itself() -> None:
    priced_purchase = price_in_berlin(CustomerKind.BUSINESS)
    assert (item_taxes(priced_purchase), no_tax_reasons(priced_purchase.items[0])) == (
        [0, 0],
        ["reverse charge"],
    )
    assert (priced_purchase.tax_state, net_tax_gross(priced_purchase.total)) == (
        TaxState.FINAL,
        (20_000, 0, 20_000),
    )


def test_an_exempt_customer_pays_none_even_without_an_address() -> None:
    priced_purchase = price_in_berlin(CustomerKind.EXEMPT, destination=None)
    assert (item_taxes(priced_purchase), priced_purchase.tax_state) == ([0, 0], TaxState.FINAL)
    assert no_tax_reasons(priced_purchase.items[0]) == ["the customer is exempt"]


@pytest.mark.parametrize(
    ("on", "tax"),
    [
        (date(2020, 6, 30), 1900),
        (date(2020, 7, 1), 1600),
        (date(2020, 12, 31), 1600),
        (date(2021, 1, 1), 1900),
    ],
)
def test_rules_hold_from_their_first_day_to_before_their_last(on: date, tax: int) -> None:
    """Germany's rate of 2020: from inclusive, to exclusive."""
    assert item_taxes(price_in_berlin(on=on))[0] == tax
