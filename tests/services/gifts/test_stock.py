"""What gifts take from stock, and when it comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import PartialAddress
from gateway.services.gifts.claims import decline
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.requests import GiftRequest, RecipientDetails
from gateway.services.gifts.shipping import ShipmentStatus, update_shipment
from gateway.services.gifts.wishes import exchange
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, Shop

DAY = timedelta(days=1)
BOB = RecipientDetails(name="Bob", email="bob@example.com")
AT_HOME = replace(BY_EMAIL, postal=HOME_TYPED)
ELSEWHERE = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))
SOON = 4 * DAY
"""A gift that ends this soon has its money held at once."""

Fate = Callable[[Shop, str], Awaitable[None]]


def wanted(shop: Shop, key: str, *recipients: RecipientDetails, quantity: int = 1) -> GiftRequest:
    ends = shop.clock.now() + SOON
    return GiftRequest("var_tea", recipients, key, quantity=quantity, expires_at=ends)


async def test_each_recipients_gift_takes_its_quantity(shop: Shop) -> None:
    await shop.stock(9)
    outcome = await create_gifts(
        wanted(shop, "k", BY_EMAIL, BOB, quantity=3), GIVER, parts=shop.parts
    )
    assert outcome.user_errors == ()
    assert await shop.left() == [3, 9]
    await create_gifts(wanted(shop, "k", BY_EMAIL, BOB, quantity=3), GIVER, parts=shop.parts)
    assert await shop.left() == [3, 9]


async def test_too_little_for_all_makes_no_gift_and_holds_nothing(shop: Shop) -> None:
    await shop.stock(1)
    request = wanted(shop, "k", BY_EMAIL, BOB)
    outcome = await create_gifts(request, GIVER, parts=shop.parts)
    assert [(each.code.value, each.field) for each in outcome.user_errors] == [
        ("OUT_OF_STOCK", ("input", "variantId"))
    ]
    assert await shop.left() == [1, 1]
    assert await shop.charges() == [(1500, "RELEASED"), (1500, "RELEASED")]
    async with shop.database.read() as reading:
        assert await reading.gifts.of_giver(GIVER.purchaser_id, None, 10) == ()
    await shop.stock(2)
    again = await create_gifts(request, GIVER, parts=shop.parts)
    assert again.user_errors == ()
    assert await shop.left() == [0, 2]


async def test_what_may_be_ordered_later_or_has_no_limit_is_never_short(shop: Shop) -> None:
    await shop.stock(0, backorder=True)
    gift = await shop.give()
    assert await shop.left() == [-1, 0]
    await cancel(gift.id, GIVER, parts=shop.parts)
    assert await shop.left() == [0, 0]
    await shop.stock(None)
    gift = await shop.give()
    await cancel(gift.id, GIVER, parts=shop.parts)
    assert await shop.left() == [None, None]


async def test_of_the_last_pieces_each_is_given_once(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    """Who comes too late holds no money either."""
    shop = Shop(databases, clock)
    await shop.stock(3)
    requests = [wanted(shop, f"key {n}", BY_EMAIL) for n in range(8)]
    outcomes = await asyncio.gather(
        *(create_gifts(each, GIVER, parts=shop.parts) for each in requests)
    )
    assert sum(each.value is not None for each in outcomes) == 3
    codes = [error.code.value for each in outcomes for error in each.user_errors]
    assert codes == ["OUT_OF_STOCK"] * 5
    assert await shop.left() == [0, 3]
    assert await shop.charges() == [(1500, "HELD")] * 3 + [(1500, "RELEASED")] * 5


async def cancelled(shop: Shop, gift_id: str) -> None:
    outcomes = await asyncio.gather(*(cancel(gift_id, GIVER, parts=shop.parts) for _ in range(3)))
    assert sum(each.value is not None for each in outcomes) == 1


async def declined(shop: Shop, gift_id: str) -> None:  # noqa: ARG001 - the link knows it
    for _ in range(2):
        await decline(shop.token(), None, parts=shop.parts)


async def left_alone(shop: Shop, gift_id: str) -> None:  # noqa: ARG001 - the clock is enough
    for _ in range(4):
        await shop.later(8 * DAY)


async def sent(shop: Shop, gift_id: str) -> None:
    await update_shipment(gift_id, ShipmentStatus.DISPATCHED, parts=shop.parts)
    await cancel(gift_id, GIVER, parts=shop.parts)


async def arrived(shop: Shop, gift_id: str) -> None:
    await sent(shop, gift_id)
    await update_shipment(gift_id, ShipmentStatus.DELIVERED, parts=shop.parts)


async def came_back(shop: Shop, gift_id: str) -> None:
    await sent(shop, gift_id)
    await update_shipment(gift_id, ShipmentStatus.RETURNED, parts=shop.parts)


async def came_back_for_good(shop: Shop, gift_id: str) -> None:
    await came_back(shop, gift_id)
    await left_alone(shop, gift_id)


async def came_back_and_cancelled(shop: Shop, gift_id: str) -> None:
    await came_back(shop, gift_id)
    await cancelled(shop, gift_id)


async def sent_again(shop: Shop, gift_id: str) -> None:
    await came_back(shop, gift_id)
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=ELSEWHERE))
    await supply(gift_id, more, GIVER, parts=shop.parts)
    await shop.turn()
    await arrived(shop, gift_id)


@pytest.mark.parametrize(
    ("recipient", "fate", "status", "left"),
    [
        (BY_EMAIL, cancelled, GiftStatus.CANCELLED, 5),
        (BY_EMAIL, declined, GiftStatus.DECLINED, 5),
        (BY_EMAIL, left_alone, GiftStatus.UNDELIVERABLE, 5),
        (AT_HOME, left_alone, GiftStatus.RESOLVED, 3),
        (AT_HOME, cancelled, GiftStatus.CANCELLED, 5),
        (AT_HOME, sent, GiftStatus.DISPATCHED, 3),
        (AT_HOME, arrived, GiftStatus.DELIVERED, 3),
        (AT_HOME, came_back, GiftStatus.AWAITING_GIVER, 3),
        (AT_HOME, came_back_for_good, GiftStatus.UNDELIVERABLE, 5),
        (AT_HOME, came_back_and_cancelled, GiftStatus.CANCELLED, 5),
        (AT_HOME, sent_again, GiftStatus.DELIVERED, 3),
    ],
)
async def test_goods_come_back_once_where_the_gift_ends_without_them(
    shop: Shop, recipient: RecipientDetails, fate: Fate, status: GiftStatus, left: int
) -> None:
    await shop.stock(5)
    gift = await shop.give(recipient, quantity=2)
    assert await shop.left() == [3, 5]
    await fate(shop, gift.id)
    await shop.turn()
    assert (await shop.gift(gift.id)).status is status
    assert await shop.left() == [left, 5]


async def test_an_exchange_gives_one_thing_back_and_takes_the_other(shop: Shop) -> None:
    await shop.stock(2)
    gift = await shop.give(quantity=2)
    assert await shop.left() == [0, 2]
    outcome = await exchange(shop.token(), "var_cup", parts=shop.parts)
    assert outcome.user_errors == ()
    assert await shop.left() == [2, 0]
    other = await shop.give(BOB, quantity=2)
    short = await exchange(shop.token("bob@example.com"), "var_cup", parts=shop.parts)
    assert [(each.code.value, each.field) for each in short.user_errors] == [
        ("OUT_OF_STOCK", ("input", "variantId"))
    ]
    assert await shop.left() == [0, 0]
    for each in (gift, other):
        await cancel(each.id, GIVER, parts=shop.parts)
    assert await shop.left() == [2, 2]
