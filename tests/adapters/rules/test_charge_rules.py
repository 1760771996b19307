"""Rule files that say how charges are taxed, what fees there are, and what is to pay (R133, R135).

Every figure is computed by hand: amounts are minor units.
"""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import (
    InvalidRuleFile,
    demo_rules,
    from_json,
    from_yaml,
    rule_file_schema,
)
from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartLine, PricingContext, build_purchase
from gateway.engine.catalogue.products import Variant
from gateway.engine.money import Currency
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import StoredValue
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import TAXED_BY_TABLE, FixedRates, RatesByGoods, ShippingTax
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.rulebook.rulebook import Rulebook
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.tax.tax_tables import CustomerKind
from tests.engine.purchases import net_tax_gross, tax_line_rows

TODAY = date(2026, 11, 2)
LAMP = Variant("lamp", "p1", "LAMP", "Lamp", {"EUR": 3000, "USD": 3000, "CHF": 675, "BRL": 10000})
BREAD = Variant(
    "bread", "p2", "BREAD", "Bread", {"EUR": 1000, "USD": 1000, "CHF": 500}, tax_category="food"
)
SONG = Variant("song", "p3", "SONG", "Song", {"EUR": 9000}, tags=frozenset({"DIGITAL"}))
COAT = Variant("coat", "p4", "COAT", "Coat", {"USD": 11000, "EUR": 11000}, tax_category="clothing")
GOODS = {variant.id: variant for variant in (LAMP, BREAD, SONG, COAT)}
GERMANY, NEW_YORK = Destination("DE", None, "10115"), Destination("US", "NY", "10001")
BRITAIN = Destination("GB", None, "SW1A 1AA")


def market_cart(
    book: Rulebook,
    currency: str,
    destination: Destination | None,
    *lines: tuple[str, int],
    codes: tuple[str, ...] = (),
    stored: tuple[StoredValue, ...] = (),
) -> PricedCart:
    """A cart of so many of each of the goods under the rules of ``book``."""
    cart = Cart(
        "crt_1",
        1,
        Currency(currency, 2),
        tuple(CartLine(variant_id, quantity) for variant_id, quantity in lines),
        destination,
        codes,
    )
    context = PricingContext(GOODS, book.for_market(currency, TODAY), stored, TODAY)
    return PricedCart(cart, build_purchase(cart, context))


def charge_taxes(priced: PricedPurchase, name: str) -> list[tuple[str, int, int]]:
    """Rate, base and tax of each part of a charge, as they are explained."""
    return [
        (str(each.rate_percent), each.base.minor, each.amount.minor)
        for each in priced.explanations
        if each.figure == "tax" and each.target == name and each.base and each.amount
    ]


RATES = """
markets: [{currency: EUR, prices_include_tax: false}]
tax: {default: {rules: [{name: VAT, areas: [DE], categories: [food], percent: 7},
  {name: VAT, areas: [DE], percent: 19, shipping_taxed: true},
  {name: VAT, areas: [US], percent: 0}]}}
shipping: [{id: post, name: Post, flat: {EUR: 5.00, USD: 5.00}}]
"""


# -- how shipping is taxed


@pytest.mark.parametrize(
    ("rules", "taxes"),
    [
        # 5.00 over 30.00 at 19 % and 10.00 at 7 %: 3.75 bears 0.7125, 1.25 bears 0.0875.
        ("PRO_RATA", [("19", 375, 71), ("7", 125, 9)]),
        ("[{areas: [DE], method: PRO_RATA}]", [("19", 375, 71), ("7", 125, 9)]),
        ("[{areas: [DE], method: HIGHEST_RATE}]", [("19", 500, 95)]),
        ("[{areas: [DE], method: LARGEST_SHARE}]", [("19", 500, 95)]),
        ("[{areas: [DE], rates: [{name: Post tax, percent: 3}]}]", [("3", 500, 15)]),
        ("[{areas: [DE], rates: []}]", []),
        ("[{areas: [DE], method: TABLE}, {areas: [world], method: PRO_RATA}]", [("19", 500, 95)]),
        ("[{areas: [FR], rates: [{percent: 3}]}]", [("19", 500, 95)]),
        ("[]", [("19", 500, 95)]),
        ("[{areas: [DE], rates: [{percent: 3}], valid_to: 2026-11-02}]", [("19", 500, 95)]),
        ("[{areas: [DE], rates: [{percent: 3}], valid_from: 2026-11-02}]", [("3", 500, 15)]),
        ("[{areas: [DE], rates: [{percent: 3}], customers: [BUSINESS]}]", [("19", 500, 95)]),
    ],
)
def test_shipping_is_taxed_as_the_file_says(rules: str, taxes: list[tuple[str, int, int]]) -> None:
    """R133: in proportion, by the highest or the largest share, by a table, at rates of its own."""
    book = from_yaml(f"{RATES}shipping_tax: {rules}").rulebook
    priced = market_cart(book, "EUR", GERMANY, ("lamp", 1), ("bread", 1))
    assert charge_taxes(priced, "Post") == taxes
    [option] = priced.shipping_options
    tax = sum(tax for _, _, tax in taxes)
    assert net_tax_gross(option.price) == net_tax_gross(priced.shipping_total)
    assert net_tax_gross(priced.shipping_total) == (500, tax, 500 + tax)


def test_a_market_decides_before_the_file() -> None:
    """R133: by market, then by area."""
    markets = "[{currency: EUR, shipping_tax: [{areas: [DE], method: HIGHEST_RATE}]}]"
    text = RATES.replace("[{currency: EUR, prices_include_tax: false}]", markets)
    book = from_yaml(f"{text}shipping_tax: PRO_RATA").rulebook
    euros = market_cart(book, "EUR", GERMANY, ("lamp", 1), ("bread", 1))
    assert charge_taxes(euros, "Post") == [("19", 500, 95)]
    dollars = market_cart(book, "USD", GERMANY, ("lamp", 1), ("bread", 1))
    assert charge_taxes(dollars, "Post") == [("19", 375, 71), ("7", 125, 9)]


def test_the_way_shipping_is_taxed_is_uncertain_where_the_destination_is() -> None:
    """R133: without a postal code a rule for some of them makes an estimate, never final."""
    rules = "[{areas: [US 9*], rates: [{percent: 3}]}, {areas: [US], rates: [{percent: 4}]}]"
    market = from_yaml(f"{RATES}shipping_tax: {rules}").rulebook.for_market("USD", TODAY)
    three, four = (ShippingTax(rule.source, is_certain=True) for rule in market.shipping_tax_rules)
    assert market.shipping_tax_for(Destination("US", "CA", "94043")) == three
    assert market.shipping_tax_for(NEW_YORK) == four
    assert market.shipping_tax_for(Destination("US")) == replace(four, is_certain=False)
    assert market.shipping_tax_for(None) == replace(TAXED_BY_TABLE, is_certain=False)
    assert market.shipping_tax_for(Destination("FR")) == TAXED_BY_TABLE
    doubtful = Destination("US", "CA", "94043", doubtful=True)
    assert market.shipping_tax_for(doubtful) == replace(three, is_certain=False)
    assert market.shipping_tax_for(NEW_YORK, CustomerKind.EXEMPT) == TAXED_BY_TABLE


@pytest.mark.parametrize("rule", ["method: PRO_RATA", "rates: [{percent: 3}]"])
def test_an_uncertain_way_makes_the_tax_an_estimate(rule: str) -> None:
    rules = f"[{{areas: [US 9*], method: TABLE}}, {{areas: [US], {rule}}}]"
    book = from_yaml(f"{RATES}shipping_tax: {rules}").rulebook
    states = [
        market_cart(book, "USD", destination, ("lamp", 1)).tax_state
        for destination in (NEW_YORK, Destination("US"))
    ]
    assert states == [TaxState.FINAL, TaxState.ESTIMATED]


def test_the_explanation_says_by_what_shipping_is_taxed() -> None:
    book = from_yaml(f"{RATES}shipping_tax: PRO_RATA").rulebook
    priced = market_cart(book, "EUR", GERMANY, ("lamp", 1), ("bread", 1))
    suffix = "added to the price, shared over the goods that it goes with by net value."
    assert [each.text for each in priced.explanations if each.target == "Post"] == [
        f"VAT 19 % (DE, table default) of 3.75, {suffix}",
        f"VAT 7 % (DE, table default) of 1.25, {suffix}",
    ]


# -- the demonstration


@pytest.mark.parametrize(
    ("currency", "destination", "lines", "taxes"),
    [
        # EUR 4.95 with tax, by 30.00 / 1.19 = 25.21 and 10.00 / 1.07 = 9.35 net: 3.61 and 1.34.
        ("EUR", GERMANY, (("lamp", 1), ("bread", 1)), [("19", 303, 58), ("7", 125, 9)]),
        ("EUR", GERMANY, (("bread", 1),), [("7", 463, 32)]),
        # New York: 4 % of all of it where one of the goods is taxed, else nothing.
        ("USD", NEW_YORK, (("lamp", 1), ("bread", 1)), [("4", 595, 24)]),
        ("USD", NEW_YORK, (("bread", 1),), [("0", 595, 0)]),
        # Texas by the table, whatever the goods.
        ("USD", Destination("US", "TX", "75001"), (("bread", 1),), [("6.25", 595, 37)]),
        ("USD", Destination("US", "CA", "94043"), (("lamp", 1),), [("0", 595, 0)]),
    ],
)
def test_the_demonstration_taxes_shipping(
    currency: str,
    destination: Destination,
    lines: tuple[tuple[str, int], ...],
    taxes: list[tuple[str, int, int]],
) -> None:
    """R133: the Union and the United Kingdom pro rata, New York by the highest, else the table."""
    priced = market_cart(demo_rules().rulebook, currency, destination, *lines)
    assert charge_taxes(priced, "Standard") == taxes
    assert priced.tax_state is TaxState.FINAL


def test_each_place_of_the_union_and_the_united_kingdom_is_pro_rata() -> None:
    market = demo_rules().rulebook.for_market("EUR", TODAY)
    pro_rata = ShippingTax(RatesByGoods(ChargeTaxMethod.PRO_RATA))
    union = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
    for country in (*union.split(), "GB", "IM", "MC"):
        assert market.shipping_tax_for(Destination(country)) == pro_rata
    for country in ("CA", "JP", "NO", "CH"):
        assert market.shipping_tax_for(Destination(country)) == TAXED_BY_TABLE


# -- prices abroad


ABROAD = """
markets:
  - {currency: EUR, prices_include_tax: true, prices_abroad: NET, home: [DE, AT]}
  - {currency: USD, prices_include_tax: true, prices_abroad: GROSS}
tax: {default: {rules: [
  {name: VAT, areas: [DE], categories: [food], percent: 7},
  {name: VAT, areas: [DE], percent: 19},
  {name: VAT, areas: [AT], percent: 20},
  {name: VAT, areas: [DK], percent: 25},
  {name: VAT, areas: [CY], percent: 19}]}}
"""


@pytest.mark.parametrize(
    ("country", "currency", "figures"),
    [
        # 30.00 with 19 % is 25.21 and 4.79; 10.00 with 7 % is 9.35 and 0.65.
        ("DE", "EUR", (2521 + 935, 479 + 65, 4000)),
        # Home, too: the price stays as it is, though the taxes are others: 25.00 and 8.33.
        ("AT", "EUR", (2500 + 833, 500 + 167, 4000)),
        # 25.21 and 9.35, and 25 %: 6.3025 and 2.3375.
        ("DK", "EUR", (2521 + 935, 630 + 234, 4320)),
        # 19 % as at home: 30.00 stays. Bread is another case: 9.35 and 1.78.
        ("CY", "EUR", (2521 + 935, 479 + 178, 4113)),
        ("US", "EUR", (2521 + 935, 0, 3456)),
        # Kept gross: 30.00 and 10.00 with 25 % in them.
        ("DK", "USD", (2400 + 800, 600 + 200, 4000)),
    ],
)
def test_prices_abroad(country: str, currency: str, figures: tuple[int, int, int]) -> None:
    """R135: the net of a line is its gross without the rates of home, rounded once."""
    book = from_yaml(ABROAD).rulebook
    priced = market_cart(book, currency, Destination(country), ("lamp", 1), ("bread", 1))
    assert net_tax_gross(priced.total) == figures
    assert priced.due is not None
    assert priced.due.minor == figures[2]


def test_the_findings_example_of_a_price_abroad() -> None:
    """R135: 23.00 with 7 % in it is 21.50 (21.4953) to California."""
    book = from_yaml(ABROAD.replace("currency: USD", "currency: GBP")).rulebook
    jam = Variant("jam", "p9", "JAM", "Jam", {"EUR": 2300}, tax_category="food")
    cart = Cart("crt_1", 1, Currency("EUR", 2), (CartLine("jam", 1),), Destination("US", "CA"))
    context = PricingContext({"jam": jam}, book.for_market("EUR", TODAY), (), TODAY)
    assert net_tax_gross(PricedCart(cart, build_purchase(cart, context)).total) == (2150, 0, 2150)


def test_a_price_abroad_is_explained() -> None:
    priced = market_cart(from_yaml(ABROAD).rulebook, "EUR", Destination("DK"), ("lamp", 2))
    price, tax = priced.explanations
    assert price.text == "60.00 with the taxes of home is 50.42 without them."
    assert (price.figure, price.target) == ("price", "lamp")
    assert tax.text == "VAT 25 % (DK, table default) of 50.42, added to the price."
    at_home = market_cart(from_yaml(ABROAD).rulebook, "EUR", GERMANY, ("lamp", 2))
    assert [each.figure for each in at_home.explanations] == ["tax"]


# -- what is to pay


STEPS = """
markets:
  - {currency: CHF, prices_include_tax: false,
     payable_step: [{areas: [CH, LI], step: 0.05}, {areas: [world], step: 1}]}
  - {currency: EUR, payable_step: 0.05}
tax: {default: {rules: [{name: MWST, areas: [CH], percent: 7.7}]}}
"""


@pytest.mark.parametrize(
    ("currency", "country", "gross", "due"),
    [
        # 6.75 and 7.7 % of it, 0.52, are 7.27; 7.25 is paid.
        ("CHF", "CH", 727, 725),
        ("CHF", "LI", 675, 675),
        ("CHF", "FR", 675, 700),
        ("EUR", "FR", 3000, 3000),
        ("USD", "CH", 3231, 3231),
    ],
)
def test_what_is_to_pay_has_a_step(currency: str, country: str, gross: int, due: int) -> None:
    """R135: by currency and by country."""
    book = from_yaml(STEPS).rulebook
    priced = market_cart(book, currency, Destination(country), ("lamp", 1))
    assert priced.total.gross is not None
    assert priced.due is not None
    assert (priced.total.gross.minor, priced.due.minor) == (gross, due)
    rows = [each.amount.minor for each in priced.adjustments if each.rounds_payable]
    assert rows == ([due - gross] if due != gross else [])


def test_stored_value_pays_before_the_step() -> None:
    """R135: 7.27 less 5.00 is 2.27, of which 2.25 is paid; the code pays 5.00, no cent more."""
    book = from_yaml(f"{STEPS}stored_value: [{{code: GIVEN, currency: CHF, balance: 5}}]").rulebook
    priced = market_cart(
        book,
        "CHF",
        Destination("CH"),
        ("lamp", 1),
        codes=("GIVEN",),
        stored=(StoredValue("GIVEN", "CHF", 500),),
    )
    assert priced.due is not None
    assert priced.due.minor == 225
    assert [each.amount and each.amount.minor for each in priced.codes] == [500]
    assert priced.paid_by_stored_value is not None
    assert priced.paid_by_stored_value.minor == 500


# -- prices of pieces


PIECES = """
tax: {default: {rules: [
  {name: Sales tax, areas: [US-NY], categories: [clothing], percent: 0,
   piece_price_below: {USD: 110}, reason: clothing below 110 is not taxed},
  {name: Luxury tax, areas: [US-NY], categories: [clothing], percent: 8,
   piece_price_from: {USD: 500}},
  {name: Sales tax, areas: [US-NY], percent: 4}]}}
coupons: [{code: CENT, label: A cent off, amount: {USD: 0.01}}]
"""


@pytest.mark.parametrize(
    ("price", "quantity", "codes", "rate"),
    [
        (10999, 1, (), "0"),
        (11000, 1, (), "4"),
        (10999, 3, (), "0"),
        # A cent off three of 110.00 is less than 110.00 each.
        (11000, 3, ("CENT",), "0"),
        (11000, 1, ("CENT",), "0"),
        (49999, 1, (), "4"),
        (50000, 1, (), "8"),
    ],
)
def test_rules_go_by_the_price_of_a_piece(
    price: int, quantity: int, codes: tuple[str, ...], rate: str
) -> None:
    """R135: from, and below, after discounts."""
    coat = replace(COAT, prices={"USD": price})
    cart = Cart("crt_1", 1, Currency("USD", 2), (CartLine("coat", quantity),), NEW_YORK, codes)
    market = from_yaml(PIECES).rulebook.for_market("USD", TODAY)
    priced = PricedCart(
        cart, build_purchase(cart, PricingContext({"coat": coat}, market, (), TODAY))
    )
    assert [row[1] for row in tax_line_rows(priced.items[0])] == [rate]


def test_prices_of_pieces_are_of_their_currency() -> None:
    """R135: no rule for dollars decides in euros; other goods are not asked for their price."""
    book = from_yaml(PIECES).rulebook
    euros = market_cart(book, "EUR", NEW_YORK, ("coat", 1))
    assert [row[1] for row in tax_line_rows(euros.items[0])] == ["4"]
    lamp = market_cart(book, "USD", NEW_YORK, ("lamp", 1))
    assert [row[1] for row in tax_line_rows(lamp.items[0])] == ["4"]


def test_the_subtotal_is_taxed_by_its_own_prices() -> None:
    """R135: before discounts a piece may cost so much that it is taxed."""
    priced = market_cart(from_yaml(PIECES).rulebook, "USD", NEW_YORK, ("coat", 1), codes=("CENT",))
    assert net_tax_gross(priced.subtotal) == (11000, 440, 11440)
    assert net_tax_gross(priced.total) == (10999, 0, 10999)


# -- taxes within their own base


def test_a_tax_is_a_part_of_its_own_base() -> None:
    """R135: 100.00 x 0.18 / 0.82 is 21.95, which is 18 % of 121.95."""
    book = from_yaml(
        "tax: {default: {rules: [{name: ICMS, areas: [BR], percent: 18, within_base: true}]}}"
    ).rulebook
    priced = market_cart(book, "BRL", Destination("BR"), ("lamp", 1))
    assert net_tax_gross(priced.total) == (10000, 2195, 12195)
    assert tax_line_rows(priced.items[0]) == [("ICMS", "18", 12195, 2195)]
    [explanation] = priced.explanations
    assert explanation.text == (
        "ICMS 18 % (BR, table default) of 121.95, of which it is a part, added to the price."
    )


# -- fees


FEES = f"""{RATES}
fees:
  - {{name: Island surcharge, areas: [DE 18565, DE 25*], amount: {{EUR: 7.50}},
     tax_method: PRO_RATA}}
  - {{name: Small order, amount: {{EUR: 3}}, goods_below: {{EUR: 20}}, for_digital: true,
     tax_rates: []}}
  - {{name: Delivery fee, areas: [DE], amount: {{EUR: 0.29}}, goods_from: {{EUR: 40}},
     tax_rates: [{{name: VAT, percent: 19}}]}}
"""


@pytest.mark.parametrize(
    ("postal_code", "lines", "fees"),
    [
        ("10115", (("lamp", 1),), []),
        # 7.50 over 30.00 at 19 % and 10.00 at 7 %.
        (
            "25849",
            (("lamp", 1), ("bread", 1)),
            [("Island surcharge", 750), ("Delivery fee", 29)],
        ),
        ("10115", (("bread", 1),), [("Small order", 300)]),
        ("10115", (("bread", 2),), []),
        ("25849", (("bread", 1),), [("Island surcharge", 750), ("Small order", 300)]),
        # Nothing is shipped.
        ("25849", (("song", 1),), []),
        (None, (("lamp", 1), ("bread", 1)), [("Delivery fee", 29)]),
        ("10115", (), []),
    ],
)
def test_fees_by_area(
    postal_code: str | None, lines: tuple[tuple[str, int], ...], fees: list[tuple[str, int]]
) -> None:
    """R133: a fee is a row of its own; where it is not certain that it is due it is not charged."""
    book = from_yaml(FEES).rulebook
    priced = market_cart(book, "EUR", Destination("DE", None, postal_code), *lines)
    assert [(each.label, each.amount.minor) for each in priced.adjustments] == fees


def test_fees_are_taxed_as_the_file_says() -> None:
    """R133: 5.625 at 19 % is 1.06875, 1.875 at 7 % is 0.13125; shares are whole cents."""
    book = from_yaml(FEES).rulebook
    priced = market_cart(book, "EUR", Destination("DE", None, "25849"), ("lamp", 1), ("bread", 1))
    assert charge_taxes(priced, "Island surcharge") == [("19", 563, 107), ("7", 187, 13)]
    assert charge_taxes(priced, "Delivery fee") == [("19", 29, 6)]
    assert [each.text for each in priced.explanations if each.figure == "surcharge"] == [
        "Island surcharge costs 7.50.",
        "Delivery fee costs 0.29.",
    ]
    assert market_cart(book, "USD", Destination("DE"), ("lamp", 1)).adjustments == ()


# -- what the file may say


def test_rules_of_charges_are_kept_exactly() -> None:
    for text in (RATES + "shipping_tax: PRO_RATA", ABROAD, STEPS, PIECES, FEES):
        file = from_yaml(text)
        assert from_json(file.text).document == file.document


def test_the_schema_admits_rules_of_charges() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(rule_file_schema()))
    for text in (RATES + "shipping_tax: PRO_RATA", ABROAD, STEPS, PIECES, FEES):
        validator.validate(json.loads(from_yaml(text).text))
    assert not validator.is_valid({"shipping_tax": "HALF"})
    assert not validator.is_valid({"fees": [{"name": "A"}]})
    assert not validator.is_valid({"markets": [{"payable_step": [{"step": 1}]}]})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "shipping_tax: [{areas: [GB]}]",
            "shipping_tax[1]: takes exactly one of method and rates",
        ),
        (
            "shipping_tax: [{areas: [GB], method: PRO_RATA, rates: []}]",
            "shipping_tax[1]: takes exactly one of method and rates",
        ),
        ("shipping_tax: HALF", "shipping_tax[1].method: Input should be 'TABLE', 'PRO_RATA'"),
        (
            "fees: [{name: A, amount: {EUR: 1}, tax_method: PRO_RATA, tax_rates: []}]",
            "fees[1]: takes at most one of tax_method and tax_rates",
        ),
        ("markets: [{payable_step: 0.05}]", "markets[1]: payable_step needs a currency"),
        ("markets: [{currency: CHF, payable_step: 0.001}]", "markets[1]: CHF has 2 decimals"),
        (
            "markets: [{currency: EUR, prices_abroad: NET, home: [DE]}]",
            "markets[1]: prices_abroad NET needs home, and prices_include_tax: true",
        ),
        (
            "markets: [{currency: EUR, prices_include_tax: true, prices_abroad: NET}]",
            "markets[1]: prices_abroad NET needs home, and prices_include_tax: true",
        ),
        (
            "tax: {default: {rules: [{areas: [BR], percent: 100, within_base: true}]}}",
            "tax.default.rules[1]: a tax within its own base is below 100 %",
        ),
        (
            "tax: {default: {rules: [{areas: [US], percent: 1, piece_price_from: {USD: 2},"  # noqa: ISC004
            " piece_price_below: {USD: 2}}]}}",
            "tax.default.rules[1]: no piece costs what it asks for in USD",
        ),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    with pytest.raises(InvalidRuleFile) as refused:
        from_yaml(text)
    assert refused.value.errors[0].startswith(problem)


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (PIECES, []),
        (FEES, []),
        (ABROAD, []),
        (
            "shipping_tax: [{areas: [world], method: PRO_RATA}, {areas: [GB], method: TABLE}]",
            ["shipping_tax 2 error: GB is never reached: an entry above takes it"],
        ),
        (
            "shipping_tax: [{areas: [GB], method: PRO_RATA},"  # noqa: ISC004
            " {areas: [GB, IM], method: TABLE, valid_from: 2026-01-01, valid_to: 2026-01-01}]",
            [
                "shipping_tax 2 error: it ends on 2026-01-01, before it begins",
                "shipping_tax 2 warning: GB is never reached: an entry above takes it",
            ],
        ),
        (
            "fees: [{name: A, amount: {EUR: 1}, areas: [UK]}]",
            ["fees 1 error: UK is no country of ISO 3166-1; perhaps GB"],
        ),
        (
            "markets: [{currency: CHF, payable_step: [{areas: [world], step: 1},"  # noqa: ISC004
            " {areas: [CH], step: 0.05}]}]",
            ["markets 1 error: CH is never reached: an entry above takes it"],
        ),
        (
            "markets: [{currency: EUR, prices_include_tax: true, prices_abroad: NET, home: [ZZ]}]",
            ["markets 1 error: ZZ is no country of ISO 3166-1"],
        ),
        (
            "tax: {default: {rules: [{areas: [US], percent: 1, piece_price_from: {USD: 50}},"  # noqa: ISC004
            " {areas: [US], percent: 2, piece_price_from: {USD: 60}}]}}",
            ["default 2 error: it can never apply: rule 1 above takes it all"],
        ),
    ],
)
def test_the_linter_knows_rules_of_charges(text: str, findings: list[str]) -> None:
    book = from_yaml(text).rulebook
    assert [
        f"{each.table} {each.position} {each.severity}: {each.message}"
        for each in lint_rulebook(book, CountryDataSet().rules_for)
    ] == findings


def test_every_example_of_the_document_is_clean() -> None:
    page = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    _, *blocks = page.split("```yaml\n")
    assert len(blocks) > 5
    for block in blocks:
        book = from_yaml(block.split("```")[0]).rulebook
        assert lint_rulebook(book, CountryDataSet().rules_for) == ()


def test_a_rate_of_its_own_is_a_value() -> None:
    rules = "[{areas: [BR], rates: [{name: ISS, percent: 5, within_base: true, compound: true}]}]"
    [rule] = from_yaml(f"shipping_tax: {rules}").rulebook.shipping_tax
    assert isinstance(rule.source, FixedRates)
    [rate] = rule.source.rates
    assert (rate.name, str(rate.percent), rate.within_base, rate.compound) == (
        "ISS",
        "5",
        True,
        True,
    )
