"""Gifts ordered at once, summed up for those who ordered them (R47)."""

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.dependencies import Dependencies
from tests.api.giving import HOME, STAFF, STRANGER, GiftShop, open_gift_shop

SUMMARY = "id placedAt totalCount statusCounts { status count }"
ORDER = f"query ($id: ID!) {{ giftOrder(id: $id) {{ {SUMMARY} }} }}"
SHIPMENT = """mutation ($id: ID!, $status: ShipmentStatus!) {
  shipmentUpdate(input: {id: $id, status: $status}) { userErrors { code } }
}"""
DECLINE = "mutation ($token: String!) { giftDecline(input: {token: $token}) { claim { status } } }"


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


def person(name: str) -> dict[str, object]:
    return {"name": name.title(), "email": f"{name}@example.com"}


async def test_one_declines_one_is_delivered_one_waits(shop: GiftShop) -> None:  # R47
    giver = shop.signed_in_caller(shop.grace)
    robin = {**person("robin"), "postal": HOME}
    made = await shop.create_gifts(
        f"gifts {{ id status }} order {{ {SUMMARY} gifts {{ nodes {{ id }} }} }}",
        giver,
        robin,
        person("kim"),
        person("lee"),
    )
    order, ids = made["order"], [each["id"] for each in made["gifts"]]
    assert order.pop("gifts") == {"nodes": [{"id": id} for id in ids]}
    assert order == {
        "id": order["id"],
        "placedAt": "2026-11-02T12:00:00Z",
        "totalCount": 3,
        "statusCounts": [
            {"status": "AWAITING_RECIPIENT", "count": 2},
            {"status": "VERIFYING", "count": 1},
        ],
    }
    for status in ("DISPATCHED", "DELIVERED"):
        payload = await shop.ask(SHIPMENT, STAFF, id=ids[0], status=status)
        assert payload["shipmentUpdate"]["userErrors"] == []
    await shop.ask(DECLINE, STRANGER, token=shop.link_token("kim@example.com"))
    counts = [
        {"status": "AWAITING_RECIPIENT", "count": 1},
        {"status": "DELIVERED", "count": 1},
        {"status": "DECLINED", "count": 1},
    ]
    expected = {**order, "statusCounts": counts}
    document = f"""query ($id: ID!, $gift: ID!) {{
      giftOrder(id: $id) {{ {SUMMARY} }}
      node(id: $id) {{ ... on GiftOrder {{ {SUMMARY} }} }}
      gift(id: $gift) {{ order {{ {SUMMARY} }} }}
      viewer {{ gifts {{ nodes {{ order {{ {SUMMARY} }} }} }} }}
    }}"""
    assert await shop.ask(document, giver, id=order["id"], gift=ids[1]) == {
        "giftOrder": expected,
        "node": expected,
        "gift": {"order": expected},
        "viewer": {"gifts": {"nodes": [{"order": expected}] * 3}},
    }


async def test_anothers_order_is_not_there(shop: GiftShop) -> None:  # R45
    partner = shop.partner_caller(shop.grace)
    made = await shop.create_gifts(
        "gifts { id trackingNumber } order { id }", partner, person("kim")
    )
    id, [gift] = made["order"]["id"], made["gifts"]
    others = (
        STRANGER,
        STAFF,
        shop.signed_in_caller(shop.ada),
        shop.partner_caller(shop.grace, "key_other"),
    )
    document = """query ($id: ID!, $number: String!) {
      giftOrder(id: $id) { id } node(id: $id) { id }
      gift(trackingNumber: $number) { id order { id } }
    }"""
    nothing = {"giftOrder": None, "node": None, "gift": {"id": gift["id"], "order": None}}
    for caller in others:
        assert await shop.ask(document, caller, id=id, number=gift["trackingNumber"]) == nothing, (
            caller
        )
    assert await shop.ask(ORDER, shop.signed_in_caller(shop.ada), id="gor_none") == {
        "giftOrder": None
    }
    seen = """query ($id: ID!) { giftOrder(id: $id) {
      totalCount gifts { nodes { charges { low { amount } } } }
    } }"""
    assert await shop.ask(seen, partner, id=id) == {
        "giftOrder": {"totalCount": 1, "gifts": {"nodes": [{"charges": None}]}}
    }


async def test_a_refused_request_has_no_order(shop: GiftShop) -> None:
    document = """mutation ($input: GiftCreateInput!) {
      giftCreate(input: $input) { order { id } userErrors { code } }
    }"""
    wish = {"variantId": shop.variant, "recipients": [{"name": "Kim"}], "idempotencyKey": "k"}
    assert await shop.ask(document, shop.signed_in_caller(shop.grace), input=wish) == {
        "giftCreate": {"order": None, "userErrors": [{"code": "NO_CONTACT"}]}
    }


async def test_its_gifts_come_page_by_page(shop: GiftShop) -> None:
    giver = shop.signed_in_caller(shop.grace)
    names = [person(f"friend{n}") for n in range(5)]
    made = await shop.create_gifts("gifts { id } order { id }", giver, *names)
    document = """query ($id: ID!, $after: String) { giftOrder(id: $id) {
      gifts(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
    } }"""
    seen, after = [], None
    for more in (True, True, False):
        answer = await shop.ask(document, giver, id=made["order"]["id"], after=after)
        page = answer["giftOrder"]["gifts"]
        seen += page["nodes"]
        assert page["pageInfo"]["hasNextPage"] is more
        after = page["pageInfo"]["endCursor"]
    assert seen == made["gifts"]


async def test_many_gifts_in_many_orders_take_as_many_statements_as_one(shop: GiftShop) -> None:
    giver = shop.signed_in_caller(shop.grace)
    document = f"""{{ viewer {{ gifts(first: 100) {{ nodes {{
      facts {{ hint }} order {{ {SUMMARY} gifts(first: 10) {{ nodes {{ facts {{ hint }} }} }} }}
    }} }} }} }}"""
    counts = []
    for orders in (1, 4):
        for _ in range(orders):
            await shop.create_gifts(
                "order { id }", giver, *(person(f"friend{n}") for n in range(5))
            )
        statements = shop.record_statements()
        answer = await shop.ask(document, giver)
        counts.append((len(answer["viewer"]["gifts"]["nodes"]), len(statements)))
    assert [gifts for gifts, _ in counts] == [5, 25]
    assert counts[0][1] == counts[1][1] <= 6
