"""The worker, which runs the jobs of messages, payments, orders and gifts."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from gateway.adapters.restarted_loops import supervise_loop
from gateway.services.jobs import DUE_TOPIC, Job, LeaseT, retry_delay
from gateway.services.ports.database import Database, DatabaseUnreachable, VersionConflict
from gateway.services.ports.wakeups import Wakeups, WakeupSubscription

logger = logging.getLogger(__name__)

LEASE_DURATION = timedelta(seconds=60)
"""The time after which an unfinished row can be claimed by another process."""
JOB_TIMEOUT = timedelta(seconds=45)
"""The time after which a run is cancelled, before its lease ends and another worker has it."""
CLAIM_BATCH_SIZE = 20
"""Rows of one job that are claimed and processed together; others wait for the next turn."""
MAX_SLEEP_SECONDS = 2.0
"""The longest sleep, in case a wake-up is lost or a lease ends."""
MIN_SLEEP_SECONDS = 0.05
"""The shortest sleep, for rows that are due but leased by another process."""

# Any, because each job is given only rows of the kind that it has claimed.
Jobs: TypeAlias = Sequence[Job[Any]]


async def run_due_jobs(jobs: Jobs, now: datetime) -> int:
    """Run each job once for its rows due at ``now``; returns the number of rows."""
    return sum(await asyncio.gather(*(_run_due_rows(job, now) for job in jobs)))


async def run_jobs(jobs: Jobs, database: Database, wakeups: Wakeups) -> None:
    """Run the jobs until cancelled; each sleeps until a row is due or is announced.

    Each job has its own loop, so that a mail server that does not answer delays only mails.
    """
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            keep_running = partial(_keep_running, job, database, wakeups)
            group.create_task(supervise_loop(f"the worker's loop of {job.name}", keep_running))


async def _keep_running(job: Job[Any], database: Database, wakeups: Wakeups) -> None:
    with wakeups.subscribe(DUE_TOPIC) as subscription:
        while True:
            await _run_or_sleep(job, database, subscription)


async def _run_or_sleep(
    job: Job[Any], database: Database, subscription: WakeupSubscription
) -> None:
    try:
        now = await database.now()
        row_count = await run_due_jobs((job,), now)
        sleep_seconds = 0.0 if row_count else await _sleep_seconds(job, now)
    except DatabaseUnreachable:
        # The outage is logged once by the database itself.
        sleep_seconds = MAX_SLEEP_SECONDS
    except Exception:
        logger.exception("a turn failed")
        sleep_seconds = MAX_SLEEP_SECONDS
    if sleep_seconds:
        await subscription.wait(sleep_seconds)


async def _sleep_seconds(job: Job[Any], now: datetime) -> float:
    due_at = await job.next_due(now)
    seconds_until_due = MAX_SLEEP_SECONDS if due_at is None else (due_at - now).total_seconds()
    return min(max(seconds_until_due, MIN_SLEEP_SECONDS), MAX_SLEEP_SECONDS)


async def _run_due_rows(job: Job[LeaseT], now: datetime) -> int:
    try:
        leases = await _lease_due_rows(job, now)
    except DatabaseUnreachable:
        await asyncio.sleep(MAX_SLEEP_SECONDS)
        return 0
    except Exception:
        # A job that fails to claim its rows must not stop the others.
        logger.exception("%s cannot claim", job.name)
        return 0
    was_reachable = await asyncio.gather(*(_run_leased(job, lease, now) for lease in leases))
    if not all(was_reachable):
        # A job whose rows are not leased in the database would be due again at once.
        await asyncio.sleep(MAX_SLEEP_SECONDS)
    return len(leases)


async def _lease_due_rows(job: Job[LeaseT], now: datetime) -> Sequence[LeaseT]:
    # Checked first, because claiming takes the write lock and usually nothing is due.
    due_at = await job.next_due(now)
    if due_at is None or due_at > now:
        return ()
    return await job.claim(now, now + LEASE_DURATION, CLAIM_BATCH_SIZE)


async def _run_leased(job: Job[LeaseT], lease: LeaseT, now: datetime) -> bool:
    """Run the job; whether the database could be reached."""
    try:
        async with asyncio.timeout(JOB_TIMEOUT.total_seconds()):
            await job.run(lease, now)
    except VersionConflict:
        logger.info("%s %s moved on meanwhile", job.name, lease.id)
    except DatabaseUnreachable:
        return False  # the row is claimed again when its lease has ended
    except Exception as error:
        logger.exception("%s %s failed", job.name, lease.id)
        await _postpone(job, lease, now, type(error).__name__)
    return True


async def _postpone(job: Job[LeaseT], lease: LeaseT, now: datetime, failure: str) -> None:
    try:
        await job.postpone(lease, now + retry_delay(lease.attempts), failure)
    except VersionConflict:
        logger.info("%s %s moved on meanwhile", job.name, lease.id)
    except DatabaseUnreachable:
        return
    except Exception:
        # The row is claimed again when its lease has ended.
        logger.exception("%s %s cannot be postponed", job.name, lease.id)
