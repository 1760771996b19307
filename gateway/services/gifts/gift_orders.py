"""Gift orders in progress: their leases, and the withdrawal of abandoned ones."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from gateway.services.gifts.charges import ChargeOutcomeUnknown, hold_key, release_hold_by_key
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.provider_waits import (
    MAX_WITHDRAWAL_WAIT,
    limit_wait,
    next_attempt_at,
)
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.gifts import GiftOrder

logger = logging.getLogger(__name__)

CREATION_LEASE = timedelta(seconds=30)
"""The time after which an order in progress counts as abandoned by a crash."""
TAKEOVER_WINDOW = timedelta(seconds=30)
"""The time that an abandoned order is left to repeated requests before the worker withdraws it."""


def withdrawal_due_at(now: datetime) -> datetime:
    """When the worker withdraws an order whose lease is extended at ``now``."""
    return now + CREATION_LEASE + TAKEOVER_WINDOW


def is_abandoned(order: GiftOrder, now: datetime) -> bool:
    """Whether a repeated request may take over ``order``, before the worker withdraws it."""
    return order.attempts == 0 and order.due_at is not None and now > order.due_at - TAKEOVER_WINDOW


async def take_over(order: GiftOrder, *, dependencies: GiftDependencies) -> GiftOrder:
    """Take over ``order``.

    Raises ``VersionConflict`` if another process has taken it over.
    """
    leased_order = replace(order, due_at=withdrawal_due_at(dependencies.clock.now()))
    async with dependencies.database.begin() as work:
        return await work.gift_orders.save(leased_order)


async def extend_lease(order: GiftOrder, *, dependencies: GiftDependencies) -> GiftOrder:
    """Extend the lease of ``order`` if half of its time is over.

    Raises ``VersionConflict`` if another process has taken it over.

    A hundred holds may take longer than one lease.
    """
    due_at = order.due_at
    if (
        due_at is not None
        and dependencies.clock.now() < due_at - TAKEOVER_WINDOW - CREATION_LEASE / 2
    ):
        return order
    return await take_over(order, dependencies=dependencies)


async def withdraw_refused(order: GiftOrder, *, dependencies: GiftDependencies) -> None:
    """Withdraw ``order``, whose request is refused, so that its key can be used again.

    The first write prevents a takeover, so that no gift starts whose hold is released.
    """
    async with dependencies.database.begin() as work:
        refused_order = await work.gift_orders.save(replace(order, attempts=order.attempts + 1))
    with suppress(ChargeOutcomeUnknown):
        # If the provider does not tell the outcome, the worker asks again.
        async with limit_wait(MAX_WITHDRAWAL_WAIT):
            await withdraw_order(refused_order, dependencies=dependencies)


@dataclass(slots=True)
class GiftOrderGuard:
    """A context manager that withdraws ``order`` if the start of its gifts fails in the block.

    If the process itself dies, a repeated request or the worker takes over.
    """

    order: GiftOrder
    dependencies: GiftDependencies

    async def __aenter__(self) -> Self:
        """Enter the block."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Withdraw the order after an error, unless it is done or was taken over."""
        if isinstance(error, Exception) and not isinstance(
            error, VersionConflict | ChargeOutcomeUnknown
        ):
            with suppress(VersionConflict):
                await withdraw_refused(self.order, dependencies=self.dependencies)


async def withdraw_order(order: GiftOrder, *, dependencies: GiftDependencies) -> None:
    """Release the holds of ``order``, then delete it.

    Raises:
        ChargeOutcomeUnknown: the provider does not tell the outcome of a hold.
        VersionConflict: another process has taken over the order.

    """
    await release_holds(order, dependencies=dependencies)
    async with dependencies.database.begin() as work:
        await work.gift_orders.delete(order)


async def release_holds(order: GiftOrder, *, dependencies: GiftDependencies) -> None:
    """Release the holds of ``order``, which are found by their keys.

    Raises:
        ChargeOutcomeUnknown: the provider does not tell the outcome of a hold.

    """
    if order.hold_minor is None:
        return
    for gift_id in order.gift_ids:
        key = hold_key(gift_id, order.method_id, order.hold_minor)
        await release_hold_by_key(key, dependencies=dependencies)


@dataclass(frozen=True, slots=True)
class GiftOrderWithdrawal:
    """The job that withdraws abandoned orders."""

    dependencies: GiftDependencies
    name: str = "gift orders"

    async def claim(self, now: datetime, leased_until: datetime, limit: int) -> Sequence[GiftOrder]:
        """Lease abandoned orders."""
        async with self.dependencies.database.begin() as work:
            return await work.gift_orders.claim(now, leased_until, limit)

    async def run(self, lease: GiftOrder, now: datetime) -> None:
        """Withdraw one order; while the provider does not answer, it is asked again and again."""
        try:
            await withdraw_order(lease, dependencies=self.dependencies)
        except ChargeOutcomeUnknown:
            logger.warning("the withdrawal of %s waits for the payment provider", lease.id)
            await self.postpone(lease, next_attempt_at(now, lease.attempts), "no answer")

    async def postpone(self, lease: GiftOrder, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Postpone an order whose holds could not be released."""
        async with self.dependencies.database.begin() as work:
            await work.gift_orders.save(replace(lease, due_at=until))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the worker withdraws the next abandoned order; None if there is none."""
        async with self.dependencies.database.read() as reading:
            return await reading.gift_orders.next_due(now)
