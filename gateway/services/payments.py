"""Charges of orders: taking, letting go and giving back money.

A change is first kept as on its way, together with what it belongs to; then the provider is told,
which may be repeated without harm; then it is kept as done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.services.deliveries import delivery_of
from gateway.services.parts import Parts
from gateway.services.ports.database import Stale, Work
from gateway.services.ports.orders import Payment, PaymentState
from gateway.services.ports.payments import (
    AuthorizationRequest,
    Authorized,
    Captured,
    WrongCharge,
)

# How long the process that started a change has to finish it before another does.
PUSH_LEASE = timedelta(seconds=30)

DONE: Mapping[PaymentState, PaymentState] = {
    PaymentState.CAPTURING: PaymentState.CAPTURED,
    PaymentState.RELEASING: PaymentState.RELEASED,
    PaymentState.REFUNDING: PaymentState.REFUNDED,
}
TAKEABLE = frozenset({PaymentState.HELD, PaymentState.LAPSED})
UNDO: Mapping[PaymentState, PaymentState] = {
    PaymentState.HELD: PaymentState.RELEASING,
    PaymentState.CAPTURED: PaymentState.REFUNDING,
}


async def let_go_all(order_id: str, work: Work, parts: Parts) -> tuple[Payment, ...]:
    """The charges of an order, on their way back to whoever paid."""
    due = parts.clock.now() + PUSH_LEASE
    changed = []
    for payment in await work.order_payments.of(order_id):
        state = UNDO.get(payment.state)
        if state is not None:
            changed.append(await _kept(payment, state, due, work))
    return tuple(changed)


async def _kept(payment: Payment, state: PaymentState, due: datetime | None, work: Work) -> Payment:
    changed = replace(payment, state=state, version=payment.version + 1)
    await work.order_payments.save(changed, due)
    return changed


async def captured_all(order_id: str, parts: Parts) -> bool:
    """Whether all charges of an order are taken now; where one cannot be, it has lapsed."""
    due = parts.clock.now() + PUSH_LEASE
    async with parts.database.begin() as work:
        found = await work.order_payments.of(order_id)
        for payment in found:
            if payment.state in TAKEABLE:
                await _kept(payment, PaymentState.CAPTURING, due, work)
    async with parts.database.read() as reading:
        found = await reading.order_payments.of(order_id)
    for payment in found:
        if payment.state is PaymentState.CAPTURING:
            await push(payment, parts)
    async with parts.database.read() as reading:
        states = {payment.state for payment in await reading.order_payments.of(order_id)}
    return states <= {PaymentState.CAPTURED}


async def push(payment: Payment, parts: Parts) -> None:
    """Tell the provider what is on its way, and keep what became of it."""
    done = await _told(payment, parts)
    try:
        async with parts.database.begin() as work:
            await _kept(done, done.state, None, work)
    except Stale:
        # Another process has told the provider too, which changes nothing there.
        return


async def _told(payment: Payment, parts: Parts) -> Payment:
    """``payment`` as the provider left it."""
    match payment.state:
        case PaymentState.RELEASING:
            await parts.payments.release(payment.charge_id)
        case PaymentState.REFUNDING:
            await parts.payments.refund(payment.charge_id)
        case PaymentState.CAPTURING:
            return await _captured(payment, parts)
        case _:
            raise WrongCharge(f"{payment.id} is {payment.state}")
    return replace(payment, state=DONE[payment.state])


async def _captured(payment: Payment, parts: Parts) -> Payment:
    """``payment`` taken; where its hold has expired, by a new one, asked for once."""
    taken = replace(payment, state=PaymentState.CAPTURED)
    if await _taken(payment.charge_id, payment, parts):
        return taken
    renewed = await _renewed(payment, parts)
    if renewed is not None and await _taken(renewed, payment, parts):
        return replace(taken, charge_id=renewed)
    return replace(payment, state=PaymentState.LAPSED)


async def _taken(charge_id: str, payment: Payment, parts: Parts) -> bool:
    return isinstance(await parts.payments.capture(charge_id, payment.amount), Captured)


async def _renewed(payment: Payment, parts: Parts) -> str | None:
    """A new hold in place of the expired one, if the provider gives it."""
    async with parts.database.read() as reading:
        order = await reading.orders.find(payment.order_id)
        delivery = await delivery_of(payment.order_id, reading, parts)
    if order is None or delivery is None:
        return None
    request = AuthorizationRequest(
        amount=payment.amount,
        method=delivery.method,
        idempotency_key=f"{payment.id}-{payment.charge_id}",
        customer=order.purchaser_id or order.id,
        renews=payment.charge_id,
    )
    answer = await parts.payments.authorize(request)
    if not isinstance(answer, Authorized):
        answer = await parts.payments.lookup(request.idempotency_key) or answer
    return answer.charge_id if isinstance(answer, Authorized) else None


@dataclass(frozen=True, slots=True)
class PushPayments:
    """The step that finishes changes of charges which a process left on their way."""

    parts: Parts
    name: str = "payments"

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[Payment, ...]:
        """Charges on their way for too long."""
        async with self.parts.database.begin() as work:
            return await work.order_payments.claim(now, leased_until, most)

    async def take(self, claimed: Payment, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Finish one change."""
        await push(claimed, self.parts)

    async def postpone(self, claimed: Payment, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Let a charge rest that the provider would not change."""
        async with self.parts.database.begin() as work:
            await work.order_payments.postpone(claimed, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next change is overdue."""
        async with self.parts.database.read() as reading:
            return await reading.order_payments.next_due(now)
