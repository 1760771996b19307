"""Many subscribers to one gift."""

import asyncio
from pathlib import Path

from benchmarks.crowd import FollowedSubject
from benchmarks.followers import followers
from benchmarks.gifts.making import create_resolved_gifts, open_gateway
from benchmarks.measuring import Bench
from benchmarks.subscribers import FOLLOW_GIFT

COUNTS = (1_000,)
GIFTS_PER_ROW = 2
TRANSPORT_COUNT = 2


def measure_gift_followers(folder: Path) -> str:
    """The table."""
    ids = iter(
        asyncio.run(_create_resolved_gifts(folder, GIFTS_PER_ROW * TRANSPORT_COUNT * len(COUNTS)))
    )

    async def next_gift_id(_: Bench) -> str:
        return next(ids)

    return followers(folder, COUNTS, FollowedSubject(FOLLOW_GIFT, next_gift_id))


async def _create_resolved_gifts(folder: Path, count: int) -> list[str]:
    async with open_gateway(folder) as gateway:
        return await create_resolved_gifts(gateway, count)
