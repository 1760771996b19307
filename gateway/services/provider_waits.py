"""How long requests and jobs wait for a payment provider that does not answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from gateway.services.jobs import retry_delay
from gateway.services.ports.payments import ProviderUnavailable

MAX_ANSWER_WAIT = timedelta(seconds=9)
"""How long a request waits for the provider: clients are answered within ten seconds."""
MAX_RETRY_WAIT = timedelta(seconds=30)
"""The longest time until the worker asks again, whatever waits for the provider's answer.

So it soon sees that the provider is back: what was begun is finished within 90 seconds of that.
"""


@asynccontextmanager
async def limit_wait(max_wait: timedelta = MAX_ANSWER_WAIT) -> AsyncIterator[None]:
    """End the block after ``max_wait``.

    Whatever the block has begun must be a row that the worker, or the same request, goes on with.

    Raises:
        ProviderUnavailable: the time is over.

    """
    seconds = max_wait.total_seconds()
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        raise ProviderUnavailable(f"no answer in {seconds} seconds") from error


def provider_retry_delay(attempts: int) -> timedelta:
    """The delay after the ``attempts``-th question without an answer."""
    return min(retry_delay(attempts), MAX_RETRY_WAIT)
