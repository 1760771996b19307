"""How long gifts wait for a payment provider that does not answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from gateway.services import provider_waits
from gateway.services.gifts.charges import ChargeOutcomeUnknown
from gateway.services.ports.payments import ProviderUnavailable
from gateway.services.provider_waits import MAX_ANSWER_WAIT

MAX_WITHDRAWAL_WAIT = timedelta(seconds=2)
"""How long a refused request waits until its holds are released; the worker goes on with it."""


@asynccontextmanager
async def limit_wait(max_wait: timedelta | None = None) -> AsyncIterator[None]:
    """End the block after ``max_wait``, by default ``MAX_ANSWER_WAIT``.

    Whatever the block has begun is a row that the worker, or the same request, goes on with.

    Raises:
        ChargeOutcomeUnknown: the time is over.

    """
    try:
        async with provider_waits.limit_wait(max_wait or MAX_ANSWER_WAIT):
            yield
    except ProviderUnavailable as error:
        raise ChargeOutcomeUnknown(str(error)) from error


def next_attempt_at(now: datetime, attempts: int) -> datetime:
    """When the worker asks again after ``attempts`` questions without an answer."""
    return now + provider_waits.provider_retry_delay(attempts)
