"""Whose rates apply to what, where, and how sure that is."""

from datetime import date
from decimal import Decimal

import pytest

from gateway.engine.areas import UsArea, World
from gateway.engine.levies import TaxState
from gateway.engine.places import Destination
from gateway.engine.pricing import PricedPurchase
from gateway.engine.running import StrategyFailed
from gateway.engine.taxes import CustomerKind, TaxTable, UnknownTaxTable
from gateway.engine.tree import ByTable, Rates
from tests.engine.purchases import (
    CA_90001,
    CA_94043,
    GB,
    GOLDEN,
    NY_10001,
    codes,
    item,
    priced,
    reasons,
    rule,
    sides,
    summary,
    tables,
    taxes,
    us,
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
    described = item(10_000, taxation=ByTable(table))
    found = [
        taxes(priced(described, destination=to, tax_tables=GOLDEN))[0]
        for to in (CA_94043, CA_90001, NY_10001, GB)
    ]
    assert found == expected


def test_an_unknown_table_is_never_silently_the_default() -> None:
    """R77."""
    for given in (GOLDEN, None):
        found = priced(item(100, taxation=ByTable("fod")), destination=GB, tax_tables=given)
        with pytest.raises(StrategyFailed) as failed:
            _ = found.total.tax
        assert isinstance(failed.value.__cause__, UnknownTaxTable)


def test_each_item_may_have_its_own_rule() -> None:
    """R78: amounts are kept per item and summed."""
    found = priced(
        item(10_000),
        item(10_000, taxation=ByTable("food")),
        item(10_000, taxation=ByTable("exempt")),
        item(10_000, 1, "3"),
        destination=CA_94043,
        tax_tables=GOLDEN,
    )
    assert taxes(found) == [925, 100, 0, 300]
    assert sides(found.total) == (40_000, 1325, 41_325)
    assert [row[3] for row in summary(found)] == [925, 100, 300]


def test_a_tax_line_says_where_it_comes_from() -> None:
    found = priced(item(100, taxation=ByTable("food")), destination=CA_90001, tax_tables=GOLDEN)
    (line,) = found.items[0].tax_lines or ()
    assert (line.table, line.jurisdiction, line.reason) == ("food", "US-CA", None)
    (none,) = priced(item(100), destination=NY_10001, tax_tables=GOLDEN).items[0].tax_lines or ()
    assert (none.table, none.rate_percent, none.tax) == ("default", Decimal(0), usd(0))
    assert none.reason == "no rule of the tax tables holds the destination"


# -- R79: no address


def test_without_an_address_the_tax_is_not_known() -> None:
    """R79: null, not zero; the priced side is there."""
    found = priced(item(1000), tax_tables=GOLDEN)
    assert found.tax_state is TaxState.NEEDS_ADDRESS
    assert sides(found.total) == (1000, None, None)
    assert (found.items[0].tax_lines, found.tax_summary, found.due) == (None, None, None)
    including = priced(item(1000, includes_tax=True), tax_tables=GOLDEN, stored_value=300)
    assert sides(including.total) == (None, None, 1000)
    assert including.due == usd(700)


def test_what_needs_no_address_is_known_without() -> None:
    """R79: given rates, and tables that could tax nothing."""
    known = priced(item(1000, 1, "5"), item(500, taxation=Rates(())))
    assert (known.tax_state, sides(known.total)) == (TaxState.FINAL, (1500, 50, 1550))
    exempt = priced(item(1000, taxation=ByTable("exempt")), tax_tables=GOLDEN)
    assert (exempt.tax_state, sides(exempt.total)) == (TaxState.FINAL, (1000, 0, 1000))
    mixed = priced(item(1000, 1, "5"), item(500), tax_tables=GOLDEN)
    assert mixed.tax_state is TaxState.NEEDS_ADDRESS
    assert (sides(mixed.total), sides(mixed.items[0].total)) == (
        (1500, None, None),
        (1000, 50, 1050),
    )


def test_neither_rates_nor_tables_is_zero_for_a_reason() -> None:
    found = priced(item(1000))
    assert (found.tax_state, sides(found.total)) == (TaxState.FINAL, (1000, 0, 1000))
    assert reasons(found.items[0]) == ["no tax tables apply to this purchase"]
    assert found.tax_summary == ()


def test_untaxed_is_untaxed_without_a_line() -> None:
    found = priced(item(1000, taxation=Rates(())))
    assert (found.items[0].tax_lines, found.tax_summary) == ((), ())


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
    found = priced(item(10_000), destination=to, tax_tables=GOLDEN)
    assert (found.tax_state, sides(found.total)[1]) == (state_of_tax, tax)


def test_a_rule_below_the_match_leaves_no_doubt() -> None:
    first = tables(rule("5", World()), rule("9", codes("US", "9404*")))
    found = priced(item(1000), destination=Destination("US"), tax_tables=first)
    assert (found.tax_state, sides(found.total)[1]) == (TaxState.FINAL, 50)


def test_a_doubtful_alternate_makes_the_defaults_answer_an_estimate() -> None:
    given = tables(rule("5", World()), food=TaxTable("food", (rule("1", codes("US", "9*")),)))
    found = priced(
        item(1000, taxation=ByTable("food")), destination=Destination("US"), tax_tables=given
    )
    assert (found.tax_state, sides(found.total)[1]) == (TaxState.ESTIMATED, 50)


# -- areas

PLACES = {
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
        (UsArea.CONTINENTAL_48, {"CA"}),
        (UsArea.FULL_50_STATES, {"CA", "AK", "HI"}),
        (UsArea.ALL, {"CA", "AK", "HI", "DC", "AE", "US-PR", "PR", "GU"}),
    ],
)
def test_united_states_areas(area: UsArea, inside: set[str]) -> None:
    given = tables(rule("10", us(area)))
    found = {
        name
        for name, to in PLACES.items()
        if sides(priced(item(100), destination=to, tax_tables=given).total)[1] == 10
    }
    assert found == inside


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
    given = tables(rule("10", codes(country, pattern)))
    to = Destination(country, None, code)
    assert sides(priced(item(100), destination=to, tax_tables=given).total)[1] == (10 * held)


# -- who buys, what, and when

VAT = tables(
    rule("0", codes("DE"), name="VAT", customers=frozenset({CustomerKind.BUSINESS}),
         reason="reverse charge"),
    rule("7", codes("DE"), name="VAT", categories=frozenset({"food", "books"})),
    rule("16", codes("DE"), name="VAT", valid_from=date(2020, 7, 1), valid_to=date(2021, 1, 1)),
    rule("19", codes("DE"), name="VAT"),
)  # fmt: skip
BERLIN = Destination("DE", None, "10115")


def vat(customer: CustomerKind = CustomerKind.CONSUMER, **more: object) -> PricedPurchase:
    fields: dict[str, object] = {"destination": BERLIN, "tax_tables": VAT, "customer": customer}
    return priced(item(10_000), item(10_000, taxation=ByTable(None, "food")), **(fields | more))


def test_categories_have_their_own_rates() -> None:
    assert taxes(vat()) == [1900, 700]


def test_a_business_accounts_for_the_tax_itself() -> None:
    found = vat(CustomerKind.BUSINESS)
    assert (taxes(found), reasons(found.items[0])) == ([0, 0], ["reverse charge"])
    assert (found.tax_state, sides(found.total)) == (TaxState.FINAL, (20_000, 0, 20_000))


def test_an_exempt_customer_pays_none_even_without_an_address() -> None:
    found = vat(CustomerKind.EXEMPT, destination=None)
    assert (taxes(found), found.tax_state) == ([0, 0], TaxState.FINAL)
    assert reasons(found.items[0]) == ["the customer is exempt"]


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
    assert taxes(vat(on=on))[0] == tax
