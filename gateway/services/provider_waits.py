"""How long requests and jobs wait for a payment provider that does not answer."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import timedelta

from gateway.services.jobs import retry_delay
from gateway.services.ports.payments import ProviderUnavailable

MAX_ANSWER_WAIT = timedelta(seconds=9)
"""How long a request waits for the provider: clients are answered within ten seconds."""
MAX_RETRY_WAIT = timedelta(seconds=30)
"""The longest time until the worker asks again, whatever waits for the provider's answer.

So it soon sees that the provider is back: what was begun is finished within 90 seconds of that.
"""


_deadline: ContextVar[float | None] = ContextVar("answer_deadline", default=None)


@contextmanager
def answer_in_time() -> Iterator[None]:
    """Let all waits in the block take ``MAX_ANSWER_WAIT`` together; that of an outer block stays.

    It ends nothing by itself: each ``limit_wait`` in it does, which may not wait at all at last.
    """
    deadline = asyncio.get_running_loop().time() + MAX_ANSWER_WAIT.total_seconds()
    token = _deadline.set(_deadline.get() or deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


@asynccontextmanager
async def limit_wait(max_wait: timedelta = MAX_ANSWER_WAIT) -> AsyncIterator[None]:
    """End the block after ``max_wait``, or when the time of ``answer_in_time`` is over.

    Whatever the block has begun must be a row that the worker, or the same request, goes on with.

    Raises:
        ProviderUnavailable: the time is over.

    """
    now = asyncio.get_running_loop().time()
    deadline = min(now + max_wait.total_seconds(), _deadline.get() or math.inf)
    try:
        async with asyncio.timeout_at(deadline) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        seconds = max(deadline - now, 0.0)
        raise ProviderUnavailable(f"no answer in {seconds:.1f} seconds") from error


def provider_retry_delay(attempts: int) -> timedelta:
    """The delay after the ``attempts``-th question without an answer."""
    return min(retry_delay(attempts), MAX_RETRY_WAIT)
