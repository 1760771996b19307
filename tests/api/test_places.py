"""R104, R136: what a place costs in a cart is what the order of it costs, however it is written."""

from typing import Any

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.dependencies import Dependencies
from tests.api.giving import GiftShop, open_gift_shop

CREATE = "mutation ($input: CartCreateInput!) { cartCreate(input: $input) { cart { id } } }"
SET_DESTINATION = """mutation ($input: CartDestinationSetInput!) {
  cartDestinationSet(input: $input) {
  cart { version taxState total { tax { minorUnits } gross { amount } } }
  userErrors { code field message }
} }"""
BUY = """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
  __typename
  ... on OrderPlaced { order { taxState total { tax { minorUnits } gross { amount } } } }
  ... on AddressInsufficient { userErrors { code field } }
  ... on InvalidPurchase { userErrors { code field } }
} }"""
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) {
  quote { taxState total { tax { minorUnits } } } userErrors { code field }
} }"""
PlaceInput = dict[str, str]


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


async def set_destination(shop: GiftShop, place: PlaceInput) -> Any:  # noqa: ANN401 - an answer
    """A cart of one white mug, and what setting its destination answers."""
    caller = shop.signed_in_caller(shop.ada)
    line = {"variantId": shop.variant, "quantity": 1}
    made = await shop.ask(CREATE, caller, input={"lines": [line]})
    cart_id = made["cartCreate"]["cart"]["id"]
    destination_input = {"cartId": cart_id, "expectedVersion": 1, "destination": place}
    answer = (await shop.ask(SET_DESTINATION, caller, input=destination_input))[
        "cartDestinationSet"
    ]
    return cart_id, answer


async def check_out_as_guest(
    shop: GiftShop, cart_id: str, place: PlaceInput, *, confirmed: bool = False
) -> Any:  # noqa: ANN401 - an answer
    """What a guest's checkout to ``place`` answers, at whatever total."""
    address = {"name": "Sam", "city": "Town", "lines": ["1 Street"], **place}
    guest = {
        "email": "sam@example.com",
        "providerToken": "sim_ok",
        "address": address,
        "confirmWarnings": confirmed,
    }
    wish = {"cartId": cart_id, "expectedVersion": 2, "expectedTotal": "999", "guest": guest}
    key = shop.dependencies.ids.new("k")
    answer = await shop.ask(
        BUY, shop.signed_in_caller(shop.ada), input={**wish, "idempotencyKey": key}
    )
    return answer["cartCheckout"]


@pytest.mark.parametrize(
    ("place", "tax"),
    [
        ({"country": "US", "region": "California", "postalCode": "94043", "city": "X"}, 130),
        ({"country": "US", "region": "CA", "postalCode": "94043", "city": "X"}, 130),
        ({"country": "CA", "region": "Qu\u00e9bec", "postalCode": "H2X 1Y4"}, 299),
        ({"country": "ES", "region": "Las Palmas", "postalCode": "ES-35001"}, 0),
        ({"country": "ES", "region": "Madrid", "postalCode": "E-28001"}, 419),
        ({"country": "DE", "postalCode": "D-78266"}, 0),
        ({"country": "DE", "postalCode": "D-10115"}, 379),
        ({"country": "GB", "postalCode": "JE2-3AB"}, 0),
        ({"country": "PT", "postalCode": "9000001"}, 439),
        ({"country": "FI", "postalCode": "FI-22100"}, 0),
        ({"country": "ES", "region": "Canary Islands", "postalCode": "35001"}, 0),
        ({"country": "GB", "region": "County Antrim", "postalCode": "BT1 1AA"}, 399),
        (
            {
                "country": "GR",
                "region": "\u0391\u03c4\u03c4\u03b9\u03ba\u03ae",
                "postalCode": "10431",
            },
            479,
        ),
    ],
)
async def test_a_cart_and_its_order_are_taxed_alike(
    shop: GiftShop, place: PlaceInput, tax: int
) -> None:
    cart_id, answer = await set_destination(shop, place)
    cart = answer["cart"]
    assert (cart["taxState"], cart["total"]["tax"]["minorUnits"]) == ("FINAL", tax)
    placed = await check_out_as_guest(shop, cart_id, place)
    assert placed["__typename"] == "OrderPlaced", placed
    assert placed["order"] == {"taxState": "FINAL", "total": cart["total"]}


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"country": "ZZ"}, "country"),
        ({"country": "US", "region": "CA", "postalCode": "9404"}, "postalCode"),
        ({"country": "GB", "postalCode": "SW1A 1AA 1AA"}, "postalCode"),
        ({"country": "US", "region": "Kalifornistan"}, "region"),
        ({"country": "US", "region": "CA", "city": "4111 1111 1111 1111"}, "city"),
        ({"country": "DE", "postalCode": "1" * 10_000}, "postalCode"),
    ],
)
async def test_what_is_not_understood_changes_nothing(
    shop: GiftShop, place: PlaceInput, field: str
) -> None:
    _, answer = await set_destination(shop, place)
    errors = [(each["code"], each["field"]) for each in answer["userErrors"]]
    assert errors == [("INVALID_INPUT", ["input", "destination", field])]
    unchanged = {"version": 1, "taxState": "NEEDS_ADDRESS", "total": {"tax": None, "gross": None}}
    assert answer["cart"] == unchanged
    quoted = {"currency": "USD", "items": [{"unitPrice": "1"}], "shipTo": place}
    quote_payload = (await shop.ask(QUOTE, shop.signed_in_caller(shop.ada), input=quoted))["quote"]
    assert quote_payload == {
        "quote": None,
        "userErrors": [{"code": "INVALID_INPUT", "field": ["input", "shipTo", field]}],
    }


async def test_a_place_that_contradicts_itself_is_estimated_and_confirmed(shop: GiftShop) -> None:
    place = {"country": "US", "region": "CA", "postalCode": "99501"}
    cart_id, answer = await set_destination(shop, place)
    assert answer["cart"]["taxState"] == "ESTIMATED"
    tables = {"default": [{"areas": [{"usState": "CA"}], "ratePercent": "7"}]}
    quoted = {"currency": "USD", "items": [{"unitPrice": "100"}], "taxTables": tables}
    quote_data = await shop.ask(
        QUOTE, shop.signed_in_caller(shop.ada), input={**quoted, "shipTo": place}
    )
    assert quote_data["quote"]["quote"]["taxState"] == "ESTIMATED"
    refused = await check_out_as_guest(shop, cart_id, place)
    assert refused == {
        "__typename": "AddressInsufficient",
        "userErrors": [
            {"code": "ADDRESS_INSUFFICIENT", "field": ["input", "guest", "address", "region"]}
        ],
    }
    placed = await check_out_as_guest(shop, cart_id, place, confirmed=True)
    assert placed["__typename"] == "OrderPlaced"


async def test_a_quote_knows_a_region_by_its_name(shop: GiftShop) -> None:
    rules = [
        {"areas": [{"usState": "CA"}], "ratePercent": "7"},
        {"areas": [{"world": True}], "ratePercent": "3"},
    ]
    for region in ("California", "CA", " us-ca", "CALIFORNIA"):
        quote_input = {
            "currency": "USD",
            "items": [{"unitPrice": "100"}],
            "taxTables": {"default": rules},
            "shipTo": {"country": "US", "region": region, "postalCode": "94043"},
        }
        quote_data = await shop.ask(QUOTE, shop.signed_in_caller(shop.ada), input=quote_input)
        assert quote_data["quote"]["quote"] == {
            "taxState": "FINAL",
            "total": {"tax": {"minorUnits": 700}},
        }


async def quote_with_pattern(shop: GiftShop, country: str, pattern: str, code: str | None) -> Any:  # noqa: ANN401 - an answer
    """What a quote answers whose one rule is for ``pattern``."""
    area = {"postal": {"country": country, "pattern": pattern}}
    quote_input = {
        "currency": "USD",
        "items": [{"unitPrice": "100"}],
        "taxTables": {"default": [{"areas": [area], "ratePercent": "7"}]},
        "shipTo": {"country": country, "postalCode": code},
    }
    return (await shop.ask(QUOTE, shop.signed_in_caller(shop.ada), input=quote_input))["quote"]


@pytest.mark.parametrize(
    ("country", "pattern", "code", "tax"),
    [
        ("GB", "SE1 *", "SE1-1AA", 700),
        ("GB", "SE1 *", "SE10 1AA", 0),
        ("GB", "PA67*", "PA6 7LN", 0),
        ("GB", "kw15-kw17", "KW163AA", 700),
        ("GB", "KW15-KW17", "KW1 5AA", 0),
        ("NL", "1000-1099", "NL-1012ab", 700),
        ("CA", "K1A", "k1a0b1", 700),
        ("PT", "9000-9499", "9000001", 700),
        ("ES", "35*", "ES-35001", 700),
    ],
)
async def test_a_quotes_patterns_hold_the_parts_of_codes(
    shop: GiftShop, country: str, pattern: str, code: str, tax: int
) -> None:
    answer = await quote_with_pattern(shop, country, pattern, code)
    assert answer == {
        "quote": {"taxState": "FINAL", "total": {"tax": {"minorUnits": tax}}},
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("country", "pattern"),
    [
        ("GB", "KW17-KW15"),
        ("GB", "SW1A1*"),
        ("GB", "12345"),
        ("DE", "10"),
        ("DE", "SW*"),
        ("DE", "10999-10000"),
        ("FR", "7" * 50_000),
        ("FR", "*7"),
    ],
)
async def test_a_quotes_pattern_that_can_match_nothing(
    shop: GiftShop, country: str, pattern: str
) -> None:
    answer = await quote_with_pattern(shop, country, pattern, None)
    path = ["input", "taxTables", "default", "0", "areas", "0", "postal", "pattern"]
    assert answer == {
        "quote": None,
        "userErrors": [{"code": "INVALID_INPUT", "field": path}],
    }


async def test_a_state_that_does_not_exist(shop: GiftShop) -> None:
    rules = [{"areas": [{"usState": "ZZ"}], "ratePercent": "7"}]
    quote_input = {
        "currency": "USD",
        "items": [{"unitPrice": "100"}],
        "taxTables": {"default": rules},
    }
    answer = (await shop.ask(QUOTE, shop.signed_in_caller(shop.ada), input=quote_input))["quote"]
    path = ["input", "taxTables", "default", "0", "areas", "0", "usState"]
    assert answer["userErrors"] == [{"code": "INVALID_INPUT", "field": path}]
