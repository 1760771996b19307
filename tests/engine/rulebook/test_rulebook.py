"""Rulebooks: the rules of one market on one day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.notation import parse_area
from gateway.engine.pricing.shipping import FlatPrice, Pickup, ShippingMethod
from gateway.engine.rulebook.rulebook import NO_RULES, MarketTerms, MultiCurrencyMethod, Rulebook
from gateway.engine.tax.rate_lookup import find_rates
from gateway.engine.tax.rounding import RoundingLevel, RoundingPolicy
from gateway.engine.tax.tax_tables import (
    CustomerKind,
    TableMode,
    TaxQuery,
    TaxRule,
    TaxTable,
    TaxTables,
)
from gateway.engine.validity import Validity

TABLES = TaxTables(TaxTable("default"))
TOTAL = RoundingPolicy(level=RoundingLevel.TOTAL)
DOLLARS = ShippingMethod("standard", "Standard", FlatPrice(500))
EUROS = ShippingMethod("standard", "Standard", FlatPrice(450), includes_tax=True)
CHANGE = date(2027, 1, 1)
BOOK = Rulebook(
    TABLES,
    terms=(
        MarketTerms(None, includes_tax=True),
        MarketTerms("USD", rounding=TOTAL, validity=Validity(end=CHANGE)),
    ),
    methods=(
        MultiCurrencyMethod({"USD": DOLLARS, "EUR": EUROS}),
        MultiCurrencyMethod({"USD": DOLLARS}, Validity(start=CHANGE), follows_market=False),
    ),
)


def test_a_currencys_own_terms_come_before_those_for_any() -> None:
    before, after = date(2026, 12, 31), CHANGE
    assert (BOOK.for_market("USD", before).includes_tax) is False
    assert BOOK.for_market("USD", before).rounding == TOTAL
    assert BOOK.for_market("USD", after).includes_tax
    assert BOOK.for_market("JPY", before).includes_tax


def test_methods_are_those_priced_and_in_force() -> None:
    day = date(2026, 11, 2)
    assert BOOK.for_market("USD", day).methods == (DOLLARS,)
    assert BOOK.for_market("USD", CHANGE).methods == (replace(DOLLARS, includes_tax=True), DOLLARS)
    assert BOOK.for_market("EUR", day).methods == (EUROS,)
    assert BOOK.for_market("JPY", day).methods == ()


def test_a_method_without_prices_of_its_own_is_offered_everywhere() -> None:
    pickup = ShippingMethod("pickup", "Pickup", Pickup())
    book = Rulebook(
        TABLES, BOOK.terms, (MultiCurrencyMethod({}, fallback=pickup, follows_market=False),)
    )
    assert book.for_market("JPY", CHANGE).methods == (pickup,)


def test_a_market_is_made_once() -> None:
    day = date(2026, 11, 2)
    assert BOOK.for_market("USD", day) is BOOK.for_market("USD", day)


def test_without_rules_nothing_is_taxed_or_shipped() -> None:
    market = NO_RULES.for_market("USD", date(2026, 11, 2))
    assert (market.includes_tax, market.rounding, market.methods) == (False, RoundingPolicy(), ())


def test_a_rule_that_stacks_goes_on_to_those_below() -> None:
    """Quebec's tax is added to Canada's; Ontario's stands alone."""
    canada = TaxTable(
        "default",
        (
            TaxRule((parse_area("CA-ON"),), Decimal(13), "HST"),
            TaxRule((parse_area("CA"),), Decimal(5), "GST", mode=TableMode.STACK),
            TaxRule((parse_area("CA-QC"),), Decimal("9.975"), "QST"),
            TaxRule((parse_area("world"),), Decimal(1), "other"),
        ),
    )

    def tax_names(region: str) -> list[str]:
        query = TaxQuery(Destination("CA", region), CustomerKind.CONSUMER, date(2026, 11, 2))
        return [rate.name for rate in find_rates(TaxTables(canada), query, None, None).rates]

    assert tax_names("QC") == ["GST", "QST"]
    assert tax_names("ON") == ["HST"]
    assert tax_names("AB") == ["GST", "other"]
