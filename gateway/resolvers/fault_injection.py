"""Fields that crash or tick on demand, for tests of faults and subscriptions."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry


class DeliberateFault(Exception):
    """A crash that a client has requested."""


def fault() -> str | None:
    """Crash always."""
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
