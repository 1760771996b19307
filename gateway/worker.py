"""The loop that takes waiting work further: messages, payments, orders, gifts."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from gateway.adapters.lasting import keep_going
from gateway.services.ports.database import Database, Stale, Unavailable
from gateway.services.ports.wakeups import Waker, Wakeups
from gateway.services.stepping import DUE, ClaimT, Step, back_off

logger = logging.getLogger(__name__)

# How long a row stays with the process that claimed it; a dead one's is taken over after that.
LEASE = timedelta(seconds=60)
# A step is cut off well before its lease ends, so that two processes never work on one row.
CUT_OFF = timedelta(seconds=45)
# Rows of one step claimed and worked on at once.
AT_ONCE = 20
# The longest sleep, in seconds: the net under lost wake-ups and leases that run out.
NET = 2.0
# The shortest: what is due and cannot be claimed is another process's just now.
BREATH = 0.05

# Each step claims rows of its own kind and is handed nothing else.
Steps: TypeAlias = Sequence[Step[Any]]


async def turn(steps: Steps, now: datetime) -> int:
    """Take everything that is due at ``now`` one step further, once; how many rows that were."""
    return sum(await asyncio.gather(*(_run(step, now) for step in steps)))


async def keep_turning(steps: Steps, database: Database, wakeups: Wakeups) -> None:
    """Turn each step until cancelled, sleeping until something falls due or is announced.

    Each turns by itself: a mail server that does not answer holds up letters, but no gift.
    """
    async with asyncio.TaskGroup() as group:
        for step in steps:
            turning = partial(_keep_turning, step, database, wakeups)
            group.create_task(keep_going(f"the worker's loop of {step.name}", turning))


async def _keep_turning(step: Step[Any], database: Database, wakeups: Wakeups) -> None:
    with wakeups.subscribe(DUE) as waker:
        while True:
            await _turn_or_rest(step, database, waker)


async def _turn_or_rest(step: Step[Any], database: Database, waker: Waker) -> None:
    try:
        now = await database.now()
        taken = await turn((step,), now)
        pause = 0.0 if taken else await _pause(step, now)
    except Unavailable:
        # Its spell is logged where it is noticed, once for all that wait for it.
        pause = NET
    except Exception:
        logger.exception("a turn failed")
        pause = NET
    if pause:
        await waker.wait(pause)


async def _pause(step: Step[Any], now: datetime) -> float:
    due = await step.next_due(now)
    wait = NET if due is None else (due - now).total_seconds()
    return min(max(wait, BREATH), NET)


async def _run(step: Step[ClaimT], now: datetime) -> int:
    try:
        claimed = await _claim(step, now)
    except Unavailable:
        await asyncio.sleep(NET)
        return 0
    except Exception:
        # What keeps one step from its rows must not keep the others from theirs.
        logger.exception("%s cannot claim", step.name)
        return 0
    await asyncio.gather(*(_take(step, claim, now) for claim in claimed))
    return len(claimed)


async def _claim(step: Step[ClaimT], now: datetime) -> Sequence[ClaimT]:
    # A look first: claiming takes the write lock, and mostly nothing is due.
    due = await step.next_due(now)
    if due is None or due > now:
        return ()
    return await step.claim(now, now + LEASE, AT_ONCE)


async def _take(step: Step[ClaimT], claim: ClaimT, now: datetime) -> None:
    try:
        async with asyncio.timeout(CUT_OFF.total_seconds()):
            await step.take(claim, now)
    except Stale:
        logger.info("%s %s moved on meanwhile", step.name, claim.id)
    except Unavailable:
        return  # its lease runs out, and it is claimed again
    except Exception as error:
        logger.exception("%s %s failed", step.name, claim.id)
        await _postpone(step, claim, now, type(error).__name__)


async def _postpone(step: Step[ClaimT], claim: ClaimT, now: datetime, failure: str) -> None:
    try:
        await step.postpone(claim, now + back_off(claim.attempts), failure)
    except Stale:
        logger.info("%s %s moved on meanwhile", step.name, claim.id)
    except Unavailable:
        return
    except Exception:
        # Its lease runs out, and it is claimed again.
        logger.exception("%s %s cannot be postponed", step.name, claim.id)
