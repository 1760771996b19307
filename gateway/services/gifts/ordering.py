"""Gift orders under way: whose they are, how long, and what becomes of those left behind."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from gateway.services.gifts.charging import ChargeUnknown, hold_key, let_go_by_key
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.database import Stale
from gateway.services.ports.gifts import GiftOrder

TAKEN_OVER = timedelta(seconds=30)
"""How long an order may be under way before it counts as left behind by a crash."""
GRACE = timedelta(seconds=30)
"""How much longer the worker leaves it to a client that repeats its request."""


def overdue_at(now: datetime) -> datetime:
    """When the worker withdraws an order that somebody goes on with at ``now``."""
    return now + TAKEN_OVER + GRACE


def left_behind(order: GiftOrder, now: datetime) -> bool:
    """Whether a repeated request may go on with ``order``: not once the worker withdraws it."""
    return order.attempts == 0 and order.due_at is not None and now > order.due_at - GRACE


async def gone_on_with(order: GiftOrder, *, parts: GiftParts) -> GiftOrder:
    """``order`` as the caller's own from now on; raises ``Stale`` if it is somebody else's."""
    mine = replace(order, due_at=overdue_at(parts.clock.now()))
    async with parts.database.begin() as work:
        return await work.gift_orders.save(mine)


async def still_mine(order: GiftOrder, *, parts: GiftParts) -> GiftOrder:
    """``order``, kept for longer where half of its time is over; raises ``Stale`` if it is lost.

    A hundred holds may take longer than a crash may go unnoticed.
    """
    due = order.due_at
    if due is not None and parts.clock.now() < due - GRACE - TAKEN_OVER / 2:
        return order
    return await gone_on_with(order, parts=parts)


async def give_up(order: GiftOrder, *, parts: GiftParts) -> None:
    """Withdraw ``order``, whose request is refused: the same key may be tried again.

    From the first write on nobody takes it over, so that no gift begins whose hold is let go.
    """
    async with parts.database.begin() as work:
        given_up = await work.gift_orders.save(replace(order, attempts=order.attempts + 1))
    with suppress(ChargeUnknown):
        # Where the provider does not say, the worker asks again.
        await withdraw(given_up, parts=parts)


@dataclass(slots=True)
class OrderUnderWay:
    """``order`` while its gifts begin, in a block: whatever fails there withdraws it.

    What cuts the process itself off is left to a repetition of the request, or to the worker.
    """

    order: GiftOrder
    parts: GiftParts

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
        if isinstance(error, Exception) and not isinstance(error, Stale | ChargeUnknown):
            with suppress(Stale):
                await give_up(self.order, parts=self.parts)


async def withdraw(order: GiftOrder, *, parts: GiftParts) -> None:
    """Let go of whatever is held for ``order``, then forget it.

    Raises:
        ChargeUnknown: the provider does not say what became of a hold.
        Stale: somebody else has the order.

    """
    await holds_let_go(order, parts=parts)
    async with parts.database.begin() as work:
        await work.gift_orders.withdraw(order)


async def holds_let_go(order: GiftOrder, *, parts: GiftParts) -> None:
    """Let go of the holds of ``order``, asked for by their keys.

    Raises:
        ChargeUnknown: the provider does not say what became of one.

    """
    if order.hold is None:
        return
    for gift_id in order.gift_ids:
        key = hold_key(gift_id, order.method_id, order.hold)
        await let_go_by_key(key, parts=parts)


@dataclass(frozen=True, slots=True)
class WithdrawGiftOrders:
    """The step that withdraws orders left behind by a crash, whose client does not come back."""

    parts: GiftParts
    name: str = "gift orders"

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> Sequence[GiftOrder]:
        """Orders that nobody goes on with."""
        async with self.parts.database.begin() as work:
            return await work.gift_orders.claim(now, leased_until, most)

    async def take(self, claimed: GiftOrder, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Withdraw one order."""
        await withdraw(claimed, parts=self.parts)

    async def postpone(self, claimed: GiftOrder, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Let an order rest whose holds the provider would not let go."""
        async with self.parts.database.begin() as work:
            await work.gift_orders.save(replace(claimed, due_at=until))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order counts as left behind."""
        async with self.parts.database.read() as reading:
            return await reading.gift_orders.next_due(now)
