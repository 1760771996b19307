"""All that is kept for an order, side by side, and what can be wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.orders.order import Order, OrderEvent
from gateway.engine.orders.payments import ChargeStage
from gateway.engine.orders.shipments import Shipment


class Invariant(StrEnum):
    """What has to hold."""

    FIGURES = "FIGURES"
    LINES = "LINES"
    MONEY = "MONEY"
    PARCELS = "PARCELS"
    LOG = "LOG"
    PURCHASES = "PURCHASES"
    STOCK = "STOCK"


@dataclass(frozen=True, slots=True)
class Violation:
    """That an invariant does not hold of ``subject_id``: a sentence with the figures."""

    invariant: Invariant
    subject_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ChargeRecord:
    """What is kept of a charge, minor units: ``amount`` was authorised.

    ``held_amount`` is what can still be captured. ``capturing`` and ``refunding`` are under way at
    the provider; ``captures`` and ``refunds`` are those operations that are done.
    """

    id: str
    amount: int
    held_amount: int
    captured: int
    refunded: int
    stage: ChargeStage = ChargeStage.STANDING
    purchase_id: str | None = None
    capturing: int = 0
    refunding: int = 0
    captures: int = 0
    refunds: int = 0


@dataclass(frozen=True, slots=True)
class RefundEntry:
    """What is kept of a refund that has not failed: ``amount`` in minor units, counts by line id.

    Some of ``amount`` may go back to stored value.
    """

    id: str
    amount: int
    line_counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReturnEntry:
    """What is kept of a return: how many of each line have come back with it, by line id."""

    id: str
    received: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order with all that is kept for it; ``events`` in their order, ``shipments`` whole."""

    order: Order
    charges: tuple[ChargeRecord, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    events: tuple[OrderEvent, ...] = ()
    refunds: Sequence[RefundEntry] = ()
    returns: Sequence[ReturnEntry] = ()

    @property
    def precedes_parcels(self) -> bool:
        """Whether it is from before lines and parcels were kept."""
        return all(line.purchase_id is None for line in self.order.lines)
