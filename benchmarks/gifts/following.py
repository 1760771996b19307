"""Many subscribers to one gift."""

import asyncio
from pathlib import Path

from benchmarks.crowd import Followed
from benchmarks.followers import followers
from benchmarks.gifts.making import opened, resolved
from benchmarks.measuring import Bench
from benchmarks.subscribers import FOLLOW_GIFT

COUNTS = (1_000,)
EACH_ROW = 2
TRANSPORTS = 2


def followed(folder: Path) -> str:
    """The table."""
    ids = iter(asyncio.run(_resolved(folder, EACH_ROW * TRANSPORTS * len(COUNTS))))

    async def one(_: Bench) -> str:
        return next(ids)

    return followers(folder, COUNTS, Followed(FOLLOW_GIFT, one))


async def _resolved(folder: Path, count: int) -> list[str]:
    async with opened(folder) as gateway:
        return await resolved(gateway, count)
