"""Holds of orders that end by themselves: when each is authorised anew, and what still needs it."""

from datetime import datetime, timedelta

from gateway.engine.orders.order import OrderStatus

HOLD_RENEWAL_MARGIN = timedelta(hours=12)
"""So long before its end a hold is authorised anew."""
MIN_RENEWAL_INTERVAL = timedelta(hours=1)
"""The least time between two holds of one charge, however short the provider's holds are."""

STATUSES_TO_SEND = frozenset({OrderStatus.OPEN, OrderStatus.SCHEDULED})
"""Statuses of orders of which something is still to leave the house."""


def renewal_due_at(held_at: datetime, held_until: datetime) -> datetime:
    """When a hold that was made at ``held_at`` is authorised anew.

    ``HOLD_RENEWAL_MARGIN`` before it ends; one that lasts less than twice as long, at its half.
    """
    lifetime = held_until - held_at
    margin = min(HOLD_RENEWAL_MARGIN, lifetime // 2)
    return max(held_until - margin, held_at + MIN_RENEWAL_INTERVAL)
