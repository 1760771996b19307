"""What an order tells of its buyer and its events, and to whom."""

from typing import Any

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller, CallingClient
from tests.api.giving import CLIENT, HOME, STAFF, STRANGER, GiftShop, open_gift_shop
from tests.api.test_tracking import PAGE, place_order, update_shipment

READS = """query ($id: ID!) { order(id: $id) {
  email shippingMethod note attributes { key } customer { kind taxId taxIdState } calculatedBy
  shippingAddress { name country region city postalCode lines phone }
} }"""
EVENTS = """query ($id: ID!, $first: Int, $after: String) { order(id: $id) {
  events(first: $first, after: $after) {
    nodes { sequence type status } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
} }"""
ITEMS = """query ($id: ID!) { order(id: $id) {
  items { reference lineId depth attributes { key } } allItems { reference lineId depth }
} }"""
LISTED = """query ($first: Int) { viewer { orders(first: $first) { nodes {
  email shippingAddress { lines } events { nodes { type } }
} } } }"""
ADDRESSES = (["5 Pennsylvania Plaza"], ["100 Castro Street"])
"""Where Ada has things sent."""
OPEN_TO_ALL: dict[str, Any] = {
    "note": None,
    "attributes": [],
    "customer": {"kind": "CONSUMER", "taxId": None, "taxIdState": None},
    "calculatedBy": "TABLE",
}


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


async def test_its_purchaser_and_staff_see_to_whom_an_order_goes(shop: GiftShop) -> None:
    order = await place_order(shop)
    answers = [
        (await shop.ask(READS, caller, id=order))["order"]
        for caller in (shop.signed_in_caller(shop.ada), STAFF)
    ]
    assert answers[0] == answers[1]
    address = answers[0].pop("shippingAddress")
    assert address.pop("lines") in ADDRESSES
    assert address.keys() == {"name", "country", "region", "city", "postalCode", "phone"}
    assert (address["name"], address["country"]) == ("Ada Lovelace", "US")
    assert answers[0].pop("email") == "ada@example.com"
    assert answers[0].pop("shippingMethod")
    assert answers[0] == OPEN_TO_ALL


async def test_a_recognised_client_does_not(shop: GiftShop) -> None:  # R13
    order = await place_order(shop)
    hidden = {"email": None, "shippingAddress": None, "shippingMethod": None, **OPEN_TO_ALL}
    answer = await shop.ask(READS, Caller(CLIENT, recognised=shop.ada), id=order)
    assert answer == {"order": hidden}


async def test_nobody_else_sees_the_order(shop: GiftShop) -> None:
    order = await place_order(shop)
    others = (STRANGER, shop.signed_in_caller(shop.grace), shop.partner_caller(shop.ada))
    for caller in others:
        assert await shop.ask(READS, caller, id=order) == {"order": None}
        assert await shop.ask(EVENTS, caller, id=order) == {"order": None}


async def test_a_guest_is_told_no_more_than_what_they_bought(shop: GiftShop) -> None:
    made = await shop.ask(
        """mutation ($input: CartCreateInput!) { cartCreate(input: $input) {
          cart { id version } } }""",
        STRANGER,
        input={"lines": [{"variantId": shop.variant}]},
    )
    cart = made["cartCreate"]["cart"]
    answer = await shop.ask(
        """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
          ... on OrderPlaced { order { id email shippingAddress { name } } } } }""",
        STRANGER,
        input={
            "cartId": cart["id"],
            "expectedVersion": cart["version"],
            "expectedTotal": "500.00",
            "guest": {
                "email": "kim@example.com",
                "address": {**HOME, "name": "Kim Doe"},
                "providerToken": "sim_ok",
            },
            "idempotencyKey": "guest",
        },
    )
    order = answer["cartCheckout"]["order"]
    assert (order["email"], order["shippingAddress"]) == (None, None)
    for_staff = (await shop.ask(READS, STAFF, id=order["id"]))["order"]
    assert (for_staff["email"], for_staff["shippingAddress"]["name"]) == (
        "kim@example.com",
        "Kim Doe",
    )
    for_device = (await shop.ask(READS, STRANGER, id=order["id"]))["order"]
    assert (for_device["email"], for_device["shippingAddress"]) == (None, None)
    another_device = Caller(CallingClient("cli_2", "another digest"))
    assert await shop.ask(READS, another_device, id=order["id"]) == {"order": None}


async def test_events_come_in_order_page_by_page(shop: GiftShop) -> None:
    order, ada = await place_order(shop), shop.signed_in_caller(shop.ada)
    assert await update_shipment(shop, order, "DISPATCHED", PAGE) == []
    assert await update_shipment(shop, order, "DELIVERED") == []
    happened = [
        {"sequence": 1, "type": "placed", "status": "OPEN"},
        {"sequence": 2, "type": "scheduled", "status": "SCHEDULED"},
        {"sequence": 3, "type": "shipped", "status": "SHIPPED"},
        {"sequence": 4, "type": "delivered", "status": "DELIVERED"},
    ]
    page = (await shop.ask(EVENTS, ada, id=order, first=2))["order"]["events"]
    cursor = page["pageInfo"].pop("endCursor")
    assert page == {
        "nodes": happened[:2],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
    }
    page = (await shop.ask(EVENTS, ada, id=order, first=2, after=cursor))["order"]["events"]
    del page["pageInfo"]["endCursor"]
    assert page == {
        "nodes": happened[2:],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True},
    }


async def test_staff_alone_read_who_did_what_and_why(shop: GiftShop) -> None:
    """R122: the log names the key of whoever did it."""
    order, ada = await place_order(shop), shop.signed_in_caller(shop.ada)
    assert await update_shipment(shop, order, "DISPATCHED", PAGE) == []
    document = "query ($id: ID!) { order(id: $id) { events { nodes { type by detail } } } }"
    events = (await shop.ask(document, STAFF, id=order))["order"]["events"]["nodes"]
    assert events == [
        {"type": "placed", "by": "buyer", "detail": None},
        {"type": "scheduled", "by": "shop", "detail": "all of its destination was in stock"},
        {"type": "shipped", "by": "staff:carrier", "detail": "1 left in a parcel"},
    ]
    own = (await shop.ask(document, ada, id=order))["order"]["events"]["nodes"]
    assert {(event["by"], event["detail"]) for event in own} == {(None, None)}


async def test_lines_have_ids_and_all_items_is_the_tree(shop: GiftShop) -> None:
    order = await place_order(shop)
    answer = (await shop.ask(ITEMS, shop.signed_in_caller(shop.ada), id=order))["order"]
    [line] = answer["items"]
    assert line["lineId"].startswith("orl_")
    assert (line["reference"], line["depth"], line["attributes"]) == (shop.variant, 0, [])
    del line["attributes"]
    assert answer["allItems"][0] == line


async def test_twenty_orders_take_as_many_statements_as_one(shop: GiftShop) -> None:
    ada, counts = shop.signed_in_caller(shop.ada), []
    for order_count in (1, 20):
        while len((await shop.ask(LISTED, ada))["viewer"]["orders"]["nodes"]) < order_count:
            await place_order(shop)
        statements = shop.record_statements()
        answer = await shop.ask(LISTED, ada)
        nodes = answer["viewer"]["orders"]["nodes"]
        assert all(node.pop("shippingAddress")["lines"] in ADDRESSES for node in nodes)
        shown = {"email": "ada@example.com", "events": {"nodes": [{"type": "placed"}]}}
        assert nodes == [shown] * order_count
        counts.append(len(statements))
    assert counts[0] == counts[1]
