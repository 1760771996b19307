"""Whole answers of the look-up: which rates apply, from which table, how sure, and why none."""

from datetime import date
from decimal import Decimal

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import WorldArea
from gateway.engine.tax.line_tax import ApplicableRates, NoTaxReason, TaxRate, TaxState
from gateway.engine.tax.rate_lookup import find_rates, find_shipping_rates
from gateway.engine.tax.tax_tables import CustomerKind, TaxQuery, TaxTable, UnknownTaxTable
from tests.engine.purchases import postal_code_area, rule, state_area, tables

DAY = date(2026, 3, 1)
CALIFORNIA = Destination("US", "CA", "90001")
NEW_YORK = Destination("US", "NY", "10001")
TABLES = tables(
    rule("9.25", postal_code_area("US", "9404*"), id="mountain-view", name="city tax"),
    rule("7.25", state_area("CA"), id="california", shipping_taxed=True, reason="state law"),
    rule("2", state_area("CA"), state_area("NV"), categories=frozenset({"water"})),
    food=TaxTable("food", (rule("1", state_area("CA"), categories=frozenset({"bread"})),)),
    warranty=TaxTable("warranty", (rule("6", state_area("CT")),), standalone=True),
    empty=TaxTable("empty", (), standalone=True),
    business=TaxTable(
        "business",
        (rule("0", WorldArea(), customers=frozenset({CustomerKind.BUSINESS})),),
        standalone=True,
    ),
)
CALIFORNIA_RATE = TaxRate(
    "tax",
    Decimal("7.25"),
    jurisdiction="US-CA",
    table="default",
    rule="california",
    reason="state law",
)


def query(
    destination: Destination | None, customer: CustomerKind = CustomerKind.CONSUMER
) -> TaxQuery:
    return TaxQuery(destination, customer, DAY)


@pytest.mark.parametrize(
    ("selector", "category", "destination", "rates"),
    [
        (None, None, CALIFORNIA, ApplicableRates((CALIFORNIA_RATE,), table="default")),
        (
            None,
            None,
            Destination("US", "CA", "94043"),
            ApplicableRates(
                (
                    TaxRate(
                        "city tax",
                        Decimal("9.25"),
                        jurisdiction="US 9404*",
                        table="default",
                        rule="mountain-view",
                    ),
                ),
                table="default",
            ),
        ),
        # An alternate that says nothing of such goods falls back to the default table.
        ("food", None, CALIFORNIA, ApplicableRates((CALIFORNIA_RATE,), table="default")),
        (
            " FOOD ",
            "bread",
            CALIFORNIA,
            ApplicableRates(
                (TaxRate("tax", Decimal(1), jurisdiction="US-CA", table="food"),), table="food"
            ),
        ),
        # A table that stands alone does not.
        (
            "warranty",
            None,
            CALIFORNIA,
            ApplicableRates((), TaxState.FINAL, NoTaxReason.NO_RULE, "warranty"),
        ),
        (
            "warranty",
            None,
            None,
            ApplicableRates((), TaxState.NEEDS_ADDRESS, NoTaxReason.NEEDS_ADDRESS, "warranty"),
        ),
        # Where no rule could match, no destination is needed.
        ("empty", None, None, ApplicableRates((), TaxState.FINAL, NoTaxReason.NO_RULE, "empty")),
        (
            "business",
            None,
            None,
            ApplicableRates((), TaxState.FINAL, NoTaxReason.NO_RULE, "business"),
        ),
        (None, None, NEW_YORK, ApplicableRates((), TaxState.FINAL, NoTaxReason.NO_RULE, "default")),
        ("food", "bread", NEW_YORK, ApplicableRates((), reason=NoTaxReason.NO_RULE, table="food")),
    ],
)
def test_the_first_table_that_matches_says_the_rates(
    selector: str | None,
    category: str | None,
    destination: Destination | None,
    rates: ApplicableRates,
) -> None:  # R77
    assert find_rates(TABLES, query(destination), selector, category) == rates


def test_several_areas_of_a_rule_are_its_jurisdiction() -> None:
    water = tables(rule("2", state_area("CA"), state_area("NV")))
    rates = find_rates(water, query(CALIFORNIA), None, None)
    assert [rate.jurisdiction for rate in rates.rates] == ["US-CA / US-NV"]


@pytest.mark.parametrize("selector", [None, "food"])
def test_a_destination_that_lacks_what_a_rule_asks_is_an_estimate(selector: str | None) -> None:
    """The city's rule asks for a postal code, which is not known."""
    estimate = find_rates(TABLES, query(Destination("US", "CA")), selector, None)
    assert estimate == ApplicableRates((CALIFORNIA_RATE,), TaxState.ESTIMATED, None, "default")
    nothing = find_rates(TABLES, query(Destination("US", "NY")), selector, None)
    first_table = selector or "default"
    assert nothing == ApplicableRates((), TaxState.ESTIMATED, NoTaxReason.NO_RULE, first_table)


def test_a_doubtful_destination_is_an_estimate() -> None:
    doubtful = Destination("US", "CA", "90001", doubtful=True)
    assert find_rates(TABLES, query(doubtful), None, None).state is TaxState.ESTIMATED
    assert find_rates(TABLES, query(doubtful), "warranty", None) == ApplicableRates(
        (), TaxState.ESTIMATED, NoTaxReason.NO_RULE, "warranty"
    )


@pytest.mark.parametrize(("selector", "table"), [(None, "default"), ("food", "food")])
def test_an_exempt_customer_pays_no_tax(selector: str | None, table: str) -> None:
    rates = find_rates(TABLES, query(CALIFORNIA, CustomerKind.EXEMPT), selector, None)
    assert rates == ApplicableRates((), TaxState.FINAL, NoTaxReason.EXEMPT_CUSTOMER, table)


def test_without_tables_there_is_no_tax_and_no_table_to_select() -> None:
    no_tables = ApplicableRates((), TaxState.FINAL, NoTaxReason.NO_TABLES)
    assert find_rates(None, query(CALIFORNIA), None, None) == no_tables
    assert find_shipping_rates(None, query(CALIFORNIA)) == no_tables
    with pytest.raises(UnknownTaxTable) as refusal:
        find_rates(None, query(CALIFORNIA), "food", None)
    assert refusal.value.args == ("food",)


def test_shipping_is_taxed_where_the_matching_rule_says_so() -> None:
    assert find_shipping_rates(TABLES, query(CALIFORNIA)) == ApplicableRates(
        (CALIFORNIA_RATE,), table="default"
    )
    untaxed = find_shipping_rates(TABLES, query(Destination("US", "CA", "94043")))
    assert untaxed == ApplicableRates((), TaxState.FINAL, NoTaxReason.SHIPPING_UNTAXED, "default")
    assert find_shipping_rates(TABLES, query(NEW_YORK)) == ApplicableRates(
        (), TaxState.FINAL, NoTaxReason.NO_RULE, "default"
    )
    doubtful = Destination("US", "CA", "94043", doubtful=True)
    assert find_shipping_rates(TABLES, query(doubtful)) == ApplicableRates(
        (), TaxState.ESTIMATED, NoTaxReason.SHIPPING_UNTAXED, "default"
    )
