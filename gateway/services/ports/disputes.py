"""Disputes: payments that a payer contests at their bank, as use cases keep them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zlib import crc32

from gateway.engine.money import Money
from gateway.engine.orders.order import first_list_position


class DisputeStatus(StrEnum):
    """How far a dispute has come; a word of the public API."""

    NEEDS_RESPONSE = "NEEDS_RESPONSE"
    UNDER_REVIEW = "UNDER_REVIEW"
    WON = "WON"
    LOST = "LOST"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute of the charge ``charge_id``, known by the provider's id ``reference``.

    It is of an order or of a gift; of neither if the purchase that was paid is not known any more.
    ``reason`` is the provider's code. ``respond_by`` is until when the shop can answer.
    """

    reference: str
    charge_id: str
    amount: Money
    reason: str
    status: DisputeStatus
    opened_at: datetime
    respond_by: datetime | None = None
    order_id: str | None = None
    gift_id: str | None = None

    @property
    def list_position(self) -> int:
        """Where it stands in a list: by its time, ties by its id."""
        return first_list_position(self.opened_at) + crc32(self.reference.encode()) % 1024


class Disputes(Protocol):
    """The disputes."""

    async def find(self, reference: str) -> Dispute | None:
        """The dispute that the provider calls ``reference``."""
        ...

    async def save(self, dispute: Dispute) -> None:
        """Keep a dispute as it stands now, known or new."""
        ...

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[Dispute, ...]:
        """The disputes of these orders, the oldest first."""
        ...

    async def list_page(self, limit: int, before_position: int | None) -> tuple[Dispute, ...]:
        """Up to ``limit`` disputes before a place, the latest first."""
        ...
