"""Waiting for the outcome of a purchase attempt, for no longer than a request may take."""

import asyncio
from collections.abc import Awaitable

from gateway.engine.checkout.outcomes import OrderPlaced, PurchaseInProgress, PurchaseOutcome
from gateway.engine.orders.order import Order
from gateway.services.checkout import drafts
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import ReadSession
from gateway.services.ports.payments import AuthorizationResult
from gateway.services.provider_waits import MAX_ANSWER_WAIT

ANSWER_TIMEOUT_SECONDS = MAX_ANSWER_WAIT.total_seconds()
"""A request that waits longer, for the provider or for anything, is told that it is in progress."""
RESULT_TIMEOUT_SECONDS = 5.0
"""A repeated request that waits longer for the first one is told that it is in progress."""
POLL_AFTER_MS = 1_000
"""When a client should ask again, milliseconds."""
POLL_SECONDS = 0.5
"""A waiting request reads the attempt at least this often, without a wake-up."""


def answer_deadline() -> float:
    """When a request that begins now has to be answered, by the loop's time."""
    return asyncio.get_running_loop().time() + ANSWER_TIMEOUT_SECONDS


async def ask_until(
    deadline: float, answer: Awaitable[AuthorizationResult | None]
) -> AuthorizationResult | None:
    """The provider's answer; None if it has not come by ``deadline``."""
    try:
        async with asyncio.timeout_at(deadline):
            return await answer
    except TimeoutError:
        return None


async def await_outcome(
    attempt_id: str, dependencies: Dependencies, deadline: float
) -> PurchaseOutcome | None:
    """The attempt's outcome; None if the attempt was deleted, so that the request may run again.

    Waits for it up to ``RESULT_TIMEOUT_SECONDS``, and no longer than ``deadline``.
    """
    with dependencies.wakeups.subscribe(attempt_topic(attempt_id)) as subscription:
        now = asyncio.get_running_loop().time
        deadline = min(deadline, now() + RESULT_TIMEOUT_SECONDS)
        while True:
            async with dependencies.database.read() as reading:
                attempt = await reading.purchase_attempts.find(attempt_id)
                if attempt is None:
                    return None
                if attempt.result is not None:
                    return await _load_outcome(attempt_id, attempt.result, reading)
            remaining = deadline - now()
            if remaining <= 0:
                return PurchaseInProgress(POLL_AFTER_MS)
            await subscription.wait(min(remaining, POLL_SECONDS))


def attempt_topic(attempt_id: str) -> str:
    """The wake-up topic of the attempt's outcome."""
    return f"purchase.{attempt_id}"


async def _load_outcome(attempt_id: str, result: str, reading: ReadSession) -> PurchaseOutcome:
    order_result = drafts.decode_order_result(result)
    if order_result is None:
        return drafts.decode_refusal_result(result)
    order = await reading.orders.find(order_result.order_id)
    if order is None:
        raise LookupError(f"the order {order_result.order_id} of a stored result is missing")
    return placed_outcome(order, attempt_id, order_result)


def placed_outcome(order: Order, purchase_id: str, result: drafts.OrderResult) -> OrderPlaced:
    """The outcome of the purchase whose lines ``order`` now holds."""
    line = next((line for line in order.lines if line.purchase_id == purchase_id), None)
    return OrderPlaced(
        order,
        result.undo_until,
        merged_into=order if result.joined else None,
        line_id=None if line is None else line.id,
    )
