"""What a quote answers: only what is selected runs, failures stay local, display agrees."""

from collections.abc import Callable

import pytest

from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.resolvers import quotes
from tests.api.conftest import Ask, AskRaw
from tests.api.test_quotes import ERRORS, QuoteInputJson, build_quote_input
from tests.engine.purchases import PipelineSpy

Watch = Callable[..., PipelineSpy]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Watches the strategies that quotes run, some replaced."""

    def replace_pipeline(**instead: Callable[[Ledger], Ledger]) -> PipelineSpy:
        spy = PipelineSpy(**instead)
        monkeypatch.setattr(
            quotes, "PricedPurchase", lambda described: PricedPurchase(described, spy.pipeline)
        )
        return spy

    return replace_pipeline


FULL_QUOTE = build_quote_input(
    items=[
        {"unitPrice": "10.00", "quantity": 2, "discount": {"percent": "10"}},
        {"unitPrice": "1.00", "components": [{"unitPrice": "5.00"}]},
    ],
    discounts=[{"amount": "1.00"}],
    shipping=[{"amount": "5.00"}],
    storedValue="3.00",
    shipTo={"country": "US", "region": "CA"},
    taxTables={"default": [{"areas": [{"usState": "CA"}], "ratePercent": "7.25"}]},
)
MINOR_UNITS = "{ minorUnits }"


@pytest.mark.parametrize(
    ("selection", "ran"),
    [
        ("currency items { reference name quantity unitPrice { amount } }", []),
        ("tags items { tags components { tags } }", ["tag", "place"]),
        (f"subtotal {{ net {MINOR_UNITS} }}", ["tag", "price"]),
        (
            f"a: subtotal {{ net {MINOR_UNITS} }} b: subtotal {{ n: net {MINOR_UNITS} }}",
            ["tag", "price"],
        ),
        (
            (
                f"discountTotal {MINOR_UNITS} adjustments {{ label }} "
                f"items {{ discount {MINOR_UNITS} }}"
            ),
            ["tag", "price", "item discounts", "order discounts"],
        ),
        (
            f"itemsTotal {{ net {MINOR_UNITS} }} items {{ total {{ net {MINOR_UNITS} }} }}",
            ["tag", "price", "item discounts", "order discounts"],
        ),
        (
            f"shippingTotal {{ net {MINOR_UNITS} }}",
            ["tag", "price", "item discounts", "order discounts", "shipping"],
        ),
        (
            (
                f"items {{ taxLines {{ tax {MINOR_UNITS} }} }} taxSummary {{ name }} "
                f"subtotal {{ gross {MINOR_UNITS} }}"
            ),
            ["tag", "price", "item discounts", "order discounts", "shipping", "tax"],
        ),
        (
            (
                f"total {{ gross {MINOR_UNITS} net {MINOR_UNITS} }} "
                f"again: total {{ tax {MINOR_UNITS} }} due {MINOR_UNITS}"
            ),
            [
                "tag", "price", "item discounts", "order discounts", "shipping", "tax",
                "stored value", "totals",
            ],
        ),
        ("display { locale actions }", []),
        (
            'display { lines { struck } } de: display(locale: "de") { totals { text } } tags',
            [
                "tag", "price", "item discounts", "order discounts", "shipping", "tax",
                "stored value", "totals", "place",
            ],
        ),
    ],
)  # fmt: skip
async def test_the_selection_decides_what_runs(
    ask: Ask, watch: Watch, selection: str, ran: list[str]
) -> None:
    """R88: each strategy at most once, whatever the aliases."""
    spy = watch()
    document = (
        f"query ($input: QuoteInput!) {{ quote(input: $input) {{ quote {{ {selection} }} }} }}"
    )
    assert (await ask(document, input=FULL_QUOTE))["quote"]["quote"] is not None
    assert sorted(spy.ran) == sorted(ran)


async def test_an_error_in_the_input_runs_nothing(ask: Ask, watch: Watch) -> None:
    spy = watch()
    await ask(ERRORS, input=FULL_QUOTE | {"storedValue": "-1"})
    assert spy.ran == []


def failing(_: Ledger) -> Ledger:
    raise ZeroDivisionError


async def test_a_failing_strategy_nulls_its_own_fields(ask_raw: AskRaw, watch: Watch) -> None:
    """R89: and the rest of the query answers."""
    watch(tax=failing)
    document = """query ($input: QuoteInput!) { quote(input: $input) { quote {
      tags taxState taxSummary { name }
      items { reference taxLines { name } discount { minorUnits } }
      itemsTotal { net { minorUnits } gross { minorUnits } } due { minorUnits }
      display { locale totals { text } }
    } } }"""
    answer = await ask_raw(document, input=FULL_QUOTE)
    assert answer.data == {
        "quote": {
            "quote": {
                "tags": ["DISCOUNTABLE", "DISCOUNTED", "SHIPPABLE", "TAXABLE"],
                "taxState": "FAILED",
                "taxSummary": None,
                "items": [
                    {"reference": "0", "taxLines": None, "discount": {"minorUnits": -275}},
                    {"reference": "1", "taxLines": None, "discount": {"minorUnits": -25}},
                ],
                "itemsTotal": {"net": {"minorUnits": 2300}, "gross": None},
                "due": None,
                "display": None,
            }
        }
    }
    paths = [error.path for error in answer.errors or ()]
    start = ["quote", "quote"]
    assert sorted(paths, key=str) == sorted(
        [
            [*start, "taxSummary"],
            [*start, "items", 0, "taxLines"],
            [*start, "items", 1, "taxLines"],
            [*start, "itemsTotal", "gross"],
            [*start, "due"],
            [*start, "display", "totals"],
        ],
        key=str,
    )


# -- what a client sees


async def test_a_whole_quote(ask: Ask) -> None:
    """R82, R91: 20.00 less 2.00, 1.00 and 5.00; less 1.00; 7.25 %; 5.00 untaxed; 3.00 stored."""
    document = """query ($input: QuoteInput!) { quote(input: $input) { quote {
      subtotal { ...m } itemsTotal { ...m } shippingTotal { ...m } total { ...m }
      discountTotal { amount currency minorUnits formatted(locale: "de") } due { amount } taxState
      adjustments { code label amount { amount } itemReference }
      taxSummary { name ratePercent base { amount } tax { amount } }
      items {
        reference variant { id } discount { amount } total { ...m }
        taxLines { jurisdiction table reason tax { amount } }
        components { reference total { ...m } }
      }
    } userErrors { code } warnings { code } } }
    fragment m on TaxedMoney { net { amount } tax { amount } gross { amount } }"""

    def taxed_money(net: str, tax: str, gross: str) -> QuoteInputJson:
        return {"net": {"amount": net}, "tax": {"amount": tax}, "gross": {"amount": gross}}

    assert await ask(document, input=FULL_QUOTE) == {
        "quote": {
            "quote": {
                "subtotal": taxed_money("26.00", "1.88", "27.88"),
                "itemsTotal": taxed_money("23.00", "1.67", "24.67"),
                "shippingTotal": taxed_money("5.00", "0.00", "5.00"),
                "total": taxed_money("28.00", "1.67", "29.67"),
                "discountTotal": {
                    "amount": "-3.00", "currency": "USD", "minorUnits": -300,
                    "formatted": "-3,00\xa0$",
                },
                "due": {"amount": "26.67"},
                "taxState": "FINAL",
                "adjustments": [
                    {"code": None, "label": "10 % off", "amount": {"amount": "-2.00"},
                     "itemReference": "0"},
                    {"code": None, "label": "Amount off", "amount": {"amount": "-1.00"},
                     "itemReference": None},
                ],
                "taxSummary": [
                    {"name": "tax", "ratePercent": "7.25", "base": {"amount": "23.00"},
                     "tax": {"amount": "1.67"}},
                ],
                "items": [
                    {
                        "reference": "0", "variant": None, "discount": {"amount": "-2.75"},
                        "total": taxed_money("17.25", "1.25", "18.50"),
                        "taxLines": [{"jurisdiction": "US-CA", "table": "default", "reason": None,
                                      "tax": {"amount": "1.25"}}],
                        "components": [],
                    },
                    {
                        "reference": "1", "variant": None, "discount": {"amount": "-0.25"},
                        "total": taxed_money("5.75", "0.42", "6.17"),
                        "taxLines": [{"jurisdiction": "US-CA", "table": "default", "reason": None,
                                      "tax": {"amount": "0.42"}}],
                        "components": [
                            {"reference": "0", "total": taxed_money("4.79", "0.35", "5.14")},
                        ],
                    },
                ],
            },
            "userErrors": [],
            "warnings": [],
        }
    }  # fmt: skip


async def test_nothing_is_quoted_as_zeros(ask: Ask) -> None:
    document = """query ($input: QuoteInput!) { quote(input: $input) { quote {
      total { net { minorUnits } gross { minorUnits } tax { minorUnits } } due { minorUnits }
      taxState taxSummary { name } discountTotal { minorUnits } items { reference }
    } userErrors { code } } }"""
    zero = {"minorUnits": 0}
    assert await ask(document, input={"currency": "JPY", "items": []}) == {
        "quote": {
            "quote": {
                "total": {"net": zero, "gross": zero, "tax": zero},
                "due": zero,
                "taxState": "FINAL",
                "taxSummary": [],
                "discountTotal": zero,
                "items": [],
            },
            "userErrors": [],
        }
    }


DISPLAY = """query ($input: QuoteInput!, $locale: String) { quote(input: $input) { quote {
  total { gross { formatted(locale: $locale) } tax { formatted(locale: $locale) } }
  display(locale: $locale) {
    locale lines { key label text detail struck } totals { key text } messages
  }
} } }"""


async def test_display_says_the_same_numbers(ask: Ask) -> None:
    """R91: in a currency of two decimals."""
    shown = (await ask(DISPLAY, input=FULL_QUOTE, locale="en"))["quote"]["quote"]
    texts = {row["key"]: row["text"] for row in shown["display"]["totals"]}
    assert texts["total"] == shown["total"]["gross"]["formatted"] == "$29.67"
    assert texts["tax.tax.7.25"] == shown["total"]["tax"]["formatted"] == "$1.67"
    assert "tax" not in texts
    assert (texts["storedValue"], texts["due"]) == ("-$3.00", "$26.67")
    assert shown["display"]["lines"][0] == {
        "key": "0", "label": "2 x item", "text": "$17.25",
        "detail": "$10.00 each; reduced by $2.75", "struck": "$20.00",
    }  # fmt: skip
    assert shown["display"]["messages"] == []


async def test_display_writes_as_the_locale_does(ask: Ask) -> None:
    """R91: in a currency without decimals."""
    yen = build_quote_input(
        currency="JPY", items=[{"unitPrice": "12345", "taxRates": [{"ratePercent": "10"}]}]
    )
    german = (await ask(DISPLAY, input=yen, locale="de"))["quote"]["quote"]
    texts = {row["key"]: row["text"] for row in german["display"]["totals"]}
    assert texts["total"] == german["total"]["gross"]["formatted"] == "13.580\xa0¥"
    assert german["display"]["locale"] == "de"


async def test_display_without_an_address(ask: Ask) -> None:
    """R79, R91."""
    unknown = {key: value for key, value in FULL_QUOTE.items() if key != "shipTo"}
    shown = (await ask(DISPLAY, input=unknown, locale="en"))["quote"]["quote"]
    texts = {row["key"]: row["text"] for row in shown["display"]["totals"]}
    assert (shown["total"]["gross"], texts["tax"], texts["total"]) == (None, "—", "$28.00")
    assert shown["display"]["messages"] == ["Tell us where it goes to see tax."]


async def test_the_unit_price_of_a_quoted_bundle_is_what_was_given(ask: Ask) -> None:
    """Its parts come on top: who describes a bundle gives it a price of its own."""
    document = """query ($input: QuoteInput!) { quote(input: $input) { quote {
      items { unitPrice { amount } total { net { amount } }
              components { unitPrice { amount } } }
    } } }"""
    bundle = {"unitPrice": "1.00", "components": [{"unitPrice": "5.00", "quantity": 2}]}
    assert (await ask(document, input=build_quote_input(items=[bundle])))["quote"]["quote"] == {
        "items": [
            {
                "unitPrice": {"amount": "1.00"},
                "total": {"net": {"amount": "11.00"}},
                "components": [{"unitPrice": {"amount": "5.00"}}],
            }
        ]
    }


# -- who buys

INTRA_EU = build_quote_input(
    currency="EUR",
    items=[
        {"unitPrice": "100.00", "quantity": 2},
        {"unitPrice": "10.00", "taxRates": [{"name": "fee", "ratePercent": "5"}]},
    ],
    shipping=[{"amount": "5.00"}],
    shipTo={"country": "DE", "postalCode": "10115"},
    taxTables={
        "default": [
            {
                "areas": [{"postal": {"country": "DE"}}],
                "customers": ["BUSINESS"],
                "name": "VAT",
                "ratePercent": "0",
                "shippingTaxed": True,
                "reason": "reverse charge",
            },
            {
                "areas": [{"postal": {"country": "DE"}}],
                "name": "VAT",
                "ratePercent": "19",
                "shippingTaxed": True,
            },
        ]
    },
)
WHO_PAYS = """query ($input: QuoteInput!) { quote(input: $input) { quote {
  taxState total { net { amount } tax { amount } gross { amount } } shippingTotal { tax { amount } }
  items { taxLines { name ratePercent tax { amount } reason } }
} } }"""


def tax_line(percent: str, tax: str, reason: str | None, name: str = "VAT") -> QuoteInputJson:
    return {"name": name, "ratePercent": percent, "tax": {"amount": tax}, "reason": reason}


@pytest.mark.parametrize(
    ("given", "line", "shipping", "tax", "gross"),
    [
        ({}, tax_line("19", "38.00", None), "0.95", "39.45", "254.45"),
        ({"customer": "CONSUMER"}, tax_line("19", "38.00", None), "0.95", "39.45", "254.45"),
        (
            {"customer": "BUSINESS"},
            tax_line("0", "0.00", "reverse charge"),
            "0.00",
            "0.50",
            "215.50",
        ),
        (
            {"customer": "EXEMPT"},
            tax_line("0", "0.00", "the customer is exempt", "tax"),
            "0.00", "0.50", "215.50",
        ),
    ],
)  # fmt: skip
async def test_who_buys_decides_what_the_tables_tax(
    ask: Ask, given: QuoteInputJson, line: QuoteInputJson, shipping: str, tax: str, gross: str
) -> None:
    """Customer kinds: reverse charge and exemption say why; rates of an item's own stay."""
    assert (await ask(WHO_PAYS, input=INTRA_EU | given))["quote"]["quote"] == {
        "taxState": "FINAL",
        "total": {"net": {"amount": "215.00"}, "tax": {"amount": tax}, "gross": {"amount": gross}},
        "shippingTotal": {"tax": {"amount": shipping}},
        "items": [
            {"taxLines": [line]},
            {"taxLines": [tax_line("5", "0.50", None, "fee")]},
        ],
    }


async def test_a_business_at_home_pays_like_everybody(ask: Ask) -> None:
    """Reverse charge is what a table's rule says, and only there."""
    home = build_quote_input(
        currency="EUR",
        items=[{"unitPrice": "100.00"}],
        shipTo={"country": "IE"},
        customer="BUSINESS",
        taxTables={"default": [
            INTRA_EU["taxTables"]["default"][0],
            {"areas": [{"postal": {"country": "IE"}}], "name": "VAT", "ratePercent": "23"},
        ]},
    )  # fmt: skip
    quote = (await ask(WHO_PAYS, input=home))["quote"]["quote"]
    assert quote["items"] == [{"taxLines": [tax_line("23", "23.00", None)]}]
    assert quote["total"]["gross"] == {"amount": "123.00"}
