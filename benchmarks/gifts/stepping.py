"""Gifts that are all due at once, taken further by one worker that has nothing to wait for."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.gifts.making import KNOWN_ADDRESS, add_gifts, open_gateway
from benchmarks.reporting import markdown
from gateway.bootstrap import Gateway
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.jobs import Job
from gateway.services.outbox import OutboxSender
from gateway.worker import run_due_jobs

LATENESS = timedelta(minutes=1)
"""The worker is that late, so that all are due."""


@dataclass(frozen=True, slots=True)
class TransitionCost:
    """Transitions of one kind: how many, CPU in us of one, and how many a second."""

    transition: str
    count: int
    cpu: float
    rate: float


def measure_transitions(folders: Mapping[str, Path], count: int) -> str:
    """The table: ``count`` gifts in the shop of each of ``folders``, by the database's name."""
    rows = [
        (name, row)
        for name, folder in folders.items()
        for row in asyncio.run(_measure_shop(folder, count))
    ]
    return markdown(
        ("transition", "database", "due at once", "CPU us", "transitions/s"),
        [
            (row.transition, name, f"{row.count:,}", f"{row.cpu:.0f}", f"{row.rate:.0f}")
            for name, row in rows
        ],
    )


async def _measure_shop(folder: Path, count: int) -> list[TransitionCost]:
    async with open_gateway(folder) as gateway:
        rules, gift_job, mail_job = (
            gateway.gift_dependencies.rules,
            _gift_job(gateway),
            _mail_job(gateway),
        )
        await add_gifts(gateway, count, KNOWN_ADDRESS)
        now = await gateway.database.now() + LATENESS
        resolution = await _time_job("address verified, charge held", gift_job, now, count)
        await add_gifts(gateway, count)
        now = await gateway.database.now() + LATENESS
        sending = await _time_job("letter sent, as a file", mail_job, now, count)
        halfway, wait_end = now + rules.email_wait / 2, now + rules.email_wait
        return [
            resolution,
            sending,
            await _time_job("reminder written", gift_job, halfway, count),
            await _time_job("wait over", gift_job, wait_end, count),
            await _time_job("searched in vain, giver told", gift_job, wait_end, count),
        ]


def _gift_job(gateway: Gateway) -> Job[Any]:
    return GiftResolver(gateway.gift_dependencies)


def _mail_job(gateway: Gateway) -> Job[Any]:
    [job] = [step for step in gateway.jobs if isinstance(step, OutboxSender)]
    return job


async def _time_job(transition: str, job: Job[Any], now: datetime, count: int) -> TransitionCost:
    """The first ``count`` rows that are due, claimed and taken as a worker does."""
    started_at, cpu, run_count = time.perf_counter(), time.process_time(), 0
    while run_count < count and (batch_count := await run_due_jobs((job,), now)):
        run_count += batch_count
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - started_at
    assert run_count == count, (transition, run_count)
    return TransitionCost(transition, run_count, 1e6 * cpu / run_count, run_count / seconds)
