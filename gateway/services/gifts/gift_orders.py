"""Gift orders under way: whose they are, how long, and what becomes of those left behind."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from gateway.services.gifts.charges import ChargeOutcomeUnknown, hold_key, release_hold_by_key
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.gifts import GiftOrder

CREATION_LEASE = timedelta(seconds=30)
"""How long an order may be under way before it counts as left behind by a crash."""
TAKEOVER_WINDOW = timedelta(seconds=30)
"""How much longer the worker leaves it to a client that repeats its request."""


def withdrawal_due_at(now: datetime) -> datetime:
    """When the worker withdraws an order that somebody goes on with at ``now``."""
    return now + CREATION_LEASE + TAKEOVER_WINDOW


def is_abandoned(order: GiftOrder, now: datetime) -> bool:
    """Whether a repeated request may go on with ``order``: not once the worker withdraws it."""
    return order.attempts == 0 and order.due_at is not None and now > order.due_at - TAKEOVER_WINDOW


async def take_over(order: GiftOrder, *, dependencies: GiftDependencies) -> GiftOrder:
    """``order`` as the caller's own from now on.

    Raises ``VersionConflict`` if it is somebody else's.
    """
    leased_order = replace(order, due_at=withdrawal_due_at(dependencies.clock.now()))
    async with dependencies.database.begin() as work:
        return await work.gift_orders.save(leased_order)


async def extend_lease(order: GiftOrder, *, dependencies: GiftDependencies) -> GiftOrder:
    """``order``, kept for longer where half of its time is over.

    Raises ``VersionConflict`` if it is lost.

    A hundred holds may take longer than a crash may go unnoticed.
    """
    due_at = order.due_at
    if (
        due_at is not None
        and dependencies.clock.now() < due_at - TAKEOVER_WINDOW - CREATION_LEASE / 2
    ):
        return order
    return await take_over(order, dependencies=dependencies)


async def withdraw_refused(order: GiftOrder, *, dependencies: GiftDependencies) -> None:
    """Withdraw ``order``, whose request is refused: the same key may be tried again.

    From the first write on nobody takes it over, so that no gift begins whose hold is let go.
    """
    async with dependencies.database.begin() as work:
        refused_order = await work.gift_orders.save(replace(order, attempts=order.attempts + 1))
    with suppress(ChargeOutcomeUnknown):
        # Where the provider does not say, the worker asks again.
        await withdraw_order(refused_order, dependencies=dependencies)


@dataclass(slots=True)
class GiftOrderGuard:
    """``order`` while its gifts begin, in a block: whatever fails there withdraws it.

    What cuts the process itself off is left to a repetition of the request, or to the worker.
    """

    order: GiftOrder
    dependencies: GiftDependencies

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Withdraw the order, its holds let go, unless somebody else has it or it is done."""
        if isinstance(error, Exception) and not isinstance(
            error, VersionConflict | ChargeOutcomeUnknown
        ):
            with suppress(VersionConflict):
                await withdraw_refused(self.order, dependencies=self.dependencies)


async def withdraw_order(order: GiftOrder, *, dependencies: GiftDependencies) -> None:
    """Let go of whatever is held for ``order``, then forget it.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of a hold.
        VersionConflict: somebody else has the order.

    """
    await release_holds(order, dependencies=dependencies)
    async with dependencies.database.begin() as work:
        await work.gift_orders.delete(order)


async def release_holds(order: GiftOrder, *, dependencies: GiftDependencies) -> None:
    """Let go of the holds of ``order``, asked for by their keys.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of one.

    """
    if order.hold_minor is None:
        return
    for gift_id in order.gift_ids:
        key = hold_key(gift_id, order.method_id, order.hold_minor)
        await release_hold_by_key(key, dependencies=dependencies)


@dataclass(frozen=True, slots=True)
class GiftOrderWithdrawal:
    """The step that withdraws orders left behind by a crash, whose client does not come back."""

    dependencies: GiftDependencies
    name: str = "gift orders"

    async def claim(self, now: datetime, leased_until: datetime, limit: int) -> Sequence[GiftOrder]:
        """Orders that nobody goes on with."""
        async with self.dependencies.database.begin() as work:
            return await work.gift_orders.claim(now, leased_until, limit)

    async def run(self, lease: GiftOrder, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Withdraw one order."""
        await withdraw_order(lease, dependencies=self.dependencies)

    async def postpone(self, lease: GiftOrder, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Let an order rest whose holds the provider would not let go."""
        async with self.dependencies.database.begin() as work:
            await work.gift_orders.save(replace(lease, due_at=until))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order counts as left behind."""
        async with self.dependencies.database.read() as reading:
            return await reading.gift_orders.next_due(now)
