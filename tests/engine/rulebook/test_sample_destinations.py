"""A destination for every area that the rules tell apart."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.notation import parse_area
from gateway.engine.pricing.purchase import ExtraCharge, RatesByTable
from gateway.engine.pricing.shipping import FlatPrice, PriceByArea, ShippingMethod
from gateway.engine.rulebook.destination_terms import Fee, PayableStep, ShippingTaxRule
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.rulebook.sample_destinations import sample_destinations
from gateway.engine.tax.rounding import DEFAULT_ROUNDING
from gateway.engine.tax.tax_tables import TaxRule, TaxTable, TaxTables

NO_TABLES = TaxTables(TaxTable("default"))
ALABAMA, ALASKA, HAWAII, PUERTO_RICO = (
    Destination("US", state) for state in ("AL", "AK", "HI", "PR")
)


def samples(
    tables: TaxTables, methods: tuple[ShippingMethod, ...] = (), **more: object
) -> tuple[Destination, ...]:
    market = Market("EUR", True, DEFAULT_ROUNDING, tables, methods, ())  # noqa: FBT003
    return sample_destinations(replace(market, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "destinations"),
    [
        ("world", (Destination("US"),)),
        ("CA-ON", (Destination("CA", "ON"),)),
        ("US ALL", (PUERTO_RICO, ALABAMA)),
        ("US FULL_50_STATES", (ALASKA, HAWAII, ALABAMA)),
        ("US CONTINENTAL_48", (ALABAMA,)),
        ("GB", (Destination("GB"),)),
        ("GB *", (Destination("GB"),)),
        ("GB SE1 *", (Destination("GB", None, "SE11AA"),)),
        ("DE 10000-10999", (Destination("DE", None, "10000"),)),
        ("GB S*W", (Destination("GB"),)),
    ],
)
def test_a_destination_in_an_area(text: str, destinations: tuple[Destination, ...]) -> None:
    rule = TaxRule((parse_area(text),), Decimal(1))
    tables = TaxTables(TaxTable("default", (rule,)))
    assert samples(tables) == destinations


def test_areas_of_all_tables_and_methods_once() -> None:
    def rule(*texts: str) -> TaxRule:
        return TaxRule(tuple(map(parse_area, texts)), Decimal(1))

    tables = TaxTables(
        TaxTable("default", (rule("GB", "IE"), rule("FR"))),
        {"food": TaxTable("food", (rule("ES", "GB"),))},
    )
    flat = ShippingMethod("a", "A", FlatPrice(1))
    by_area = PriceByArea((((parse_area("IT"), parse_area("PT")), 1), ((parse_area("GB"),), 2)))
    methods = (flat, replace(flat, allowed=(parse_area("NL"),)), replace(flat, price=by_area))
    countries = ("GB", "IE", "FR", "ES", "NL", "IT", "PT")
    assert samples(tables, methods) == tuple(map(Destination, countries))


def test_the_world_is_sampled_among_others() -> None:
    rules = tuple(TaxRule((parse_area(text),), Decimal(1)) for text in ("GB", "world"))
    tables = TaxTables(TaxTable("default", rules))
    assert samples(tables) == (Destination("GB"), Destination("US"))


def test_areas_of_charges_and_prices() -> None:
    gb, fr, it, es = (parse_area(text) for text in ("GB", "FR", "IT", "ES"))
    sampled = samples(
        NO_TABLES,
        home=(gb,),
        payable_steps=(PayableStep(5, (fr,)),),
        shipping_tax_rules=(ShippingTaxRule((it,), RatesByTable()),),
        fees=(Fee(ExtraCharge("Fee", 100), (es,)),),
    )
    assert sampled == tuple(map(Destination, ("GB", "FR", "IT", "ES")))


def test_without_areas_one_destination_stands_for_all() -> None:
    assert samples(NO_TABLES) == (Destination("US"),)
