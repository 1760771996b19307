"""How long gifts wait for a payment provider that does not answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from gateway.services.gifts.charges import ChargeOutcomeUnknown
from gateway.services.jobs import retry_delay

MAX_ANSWER_WAIT = timedelta(seconds=9)
"""How long a request waits for the provider: clients are answered within ten seconds."""
MAX_WITHDRAWAL_WAIT = timedelta(seconds=2)
"""How long a refused request waits until its holds are released; the worker goes on with it."""
MAX_RETRY_WAIT = timedelta(seconds=45)
"""The longest time until the worker asks again, so that it soon sees that the provider is back."""


@asynccontextmanager
async def limit_wait(max_wait: timedelta | None = None) -> AsyncIterator[None]:
    """End the block after ``max_wait``, by default ``MAX_ANSWER_WAIT``.

    Whatever the block has begun is a row that the worker, or the same request, goes on with.

    Raises:
        ChargeOutcomeUnknown: the time is over.

    """
    seconds = (max_wait or MAX_ANSWER_WAIT).total_seconds()
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        raise ChargeOutcomeUnknown(f"no answer in {seconds} seconds") from error


def next_attempt_at(now: datetime, attempts: int) -> datetime:
    """When the worker asks again after ``attempts`` questions without an answer."""
    return now + min(retry_delay(attempts), MAX_RETRY_WAIT)
