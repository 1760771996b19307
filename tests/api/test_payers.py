"""Gifts that an app makes at a purchaser's expense: the purchaser is their giver."""

from typing import Any

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from tests.api.giving import STRANGER, GiftShop, open_gift_shop

GIFT = """query ($id: ID!, $order: ID!) {
  gift(id: $id) { status charges { payment } facts { source } }
  giftOrder(id: $order) { totalCount }
  viewer { gifts { nodes { id charges { payment } } } }
}"""
UPDATES = "subscription ($id: ID!) { giftUpdates(giftId: $id, after: 0) { sequence type } }"
CANCEL = """mutation ($id: ID!) {
  giftCancel(input: {giftId: $id}) { gift { status charges { payment } } userErrors { code } }
}"""
KIM = {"name": "Kim", "email": "kim@example.com"}


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


async def take_first_updates(shop: GiftShop, caller: Caller, gift_id: str, limit: int) -> list[Any]:
    """The first events that the caller is sent, or why there are none."""
    context = Context(shop.dependencies, caller, shop.gift_dependencies)
    sent: list[Any] = []
    answers = await schema.subscribe(UPDATES, {"id": gift_id}, context_value=context)
    assert hasattr(answers, "__aiter__"), answers
    async for answer in answers:
        if answer.errors:
            return [each.extensions for each in answer.errors]
        sent.append(answer.data)
        if len(sent) == limit:
            break
    await answers.aclose()
    return sent


async def test_who_pays_sees_and_follows_what_an_app_gives(shop: GiftShop) -> None:  # R69
    app, payer = shop.partner_caller(shop.grace), shop.signed_in_caller(shop.grace)
    made = await shop.create_gifts("gifts { id } order { id }", app, KIM)
    id, order = made["gifts"][0]["id"], made["order"]["id"]
    charged = {"charges": {"payment": "MANDATE"}}
    assert await shop.ask(GIFT, payer, id=id, order=order) == {
        "gift": {"status": "AWAITING_RECIPIENT", "facts": [], **charged},
        "giftOrder": {"totalCount": 1},
        "viewer": {"gifts": {"nodes": [{"id": id, **charged}]}},
    }
    created = [
        {"giftUpdates": {"sequence": 1, "type": "created"}},
        {"giftUpdates": {"sequence": 2, "type": "contactable"}},
    ]
    assert await take_first_updates(shop, payer, id, 2) == created
    reduced = {
        "gift": {"status": "AWAITING_RECIPIENT", "charges": None, "facts": []},
        "giftOrder": {"totalCount": 1},
        "viewer": {"gifts": {"nodes": []}},
    }
    assert await shop.ask(GIFT, app, id=id, order=order) == reduced
    assert await take_first_updates(shop, app, id, 2) == created
    cancelled = {"status": "CANCELLED", "charges": {"payment": "RELEASED"}}
    assert await shop.ask(CANCEL, payer, id=id) == {
        "giftCancel": {"gift": cancelled, "userErrors": []}
    }


async def test_nobody_else_does(shop: GiftShop) -> None:  # R69
    app, payer = shop.partner_caller(shop.grace), shop.signed_in_caller(shop.grace)
    by_app = await shop.create_gifts("gifts { id } order { id }", app, KIM)
    by_payer = await shop.create_gifts("gifts { id } order { id }", payer, KIM)
    others = [
        (by_app, STRANGER),
        (by_app, Caller(STRANGER.client, recognised=shop.grace)),
        (by_app, shop.signed_in_caller(shop.ada)),
        (by_app, shop.partner_caller(shop.grace, "key_other")),
        (by_app, shop.partner_caller(shop.ada)),
        (by_payer, app),
    ]
    for made, caller in others:
        id, order = made["gifts"][0]["id"], made["order"]["id"]
        assert await shop.ask(GIFT, caller, id=id, order=order) == {
            "gift": None,
            "giftOrder": None,
            "viewer": {"gifts": {"nodes": []}},
        }
        answer = (await shop.ask(CANCEL, caller, id=id))["giftCancel"]
        assert answer["gift"] is None
        [refused] = await take_first_updates(shop, caller, id, 1)
        assert refused["code"] == answer["userErrors"][0]["code"]
