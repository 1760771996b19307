"""Restarts of background loops that end or fail, as long as the process runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

logger = logging.getLogger(__name__)

MIN_RESTART_DELAY_SECONDS = 0.5
MAX_RESTART_DELAY_SECONDS = 30.0
STABLE_AFTER_SECONDS = 60.0
"""A loop that ran for this time is restarted with the shortest delay again."""


async def supervise_loop(name: str, run: Callable[[], Awaitable[object]]) -> NoReturn:
    """Run ``run`` repeatedly until cancelled; the delay grows as long as it keeps failing."""
    clock = asyncio.get_running_loop().time
    delay = MIN_RESTART_DELAY_SECONDS
    while True:
        started = clock()
        try:
            await run()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # This loop was not cancelled, but something that it awaited was.
            logger.exception("%s was cut off: it is begun again in %.1f s", name, delay)
        except Exception:
            logger.exception("%s failed: it is begun again in %.1f s", name, delay)
        else:
            logger.error("%s ended unasked: it is begun again in %.1f s", name, delay)
        await asyncio.sleep(delay)
        duration = clock() - started - delay
        delay = (
            MIN_RESTART_DELAY_SECONDS
            if duration >= STABLE_AFTER_SECONDS
            else min(2 * delay, MAX_RESTART_DELAY_SECONDS)
        )
