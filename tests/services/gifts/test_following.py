"""Following gifts: the present first, then each event once and in order."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.services.gifts.claims import decline
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.following import NoSuchEvent, gift_events, partner_events
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.ports.gifts import LoggedEvent
from tests.services.gifts.shop import BY_EMAIL, Shop

PARTNER = GiftCaller("pur_1", "key_1")


async def all_of(events: AsyncIterator[LoggedEvent]) -> list[tuple[int, str]]:
    return [(each.sequence, each.type) async for each in events]


async def test_a_follower_gets_the_present_then_each_event_and_the_end(shop: Shop) -> None:  # R67
    gift = await shop.give()
    following = asyncio.create_task(all_of(gift_events(gift.id, None, parts=shop.parts)))
    second = asyncio.create_task(all_of(gift_events(gift.id, 0, parts=shop.parts)))
    await asyncio.sleep(0)
    await decline(shop.token(), None, parts=shop.parts)
    assert await following == [(2, "contactable"), (3, "declined")]  # R68
    assert await second == [(1, "created"), (2, "contactable"), (3, "declined")]  # R71


async def test_after_an_end_there_is_nothing_to_wait_for(shop: Shop) -> None:  # R68
    gift = await shop.give()
    await decline(shop.token(), None, parts=shop.parts)
    assert await all_of(gift_events(gift.id, None, parts=shop.parts)) == [(3, "declined")]
    assert await all_of(gift_events(gift.id, 3, parts=shop.parts)) == []
    assert await all_of(gift_events(gift.id, 2, parts=shop.parts)) == [(3, "declined")]


async def test_a_follower_who_leaves_frees_what_was_kept(shop: Shop) -> None:  # R70
    gift = await shop.give()
    leaving = asyncio.create_task(all_of(gift_events(gift.id, None, parts=shop.parts)))
    await asyncio.sleep(0.01)
    assert not shop.hub.idle
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert shop.hub.idle


async def give(shop: Shop, caller: GiftCaller, key: str) -> str:
    request = GiftRequest("var_tea", (replace(BY_EMAIL, email=f"{key}@example.com"),), key)
    outcome = await create_gifts(request, caller, parts=shop.parts)
    assert outcome.value is not None
    return outcome.value[0].id


async def taken(events: AsyncIterator[LoggedEvent], count: int) -> list[LoggedEvent]:
    found = []
    async for each in events:
        found.append(each)
        if len(found) == count:
            break
    return found


async def test_a_feed_is_of_the_partners_own_gifts(shop: Shop) -> None:  # R69
    first = await give(shop, PARTNER, "a")
    await give(shop, GiftCaller("pur_1"), "b")
    await give(shop, GiftCaller("pur_1", "key_2"), "c")
    feed = partner_events("key_1", None, parts=shop.parts)
    [present] = await taken(feed, 1)
    assert (present.gift_id, present.sequence) == (first, 2)
    second = await give(shop, PARTNER, "d")
    later = await taken(partner_events("key_1", present.id, parts=shop.parts), 2)
    assert [(each.gift_id, each.sequence) for each in later] == [(second, 1), (second, 2)]
    with pytest.raises(NoSuchEvent):
        await taken(partner_events("key_2", present.id, parts=shop.parts), 1)
