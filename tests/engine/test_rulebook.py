"""Rulebooks: the rules of one market on one day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from gateway.engine.area_texts import area
from gateway.engine.places import Destination
from gateway.engine.rounding import Rounding, RoundingLevel
from gateway.engine.rulebook import NO_RULES, ListedMethod, Rulebook, Terms
from gateway.engine.shipping import FlatPrice, Pickup, ShippingMethod
from gateway.engine.taxes import (
    CustomerKind,
    Question,
    TableMode,
    TaxRule,
    TaxTable,
    TaxTables,
    levy_for,
)
from gateway.engine.validity import Validity

TABLES = TaxTables(TaxTable("default"))
TOTAL = Rounding(level=RoundingLevel.TOTAL)
DOLLARS = ShippingMethod("standard", "Standard", FlatPrice(500))
EUROS = ShippingMethod("standard", "Standard", FlatPrice(450), includes_tax=True)
CHANGE = date(2027, 1, 1)
BOOK = Rulebook(
    TABLES,
    terms=(
        Terms(None, includes_tax=True),
        Terms("USD", rounding=TOTAL, validity=Validity(end=CHANGE)),
    ),
    methods=(
        ListedMethod({"USD": DOLLARS, "EUR": EUROS}),
        ListedMethod({"USD": DOLLARS}, Validity(start=CHANGE), as_market=False),
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
    book = Rulebook(TABLES, BOOK.terms, (ListedMethod({}, otherwise=pickup, as_market=False),))
    assert book.for_market("JPY", CHANGE).methods == (pickup,)


def test_a_market_is_made_once() -> None:
    day = date(2026, 11, 2)
    assert BOOK.for_market("USD", day) is BOOK.for_market("USD", day)


def test_without_rules_nothing_is_taxed_or_shipped() -> None:
    market = NO_RULES.for_market("USD", date(2026, 11, 2))
    assert (market.includes_tax, market.rounding, market.methods) == (False, Rounding(), ())


def test_a_rule_that_stacks_goes_on_to_those_below() -> None:
    """Quebec's tax is added to Canada's; Ontario's stands alone."""
    canada = TaxTable(
        "default",
        (
            TaxRule((area("CA-ON"),), Decimal(13), "HST"),
            TaxRule((area("CA"),), Decimal(5), "GST", mode=TableMode.STACK),
            TaxRule((area("CA-QC"),), Decimal("9.975"), "QST"),
            TaxRule((area("world"),), Decimal(1), "other"),
        ),
    )

    def taxes(region: str) -> list[str]:
        question = Question(Destination("CA", region), CustomerKind.CONSUMER, date(2026, 11, 2))
        return [rate.name for rate in levy_for(TaxTables(canada), question, None, None).rates]

    assert taxes("QC") == ["GST", "QST"]
    assert taxes("ON") == ["HST"]
    assert taxes("AB") == ["GST", "other"]
