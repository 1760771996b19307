"""Following gifts: the present first, then each event once and in order."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.services.gifts.claims import decline_gift
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.gifts.updates import UnknownEvent, follow_gift, follow_partner
from gateway.services.ports.gifts import GiftEvent
from tests.services.gifts.shop import BY_EMAIL, GiftShop

PARTNER = GiftCaller("pur_1", "key_1")


async def collect_events(events: AsyncIterator[GiftEvent]) -> list[tuple[int, str]]:
    return [(each.sequence, each.type) async for each in events]


async def test_a_follower_gets_the_present_then_each_event_and_the_end(
    shop: GiftShop,
) -> None:  # R67
    gift = await shop.give()
    following = asyncio.create_task(
        collect_events(follow_gift(gift.id, None, dependencies=shop.dependencies))
    )
    second = asyncio.create_task(
        collect_events(follow_gift(gift.id, 0, dependencies=shop.dependencies))
    )
    await asyncio.sleep(0)
    await decline_gift(shop.latest_token(), None, dependencies=shop.dependencies)
    assert await following == [(2, "contactable"), (3, "declined")]  # R68
    assert await second == [(1, "created"), (2, "contactable"), (3, "declined")]  # R71


async def test_after_an_end_there_is_nothing_to_wait_for(shop: GiftShop) -> None:  # R68
    gift = await shop.give()
    await decline_gift(shop.latest_token(), None, dependencies=shop.dependencies)
    assert await collect_events(follow_gift(gift.id, None, dependencies=shop.dependencies)) == [
        (3, "declined")
    ]
    assert await collect_events(follow_gift(gift.id, 3, dependencies=shop.dependencies)) == []
    assert await collect_events(follow_gift(gift.id, 2, dependencies=shop.dependencies)) == [
        (3, "declined")
    ]


async def test_a_follower_who_leaves_frees_what_was_kept(shop: GiftShop) -> None:  # R70
    gift = await shop.give()
    leaving = asyncio.create_task(
        collect_events(follow_gift(gift.id, None, dependencies=shop.dependencies))
    )
    await asyncio.sleep(0.01)
    assert not shop.hub.is_idle
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert shop.hub.is_idle


async def create_gift(shop: GiftShop, caller: GiftCaller, key: str) -> str:
    request = GiftRequest("var_tea", (replace(BY_EMAIL, email=f"{key}@example.com"),), key)
    outcome = await create_gifts(request, caller, dependencies=shop.dependencies)
    assert outcome.value is not None
    return outcome.value[0].id


async def take_events(events: AsyncIterator[GiftEvent], count: int) -> list[GiftEvent]:
    collected = []
    async for event in events:
        collected.append(event)
        if len(collected) == count:
            break
    return collected


async def test_a_feed_is_of_the_partners_own_gifts(shop: GiftShop) -> None:  # R69
    first = await create_gift(shop, PARTNER, "a")
    await create_gift(shop, GiftCaller("pur_1"), "b")
    await create_gift(shop, GiftCaller("pur_1", "key_2"), "c")
    feed = follow_partner("key_1", None, dependencies=shop.dependencies)
    [present] = await take_events(feed, 1)
    assert (present.gift_id, present.sequence) == (first, 2)
    second = await create_gift(shop, PARTNER, "d")
    later = await take_events(
        follow_partner("key_1", present.id, dependencies=shop.dependencies), 2
    )
    assert [(each.gift_id, each.sequence) for each in later] == [(second, 1), (second, 2)]
    with pytest.raises(UnknownEvent):
        await take_events(follow_partner("key_2", present.id, dependencies=shop.dependencies), 1)
