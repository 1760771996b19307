"""Carriers' pages over GraphQL: kept from whoever must not learn where a parcel goes."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.sqlite import SqliteDatabase
from gateway.services.identity.callers import Caller
from gateway.services.parts import Parts
from tests.api.giving import CLIENT, HOME, STAFF, STRANGER, Giving, opened

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
async def shop(parts: Parts, database: SqliteDatabase) -> Giving:
    return await opened(parts, database)


async def told(shop: Giving, id: str, status: str, page: str | None = None) -> list[Any]:
    """The errors of what the carrier says."""
    said = {"id": id, "status": status, "trackingUrl": page}
    errors: list[Any] = (await shop.ask(SHIPMENT, STAFF, input=said))["shipmentUpdate"][
        "userErrors"
    ]
    return errors


async def resolved(shop: Giving, caller: Caller) -> tuple[str, str]:
    """A gift that its recipient has accepted, and the secret of their link."""
    made = await shop.give("gifts { id }", caller, {"name": "Robin", "email": "robin@example.com"})
    token = shop.token("robin@example.com")
    given = {"token": token, "address": {**HOME, "name": "Robin"}}
    answer = await shop.ask(ACCEPT, STRANGER, input=given)
    assert answer["giftAccept"] == {"claim": {"status": "VERIFYING"}, "userErrors": []}
    await shop.turn()
    return made["gifts"][0]["id"], token


async def test_the_recipient_of_a_gift_sees_its_page_and_nobody_else(
    shop: Giving, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R60
    caplog.set_level(logging.DEBUG)
    partner = shop.partner(shop.grace)
    gift, token = await resolved(shop, partner)
    assert await told(shop, gift, "DISPATCHED", PAGE) == []
    await shop.turn()
    claim = await shop.ask(CLAIM, STRANGER, token=token)
    assert claim == {"giftClaim": {"status": "DISPATCHED", "trackingUrl": PAGE}}
    for caller in (partner, shop.signed_in(shop.grace), STAFF):
        assert "carrier.example" not in json.dumps(await shop.ask(GIFT, caller, id=gift))
    for letter in shop.letters.sent:
        assert "carrier.example" not in f"{letter.text}{letter.html}"
    assert "carrier.example" not in caplog.text
    files = database_file.parent.glob(f"{database_file.name}*")
    assert not any(b"carrier.example" in each.read_bytes() for each in files)


@pytest.mark.parametrize("page", ["javascript:alert(1)", "carrier.example", "https://a b.example"])
async def test_what_is_no_page_changes_nothing(shop: Giving, page: str) -> None:
    gift, token = await resolved(shop, shop.signed_in(shop.grace))
    wrong = [{"code": "INVALID_INPUT", "field": ["input", "trackingUrl"]}]
    assert await told(shop, gift, "DISPATCHED", page) == wrong
    claim = await shop.ask(CLAIM, STRANGER, token=token)
    assert claim == {"giftClaim": {"status": "RESOLVED", "trackingUrl": None}}
    order = await bought(shop)
    assert await told(shop, order, "DISPATCHED", page) == wrong
    answer = await shop.ask(ORDER, shop.signed_in(shop.ada), id=order)
    assert answer == {"order": {"status": "OPEN", "trackingUrl": None}}


async def bought(shop: Giving) -> str:
    """The id of an order of Ada's, to her home."""
    buyer = shop.signed_in(shop.ada)
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
            "idempotencyKey": shop.parts.ids.new("k"),
        },
    )
    return str(answer["cartCheckout"]["order"]["id"])


async def test_the_purchaser_of_an_order_sees_its_page_signed_in(shop: Giving) -> None:
    order = await bought(shop)
    ada = shop.signed_in(shop.ada)
    assert await shop.ask(ORDER, ada, id=order) == {
        "order": {"status": "OPEN", "trackingUrl": None}
    }
    assert await told(shop, order, "DISPATCHED", PAGE) == []
    shown = {"status": "SHIPPED", "trackingUrl": PAGE}
    assert await shop.ask(ORDER, ada, id=order) == {"order": shown}
    listed = await shop.ask("{ viewer { orders { nodes { status trackingUrl } } } }", ada)
    assert listed == {"viewer": {"orders": {"nodes": [shown]}}}
    hidden = {"order": {"status": "SHIPPED", "trackingUrl": None}}
    assert await shop.ask(ORDER, STAFF, id=order) == hidden
    assert await shop.ask(ORDER, Caller(CLIENT, recognised=shop.ada), id=order) == hidden
    assert await shop.ask(ORDER, shop.signed_in(shop.grace), id=order) == {"order": None}
    assert await told(shop, order, "RETURNED") == []
    assert await shop.ask(ORDER, ada, id=order) == {
        "order": {"status": "SCHEDULED", "trackingUrl": None}
    }
    assert await told(shop, order, "DISPATCHED", PAGE) == []
    assert await told(shop, order, "DELIVERED") == []
    assert await shop.ask(ORDER, ada, id=order) == {"order": {**shown, "status": "DELIVERED"}}


async def test_the_pages_of_many_orders_take_as_many_statements_as_one(shop: Giving) -> None:
    ada = shop.signed_in(shop.ada)
    counts = []
    for _ in range(2):
        order = await bought(shop)
        await told(shop, order, "DISPATCHED", PAGE)
        statements = shop.statements()
        answer = await shop.ask("{ viewer { orders { nodes { trackingUrl } } } }", ada)
        nodes = answer["viewer"]["orders"]["nodes"]
        assert nodes == [{"trackingUrl": PAGE}] * len(nodes)
        counts.append((len(nodes), len(statements)))
    assert counts == [(1, counts[0][1]), (2, counts[0][1])]
