"""Carriers' pages over GraphQL: kept from whoever must not learn where a parcel goes."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from tests.api.giving import CLIENT, HOME, STAFF, STRANGER, GiftShop, open_gift_shop

PAGE = "https://carrier.example/to/mountain-view/94043"
SHIPMENT = """mutation ($input: ShipmentUpdateInput!) {
  shipmentUpdate(input: $input) { userErrors { code field } }
}"""
ACCEPT = """mutation ($input: GiftAcceptInput!) {
  giftAccept(input: $input) { claim { status } userErrors { code field } }
}"""
CLAIM = "query ($token: String!) { giftClaim(token: $token) { status trackingUrl } }"
GIFT = """query ($id: ID!) { gift(id: $id) {
  id trackingNumber status facts { source hint } events { nodes { id type status occurredAt } }
  charges { state payment actionUrl final { amount } } order { statusCounts { status count } }
} }"""
ORDER = "query ($id: ID!) { order(id: $id) { status trackingUrl } }"


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


async def update_shipment(
    shop: GiftShop, id: str, status: str, page: str | None = None
) -> list[Any]:
    """The errors of what the carrier says."""
    update = {"id": id, "status": status, "trackingUrl": page}
    errors: list[Any] = (await shop.ask(SHIPMENT, STAFF, input=update))["shipmentUpdate"][
        "userErrors"
    ]
    return errors


async def accept_gift(shop: GiftShop, caller: Caller) -> tuple[str, str]:
    """A gift that its recipient has accepted, and the secret of their link."""
    made = await shop.create_gifts(
        "gifts { id }", caller, {"name": "Robin", "email": "robin@example.com"}
    )
    token = shop.link_token("robin@example.com")
    accept_input = {"token": token, "address": {**HOME, "name": "Robin"}}
    answer = await shop.ask(ACCEPT, STRANGER, input=accept_input)
    assert answer["giftAccept"] == {"claim": {"status": "VERIFYING"}, "userErrors": []}
    await shop.run_worker()
    return made["gifts"][0]["id"], token


async def test_the_recipient_of_a_gift_sees_its_page_and_nobody_else(
    shop: GiftShop, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R60
    caplog.set_level(logging.DEBUG)
    partner = shop.partner_caller(shop.grace)
    gift, token = await accept_gift(shop, partner)
    assert await update_shipment(shop, gift, "DISPATCHED", PAGE) == []
    await shop.run_worker()
    claim = await shop.ask(CLAIM, STRANGER, token=token)
    assert claim == {"giftClaim": {"status": "DISPATCHED", "trackingUrl": PAGE}}
    for caller in (partner, shop.signed_in_caller(shop.grace), STAFF):
        assert "carrier.example" not in json.dumps(await shop.ask(GIFT, caller, id=gift))
    for letter in shop.mail_sender.sent:
        assert "carrier.example" not in f"{letter.text}{letter.html}"
    assert "carrier.example" not in caplog.text
    files = database_file.parent.glob(f"{database_file.name}*")
    assert not any(b"carrier.example" in each.read_bytes() for each in files)


@pytest.mark.parametrize("page", ["javascript:alert(1)", "carrier.example", "https://a b.example"])
async def test_what_is_no_page_changes_nothing(shop: GiftShop, page: str) -> None:
    gift, token = await accept_gift(shop, shop.signed_in_caller(shop.grace))
    wrong = [{"code": "INVALID_INPUT", "field": ["input", "trackingUrl"]}]
    assert await update_shipment(shop, gift, "DISPATCHED", page) == wrong
    claim = await shop.ask(CLAIM, STRANGER, token=token)
    assert claim == {"giftClaim": {"status": "RESOLVED", "trackingUrl": None}}
    order = await place_order(shop)
    assert await update_shipment(shop, order, "DISPATCHED", page) == wrong
    answer = await shop.ask(ORDER, shop.signed_in_caller(shop.ada), id=order)
    assert answer == {"order": {"status": "OPEN", "trackingUrl": None}}


async def place_order(shop: GiftShop) -> str:
    """The id of an order of Ada's, to her home."""
    buyer = shop.signed_in_caller(shop.ada)
    own = await shop.ask(
        "{ viewer { purchaser { addresses { id } paymentMethods { id hint } } } }", buyer
    )
    purchaser = own["viewer"]["purchaser"]
    [method] = [each["id"] for each in purchaser["paymentMethods"] if each["hint"] == "everyday"]
    made = await shop.ask(
        """mutation ($input: CartCreateInput!) { cartCreate(input: $input) {
          cart { id version } } }""",
        buyer,
        input={"lines": [{"variantId": shop.variant}]},
    )
    cart = made["cartCreate"]["cart"]
    answer = await shop.ask(
        """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
          __typename ... on OrderPlaced { order { id } } } }""",
        buyer,
        input={
            "cartId": cart["id"],
            "expectedVersion": cart["version"],
            "expectedTotal": "500.00",
            "addressId": purchaser["addresses"][0]["id"],
            "paymentMethodId": method,
            "idempotencyKey": shop.dependencies.ids.new("k"),
        },
    )
    return str(answer["cartCheckout"]["order"]["id"])


async def test_the_purchaser_of_an_order_sees_its_page_signed_in(shop: GiftShop) -> None:
    order = await place_order(shop)
    ada = shop.signed_in_caller(shop.ada)
    assert await shop.ask(ORDER, ada, id=order) == {
        "order": {"status": "OPEN", "trackingUrl": None}
    }
    assert await update_shipment(shop, order, "DISPATCHED", PAGE) == []
    shown = {"status": "SHIPPED", "trackingUrl": PAGE}
    assert await shop.ask(ORDER, ada, id=order) == {"order": shown}
    listed = await shop.ask("{ viewer { orders { nodes { status trackingUrl } } } }", ada)
    assert listed == {"viewer": {"orders": {"nodes": [shown]}}}
    hidden = {"order": {"status": "SHIPPED", "trackingUrl": None}}
    assert await shop.ask(ORDER, STAFF, id=order) == hidden
    assert await shop.ask(ORDER, Caller(CLIENT, recognised=shop.ada), id=order) == hidden
    assert await shop.ask(ORDER, shop.signed_in_caller(shop.grace), id=order) == {"order": None}
    assert await update_shipment(shop, order, "RETURNED") == []
    assert await shop.ask(ORDER, ada, id=order) == {
        "order": {"status": "SCHEDULED", "trackingUrl": None}
    }
    assert await update_shipment(shop, order, "DISPATCHED", PAGE) == []
    assert await update_shipment(shop, order, "DELIVERED") == []
    assert await shop.ask(ORDER, ada, id=order) == {"order": {**shown, "status": "DELIVERED"}}


async def test_the_pages_of_many_orders_take_as_many_statements_as_one(shop: GiftShop) -> None:
    ada = shop.signed_in_caller(shop.ada)
    counts = []
    for _ in range(2):
        order = await place_order(shop)
        await update_shipment(shop, order, "DISPATCHED", PAGE)
        statements = shop.record_statements()
        answer = await shop.ask("{ viewer { orders { nodes { trackingUrl } } } }", ada)
        nodes = answer["viewer"]["orders"]["nodes"]
        assert nodes == [{"trackingUrl": PAGE}] * len(nodes)
        counts.append((len(nodes), len(statements)))
    assert counts == [(1, counts[0][1]), (2, counts[0][1])]
