"""A destination for every area that the rules tell apart."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.notation import parse_area
from gateway.engine.pricing.shipping import FlatPrice, PriceByArea, ShippingMethod
from gateway.engine.rulebook.sample_destinations import sample_destinations
from gateway.engine.tax.tax_tables import TaxRule, TaxTable, TaxTables

NO_TABLES = TaxTables(TaxTable("default"))
ALABAMA, ALASKA, HAWAII, PUERTO_RICO = (
    Destination("US", state) for state in ("AL", "AK", "HI", "PR")
)


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
    assert sample_destinations(tables, ()) == destinations


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
    assert sample_destinations(tables, methods) == tuple(map(Destination, countries))


def test_the_world_is_sampled_among_others() -> None:
    rules = tuple(TaxRule((parse_area(text),), Decimal(1)) for text in ("GB", "world"))
    tables = TaxTables(TaxTable("default", rules))
    assert sample_destinations(tables, ()) == (Destination("GB"), Destination("US"))


def test_without_areas_one_destination_stands_for_all() -> None:
    assert sample_destinations(NO_TABLES, ()) == (Destination("US"),)
