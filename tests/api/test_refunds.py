"""Refunds and returns by the API: what is answered, and to whom."""

from typing import Any

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from tests.api.giving import CLIENT, STAFF, STRANGER, GiftShop, open_gift_shop
from tests.api.test_tracking import place_order, update_shipment

MONEY = """query ($id: ID!) { order(id: $id) {
  paymentState captured { amount } refunded { amount } outstanding { amount }
  refunds { id } returns { id status }
} }"""
FIELDS = """id amount { amount currency } tax { amount } reason status
  lines { lineId quantity amount { amount } tax { amount } }"""
ORDER_REFUND = f"""mutation ($input: OrderRefundInput!) {{ orderRefund(input: $input) {{
  refund {{ {FIELDS} }} order {{ id status paymentState refunded {{ amount }} }}
  userErrors {{ code field message }} warnings {{ code }}
}} }}"""
RETURN_FIELDS = "id status reason lines { lineId quantity received } refund { id status }"
RETURN_REQUEST = f"""mutation ($input: ReturnRequestInput!) {{ returnRequest(input: $input) {{
  return {{ {RETURN_FIELDS} }} userErrors {{ code field message }} warnings {{ code }}
}} }}"""
RETURN_UPDATE = f"""mutation ($input: ReturnUpdateInput!) {{ returnUpdate(input: $input) {{
  return {{ {RETURN_FIELDS} }} userErrors {{ code field message }} warnings {{ code }}
}} }}"""
NODES = """query ($refund: ID!, $return: ID!) {
  refund: node(id: $refund) { __typename ... on Refund { status } }
  return: node(id: $return) { __typename ... on Return { status } }
}"""
STAFF_RETURNS = """query ($status: ReturnStatus) { staff { returns(first: 1, status: $status) {
  nodes { id status } pageInfo { hasNextPage }
} } }"""
LISTED = """query ($first: Int) { viewer { orders(first: $first) { nodes {
  paymentState captured { amount } refunds { id } returns { reason refund { id } }
} } } }"""


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


async def deliver(shop: GiftShop) -> tuple[str, str, str]:
    """An order that was delivered: its id, its line's, and its total."""
    order = await place_order(shop)
    for status in ("DISPATCHED", "DELIVERED"):
        assert await update_shipment(shop, order, status) == []
    query = "query ($id: ID!) { order(id: $id) { items { lineId } total { gross { amount } } } }"
    answer = (await shop.ask(query, STAFF, id=order))["order"]
    return order, answer["items"][0]["lineId"], answer["total"]["gross"]["amount"]


async def ask(shop: GiftShop, document: str, caller: Caller, **input: object) -> dict[str, Any]:
    """The answer of a mutation."""
    [answer] = (await shop.ask(document, caller, input=input)).values()
    assert isinstance(answer, dict)
    return answer


async def test_the_money_of_an_order_at_each_step(shop: GiftShop) -> None:  # R124
    order = await place_order(shop)
    ada = shop.signed_in_caller(shop.ada)
    order_money = (await shop.ask(MONEY, ada, id=order))["order"]
    assert order_money == {
        "paymentState": "HELD",
        "captured": {"amount": "0.00"},
        "refunded": {"amount": "0.00"},
        "outstanding": {"amount": "0.00"},
        "refunds": [],
        "returns": [],
    }
    await update_shipment(shop, order, "DISPATCHED")
    captured = (await shop.ask(MONEY, ada, id=order))["order"]
    assert (captured["paymentState"], captured["refunded"]) == ("CAPTURED", {"amount": "0.00"})
    recognised = Caller(CLIENT, recognised=shop.ada)
    assert (await shop.ask(MONEY, recognised, id=order))["order"] == captured


async def test_staff_give_a_line_back(shop: GiftShop) -> None:  # R124
    order, line, total = await deliver(shop)
    fields = {
        "orderId": order,
        "lines": [{"lineId": line, "quantity": 1}],
        "reason": "Scratched.",
        "idempotencyKey": "k",
    }
    answer = await ask(shop, ORDER_REFUND, STAFF, **fields)
    refund = answer["refund"]
    id, amount, tax = refund.pop("id"), refund["amount"]["amount"], refund["tax"]
    assert id.startswith("ref_")
    assert answer == {
        "refund": {
            "amount": {"amount": amount, "currency": "USD"},
            "tax": tax,
            "reason": "Scratched.",
            "status": "COMPLETED",
            "lines": [{"lineId": line, "quantity": 1, "amount": {"amount": amount}, "tax": tax}],
        },
        "order": {
            "id": order,
            "status": "DELIVERED",
            "paymentState": "REFUNDED" if amount == total else "PARTIALLY_REFUNDED",
            "refunded": {"amount": amount},
        },
        "userErrors": [],
        "warnings": [],
    }
    again = await ask(shop, ORDER_REFUND, STAFF, **fields)
    assert again["refund"]["id"] == id
    more = await ask(shop, ORDER_REFUND, STAFF, **{**fields, "idempotencyKey": "other"})
    assert (more["refund"], more["order"]) == (None, None)
    log = await shop.ask(
        "{ staff { auditLog(first: 1) { nodes { action subjectId reason } } } }", STAFF
    )
    assert log["staff"]["auditLog"]["nodes"] == [
        {"action": "orderRefund", "subjectId": order, "reason": "Scratched."}
    ]


async def test_a_refund_over_the_captured_is_refused_with_figures(shop: GiftShop) -> None:  # R124
    order, _, total = await deliver(shop)
    answer = await ask(
        shop, ORDER_REFUND, STAFF, orderId=order, amount="9999999.00", idempotencyKey="k"
    )
    assert answer == {
        "refund": None,
        "order": None,
        "userErrors": [
            {
                "code": "INVALID_INPUT",
                "field": ["input", "amount"],
                "message": f"9999999.00 USD is more than the {total} USD left to refund.",
            }
        ],
        "warnings": [],
    }


async def test_a_buyer_returns_and_staff_receive(shop: GiftShop) -> None:  # R125
    order, line, _ = await deliver(shop)
    ada = shop.signed_in_caller(shop.ada)
    asked = await ask(
        shop,
        RETURN_REQUEST,
        ada,
        orderId=order,
        lines=[{"lineId": line, "quantity": 1}],
        reason="Too loud.",
    )
    id = asked["return"]["id"]
    assert asked == {
        "return": {
            "id": id,
            "status": "REQUESTED",
            "reason": "Too loud.",
            "lines": [{"lineId": line, "quantity": 1, "received": 0}],
            "refund": None,
        },
        "userErrors": [],
        "warnings": [],
    }
    assert (await shop.ask(STAFF_RETURNS, STAFF, status="REQUESTED")) == {
        "staff": {
            "returns": {
                "nodes": [{"id": id, "status": "REQUESTED"}],
                "pageInfo": {"hasNextPage": False},
            }
        }
    }
    await ask(shop, RETURN_UPDATE, STAFF, returnId=id, status="APPROVED")
    received = await ask(shop, RETURN_UPDATE, STAFF, returnId=id, status="RECEIVED")
    refund_id = received["return"]["refund"]["id"]
    assert received == {
        "return": {
            "id": id,
            "status": "RECEIVED",
            "reason": "Too loud.",
            "lines": [{"lineId": line, "quantity": 1, "received": 1}],
            "refund": {"id": refund_id, "status": "COMPLETED"},
        },
        "userErrors": [],
        "warnings": [],
    }
    shown = (await shop.ask(MONEY, ada, id=order))["order"]
    assert (shown["refunds"], shown["returns"]) == (
        [{"id": refund_id}],
        [{"id": id, "status": "RECEIVED"}],
    )
    nodes = {"refund": refund_id, "return": id}
    assert await shop.ask(NODES, ada, **nodes) == {
        "refund": {"__typename": "Refund", "status": "COMPLETED"},
        "return": {"__typename": "Return", "status": "RECEIVED"},
    }
    for other in (STRANGER, shop.signed_in_caller(shop.grace), shop.partner_caller(shop.ada)):
        assert await shop.ask(NODES, other, **nodes) == {"refund": None, "return": None}
    assert await shop.ask(STAFF_RETURNS, STAFF, status="CLOSED") == {
        "staff": {"returns": {"nodes": [], "pageInfo": {"hasNextPage": False}}}
    }


async def test_the_reason_goes_with_the_buyers_data(shop: GiftShop) -> None:  # R125
    order, line, _ = await deliver(shop)
    ada = shop.signed_in_caller(shop.ada)
    lines = [{"lineId": line, "quantity": 1}]
    asked = await ask(
        shop, RETURN_REQUEST, ada, orderId=order, lines=lines, reason="For Kim, who moved."
    )
    async with shop.dependencies.database.begin() as work:
        await work.data_keys.delete(shop.ada)
    query = "query ($id: ID!) { node(id: $id) { ... on Return { reason status } } }"
    assert await shop.ask(query, STAFF, id=asked["return"]["id"]) == {
        "node": {"reason": None, "status": "REQUESTED"}
    }


async def test_the_money_of_twenty_orders_takes_as_many_statements_as_of_two(
    shop: GiftShop,
) -> None:  # R124
    ada, counts = shop.signed_in_caller(shop.ada), []
    for order_count in (2, 20):
        while len((await shop.ask(LISTED, ada))["viewer"]["orders"]["nodes"]) < order_count:
            order, line, _ = await deliver(shop)
            lines = [{"lineId": line, "quantity": 1}]
            asked = await ask(
                shop, RETURN_REQUEST, ada, orderId=order, lines=lines, reason="Too loud."
            )
            update = {"returnId": asked["return"]["id"], "status": "APPROVED"}
            await ask(shop, RETURN_UPDATE, STAFF, **update)
            await ask(shop, RETURN_UPDATE, STAFF, **{**update, "status": "RECEIVED"})
        statements = shop.record_statements()
        nodes = (await shop.ask(LISTED, ada))["viewer"]["orders"]["nodes"]
        assert [len(node["returns"]) for node in nodes] == [1] * order_count
        assert all(node["returns"][0]["refund"] == node["refunds"][0] for node in nodes)
        counts.append(len(statements))
    assert counts[0] == counts[1]
