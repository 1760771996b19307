"""Rule files: what one holds becomes the engine's values, and what is wrong is said by its path."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import (
    InvalidRuleFile,
    demo_rules,
    from_json,
    from_yaml,
    read_rule_file,
    rule_file_schema,
)
from gateway.adapters.rules.strict_yaml import InvalidYaml, load_yaml
from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import PostalCodeArea, RegionArea, WorldArea
from gateway.engine.money import RoundingMode
from gateway.engine.pricing.discount_codes import Coupon, StoredValue
from gateway.engine.pricing.discounts import AmountOff, PercentOff
from gateway.engine.pricing.purchase_details import (
    Seller,
    TaxCustomer,
    TaxIdState,
)
from gateway.engine.pricing.shipping import (
    FlatPrice,
    Parcel,
    Pickup,
    PriceByArea,
    PriceByWeight,
    ShippingMethod,
    shipping_rates,
)
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.tax.business_supplies import BusinessStanding, BusinessSupply
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.tax.rate_lookup import find_rates
from gateway.engine.tax.rounding import RoundingLevel, RoundingPolicy
from gateway.engine.tax.tax_tables import CustomerKind, TableMode, TaxQuery, TaxRule
from gateway.engine.validity import Validity
from tests.engine.purchases import item, net_tax_gross, no_tax_reasons, price_items

TODAY = date(2026, 11, 2)
FULL_RULES = """
title: All of it
valid_from: 2026-01-01
seller: {country: DE, trust_format: true}
markets:
  - {currency: JPY, prices_include_tax: true, rounding: {mode: DOWN, level: TOTAL}}
tax:
  default:
    rules:
      - {areas: [NO, US 01234], percent: 9.975, name: VAT, customers: [BUSINESS],
         categories: [food], valid_from: 2026-01-01, valid_to: 2027-01-01, reason: why, id: r1}
  alternates:
    Food: {standalone: true, mode: STACK, rules: [{areas: [US-CA, world], percent: 1}]}
shipping:
  - {id: flat, name: Flat, flat: {USD: 5.95, JPY: 600}, free_from: {USD: 75}, allowed: [US]}
  - {id: heavy, name: By weight, includes_tax: true,
     by_weight: [{up_to_grams: 500, price: {USD: 1}}, {up_to_grams: 1000, price: {USD: 2}}]}
  - {id: far, name: By area, by_area: [{areas: [world], price: {USD: 3}}], excluded: [US-HI]}
  - {id: pickup, name: Pickup, pickup: true, takes_oversize: false}
coupons:
  - {code: TEN, label: Ten, percent: 10, valid_to: 2026-12-01, currencies: [USD]}
  - {code: OFF, label: Off, amount: {USD: 5}, minimum: {USD: 20}, once_per_purchaser: true}
stored_value:
  - {code: GIVEN, currency: USD, balance: 25}
"""


def test_a_file_becomes_a_rulebook() -> None:
    file = from_yaml(FULL_RULES)
    book = file.rulebook
    assert (file.title, file.valid_from) == ("All of it", date(2026, 1, 1))
    assert book.tax_tables.default.rules == (
        TaxRule(
            (PostalCodeArea("NO"), PostalCodeArea("US", "01234")),
            Decimal("9.975"),
            "VAT",
            categories=frozenset({"food"}),
            customers=frozenset({CustomerKind.BUSINESS}),
            validity=Validity(date(2026, 1, 1), date(2027, 1, 1)),
            reason="why",
            id="r1",
        ),
    )
    food = book.tax_tables.table("food")
    assert (food.name, food.standalone, food.mode) == ("Food", True, TableMode.STACK)
    assert food.rules[0] == TaxRule((RegionArea("US", "CA"), WorldArea()), Decimal(1), id="Food-1")
    assert book.coupons == (
        Coupon(
            "TEN",
            "Ten",
            PercentOff(Decimal(10)),
            currencies=frozenset({"USD"}),
            validity=Validity(end=date(2026, 12, 1)),
        ),
        Coupon("OFF", "Off", {"USD": AmountOff(500)}, {"USD": 2000}, once_per_purchaser=True),
    )
    assert book.stored_values == (StoredValue("GIVEN", "USD", 2500),)
    assert book.seller == book.for_market("USD", TODAY).seller == Seller("DE", trusts_format=True)
    assert from_yaml("title: No seller").rulebook.seller == Seller()


def test_shipping_methods_are_priced_by_currency() -> None:
    book = from_yaml(FULL_RULES).rulebook
    yen = book.for_market("JPY", TODAY)
    assert yen.rounding == RoundingPolicy(RoundingMode.DOWN, RoundingLevel.TOTAL)
    everywhere_in_us = (PostalCodeArea("US"),)
    pickup = ShippingMethod("pickup", "Pickup", Pickup(), takes_oversize=False)
    assert yen.methods == (
        ShippingMethod("flat", "Flat", FlatPrice(600), includes_tax=True, allowed=everywhere_in_us),
        ShippingMethod("pickup", "Pickup", Pickup(), includes_tax=True, takes_oversize=False),
    )
    assert book.for_market("USD", TODAY).methods == (
        ShippingMethod("flat", "Flat", FlatPrice(595), allowed=everywhere_in_us, free_from=7500),
        ShippingMethod(
            "heavy", "By weight", PriceByWeight(((500, 100), (1000, 200))), includes_tax=True
        ),
        ShippingMethod(
            "far",
            "By area",
            PriceByArea((((WorldArea(),), 300),)),
            excluded=(RegionArea("US", "HI"),),
        ),
        pickup,
    )


def test_a_file_is_kept_exactly() -> None:
    file = from_yaml(FULL_RULES)
    again = from_json(file.text)
    assert again.document == file.document
    assert '"9.975"' in file.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 1", "the file: Input should be a valid dictionary or instance of RuleDocument"),
        ("taxes: {}", "taxes: Extra inputs are not permitted"),
        (
            "tax: {default: {rules: [{areas: [GB], percent: 20}, {areas: [USA], percent: 1}]}}",
            "tax.default.rules[2].areas[1]: 'USA' is no area such as GB, US-CA, US 9404* or world",
        ),
        (
            "tax: {default: {rules: [{areas: [GB], percent: a lot}]}}",
            "tax.default.rules[1].percent: Input should be a valid decimal",
        ),
        (
            "tax: {alternates: {Food: {}, food: {}}}",
            "tax: two tables would be selected by the same name",
        ),
        (
            "shipping: [{id: a, name: A, flat: {USD: 1.005}}]",
            "shipping[1].flat: USD has 2 decimals",
        ),
        (
            "shipping: [{id: a, name: A, flat: {XYZ: 1}}]",
            "shipping[1].flat.XYZ.[key]: XYZ is no currency of ISO 4217",
        ),
        (
            "shipping: [{id: a, name: A}]",
            "shipping[1]: takes exactly one of flat, by_weight, by_area and pickup",
        ),
        (
            "shipping: [{id: a, name: A, by_area: [&one {areas: [GB], price: {USD: 1}},"  # noqa: ISC004
            " {areas: [US], price: {EUR: 1}}]}]",
            "shipping[1]: must be priced in the same currencies throughout",
        ),
        (
            "coupons: [{code: A, label: A}]",
            "coupons[1]: takes exactly one of percent and amount",
        ),
        (
            "stored_value: [{code: A, currency: JPY, balance: 2.5}]",
            "stored_value[1]: JPY has 0 decimals",
        ),
        ("seller: {country: UK}", "seller.country: UK is no country of ISO 3166-1; perhaps GB"),
        ("seller: {country: ZZ}", "seller.country: ZZ is no country of ISO 3166-1"),
        ("seller: {country: DEU}", "seller.country: String should match pattern"),
        ("a: 1\nb: 2\na: 3", "line 3: a twice"),
        ("a: [", "line 1: "),
        ("a: !!python/object:os.system {}", "line 1: could not determine a constructor"),
    ],
)
def test_what_is_wrong_is_said_by_its_path(text: str, problem: str) -> None:
    with pytest.raises(InvalidRuleFile) as refused:
        from_yaml(text)
    assert refused.value.errors[0].startswith(problem)


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(InvalidRuleFile) as refused:
        from_yaml("coupons: [{code: A}]\nx: 1\ny: 2")
    assert len(refused.value.errors) == 3


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidRuleFile, match="it is not UTF-8 text"):
        read_rule_file(path)


def test_yaml_holds_no_surprises() -> None:
    assert load_yaml("[NO, on, 01234, 1_000, 2026-01-01, 1:30, 0x1, 9.975, 12, true, null, ~]") == [
        "NO",
        "on",
        "01234",
        "1_000",
        "2026-01-01",
        "1:30",
        "0x1",
        Decimal("9.975"),
        12,
        True,
        None,
        None,
    ]
    with pytest.raises(InvalidYaml):
        load_yaml("a: \x00")


def test_the_schema_admits_what_is_admitted() -> None:
    schema = json.loads(rule_file_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(json.loads(demo_rules().text))
    validator.validate(json.loads(from_yaml(FULL_RULES).text))
    assert not validator.is_valid({"taxes": {}})
    assert not validator.is_valid({"tax": {"default": {"rules": [{"areas": ["USA"]}]}}})


def test_the_demonstration_is_clean() -> None:
    assert lint_rulebook(demo_rules().rulebook, CountryDataSet().rules_for) == ()


@pytest.mark.parametrize(
    ("country", "region", "code", "category", "rates"),
    [
        ("US", "CA", "94043", None, ["9.25"]),
        ("US", "CA", "90001", None, ["7.25"]),
        ("US", "NY", "10001", None, ["4"]),
        ("US", "OR", "97201", None, []),
        ("US", "CA", "94043", "food", ["0"]),
        ("CA", "QC", "H2X 1Y4", None, ["5", "9.975"]),
        ("CA", "ON", None, None, ["13"]),
        ("CA", "NS", None, None, ["14"]),
        ("CA", "AB", None, None, ["5"]),
        ("CA", "QC", None, "food", ["0"]),
        ("GB", None, "SW1A 1AA", None, ["20"]),
        ("GB", None, None, "food", ["0"]),
        ("DE", None, "10115", None, ["19"]),
        ("DE", None, "10115", "books", ["7"]),
        ("ES", None, "35001", None, ["0"]),
        ("ES", None, "28001", None, ["21"]),
        ("FI", None, None, None, ["25.5"]),
        ("EE", None, None, None, ["24"]),
        ("RO", None, None, None, ["21"]),
        ("SK", None, None, None, ["23"]),
        ("JP", None, None, "food", ["8"]),
        ("BR", None, None, None, []),
    ],
)
def test_the_demonstrations_rates(
    country: str, region: str | None, code: str | None, category: str | None, rates: list[str]
) -> None:
    to = Destination(country, region, code)
    query = TaxQuery(to, CustomerKind.CONSUMER, TODAY)
    levy = find_rates(demo_rules().rulebook.tax_tables, query, None, category)
    assert [str(rate.percent) for rate in levy.rates] == rates


SPECIAL = [
    # by their own country code
    *((Destination(each), None) for each in ("AX", "FO", "GF", "GG", "GL", "GP", "JE", "MF")),
    *((Destination(each), None) for each in ("MQ", "NC", "PM", "RE", "SM", "VA", "YT")),
    (Destination("MC"), "20"),
    (Destination("IM"), "20"),
    # by postal code under the state
    (Destination("ES", None, "35001"), "0"),
    (Destination("ES", None, "38670"), "0"),
    (Destination("ES", None, "51001"), "0"),
    (Destination("ES", None, "52006"), "0"),
    (Destination("FI", None, "22100"), "0"),
    (Destination("GR", None, "630 86"), "0"),
    (Destination("IT", None, "23041"), "0"),
    (Destination("IT", None, "22061"), "0"),
    (Destination("IT", None, "47890"), "0"),
    (Destination("DE", None, "78266"), "0"),
    (Destination("DE", None, "27498"), "0"),
    (Destination("FR", None, "97400"), "0"),
    (Destination("FR", None, "98713"), "0"),
    (Destination("FR", None, "98000"), "20"),
    (Destination("DK", None, "3900"), "0"),
    (Destination("GB", None, "JE2 3AB"), "0"),
    (Destination("GB", None, "GY1 1AA"), "0"),
    (Destination("GB", None, "IM1 1AA"), "20"),
    (Destination("GB", None, "BT1 1AA"), "20"),
    (Destination("PT", None, "9000-001"), "22"),
    (Destination("PT", None, "9500-321"), "16"),
    (Destination("PT", None, "1250-096"), "23"),
    (Destination("AT", None, "6991"), "19"),
    # by region
    (Destination("ES", "GC"), "0"),
    (Destination("ES", "ML"), "0"),
    (Destination("ES", "M", "28001"), "21"),
    (Destination("FI", "01"), "0"),
    (Destination("FR", "974"), "0"),
    (Destination("GR", "69"), "0"),
    (Destination("PT", "30"), "22"),
    (Destination("PT", "20"), "16"),
]


@pytest.mark.parametrize(("to", "percent"), SPECIAL)
def test_special_territories(to: Destination, percent: str | None) -> None:
    """R136: by country code (None: no rule holds), by postal code under their state, by region."""
    query = TaxQuery(to, CustomerKind.CONSUMER, TODAY)
    levy = find_rates(demo_rules().rulebook.tax_tables, query, None, None)
    assert [str(rate.percent) for rate in levy.rates] == ([percent] if percent else [])
    # A region alone may leave a rule above open that asks for a postal code.
    assert levy.state is TaxState.FINAL or to.postal_code is None


def test_a_state_without_a_postal_code_may_be_one_of_its_territories() -> None:
    """R136: what is not known is an estimate, never final."""
    for state in ("AT", "DE", "ES", "FI", "FR", "GB", "GR", "IT", "PT"):
        query = TaxQuery(Destination(state), CustomerKind.CONSUMER, TODAY)
        levy = find_rates(demo_rules().rulebook.tax_tables, query, None, None)
        assert levy.state is TaxState.ESTIMATED, state


def test_the_demonstration_has_a_rate_for_each_member_state() -> None:
    """As the European Commission's "Taxes in Europe Database" had them in November 2026."""
    rates = (
        "AT 20, BE 21, BG 20, CY 19, CZ 21, DE 19, DK 25, EE 24, ES 21, FI 25.5, FR 20, GR 24,"
        " HR 25, HU 27, IE 23, IT 22, LT 21, LU 17, LV 21, MT 18, NL 21, PL 23, PT 23, RO 21,"
        " SE 25, SI 22, SK 23"
    )
    tables = demo_rules().rulebook.tax_tables
    rates_found = []
    for state, _, _ in (each.partition(" ") for each in rates.split(", ")):
        to = Destination(state, postal_code="10000")
        query = TaxQuery(to, CustomerKind.CONSUMER, TODAY)
        (rate,) = find_rates(tables, query, None, None).rates
        rates_found.append(f"{state} {rate.percent}")
    assert ", ".join(rates_found) == rates


def test_businesses_abroad_account_for_the_tax_themselves() -> None:
    """R134: goods to another member state; at home and in Great Britain tax is charged."""
    rulebook = demo_rules().rulebook
    tables, seller = rulebook.tax_tables, rulebook.seller
    assert seller == Seller("IE", trusts_format=True)

    def rates_for(country: str, issuer: str = "DE") -> list[tuple[str, str | None]]:
        customer = TaxCustomer(CustomerKind.BUSINESS, "an id", TaxIdState.FORMAT_ONLY, issuer)
        standing = customer.standing_with(seller)
        assert standing is not None
        to = Destination(country, None, "BT1 1AA" if country == "GB" and issuer == "XI" else None)
        query = TaxQuery(to, CustomerKind.BUSINESS, TODAY, BusinessSupply(standing))
        rates = find_rates(tables, query, None, None).rates
        return [(str(rate.percent), rate.reason) for rate in rates]

    untaxed = [("0", "exempt intra-Community supply (Directive 2006/112/EC, article 138)")]
    assert rates_for("FR") == untaxed
    assert rates_for("GB", "XI") == untaxed
    assert rates_for("IE") == [("23", None)]
    assert rates_for("GB") == [("20", None)]


@pytest.mark.parametrize(
    ("customer", "tax", "reason"),
    [
        (CustomerKind.CONSUMER, 2000, None),
        (
            CustomerKind.BUSINESS,
            0,
            "exempt intra-Community supply (Directive 2006/112/EC, article 138)",
        ),
        (CustomerKind.EXEMPT, 0, "the customer is exempt"),
    ],
)
def test_what_a_french_customer_pays(customer: CustomerKind, tax: int, reason: str | None) -> None:
    priced_purchase = price_items(
        item(10_000),
        destination=Destination("FR", None, "75001"),
        tax_tables=demo_rules().rulebook.tax_tables,
        customer=customer,
        standing=BusinessStanding("FR", is_trusted=True, seller_country="IE")
        if customer is CustomerKind.BUSINESS
        else None,
    )
    assert net_tax_gross(priced_purchase.total) == (10_000, tax, 10_000 + tax)
    assert no_tax_reasons(priced_purchase.items[0]) == [reason]


def test_the_demonstration_ships_everywhere() -> None:
    methods = demo_rules().rulebook.for_market("USD", TODAY).methods

    def offered_rates(
        to: Destination, grams: int = 500, worth: int = 5000
    ) -> list[tuple[str, int]]:
        parcel = Parcel(grams, worth, oversize=False, destination=to)
        return [(each.method.id, each.minor) for each in shipping_rates(methods, parcel)]

    assert offered_rates(Destination("US", "CA", "94043")) == [
        ("standard", 595),
        ("express", 1495),
        ("international", 1995),
    ]
    assert offered_rates(Destination("US", "HI", "96801")) == [
        ("express", 1495),
        ("international", 1995),
    ]
    assert offered_rates(Destination("BR"), 90_000) == [("international", 3495)]
    assert offered_rates(Destination("DE"), worth=7500)[0] == ("standard", 0)
