"""What crashes and ticks on demand, so that tests can see how faults and subscriptions end."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry


class DeliberateFault(Exception):
    """Nothing is wrong: somebody asked for a crash."""


def fault() -> str | None:
    """Nothing, ever."""
    raise DeliberateFault("crashed on purpose")


async def ticks(
    count: Annotated[int, strawberry.argument(description="How many ticks.")],
    every_ms: Annotated[int, strawberry.argument(description="Milliseconds from one to the next.")],
) -> AsyncGenerator[int, None]:
    """0, 1, 2, … up to ``count``, the first at once."""
    for tick in range(count):
        if tick:
            await asyncio.sleep(every_ms / 1000)
        yield tick
