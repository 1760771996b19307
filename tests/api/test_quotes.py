"""`quote` from outside: bad input at every field."""

from typing import Any

import pytest

from tests.api.conftest import Ask, AskRaw

ERRORS = """query ($input: QuoteInput!) {
  quote(input: $input) { quote { currency } userErrors { code field } }
}"""
QuoteInputJson = dict[str, Any]


def build_quote_input(**more: Any) -> QuoteInputJson:  # noqa: ANN401 - as free as JSON
    return {"currency": "USD", "items": [{"unitPrice": "1.00"}]} | more


def quote_with_item(**more: Any) -> QuoteInputJson:  # noqa: ANN401
    return build_quote_input(items=[{"unitPrice": "1.00"} | more])


def quote_with_rule(**more: Any) -> QuoteInputJson:  # noqa: ANN401
    return build_quote_input(
        taxTables={"default": [{"areas": [{"world": True}], "ratePercent": "1"} | more]}
    )


def quote_with_area(**area_input: Any) -> QuoteInputJson:  # noqa: ANN401
    return quote_with_rule(areas=[area_input])


RULE_PATH = "taxTables.default.0"
CARD = "4242424242424242"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (build_quote_input(currency="ZZZ"), ["currency"]),
        (quote_with_item(unitPrice="1.001"), ["items.0.unitPrice"]),
        (build_quote_input(currency="JPY"), []),
        (build_quote_input(currency="JPY", items=[{"unitPrice": "1.5"}]), ["items.0.unitPrice"]),
        (quote_with_item(unitPrice="-0.01"), ["items.0.unitPrice"]),
        (quote_with_item(unitPrice="9999999999999.99"), []),
        (quote_with_item(unitPrice="10000000000000.00"), ["items.0.unitPrice"]),
        (quote_with_item(quantity=0), ["items.0.quantity"]),
        (quote_with_item(quantity=-1), ["items.0.quantity"]),
        (quote_with_item(quantity=1_000_001), ["items.0.quantity"]),
        (quote_with_item(unitPrice="99999999999", quantity=1_000_000), ["items"]),
        (quote_with_item(name=""), ["items.0.name"]),
        (quote_with_item(name="x" * 201), ["items.0.name"]),
        (quote_with_item(name=f"gift {CARD}"), ["items.0.name"]),
        (quote_with_item(reference=" "), ["items.0.reference"]),
        (quote_with_item(reference="4242-4242-4242-4242"), ["items.0.reference"]),
        (quote_with_item(tags=["ok", CARD]), ["items.0.tags.1"]),
        (quote_with_item(tags=["t"] * 51), ["items.0.tags"]),
        (quote_with_item(includedTaxRates=[]), ["items.0.includedTaxRates"]),
        (quote_with_item(includedTaxRates=[], pricesIncludeTax=True), []),
        (
            quote_with_item(includedTaxRates=[{"ratePercent": "-1"}], pricesIncludeTax=True),
            ["items.0.includedTaxRates.0.ratePercent"],
        ),
        (
            quote_with_item(includedTaxRates=[{"ratePercent": "1"}] * 21, pricesIncludeTax=True),
            ["items.0.includedTaxRates"],
        ),
        (build_quote_input(rounding={"payableStep": "0"}), ["rounding.payableStep"]),
        (build_quote_input(rounding={"payableStep": "-0.05"}), ["rounding.payableStep"]),
        (build_quote_input(rounding={"payableStep": "0.001"}), ["rounding.payableStep"]),
        (build_quote_input(rounding={"payableStep": "0.05"}), []),
        (quote_with_item(discount={"percent": "100.01"}), ["items.0.discount.percent"]),
        (quote_with_item(discount={"percent": "-1"}), ["items.0.discount.percent"]),
        (quote_with_item(discount={"amount": "-1"}), ["items.0.discount.amount"]),
        (quote_with_item(discount={"amountPerUnit": "0.001"}), ["items.0.discount.amountPerUnit"]),
        (quote_with_item(taxRates=[{"ratePercent": "-1"}]), ["items.0.taxRates.0.ratePercent"]),
        (quote_with_item(taxRates=[{"ratePercent": "1000.1"}]), ["items.0.taxRates.0.ratePercent"]),
        (quote_with_item(taxRates=[{"ratePercent": "1", "name": ""}]), ["items.0.taxRates.0.name"]),
        (
            quote_with_item(components=[{"unitPrice": "1", "quantity": 0}, {"unitPrice": "-1"}]),
            ["items.0.components.0.quantity", "items.0.components.1.unitPrice"],
        ),
        (build_quote_input(items=[{"unitPrice": "1"}] * 1001), ["items"]),
        (quote_with_item(components=[{"unitPrice": "1"}] * 1000), ["items"]),
        (build_quote_input(discounts=[{"amountPerUnit": "1"}]), ["discounts.0.amountPerUnit"]),
        (
            build_quote_input(discounts=[{"percent": "5"}, {"percent": "101"}]),
            ["discounts.1.percent"],
        ),
        (build_quote_input(shipping=[{"amount": "-1"}]), ["shipping.0.amount"]),
        (build_quote_input(shipping=[{"amount": "0.001"}]), ["shipping.0.amount"]),
        (build_quote_input(surcharges=[{"amount": "-1"}]), []),
        (build_quote_input(surcharges=[{"amount": "1", "name": CARD}]), ["surcharges.0.name"]),
        (build_quote_input(shipping=[{"amount": "1"}] * 101), ["shipping"]),
        (
            build_quote_input(surcharges=[{"amount": "1", "discount": {"amountPerUnit": "1"}}]),
            ["surcharges.0.discount.amountPerUnit"],
        ),
        (build_quote_input(storedValue="-1"), ["storedValue"]),
        (build_quote_input(storedValue="0.001"), ["storedValue"]),
        (build_quote_input(shipTo={"country": "QQ"}), ["shipTo.country"]),
        (quote_with_rule(ratePercent="-1"), [f"{RULE_PATH}.ratePercent"]),
        (quote_with_rule(areas=[]), [f"{RULE_PATH}.areas"]),
        (quote_with_rule(name=CARD), [f"{RULE_PATH}.name"]),
        (quote_with_area(world=False), [f"{RULE_PATH}.areas.0"]),
        (quote_with_area(usState="California"), [f"{RULE_PATH}.areas.0.usState"]),
        (quote_with_area(usZip="9404**"), [f"{RULE_PATH}.areas.0.usZip"]),
        (quote_with_area(usZip="ABCDE"), [f"{RULE_PATH}.areas.0.usZip"]),
        (quote_with_area(usZip="10999-10000"), [f"{RULE_PATH}.areas.0.usZip"]),
        (quote_with_area(usZip="10000-10999"), []),
        (quote_with_area(postal={"country": "QQ"}), [f"{RULE_PATH}.areas.0.postal.country"]),
        (
            quote_with_area(postal={"country": "GB", "pattern": "S*W"}),
            [f"{RULE_PATH}.areas.0.postal.pattern"],
        ),
        (
            quote_with_area(postal={"country": "GB", "pattern": ""}),
            [f"{RULE_PATH}.areas.0.postal.pattern"],
        ),
        (
            quote_with_area(postal={"country": "DE", "pattern": "2-1"}),
            [f"{RULE_PATH}.areas.0.postal.pattern"],
        ),
        (quote_with_area(postal={"country": "GB", "pattern": "sw*"}), []),
        (
            build_quote_input(taxTables={"alternates": [{"name": "Food"}, {"name": " food"}]}),
            ["taxTables.alternates.1.name"],
        ),
        (quote_with_rule(customers=["BUSINESS"]), []),
        (quote_with_rule(customers=[]), [f"{RULE_PATH}.customers"]),
        (quote_with_rule(reason="reverse charge", ratePercent="0"), []),
        (quote_with_rule(reason="reverse charge"), [f"{RULE_PATH}.reason"]),
        (quote_with_rule(reason=" ", ratePercent="0"), [f"{RULE_PATH}.reason"]),
        (quote_with_rule(reason=CARD, ratePercent="0"), [f"{RULE_PATH}.reason"]),
        (quote_with_item(taxRates=[], taxTable="food"), ["items.0.taxTable"]),
        (
            {
                "currency": "USD",
                "items": [{"unitPrice": "-1", "quantity": 0}],
                "shipping": [{"amount": "-1"}],
            },
            ["items.0.unitPrice", "items.0.quantity", "shipping.0.amount"],
        ),
    ],
)
async def test_bad_input_is_told_by_code_and_path(
    ask: Ask, given: QuoteInputJson, expected: list[str]
) -> None:
    """Everything that is wrong at once; nothing is priced then."""
    answer = await ask(ERRORS, input=given)
    errors = [{"code": "INVALID_INPUT", "field": ["input", *path.split(".")]} for path in expected]
    priced = None if expected else {"currency": given["currency"]}
    assert answer == {"quote": {"quote": priced, "userErrors": errors}}


@pytest.mark.parametrize("tables", [None, {}, {"alternates": [{"name": "food"}]}])
async def test_an_unknown_table_is_told(ask: Ask, tables: QuoteInputJson | None) -> None:
    """R77."""
    quote_input = quote_with_item(
        taxTable="fod", components=[{"unitPrice": "1", "taxTable": "fodder"}]
    )
    answer = await ask(ERRORS, input=quote_input | {"taxTables": tables})
    assert answer["quote"]["userErrors"] == [
        {"code": "UNKNOWN_TAX_TABLE", "field": ["input", "items", "0", "taxTable"]},
        {
            "code": "UNKNOWN_TAX_TABLE",
            "field": ["input", "items", "0", "components", "0", "taxTable"],
        },
    ] or answer["quote"]["userErrors"] == [
        {
            "code": "UNKNOWN_TAX_TABLE",
            "field": ["input", "items", "0", "components", "0", "taxTable"],
        },
        {"code": "UNKNOWN_TAX_TABLE", "field": ["input", "items", "0", "taxTable"]},
    ]


def nested_bundle(depth: int) -> QuoteInputJson:
    item_input: QuoteInputJson = {"unitPrice": "1"}
    for _ in range(depth):
        item_input = {"unitPrice": "1", "components": [item_input]}
    return item_input


async def test_bundles_nest_deep_but_not_without_end(ask: Ask) -> None:
    fine = await ask(ERRORS, input=build_quote_input(items=[nested_bundle(63)]))
    assert fine["quote"]["userErrors"] == []
    deep = await ask(ERRORS, input=build_quote_input(items=[nested_bundle(64)]))
    assert deep["quote"]["userErrors"] == [{"code": "INVALID_INPUT", "field": ["input", "items"]}]


@pytest.mark.parametrize(
    "given",
    [
        quote_with_item(unitPrice=1.5),
        quote_with_item(unitPrice="NaN"),
        quote_with_item(unitPrice="abc"),
        quote_with_item(quantity="2"),
        quote_with_item(quantity=2**31),
        build_quote_input(currency="usd"),
        build_quote_input(shipTo={"country": "usa"}),
        build_quote_input(date="2026-02-30"),
        build_quote_input(rounding={"mode": "HALF"}),
        quote_with_item(discount={}),
        quote_with_item(discount={"amount": "1", "percent": "1"}),
        quote_with_item(discount={"amount": None}),
        quote_with_area(usState="CA", world=True),
        quote_with_area(),
        build_quote_input(surprise=1),
        {"currency": "USD"},
    ],
)
async def test_what_cannot_be_parsed_is_an_error_of_graphql(
    ask_raw: AskRaw, given: QuoteInputJson
) -> None:
    answer = await ask_raw(ERRORS, input=given)
    assert answer.data is None
    assert len(answer.errors or ()) == 1
