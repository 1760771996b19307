"""Orders: placing, finding, cancelling, scheduling, and telling what happened to them."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.engine.buying import Draft
from gateway.engine.money import Money
from gateway.engine.orders import (
    NotPossible,
    Order,
    OrderChange,
    OrderEvent,
    OrderStatus,
    bucket,
)
from gateway.engine.problems import ErrorCode
from gateway.services import code_uses, deliveries, order_mails, payments
from gateway.services.outcomes import Outcome, refused
from gateway.services.parts import Parts
from gateway.services.ports.database import Stale, Work
from gateway.services.ports.orders import DueOrder, Payment, PaymentState

ORDER = ("input", "orderId")


def number_of(order_id: str) -> str:
    """A number for people to read out: ten letters and digits, from the order's random id."""
    digest = hashlib.sha256(order_id.encode()).digest()
    return base64.b32encode(digest)[:10].decode()


async def place(draft: Draft, charge_id: str | None, work: Work, parts: Parts) -> Order:
    """The order that ``draft`` becomes, with its charge, its first event and its confirmation."""
    order = _order(draft, parts)
    await work.orders.add(order, await deliveries.sealed(order, draft, work, parts))
    await _tell(order, OrderChange.PLACED, work, parts)
    if charge_id is not None:
        new = parts.ids.new("chg")
        payment = Payment(new, order.id, charge_id, draft.due, PaymentState.HELD)
        await work.order_payments.add(payment, order.placed_at)
    await code_uses.use(draft, order.id, work, parts)
    await order_mails.confirm(order, draft, work, parts)
    return order


def _order(draft: Draft, parts: Parts) -> Order:
    now, policy = parts.clock.now(), parts.policy.consolidation
    new = parts.ids.new("ord")
    return Order(
        id=new,
        number=number_of(new),
        status=OrderStatus.OPEN,
        bucket=bucket(draft.ships_in, policy.short_term),
        channel=draft.channel,
        placed_at=now,
        closes_at=now + policy.window,
        purchaser_id=draft.buyer.purchaser_id,
        client_id=draft.buyer.client_id,
        figures=draft.figures,
        demand=draft.demand,
        signed_in=draft.buyer.signed_in,
        clicked=draft.clicked,
    )


async def _tell(order: Order, change: OrderChange, work: Work, parts: Parts) -> None:
    # Versions leave gaps, for claiming an order counts as one.
    told = await work.orders.told(order.id)
    event = OrderEvent(
        id=parts.ids.new("oev"),
        order_id=order.id,
        sequence=told + 1,
        type=change,
        status=order.status,
        occurred_at=parts.clock.now(),
    )
    await work.orders.tell(event)


def topic(order_id: str) -> str:
    """What is announced when something happened to the order."""
    return f"order.{order_id}"


async def change(order: Order, what: OrderChange, work: Work, parts: Parts) -> Order:
    """``order`` after ``what``, kept with its event.

    Raises:
        NotPossible: the order is past that, or not there yet.
        Stale: it was changed meanwhile.

    """
    changed = order.after(what)
    due = changed.closes_at if changed.status is OrderStatus.OPEN else None
    await work.orders.save(changed, due)
    await _tell(changed, what, work, parts)
    return changed


# -- cancelling


async def cancel(order: Order | None, parts: Parts) -> Outcome[Order]:
    """``order`` cancelled, if it can still be: its goods go back, its money is let go."""
    if order is None:
        return refused(ErrorCode.NOT_FOUND, ORDER, "There is no such order.")
    if not order.modifiable(parts.clock.now()):
        reason = f"The order is {order.status.lower()}."
        if order.status is OrderStatus.OPEN:
            reason = "The time to change the order is over."
        return refused(ErrorCode.NOT_MODIFIABLE, ORDER, reason)
    try:
        async with parts.database.begin() as work:
            cancelled = await change(order, OrderChange.CANCELLED, work, parts)
            charges = await _undo(order, work, parts)
    except Stale:
        return refused(ErrorCode.NOT_MODIFIABLE, ORDER, "The order has just been changed.")
    await parts.wakeups.announce(topic(order.id))
    for charge in charges:
        await payments.push(charge, parts)
    return Outcome(cancelled)


async def _undo(order: Order, work: Work, parts: Parts) -> tuple[Payment, ...]:
    """Put back what the order took; its charges, on their way back."""
    await work.stock.release(dict(order.demand))
    await work.code_uses.forget(order.id)
    delivery = await deliveries.delivery_of(order.id, work, parts)
    for draw in delivery.stored if delivery else ():
        await work.stored_values.credit(draw.code, draw.minor)
    return await payments.let_go_all(order.id, work, parts)


# -- scheduling


@dataclass(frozen=True, slots=True)
class ScheduleOrders:
    """The step that schedules orders when their time to change them is over."""

    parts: Parts
    name: str = "orders"

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[DueOrder, ...]:
        """Orders whose window has closed."""
        async with self.parts.database.begin() as work:
            return await work.orders.claim(now, leased_until, most)

    async def take(self, claimed: DueOrder, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Schedule one order, if it is still open."""
        async with self.parts.database.begin() as work:
            order = await work.orders.find(claimed.id)
            if order is None or order.version != claimed.version:
                return
            try:
                await change(order, OrderChange.SCHEDULED, work, self.parts)
            except NotPossible:
                await work.orders.save(replace(order, version=order.version + 1), None)
        await self.parts.wakeups.announce(topic(claimed.id))

    async def postpone(self, claimed: DueOrder, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Let an order rest whose scheduling failed."""
        async with self.parts.database.begin() as work:
            await work.orders.postpone(claimed, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order closes."""
        async with self.parts.database.read() as reading:
            return await reading.orders.next_due(now)


def total_of(order: Order) -> Money:
    """What the order costs with tax."""
    gross = order.total.gross
    if gross is None:
        raise LookupError(f"the total of {order.id} is not known")
    return gross
