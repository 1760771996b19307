"""Gifts that are all due at once, taken further by one worker that has nothing to wait for."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.gifts.making import KNOWN, begun, opened
from benchmarks.reporting import markdown
from gateway.bootstrap import Gateway
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.outbox import SendMessages
from gateway.services.stepping import Step
from gateway.worker import turn

MOMENT = timedelta(minutes=1)
"""The worker is that late, so that all are due."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """Transitions of one kind: how many, CPU in us of one, and how many a second."""

    what: str
    count: int
    cpu: float
    rate: float


def stepped(folders: Mapping[str, Path], count: int) -> str:
    """The table: ``count`` gifts in the shop of each of ``folders``, by the database's name."""
    rows = [
        (name, each)
        for name, folder in folders.items()
        for each in asyncio.run(_transitions(folder, count))
    ]
    return markdown(
        ("transition", "database", "due at once", "CPU us", "transitions/s"),
        [
            (each.what, name, f"{each.count:,}", f"{each.cpu:.0f}", f"{each.rate:.0f}")
            for name, each in rows
        ],
    )


async def _transitions(folder: Path, count: int) -> list[Stepped]:
    async with opened(folder) as gateway:
        waits, gifts, mails = gateway.gifts.rules, _gifts(gateway), _mails(gateway)
        await begun(gateway, count, KNOWN)
        now = await gateway.database.now() + MOMENT
        resolved = await _timed("address verified, charge held", gifts, now, count)
        await begun(gateway, count)
        now = await gateway.database.now() + MOMENT
        sent = await _timed("letter sent, as a file", mails, now, count)
        halfway, over = now + waits.email_wait / 2, now + waits.email_wait
        return [
            resolved,
            sent,
            await _timed("reminder written", gifts, halfway, count),
            await _timed("wait over", gifts, over, count),
            await _timed("searched in vain, giver told", gifts, over, count),
        ]


def _gifts(gateway: Gateway) -> Step[Any]:
    return ResolveGifts(gateway.gifts)


def _mails(gateway: Gateway) -> Step[Any]:
    [found] = [each for each in gateway.steps if isinstance(each, SendMessages)]
    return found


async def _timed(what: str, step: Step[Any], now: datetime, count: int) -> Stepped:
    """The first ``count`` rows that are due, claimed and taken as a worker does."""
    began, cpu, taken = time.perf_counter(), time.process_time(), 0
    while taken < count and (more := await turn((step,), now)):
        taken += more
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    assert taken == count, (what, taken)
    return Stepped(what, taken, 1e6 * cpu / taken, taken / seconds)
