"""`quote` from outside: bad input at every field."""

from typing import Any

import pytest

from tests.api.conftest import Ask, AskRaw

ERRORS = """query ($input: QuoteInput!) {
  quote(input: $input) { quote { currency } userErrors { code field } }
}"""
Input = dict[str, Any]


def a_quote(**more: Any) -> Input:  # noqa: ANN401 - as free as JSON
    return {"currency": "USD", "items": [{"unitPrice": "1.00"}]} | more


def an_item(**more: Any) -> Input:  # noqa: ANN401
    return a_quote(items=[{"unitPrice": "1.00"} | more])


def ruled(**more: Any) -> Input:  # noqa: ANN401
    return a_quote(taxTables={"default": [{"areas": [{"world": True}], "ratePercent": "1"} | more]})


def area(**given: Any) -> Input:  # noqa: ANN401
    return ruled(areas=[given])


RULE = "taxTables.default.0"
CARD = "4242424242424242"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (a_quote(currency="ZZZ"), ["currency"]),
        (an_item(unitPrice="1.001"), ["items.0.unitPrice"]),
        (a_quote(currency="JPY"), []),
        (a_quote(currency="JPY", items=[{"unitPrice": "1.5"}]), ["items.0.unitPrice"]),
        (an_item(unitPrice="-0.01"), ["items.0.unitPrice"]),
        (an_item(unitPrice="9999999999999.99"), []),
        (an_item(unitPrice="10000000000000.00"), ["items.0.unitPrice"]),
        (an_item(quantity=0), ["items.0.quantity"]),
        (an_item(quantity=-1), ["items.0.quantity"]),
        (an_item(quantity=1_000_001), ["items.0.quantity"]),
        (an_item(unitPrice="99999999999", quantity=1_000_000), ["items"]),
        (an_item(name=""), ["items.0.name"]),
        (an_item(name="x" * 201), ["items.0.name"]),
        (an_item(name=f"gift {CARD}"), ["items.0.name"]),
        (an_item(reference=" "), ["items.0.reference"]),
        (an_item(reference="4242-4242-4242-4242"), ["items.0.reference"]),
        (an_item(tags=["ok", CARD]), ["items.0.tags.1"]),
        (an_item(tags=["t"] * 51), ["items.0.tags"]),
        (an_item(discount={"percent": "100.01"}), ["items.0.discount.percent"]),
        (an_item(discount={"percent": "-1"}), ["items.0.discount.percent"]),
        (an_item(discount={"amount": "-1"}), ["items.0.discount.amount"]),
        (an_item(discount={"amountPerUnit": "0.001"}), ["items.0.discount.amountPerUnit"]),
        (an_item(taxRates=[{"ratePercent": "-1"}]), ["items.0.taxRates.0.ratePercent"]),
        (an_item(taxRates=[{"ratePercent": "1000.1"}]), ["items.0.taxRates.0.ratePercent"]),
        (an_item(taxRates=[{"ratePercent": "1", "name": ""}]), ["items.0.taxRates.0.name"]),
        (
            an_item(components=[{"unitPrice": "1", "quantity": 0}, {"unitPrice": "-1"}]),
            ["items.0.components.0.quantity", "items.0.components.1.unitPrice"],
        ),
        (a_quote(items=[{"unitPrice": "1"}] * 1001), ["items"]),
        (an_item(components=[{"unitPrice": "1"}] * 1000), ["items"]),
        (a_quote(discounts=[{"amountPerUnit": "1"}]), ["discounts.0.amountPerUnit"]),
        (a_quote(discounts=[{"percent": "5"}, {"percent": "101"}]), ["discounts.1.percent"]),
        (a_quote(shipping=[{"amount": "-1"}]), ["shipping.0.amount"]),
        (a_quote(shipping=[{"amount": "0.001"}]), ["shipping.0.amount"]),
        (a_quote(surcharges=[{"amount": "-1"}]), []),
        (a_quote(surcharges=[{"amount": "1", "name": CARD}]), ["surcharges.0.name"]),
        (a_quote(shipping=[{"amount": "1"}] * 101), ["shipping"]),
        (
            a_quote(surcharges=[{"amount": "1", "discount": {"amountPerUnit": "1"}}]),
            ["surcharges.0.discount.amountPerUnit"],
        ),
        (a_quote(storedValue="-1"), ["storedValue"]),
        (a_quote(storedValue="0.001"), ["storedValue"]),
        (a_quote(shipTo={"country": "QQ"}), ["shipTo.country"]),
        (ruled(ratePercent="-1"), [f"{RULE}.ratePercent"]),
        (ruled(areas=[]), [f"{RULE}.areas"]),
        (ruled(name=CARD), [f"{RULE}.name"]),
        (area(world=False), [f"{RULE}.areas.0"]),
        (area(usState="California"), [f"{RULE}.areas.0.usState"]),
        (area(usZip="9404**"), [f"{RULE}.areas.0.usZip"]),
        (area(usZip="ABCDE"), [f"{RULE}.areas.0.usZip"]),
        (area(usZip="10999-10000"), [f"{RULE}.areas.0.usZip"]),
        (area(usZip="10000-10999"), []),
        (area(postal={"country": "QQ"}), [f"{RULE}.areas.0.postal.country"]),
        (area(postal={"country": "GB", "pattern": "S*W"}), [f"{RULE}.areas.0.postal.pattern"]),
        (area(postal={"country": "GB", "pattern": ""}), [f"{RULE}.areas.0.postal.pattern"]),
        (area(postal={"country": "DE", "pattern": "2-1"}), [f"{RULE}.areas.0.postal.pattern"]),
        (area(postal={"country": "GB", "pattern": "sw*"}), []),
        (
            a_quote(taxTables={"alternates": [{"name": "Food"}, {"name": " food"}]}),
            ["taxTables.alternates.1.name"],
        ),
        (ruled(customers=["BUSINESS"]), []),
        (ruled(customers=[]), [f"{RULE}.customers"]),
        (ruled(reason="reverse charge", ratePercent="0"), []),
        (ruled(reason="reverse charge"), [f"{RULE}.reason"]),
        (ruled(reason=" ", ratePercent="0"), [f"{RULE}.reason"]),
        (ruled(reason=CARD, ratePercent="0"), [f"{RULE}.reason"]),
        (an_item(taxRates=[], taxTable="food"), ["items.0.taxTable"]),
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
    ask: Ask, given: Input, expected: list[str]
) -> None:
    """Everything that is wrong at once; nothing is priced then."""
    answer = await ask(ERRORS, input=given)
    errors = [{"code": "INVALID_INPUT", "field": ["input", *path.split(".")]} for path in expected]
    priced = None if expected else {"currency": given["currency"]}
    assert answer == {"quote": {"quote": priced, "userErrors": errors}}


@pytest.mark.parametrize("tables", [None, {}, {"alternates": [{"name": "food"}]}])
async def test_an_unknown_table_is_told(ask: Ask, tables: Input | None) -> None:
    """R77."""
    given = an_item(taxTable="fod", components=[{"unitPrice": "1", "taxTable": "fodder"}])
    answer = await ask(ERRORS, input=given | {"taxTables": tables})
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


def nested(depth: int) -> Input:
    found: Input = {"unitPrice": "1"}
    for _ in range(depth):
        found = {"unitPrice": "1", "components": [found]}
    return found


async def test_bundles_nest_deep_but_not_without_end(ask: Ask) -> None:
    fine = await ask(ERRORS, input=a_quote(items=[nested(63)]))
    assert fine["quote"]["userErrors"] == []
    deep = await ask(ERRORS, input=a_quote(items=[nested(64)]))
    assert deep["quote"]["userErrors"] == [{"code": "INVALID_INPUT", "field": ["input", "items"]}]


@pytest.mark.parametrize(
    "given",
    [
        an_item(unitPrice=1.5),
        an_item(unitPrice="NaN"),
        an_item(unitPrice="abc"),
        an_item(quantity="2"),
        an_item(quantity=2**31),
        a_quote(currency="usd"),
        a_quote(shipTo={"country": "usa"}),
        a_quote(date="2026-02-30"),
        a_quote(rounding={"mode": "HALF"}),
        an_item(discount={}),
        an_item(discount={"amount": "1", "percent": "1"}),
        an_item(discount={"amount": None}),
        area(usState="CA", world=True),
        area(),
        a_quote(surprise=1),
        {"currency": "USD"},
    ],
)
async def test_what_cannot_be_parsed_is_an_error_of_graphql(ask_raw: AskRaw, given: Input) -> None:
    answer = await ask_raw(ERRORS, input=given)
    assert answer.data is None
    assert len(answer.errors or ()) == 1
