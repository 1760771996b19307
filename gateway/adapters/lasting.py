"""Loops that are to last as long as the process: begun again whenever one ends or fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""One that has lasted as long as this begins again as if it were the first time."""


async def keep_going(name: str, run: Callable[[], Awaitable[object]]) -> NoReturn:
    """Await ``run`` again and again until cancelled; the pause grows while it keeps failing."""
    clock = asyncio.get_running_loop().time
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = clock()
        try:
            await run()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Nobody has cancelled this loop: it waited for something that was.
            logger.exception("%s was cut off: it is begun again in %.1f s", name, pause)
        except Exception:
            logger.exception("%s failed: it is begun again in %.1f s", name, pause)
        else:
            logger.error("%s ended unasked: it is begun again in %.1f s", name, pause)
        await asyncio.sleep(pause)
        lasted = clock() - began - pause
        pause = (
            FIRST_PAUSE_SECONDS if lasted >= STEADY_SECONDS else min(2 * pause, MAX_PAUSE_SECONDS)
        )
