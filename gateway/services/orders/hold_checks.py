"""Checks of what is held for orders: holds that have ended, or will, while goods are to leave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.engine.money import Money
from gateway.engine.orders.holds import STATUSES_TO_SEND
from gateway.services.ports.database import Database, ReadSession

MAX_HOLDS_LISTED = 1_000
"""Holds of each kind that are looked at together."""


@dataclass(frozen=True, slots=True)
class EndingHold:
    """A hold of an order of which something is to leave, that has ended or is not renewed.

    ``refusal`` says why it is not renewed; None where it has ended.
    """

    charge_id: str
    order_id: str
    amount: Money
    held_until: datetime
    refusal: str | None = None


async def list_ending_holds(now: datetime, database: Database) -> tuple[EndingHold, ...]:
    """What is worth a look: holds that have ended, then those that are not renewed.

    Up to ``MAX_HOLDS_LISTED`` of each, the first to end first.
    """
    async with database.read() as reading:
        payments = await reading.order_payments.list_ended_holds(now, MAX_HOLDS_LISTED)
        ended_holds = [
            EndingHold(
                payment.charge_id,
                payment.order_id,
                Money(payment.held_minor, payment.amount.currency),
                payment.held_until,
            )
            for payment in payments
            if payment.held_until is not None and payment.held_minor > 0
        ]
        refused_holds = [
            EndingHold(
                renewal.charge_id,
                renewal.order_id,
                renewal.amount,
                renewal.held_until,
                renewal.refusal,
            )
            for renewal in await reading.hold_renewals.list_refused(MAX_HOLDS_LISTED)
            if renewal.held_until > now and await _is_in_place(renewal.payment_id, reading)
        ]
        holds = (*ended_holds, *refused_holds)
        waiting_ids = await _list_waiting_ids([hold.order_id for hold in holds], reading)
    return tuple(hold for hold in holds if hold.order_id in waiting_ids)


async def _is_in_place(payment_id: str, reading: ReadSession) -> bool:
    """Whether something is still held of that charge."""
    payment = await reading.order_payments.find(payment_id)
    return payment is not None and payment.held_minor > 0


async def _list_waiting_ids(order_ids: Iterable[str], reading: ReadSession) -> frozenset[str]:
    """Those of the orders of which something is to leave."""
    orders = await reading.orders.find_many(sorted(set(order_ids)))
    return frozenset(order.id for order in orders if order.status in STATUSES_TO_SEND)
