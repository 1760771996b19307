"""What gifts take from stock, and when it comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.gift import PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.claims import decline_gift
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.recipient_actions import exchange_gift
from gateway.services.gifts.requests import GiftRequest, RecipientDetails
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, GiftShop

DAY = timedelta(days=1)
BOB = RecipientDetails(name="Bob", email="bob@example.com")
AT_HOME = replace(BY_EMAIL, postal=HOME_TYPED)
ELSEWHERE = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))
SHORT_LIFETIME = 4 * DAY
"""A gift that ends this soon has its money held at once."""

GiftEnding = Callable[[GiftShop, str], Awaitable[None]]


def gift_request(
    shop: GiftShop, key: str, *recipients: RecipientDetails, quantity: int = 1
) -> GiftRequest:
    ends = shop.clock.now() + SHORT_LIFETIME
    return GiftRequest("var_tea", recipients, key, quantity=quantity, expires_at=ends)


async def test_each_recipients_gift_takes_its_quantity(shop: GiftShop) -> None:
    await shop.set_stock(9)
    outcome = await create_gifts(
        gift_request(shop, "k", BY_EMAIL, BOB, quantity=3), GIVER, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    assert await shop.available_stock() == [3, 9]
    await create_gifts(
        gift_request(shop, "k", BY_EMAIL, BOB, quantity=3), GIVER, dependencies=shop.dependencies
    )
    assert await shop.available_stock() == [3, 9]


async def test_too_little_for_all_makes_no_gift_and_holds_nothing(shop: GiftShop) -> None:
    await shop.set_stock(1)
    request = gift_request(shop, "k", BY_EMAIL, BOB)
    outcome = await create_gifts(request, GIVER, dependencies=shop.dependencies)
    message = "The gifts need 2 of this variant; available: 1. Reduce quantity or recipients."
    assert [(each.code.value, each.field, each.message) for each in outcome.user_errors] == [
        ("OUT_OF_STOCK", ("input", "variantId"), message)
    ]
    assert await shop.available_stock() == [1, 1]
    assert await shop.list_charges() == [(1500, "RELEASED"), (1500, "RELEASED")]
    async with shop.database.read() as reading:
        assert await reading.gifts.list_by_giver(GIVER.purchaser_id, None, 10) == ()
    await shop.set_stock(2)
    again = await create_gifts(request, GIVER, dependencies=shop.dependencies)
    assert again.user_errors == ()
    assert await shop.available_stock() == [0, 2]


async def test_what_may_be_ordered_later_or_has_no_limit_is_never_short(shop: GiftShop) -> None:
    await shop.set_stock(0, backorder=True)
    gift = await shop.give()
    assert await shop.available_stock() == [-1, 0]
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert await shop.available_stock() == [0, 0]
    await shop.set_stock(None)
    gift = await shop.give()
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert await shop.available_stock() == [None, None]


async def test_of_the_last_pieces_each_is_given_once(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """Who comes too late holds no money either."""
    shop = GiftShop(databases, clock)
    await shop.set_stock(3)
    requests = [gift_request(shop, f"key {n}", BY_EMAIL) for n in range(8)]
    outcomes = await asyncio.gather(
        *(create_gifts(each, GIVER, dependencies=shop.dependencies) for each in requests)
    )
    assert sum(each.value is not None for each in outcomes) == 3
    codes = [error.code.value for each in outcomes for error in each.user_errors]
    assert codes == ["OUT_OF_STOCK"] * 5
    assert await shop.available_stock() == [0, 3]
    assert await shop.list_charges() == [(1500, "HELD")] * 3 + [(1500, "RELEASED")] * 5


async def cancel_at_once(shop: GiftShop, gift_id: str) -> None:
    outcomes = await asyncio.gather(
        *(cancel_gift(gift_id, GIVER, dependencies=shop.dependencies) for _ in range(3))
    )
    assert sum(each.value is not None for each in outcomes) == 1


async def decline_twice(shop: GiftShop, gift_id: str) -> None:  # noqa: ARG001 - the link knows it
    for _ in range(2):
        await decline_gift(shop.latest_token(), None, dependencies=shop.dependencies)


async def leave_alone(shop: GiftShop, gift_id: str) -> None:  # noqa: ARG001 - the clock is enough
    for _ in range(4):
        await shop.advance_and_run(8 * DAY)


async def dispatch(shop: GiftShop, gift_id: str) -> None:
    await update_shipment(gift_id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies)
    await cancel_gift(gift_id, GIVER, dependencies=shop.dependencies)


async def deliver(shop: GiftShop, gift_id: str) -> None:
    await dispatch(shop, gift_id)
    await update_shipment(gift_id, ShipmentStatus.DELIVERED, dependencies=shop.dependencies)


async def return_to_sender(shop: GiftShop, gift_id: str) -> None:
    await dispatch(shop, gift_id)
    await update_shipment(gift_id, ShipmentStatus.RETURNED, dependencies=shop.dependencies)


async def return_and_wait(shop: GiftShop, gift_id: str) -> None:
    await return_to_sender(shop, gift_id)
    await leave_alone(shop, gift_id)


async def return_and_cancel(shop: GiftShop, gift_id: str) -> None:
    await return_to_sender(shop, gift_id)
    await cancel_at_once(shop, gift_id)


async def send_again(shop: GiftShop, gift_id: str) -> None:
    await return_to_sender(shop, gift_id)
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=ELSEWHERE))
    await supply_gift_info(gift_id, more, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    await deliver(shop, gift_id)


@pytest.mark.parametrize(
    ("recipient", "fate", "status", "left"),
    [
        (BY_EMAIL, cancel_at_once, GiftStatus.CANCELLED, 5),
        (BY_EMAIL, decline_twice, GiftStatus.DECLINED, 5),
        (BY_EMAIL, leave_alone, GiftStatus.UNDELIVERABLE, 5),
        (AT_HOME, leave_alone, GiftStatus.RESOLVED, 3),
        (AT_HOME, cancel_at_once, GiftStatus.CANCELLED, 5),
        (AT_HOME, dispatch, GiftStatus.DISPATCHED, 3),
        (AT_HOME, deliver, GiftStatus.DELIVERED, 3),
        (AT_HOME, return_to_sender, GiftStatus.AWAITING_GIVER, 3),
        (AT_HOME, return_and_wait, GiftStatus.UNDELIVERABLE, 5),
        (AT_HOME, return_and_cancel, GiftStatus.CANCELLED, 5),
        (AT_HOME, send_again, GiftStatus.DELIVERED, 3),
    ],
)
async def test_goods_come_back_once_where_the_gift_ends_without_them(
    shop: GiftShop, recipient: RecipientDetails, fate: GiftEnding, status: GiftStatus, left: int
) -> None:
    await shop.set_stock(5)
    gift = await shop.give(recipient, quantity=2)
    assert await shop.available_stock() == [3, 5]
    await fate(shop, gift.id)
    await shop.run_due_jobs()
    assert (await shop.load_gift(gift.id)).status is status
    assert await shop.available_stock() == [left, 5]


async def test_an_exchange_gives_one_thing_back_and_takes_the_other(shop: GiftShop) -> None:
    await shop.set_stock(2)
    gift = await shop.give(quantity=2)
    assert await shop.available_stock() == [0, 2]
    outcome = await exchange_gift(shop.latest_token(), "var_cup", dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    assert await shop.available_stock() == [2, 0]
    bobs_gift = await shop.give(BOB, quantity=2)
    short = await exchange_gift(
        shop.latest_token("bob@example.com"), "var_cup", dependencies=shop.dependencies
    )
    assert [(entry.code.value, entry.field) for entry in short.user_errors] == [
        ("OUT_OF_STOCK", ("input", "variantId"))
    ]
    assert await shop.available_stock() == [0, 0]
    for entry in (gift, bobs_gift):
        await cancel_gift(entry.id, GIVER, dependencies=shop.dependencies)
    assert await shop.available_stock() == [2, 2]
