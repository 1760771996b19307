"""Disputes of payments by the API: for staff alone. R128."""

from datetime import UTC, datetime

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.money import Currency, Money
from gateway.services.dependencies import Dependencies
from gateway.services.orders.disputes import record_dispute
from gateway.services.ports.disputes import Dispute, DisputeStatus
from tests.api.giving import STAFF, GiftShop, open_gift_shop
from tests.api.test_tracking import place_order

FIELDS = "reference amount { amount currency } reason status openedAt respondBy orderId giftId"
ORDER = f"query ($id: ID!) {{ order(id: $id) {{ disputes {{ {FIELDS} }} }} }}"
LIST = f"""query ($first: Int, $after: String) {{ staff {{ disputes(first: $first, after: $after) {{
  nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }}
}} }} }}"""


@pytest.fixture
async def shop(parts: Dependencies, database: SqliteDatabase) -> GiftShop:
    return await open_gift_shop(parts, database)


def dispute(reference: str, charge_id: str, day: int) -> Dispute:
    return Dispute(
        reference,
        charge_id,
        Money(1573, Currency("USD", 2)),
        "product_not_received",
        DisputeStatus.NEEDS_RESPONSE,
        datetime(2027, 3, day, tzinfo=UTC),
        datetime(2027, 4, day, tzinfo=UTC),
    )


async def test_staff_see_the_disputes_of_an_order_and_its_buyer_none(shop: GiftShop) -> None:
    order = await place_order(shop)
    async with shop.database.read() as reading:
        [payment] = await reading.order_payments.list_for(order)
    await record_dispute(dispute("du_1", payment.charge_id, 1), None, shop.dependencies)
    assert (await shop.ask(ORDER, STAFF, id=order))["order"]["disputes"] == [
        {
            "reference": "du_1",
            "amount": {"amount": "15.73", "currency": "USD"},
            "reason": "product_not_received",
            "status": "NEEDS_RESPONSE",
            "openedAt": "2027-03-01T00:00:00Z",
            "respondBy": "2027-04-01T00:00:00Z",
            "orderId": order,
            "giftId": None,
        }
    ]
    buyer = shop.signed_in_caller(shop.ada)
    assert (await shop.ask(ORDER, buyer, id=order))["order"]["disputes"] == []


async def test_all_disputes_are_listed_with_gifts_the_latest_first(shop: GiftShop) -> None:
    for day in (1, 2, 3):
        await record_dispute(dispute(f"du_{day}", f"pi_{day}", day), "gft_1", shop.dependencies)
    first_page = (await shop.ask(LIST, STAFF, first=2))["staff"]["disputes"]
    assert [(node["reference"], node["giftId"]) for node in first_page["nodes"]] == [
        ("du_3", "gft_1"),
        ("du_2", "gft_1"),
    ]
    assert first_page["pageInfo"]["hasNextPage"]
    cursor = first_page["pageInfo"]["endCursor"]
    second_page = (await shop.ask(LIST, STAFF, first=2, after=cursor))["staff"]["disputes"]
    assert [node["reference"] for node in second_page["nodes"]] == ["du_1"]
