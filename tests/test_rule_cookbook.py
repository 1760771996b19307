"""R136: the cookbook's rule files are read, have no faults, and tax what they say they tax."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.rules.files import RuleFile, read_rule_file
from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.destinations import check_destination
from gateway.engine.carts import Cart, CartLine, PricingContext, build_purchase
from gateway.engine.catalogue.products import Variant
from gateway.engine.priced_carts import PricedCart
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.rulebook.special_territories import note_forgotten_territories
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.tax.rate_lookup import find_rates
from gateway.engine.tax.tax_tables import CustomerKind, TaxQuery

DOCUMENTATION = Path(__file__).parent.parent / "docs"
FILES = {path.stem: path for path in sorted((DOCUMENTATION / "rules").glob("*.yaml"))}
COUNTRIES = CountryDataSet()
TODAY = date(2026, 11, 28)
Place: TypeAlias = tuple[str, str | None, str | None]
MARKETS = {
    "canada": ("CAD", False),
    "germany": ("EUR", True),
    "india": ("INR", True),
    "switzerland": ("CHF", True),
    "united-kingdom": ("GBP", True),
    "united-states": ("USD", False),
}
"""Each file's currency, and whether its prices include tax."""


def place_of(place: Place) -> Destination:
    rules = COUNTRIES.rules_for(place[0])
    assert rules is not None
    destination, errors = check_destination(Destination(*place), rules)
    assert errors == ()
    return destination


def price(
    file: RuleFile, currency_code: str, goods: dict[str, int], place: Place, day: date = TODAY
) -> PricedCart:
    """A cart of one piece of each category in ``goods``, with its price in minor units."""
    currency = IsoCurrencies().find(currency_code)
    assert currency is not None
    variants = {
        category: Variant(
            category, "prd", category, category, {currency_code: minor}, tax_category=category
        )
        for category, minor in goods.items()
    }
    lines = tuple(CartLine(category, 1, minor) for category, minor in goods.items())
    context = PricingContext(variants, file.rulebook.for_market(currency_code, day), (), day)
    cart = Cart("crt", 1, currency, lines, place_of(place))
    return PricedCart(cart, build_purchase(cart, context))


def half_up(fraction: Fraction) -> int:
    return int(fraction + Fraction(1, 2))


def tax_of(taxed: str, *, inclusive: bool) -> int:
    """The taxes of "1000 5+7, 800 5": each rate of each amount is rounded by itself."""
    total = 0
    for amount, rates in map(str.split, filter(None, taxed.split(", "))):
        percents = [Fraction(rate) for rate in rates.split("+")]
        base_percent = 100 + sum(percents) if inclusive else Fraction(100)
        total += sum(half_up(int(amount) * percent / base_percent) for percent in percents)
    return total


def test_the_page_names_every_file() -> None:
    page = (DOCUMENTATION / "rules.md").read_text("utf-8")
    assert sorted(re.findall(r"\]\(rules/([a-z-]+)\.yaml\)", page)) == sorted(FILES)
    assert len(FILES) == 6


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_no_faults_and_forgets_no_territory(name: str) -> None:
    rulebook = read_rule_file(FILES[name]).rulebook
    assert lint_rulebook(rulebook, COUNTRIES.rules_for) == ()
    assert note_forgotten_territories(rulebook.tax_tables.default) == ()


@pytest.mark.parametrize(
    ("name", "goods", "place", "shipping", "taxed"),
    [
        ("germany", "mugs 1190", "DE//10115", 490, "1190 19, 490 19"),
        ("germany", "books 1070, mugs 1190", "DE//D-80331", 490, "1070 7, 1190 19, 490 19"),
        ("germany", "mugs 1190", "DE//78266", 490, ""),
        ("germany", "mugs 1190", "DE//27498", 490, ""),
        ("germany", "staples 1049", "AT//1010", 990, "1049 4.9, 990 20"),
        ("germany", "food 1049", "AT//1010", 990, "1049 10, 990 20"),
        ("germany", "mugs 1190", "AT//6991", 990, "1190 19, 990 19"),
        ("germany", "books 1055", "FR//75001", 990, "1055 5.5, 990 20"),
        ("germany", "mugs 1200", "MC//98000", 990, "1200 20, 990 20"),
        ("germany", "mugs 1200", "FR//97400", None, ""),
        ("germany", "mugs 12100", "NL//1012 AB", 0, "12100 21"),
        ("united-kingdom", "mugs 1200", "GB//SW1A 1AA", 360, "1200 20, 360 20"),
        ("united-kingdom", "children 1200", "GB//EH1 1AA", 360, "360 20"),
        ("united-kingdom", "mugs 1200", "GB//BT1 1AA", 360, "1200 20, 360 20"),
        ("united-kingdom", "mugs 1200", "GB/County Antrim/BT1 1AA", 360, "1200 20, 360 20"),
        ("united-kingdom", "mugs 1200", "IM//IM1 1AA", 360, "1200 20, 360 20"),
        ("united-kingdom", "mugs 1200", "GB//KW16 3AA", 840, "1200 20, 840 20"),
        ("united-kingdom", "mugs 1200", "GB//KW1 5AA", 360, "1200 20, 360 20"),
        ("united-kingdom", "mugs 1200", "JE//JE2 3AB", 840, ""),
        ("united-kingdom", "mugs 1200", "GB//GY1 1AA", 840, ""),
        ("united-kingdom", "mugs 1200", "IE//", 840, ""),
        ("switzerland", "mugs 1081", "CH/Zürich/8001", 850, "1081 8.1, 850 8.1"),
        ("switzerland", "books 1026", "CH//8001", 850, "1026 2.6, 850 8.1"),
        ("switzerland", "mugs 1081", "LI//9490", 850, "1081 8.1, 850 8.1"),
        ("switzerland", "mugs 1081", "DE//78266", 850, "1081 8.1, 850 8.1"),
        ("switzerland", "mugs 1081", "CH//7563", 850, ""),
        ("canada", "mugs 1000", "CA/Ontario/K1A 0B1", 1200, "1000 13, 1200 13"),
        ("canada", "mugs 10000", "CA/Québec/H2X 1Y4", 1200, "10000 5+9.975, 1200 5+9.975"),
        ("canada", "mugs 1999", "CA/BC/V8X 3X4", 1200, "1999 5+7, 1200 5+7"),
        ("canada", "mugs 1999", "CA/Nova Scotia/B3H 0A1", 1200, "1999 14, 1200 14"),
        ("canada", "mugs 1999", "CA/AB/T2X 1A1", 1200, "1999 5, 1200 5"),
        ("canada", "groceries 999", "CA/SK/S4P 3Y2", 1200, "1200 5+6"),
        ("canada", "mugs 1999", "CA/NU/X0A 0H0", 2900, "1999 5, 2900 5"),
        ("india", "mugs 11800", "IN/Karnataka/560001", 9000, "11800 9+9, 9000 9+9"),
        ("india", "food 10500", "IN/KA/560001", 9000, "10500 2.5+2.5, 9000 9+9"),
        ("india", "mugs 11800", "IN/Kerala/682001", 9000, "11800 18, 9000 18"),
        ("india", "books 99900", "IN/Delhi/110001", 0, ""),
        ("united-states", "mugs 10000", "US/California/94103", 800, "10000 1.375+7.25"),
        ("united-states", "mugs 10000", "US/CA/90001", 800, "10000 7.25"),
        ("united-states", "mugs 10000", "US/NY/10001", 800, "10000 4.5+0.375+4, 800 4.5+0.375+4"),
        ("united-states", "mugs 10000", "US/New York/12207", 800, "10000 4, 800 4"),
        ("united-states", "mugs 10000", "US/TX/78701", 800, "10000 6.25+1.75, 800 6.25+1.75"),
        ("united-states", "groceries 1000", "US/CA/94103", 800, ""),
        ("united-states", "mugs 10000", "US/OR/97201", 800, ""),
        ("united-states", "mugs 15000", "US/WA/98101", 0, ""),
    ],
)  # fmt: skip
def test_what_a_cart_costs(
    name: str, goods: str, place: str, shipping: int | None, taxed: str
) -> None:
    """Goods with prices, "country/region/code", and what bears which rates, as texts."""
    prices = {category: int(minor) for category, minor in map(str.split, goods.split(", "))}
    country, region, code = place.split("/")
    currency, inclusive = MARKETS[name]
    cart = price(
        read_rule_file(FILES[name]), currency, prices, (country, region or None, code or None)
    )
    tax = tax_of(taxed, inclusive=inclusive)
    sent = sum(prices.values()) + (shipping or 0)
    assert cart.total.tax is not None
    assert cart.total.gross is not None
    assert (cart.total.tax.minor, cart.total.gross.minor, cart.tax_state) == (
        tax,
        sent if inclusive else sent + tax,
        TaxState.FINAL,
    )
    assert (cart.shipping_name is None) == (shipping is None)


def test_india_without_a_state_is_an_estimate() -> None:
    cart = price(read_rule_file(FILES["india"]), "INR", {"mugs": 11800}, ("IN", None, "560001"))
    assert cart.tax_state is TaxState.ESTIMATED


@pytest.mark.parametrize(
    ("name", "place", "category", "day", "percents"),
    [
        ("germany", ("AT", None, "1010"), "staples", date(2026, 6, 30), ["10"]),
        ("germany", ("AT", None, "1010"), "staples", date(2026, 7, 1), ["4.9"]),
        ("switzerland", ("CH", None, "8001"), None, date(2023, 12, 31), ["7.7"]),
        ("switzerland", ("LI", None, "9490"), "food", date(2023, 12, 31), ["2.5"]),
        ("canada", ("CA", "NS", "B3H 0A1"), None, date(2025, 3, 31), ["15"]),
        ("canada", ("CA", "NS", "B3H 0A1"), None, date(2025, 4, 1), ["14"]),
    ],
)
def test_rates_of_other_days(
    name: str, place: Place, category: str | None, day: date, percents: list[str]
) -> None:
    query = TaxQuery(place_of(place), CustomerKind.CONSUMER, day)
    tables = read_rule_file(FILES[name]).rulebook.tax_tables
    rates = find_rates(tables, query, None, category).rates
    assert [str(rate.percent) for rate in rates] == percents


def test_businesses_in_other_member_states_account_for_the_tax() -> None:
    tables = read_rule_file(FILES["germany"]).rulebook.tax_tables
    percents = {}
    for place in (("DE", None, "10115"), ("AT", None, "1010"), ("NL", None, "1012 AB")):
        query = TaxQuery(place_of(place), CustomerKind.BUSINESS, TODAY)
        (rate,) = find_rates(tables, query, None, None).rates
        percents[place[0]] = (str(rate.percent), rate.reason)
    assert percents == {
        "DE": ("19", None),
        "AT": ("0", "intra-Community supply"),
        "NL": ("0", "intra-Community supply"),
    }
