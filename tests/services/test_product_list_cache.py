"""What is kept of lists of products until the catalogue changes (R110)."""

import asyncio

import pytest

from gateway.services.ports.product_lists import ProductPosition
from gateway.services.product_list_cache import (
    MAX_WINDOWS,
    WINDOW_SIZE,
    ProductListCache,
)

PRODUCTS = tuple(ProductPosition(f"prd_{number}", (number,)) for number in range(3 * WINDOW_SIZE))


Reads = list[tuple[int | None, int]]


async def find(cache: ProductListCache, reads: Reads, after: int | None, limit: int) -> list[int]:
    async def load(count: int) -> tuple[ProductPosition, ...]:
        reads.append((after, count))
        await asyncio.sleep(0)
        start = 0 if after is None else after + 1
        return PRODUCTS[start : start + count]

    position = None if after is None else (after,)
    products = await cache.find_products("list", position, limit, load)
    return [int(product.position[0]) for product in products]


async def test_the_pages_after_the_first_come_with_it() -> None:
    cache = ProductListCache()
    reads: Reads = []
    assert await find(cache, reads, None, 3) == [0, 1, 2]
    assert await find(cache, reads, 2, 3) == [3, 4, 5]
    assert await find(cache, reads, 100, 21) == list(range(101, 122))
    assert reads == [(None, WINDOW_SIZE)]
    last = WINDOW_SIZE - 2
    assert await find(cache, reads, last, 3) == [last + 1, last + 2, last + 3]
    assert reads == [(None, WINDOW_SIZE), (last, WINDOW_SIZE)]


async def test_the_end_of_a_list_is_known() -> None:
    cache = ProductListCache()
    reads: Reads = []
    end = len(PRODUCTS) - 1
    assert await find(cache, reads, end - 5, 3) == [end - 4, end - 3, end - 2]
    assert await find(cache, reads, end - 2, 10) == [end - 1, end]
    assert await find(cache, reads, end, 10) == []
    assert len(reads) == 1


async def test_what_many_ask_for_at_once_is_read_once() -> None:
    cache = ProductListCache()
    reads: Reads = []
    pages = await asyncio.gather(*(find(cache, reads, None, 2) for _ in range(50)))
    assert pages == [[0, 1]] * 50
    assert reads == [(None, WINDOW_SIZE)]


async def test_who_stops_waiting_does_not_stop_others() -> None:
    cache = ProductListCache()
    reads: Reads = []
    first = asyncio.create_task(find(cache, reads, None, 2))
    second = asyncio.create_task(find(cache, reads, None, 2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == [0, 1]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_failure_is_not_kept() -> None:
    cache = ProductListCache()

    async def fail() -> int:
        raise LookupError

    async def succeed() -> int:
        return 7

    with pytest.raises(LookupError):
        await cache.load("key", fail, lambda _: 1)
    assert await cache.load("key", succeed, lambda _: 1) == 7


async def test_the_cache_stays_within_its_weight() -> None:
    cache = ProductListCache(max_weight=100)

    async def value() -> str:
        return "x"

    for number in range(50):
        await cache.load(number, value, lambda _: 9)
    assert cache.weight == 99
    await cache.load("heavy", value, lambda _: 1_000)
    assert cache.weight == 0


async def test_a_list_keeps_so_many_windows() -> None:
    cache = ProductListCache(max_weight=10**9)
    reads: Reads = []
    for _ in range(2):
        for number in range(MAX_WINDOWS + 1):
            await find(cache, reads, WINDOW_SIZE * 2 - number * 2, WINDOW_SIZE)
    assert cache.weight <= 1 + MAX_WINDOWS * WINDOW_SIZE
