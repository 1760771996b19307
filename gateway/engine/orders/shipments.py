"""Shipments: what of which orders, or which gift, goes where in one parcel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zlib import crc32

from gateway.engine.orders.order import Order, OrderStatus, first_list_position


class ShipmentState(StrEnum):
    """How far a parcel has come."""

    READY = "READY"
    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"


class ReturnedParcel(StrEnum):
    """What becomes of an order's parcel that came back; WAIT leaves it to a later word."""

    WAIT = "WAIT"
    REFUND = "REFUND"
    RESEND = "RESEND"


_NEXT_STATES = {
    ShipmentState.READY: frozenset({ShipmentState.DISPATCHED, ShipmentState.CANCELLED}),
    ShipmentState.DISPATCHED: frozenset({ShipmentState.DELIVERED, ShipmentState.RETURNED}),
    ShipmentState.DELIVERED: frozenset(),
    ShipmentState.RETURNED: frozenset(),
    ShipmentState.CANCELLED: frozenset(),
}
POSITIONS_PER_MICROSECOND = 1024


class InvalidShipmentTransition(Exception):
    """A shipment is past what was asked of it, or not there yet."""


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """So many of a variant in a parcel; of an order's line, unless the parcel is a gift's."""

    variant_id: str
    sku: str
    title: str
    quantity: int
    order_id: str | None = None
    line_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel. Its address is kept apart, sealed.

    ``due_at`` is when it should leave. ``gift_id`` is set for a gift's parcel, ``purchaser_id`` for
    that of a purchaser's orders; a guest's has neither. ``on_return`` is set once it came back.
    ``resent_id`` is the parcel that came back whose goods this one sends again.
    """

    id: str
    state: ShipmentState
    created_at: datetime
    due_at: datetime
    lines: tuple[ShipmentLine, ...]
    purchaser_id: str | None = None
    gift_id: str | None = None
    shipping_method: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    on_return: ReturnedParcel | None = None
    resent_id: str | None = None
    version: int = 1

    @property
    def is_resent(self) -> bool:
        """Whether its goods have left, and were paid for, before."""
        return self.resent_id is not None

    @property
    def waits_for_a_word(self) -> bool:
        """Whether it came back and nobody has said what becomes of it."""
        return self.state is ShipmentState.RETURNED and self.on_return is ReturnedParcel.WAIT

    @property
    def order_ids(self) -> tuple[str, ...]:
        """The orders that it has something of, in the order of its lines."""
        return tuple(dict.fromkeys(line.order_id for line in self.lines if line.order_id))

    @property
    def list_position(self) -> int:
        """Where it stands in a list: by its time, ties by its random id."""
        return (
            first_list_position(self.created_at)
            + crc32(self.id.encode()) % POSITIONS_PER_MICROSECOND
        )

    def enter(self, state: ShipmentState, now: datetime) -> "Shipment":
        """The shipment in ``state``.

        Raises:
            InvalidShipmentTransition: it cannot come there from where it is.

        """
        if state not in _NEXT_STATES[self.state]:
            raise InvalidShipmentTransition(f"{self.state}: {state}")
        return replace(
            self,
            state=state,
            dispatched_at=now if state is ShipmentState.DISPATCHED else self.dispatched_at,
            delivered_at=now if state is ShipmentState.DELIVERED else self.delivered_at,
            version=self.version + 1,
        )


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """So many of a line, as staff ask for them."""

    line_id: str
    quantity: int


def split_lines(
    lines: Sequence[ShipmentLine], chosen: Iterable[LineQuantity]
) -> tuple[tuple[ShipmentLine, ...], tuple[ShipmentLine, ...]]:
    """``lines`` as those that are ``chosen`` and those that remain.

    What is chosen has to be checked before: no unknown line, and no more than there is.
    """
    quantities: dict[str, int] = {}
    for line_quantity in chosen:
        quantities[line_quantity.line_id] = (
            quantities.get(line_quantity.line_id, 0) + line_quantity.quantity
        )
    leaving, remaining = [], []
    for line in lines:
        quantity = quantities.get(line.line_id or line.variant_id, 0)
        if quantity:
            leaving.append(replace(line, quantity=quantity))
        if line.quantity > quantity:
            remaining.append(replace(line, quantity=line.quantity - quantity))
    return tuple(leaving), tuple(remaining)


def order_status(order: Order, shipments: Iterable[Shipment]) -> OrderStatus:
    """The status of ``order``: that of its least advanced line.

    OPEN while a line is in no parcel, else SCHEDULED while a parcel is READY or came back and waits
    for a word, else SHIPPED until all are delivered. A cancelled order stays so.
    """
    if order.status is OrderStatus.CANCELLED:
        return order.status
    if any(line.open_quantity > 0 for line in order.lines):
        return OrderStatus.OPEN
    parcels = [shipment for shipment in shipments if order.id in shipment.order_ids]
    states = {parcel.state for parcel in parcels}
    if ShipmentState.READY in states or any(parcel.waits_for_a_word for parcel in parcels):
        return OrderStatus.SCHEDULED
    if ShipmentState.DISPATCHED in states:
        return OrderStatus.SHIPPED
    return OrderStatus.DELIVERED
