"""Parcels of gifts through the API: staff send them, and nobody else knows of them."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from tests.api.giving import CLIENT, HOME, STAFF, STRANGER, GiftShop, open_gift_shop
from tests.api.test_tracking import PAGE, accept_gift, place_order, update_shipment

Json: TypeAlias = dict[str, Any]

LISTED = """query ($status: ShipmentState) { staff { shipments(status: $status) { nodes {
  id status lines { sku title quantity lineId order { id } variant { id } }
  shipTo { name lines city region postalCode country phone }
  shippingMethod carrier trackingNumber trackingUrl deliveredAt
  gift {
    id trackingNumber status charges { low { amount } } facts { source } order { id }
    events { nodes { type gift { id } } }
  }
} } } }"""
DISPATCH = """mutation ($input: ShipmentDispatchInput!) { shipmentDispatch(input: $input) {
  shipment { id status carrier trackingNumber trackingUrl }
  userErrors { code field }
} }"""
NODES = """query ($id: ID!, $gift: ID!) {
  node(id: $id) { __typename id ... on Shipment { shipTo { lines } gift { id } } }
  staff { shipments { nodes { id } } }
  gift(id: $gift) { id status trackingNumber order { id } events { nodes { id type status } } }
}"""
AUDIT = "query ($subject: ID) { staff { auditLog(subject: $subject) { nodes { by action } } } }"
CARRIER: Json = {"carrier": "Swift Pigeons", "trackingNumber": "PIGEON-4711", "trackingUrl": PAGE}
TELLTALES = ("Amphitheatre", "94043", "Pigeon", "PIGEON", "carrier.example", "shm_")


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


async def list_parcels(shop: GiftShop, status: str | None = None) -> list[Json]:
    answer = await shop.ask(LISTED, STAFF, status=status)
    nodes: list[Json] = answer["staff"]["shipments"]["nodes"]
    return nodes


async def dispatch(shop: GiftShop, parcel: Json, caller: Caller = STAFF, **fields: object) -> Json:
    dispatch_input = {"shipmentId": parcel["id"], **fields}
    return dict((await shop.ask(DISPATCH, caller, input=dispatch_input))["shipmentDispatch"])


async def give(shop: GiftShop, caller: Caller | None = None) -> tuple[str, Json]:
    """The id of a gift that its recipient has accepted, and its parcel."""
    gift, _ = await accept_gift(shop, caller or shop.signed_in_caller(shop.grace))
    [parcel] = [each for each in await list_parcels(shop) if each["gift"]["id"] == gift]
    return gift, parcel


async def find_gift_status(shop: GiftShop, gift: str) -> str:
    caller = shop.signed_in_caller(shop.grace)
    answer = await shop.ask("query ($id: ID!) { gift(id: $id) { status } }", caller, id=gift)
    return str(answer["gift"]["status"])


async def test_staff_see_where_a_gift_goes_and_neither_giver_nor_price(
    shop: GiftShop,
) -> None:  # R122
    gift, parcel = await give(shop)
    shown_gift = parcel.pop("gift")
    assert shown_gift.pop("trackingNumber")
    events = shown_gift.pop("events")["nodes"]
    assert {event["gift"]["id"] for event in events} == {gift}
    assert [event["type"] for event in events][-1] == "valid"
    assert shown_gift == {
        "id": gift,
        "status": "RESOLVED",
        "charges": None,
        "facts": [],
        "order": None,
    }
    assert parcel.pop("id").startswith("shm_")
    [line] = parcel.pop("lines")
    assert line.pop("title")
    assert line == {
        "sku": "MUG-WHITE",
        "quantity": 1,
        "lineId": None,
        "order": None,
        "variant": {"id": shop.variant},
    }
    assert parcel.pop("shippingMethod")
    assert parcel == {
        "status": "READY",
        "shipTo": {**HOME, "name": "Robin", "phone": None},
        "carrier": None,
        "trackingNumber": None,
        "trackingUrl": None,
        "deliveredAt": None,
    }


async def test_a_gifts_parcel_is_sent_by_its_own_id(shop: GiftShop) -> None:  # R122
    gift, parcel = await give(shop)
    payload = await dispatch(shop, parcel, idempotencyKey="one", **CARRIER)
    sent = {"id": parcel["id"], "status": "DISPATCHED", **CARRIER}
    assert payload == {"shipment": sent, "userErrors": []}
    assert await dispatch(shop, parcel, idempotencyKey="one", **CARRIER) == payload
    again = await dispatch(shop, parcel, idempotencyKey="two")
    assert again["userErrors"] == [{"code": "NOT_MODIFIABLE", "field": ["input", "shipmentId"]}]
    assert await find_gift_status(shop, gift) == "DISPATCHED"
    assert await ask_audit(shop, parcel) == [{"by": "carrier", "action": "shipmentDispatch"}]
    assert await update_shipment(shop, parcel["id"], "DELIVERED") == []
    assert await find_gift_status(shop, gift) == "DELIVERED"
    [arrived] = await list_parcels(shop, "DELIVERED")
    assert (arrived["id"], arrived["gift"]["status"]) == (parcel["id"], "DELIVERED")
    assert arrived["deliveredAt"] is not None
    late = await update_shipment(shop, parcel["id"], "RETURNED")
    assert late == [{"code": "NOT_MODIFIABLE", "field": ["input", "id"]}]


async def ask_audit(shop: GiftShop, parcel: Json) -> list[Json]:
    answer = await shop.ask(AUDIT, STAFF, subject=parcel["id"])
    nodes: list[Json] = answer["staff"]["auditLog"]["nodes"]
    return nodes


async def test_a_double_click_sends_a_gift_once(shop: GiftShop) -> None:  # R122
    gift, parcel = await give(shop)
    answers = await asyncio.gather(
        *(dispatch(shop, parcel, idempotencyKey="one", **CARRIER) for _ in range(2))
    )
    assert [answer["userErrors"] for answer in answers] == [[], []]
    assert await find_gift_status(shop, gift) == "DISPATCHED"
    assert await ask_audit(shop, parcel) == [{"by": "carrier", "action": "shipmentDispatch"}]


async def test_a_word_of_a_gift_moves_its_parcel(shop: GiftShop) -> None:  # R122
    gift, parcel = await give(shop)
    assert await update_shipment(shop, gift, "DISPATCHED", PAGE) == []
    [sent] = await list_parcels(shop, "DISPATCHED")
    assert (sent["id"], sent["trackingUrl"]) == (parcel["id"], PAGE)
    assert await update_shipment(shop, gift, "RETURNED") == []
    assert [each["id"] for each in await list_parcels(shop, "RETURNED")] == [parcel["id"]]
    assert await find_gift_status(shop, gift) == "AWAITING_GIVER"


async def test_a_parcel_that_came_back_asks_the_giver(shop: GiftShop) -> None:  # R122
    gift, parcel = await give(shop)
    await dispatch(shop, parcel)
    assert await update_shipment(shop, parcel["id"], "RETURNED") == []
    assert await find_gift_status(shop, gift) == "AWAITING_GIVER"
    again = await update_shipment(shop, parcel["id"], "DISPATCHED")
    assert again == [{"code": "NOT_MODIFIABLE", "field": ["input", "id"]}]


async def test_a_gift_leaves_in_one_parcel(shop: GiftShop) -> None:  # R122
    gift, parcel = await give(shop)
    wrong = [{"code": "INVALID_INPUT", "field": ["input", "lines"]}]
    for lines in ([], [{"lineId": shop.variant, "quantity": 1}]):
        payload = await dispatch(shop, parcel, lines=lines)
        assert payload == {"shipment": None, "userErrors": wrong}
    assert await find_gift_status(shop, gift) == "RESOLVED"


async def test_nobody_but_staff_knows_of_a_gifts_parcel(
    shop: GiftShop, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R60, R122
    caplog.set_level(logging.DEBUG)
    partner = shop.partner_caller(shop.grace)
    gift, parcel = await give(shop, partner)
    await dispatch(shop, parcel, **CARRIER)
    assert await update_shipment(shop, parcel["id"], "DELIVERED") == []
    await shop.run_worker()
    answers = []
    for caller in (
        partner,
        shop.signed_in_caller(shop.grace),
        shop.signed_in_caller(shop.ada),
        Caller(CLIENT, recognised=shop.grace),
        STRANGER,
    ):
        answer = await shop.ask(NODES, caller, id=parcel["id"], gift=gift)
        assert (answer["node"], answer["staff"]) == (None, None)
        answers.append(json.dumps(answer))
        refused = await dispatch(shop, parcel, caller)
        assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
    assert sum('"status": "DELIVERED"' in answer for answer in answers) >= 1
    letters = "".join(f"{letter.subject}{letter.text}{letter.html}" for letter in mails(shop))
    stored = b"".join(
        each.read_bytes() for each in database_file.parent.glob(f"{database_file.name}*")
    ).decode("latin-1")
    for telltale in TELLTALES:
        assert telltale not in "".join(answers)
        assert telltale not in letters
        assert telltale not in caplog.text
    for place in ("Amphitheatre", "carrier.example"):
        assert place not in stored


def mails(shop: GiftShop) -> list[Any]:
    """What was sent to givers."""
    return [each for each in shop.mail_sender.sent if each.to != "robin@example.com"]


async def test_a_gift_never_joins_an_order(shop: GiftShop) -> None:
    """R31: neither its line nor its money is the order's."""
    ada = shop.signed_in_caller(shop.ada)
    await place_order(shop)
    opened = "{ viewer { openOrders { id items { quantity } total { gross { amount } } } } }"
    before = await shop.ask(opened, ada)
    await shop.create_gifts("gifts { id }", ada, {"email": "robin@example.com"})
    assert await shop.ask(opened, ada) == before
    assert len(before["viewer"]["openOrders"]) == 1
