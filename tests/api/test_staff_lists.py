"""The lists of all orders and all gifts, which staff alone sees."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.repositories.order_rows import ORDERS as ORDER_ROWS
from gateway.adapters.repositories.order_search import KEYS
from gateway.adapters.sql.statements import Statement
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.orders.search import OrderIndexing
from gateway.worker import run_due_jobs
from tests.api.giving import CLIENT, HOME, STAFF, STRANGER, GiftShop, open_gift_shop
from tests.api.test_tracking import place_order, update_shipment

ORDERS = """query ($first: Int, $after: String, $status: OrderStatus, $query: String) { staff {
  orders(first: $first, after: $after, status: $status, query: $query) {
    nodes { id } pageInfo { hasNextPage endCursor }
  }
} }"""
GIFTS = """query ($first: Int, $after: String, $status: GiftStatus) { staff {
  gifts(first: $first, after: $after, status: $status) {
    nodes { id } pageInfo { hasNextPage endCursor }
  }
} }"""
NUMBER = "query ($id: ID!) { order(id: $id) { number } }"
CREATE_CART = """mutation ($input: CartCreateInput!) { cartCreate(input: $input) {
  cart { id version } } }"""
CHECK_OUT = """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
  ... on OrderPlaced { order { id } } } }"""


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


async def place_guest_order(shop: GiftShop, email: str, name: str) -> str:
    """The id of a guest's order."""
    made = await shop.ask(CREATE_CART, STRANGER, input={"lines": [{"variantId": shop.variant}]})
    cart = made["cartCreate"]["cart"]
    checkout = {
        "cartId": cart["id"],
        "expectedVersion": cart["version"],
        "expectedTotal": "500.00",
        "guest": {"email": email, "address": {**HOME, "name": name}, "providerToken": "sim_ok"},
        "idempotencyKey": shop.dependencies.ids.new("k"),
    }
    answer = await shop.ask(CHECK_OUT, STRANGER, input=checkout)
    return str(answer["cartCheckout"]["order"]["id"])


async def forget_keys(database: SqliteDatabase) -> None:
    """Leave the orders as an earlier version wrote them."""
    async with database.begin() as work:
        session = work.orders._session
        await session.execute(Statement(delete(KEYS)))
        await session.execute(Statement(update(ORDER_ROWS).values(searchable=None)))


async def list_ids(shop: GiftShop, document: str = ORDERS, **arguments: object) -> list[str]:
    """The ids that staff is shown."""
    staff: dict[str, Any] = (await shop.ask(document, STAFF, **arguments))["staff"]
    return [node["id"] for connection in staff.values() for node in connection["nodes"]]


async def test_nobody_without_a_staff_key_sees_the_shop(shop: GiftShop) -> None:
    await place_order(shop)
    for caller in (
        STRANGER,
        shop.signed_in_caller(shop.ada),
        shop.partner_caller(shop.ada),
        Caller(CLIENT, recognised=shop.ada),
    ):
        assert await shop.ask(ORDERS, caller) == {"staff": None}
        assert await shop.ask(GIFTS, caller) == {"staff": None}


async def test_all_orders_page_by_page_the_latest_first(shop: GiftShop) -> None:
    orders = [await place_order(shop) for _ in range(3)]
    page = (await shop.ask(ORDERS, STAFF, first=2))["staff"]["orders"]
    listed = [node["id"] for node in page["nodes"]]
    assert page["pageInfo"]["hasNextPage"]
    cursor = page["pageInfo"]["endCursor"]
    page = (await shop.ask(ORDERS, STAFF, first=2, after=cursor))["staff"]["orders"]
    assert not page["pageInfo"]["hasNextPage"]
    listed += [node["id"] for node in page["nodes"]]
    assert sorted(listed) == sorted(orders)
    assert await list_ids(shop) == listed


async def test_orders_of_a_status(shop: GiftShop) -> None:
    orders = [await place_order(shop) for _ in range(2)]
    assert await update_shipment(shop, orders[0], "DISPATCHED") == []
    assert await list_ids(shop, status="SHIPPED") == [orders[0]]
    assert await list_ids(shop, status="OPEN") == [orders[1]]
    assert await list_ids(shop, status="SHIPPED", query="lovelace") == [orders[0]]
    assert await list_ids(shop, status="CANCELLED", query="lovelace") == []


async def test_a_search_finds_by_number_mailbox_and_name(shop: GiftShop) -> None:
    order = await place_guest_order(shop, "Kim@Example.com", "Kim-Noël O'Neil")
    await place_guest_order(shop, "jo@example.com", "Jo Doe")
    number = (await shop.ask(NUMBER, STAFF, id=order))["order"]["number"]
    for query in (
        number,
        number[:4].lower(),
        "kim@example.COM",
        "kim",
        "noel",
        "O'Neil KIM",
        f"kim {number[:3]} kim@example.com",
    ):
        assert await list_ids(shop, query=query) == [order], query
    for query in ("kim doe", "kim jo@example.com", "!!", "example.com", "no8", f"{number}A"):
        assert await list_ids(shop, query=query) == [], query
    assert len(await list_ids(shop, query="  ")) == 2


async def test_a_search_has_five_words_at_most(shop: GiftShop) -> None:
    with pytest.raises(AssertionError, match="may have 5 words, and has 6"):
        await shop.ask(ORDERS, STAFF, query="a b c d e f")


async def test_orders_from_before_get_their_keys_from_the_worker(
    shop: GiftShop, database: SqliteDatabase
) -> None:
    orders = {await place_order(shop), await place_order(shop)}
    await forget_keys(database)
    assert await list_ids(shop, query="lovelace") == []
    now = shop.dependencies.clock.now()
    indexing = OrderIndexing(shop.dependencies)
    assert await run_due_jobs((indexing,), now) == 1
    assert set(await list_ids(shop, query="lovelace")) == orders
    assert await run_due_jobs((indexing,), now) == 0


async def test_an_erased_purchaser_is_found_no_more(
    shop: GiftShop, database: SqliteDatabase
) -> None:
    await place_order(shop)
    guest_order = await place_guest_order(shop, "ada@example.com", "Ada Lovelace")
    async with database.begin() as work:
        await work.order_search.delete_of_purchaser(shop.ada)
        await work.data_keys.delete(shop.ada)
    assert await list_ids(shop, query="lovelace") == [guest_order]
    await forget_keys(database)
    await run_due_jobs((OrderIndexing(shop.dependencies),), shop.dependencies.clock.now())
    assert await list_ids(shop, query="lovelace") == [guest_order]
    assert len(await list_ids(shop)) == 2


async def test_all_gifts_of_a_status_page_by_page(shop: GiftShop) -> None:
    gifts = []
    for name, giver in (("robin", shop.ada), ("kim", shop.grace)):
        made = await shop.create_gifts(
            "gifts { id }",
            shop.signed_in_caller(giver),
            {"name": name, "email": f"{name}@example.com"},
        )
        gifts.append(made["gifts"][0]["id"])
    page = (await shop.ask(GIFTS, STAFF, first=1))["staff"]["gifts"]
    cursor = page["pageInfo"]["endCursor"]
    assert page["pageInfo"]["hasNextPage"]
    second_page = (await shop.ask(GIFTS, STAFF, first=1, after=cursor))["staff"]["gifts"]
    assert sorted([page["nodes"][0]["id"], second_page["nodes"][0]["id"]]) == sorted(gifts)
    assert await list_ids(shop, GIFTS, status="DELIVERED") == []
    assert sorted(await list_ids(shop, GIFTS, status="AWAITING_RECIPIENT")) == sorted(gifts)
