"""Orders: what was bought, at which figures, and until when that can be changed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zlib import crc32

from gateway.engine.money import Currency, Money
from gateway.engine.orders.lines import OrderLine, OrderTerms, total_demand
from gateway.engine.pricing.explanations import Explanation
from gateway.engine.pricing.ledger import Adjustment
from gateway.engine.pricing.snapshots import ItemSnapshot, PurchaseSnapshot
from gateway.engine.pricing.tax_lines import TaxSummaryRow
from gateway.engine.pricing.totals import TaxedMoney
from gateway.engine.tax.line_tax import TaxState


class OrderStatus(StrEnum):
    """How far an order has come."""

    OPEN = "OPEN"
    SCHEDULED = "SCHEDULED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class OrderBucket(StrEnum):
    """Whether an order is expected to ship soon or later."""

    SHORT_TERM = "SHORT_TERM"
    LONG_TERM = "LONG_TERM"


class ActionChannel(StrEnum):
    """By what action an order was placed; all are equal in effect."""

    CLICK = "CLICK"
    KEY = "KEY"
    VOICE = "VOICE"
    REMOTE = "REMOTE"
    EMAIL_LINK = "EMAIL_LINK"
    DEVICE_BUTTON = "DEVICE_BUTTON"


class OrderChange(StrEnum):
    """What can happen to an order; followers are told by these names in lower case."""

    PLACED = "placed"
    JOINED = "joined"
    SPLIT = "split"
    SCHEDULED = "scheduled"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    LINE_CHANGED = "line_changed"
    ADDRESS_CHANGED = "address_changed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    HOLD_NOT_RENEWED = "hold_not_renewed"


_TRANSITIONS = {
    (OrderStatus.OPEN, OrderChange.JOINED): OrderStatus.OPEN,
    (OrderStatus.OPEN, OrderChange.LINE_CHANGED): OrderStatus.OPEN,
    (OrderStatus.OPEN, OrderChange.ADDRESS_CHANGED): OrderStatus.OPEN,
    (OrderStatus.OPEN, OrderChange.SPLIT): OrderStatus.OPEN,
    (OrderStatus.OPEN, OrderChange.SCHEDULED): OrderStatus.SCHEDULED,
    (OrderStatus.OPEN, OrderChange.CANCELLED): OrderStatus.CANCELLED,
    (OrderStatus.OPEN, OrderChange.SHIPPED): OrderStatus.SHIPPED,
    (OrderStatus.SCHEDULED, OrderChange.SHIPPED): OrderStatus.SHIPPED,
    (OrderStatus.SHIPPED, OrderChange.DELIVERED): OrderStatus.DELIVERED,
    (OrderStatus.SHIPPED, OrderChange.RETURNED): OrderStatus.SCHEDULED,
}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# How many orders of one microsecond have places of their own.
_POSITIONS_PER_MICROSECOND = 1024


def first_list_position(placed_at: datetime) -> int:
    """The first place in a list that an order placed at that instant can have."""
    return (placed_at - _EPOCH) // _MICROSECOND * _POSITIONS_PER_MICROSECOND


class InvalidOrderTransition(Exception):
    """An order is past what was asked of it, or not there yet."""


def order_bucket(ships_in: timedelta, short_term: timedelta) -> OrderBucket:
    """SHORT_TERM where it ships in less than ``short_term``."""
    return OrderBucket.SHORT_TERM if ships_in < short_term else OrderBucket.LONG_TERM


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its figures as they were when it was placed.

    ``closes_at``: at that instant what is in stock is scheduled, and can be changed no more.
    ``lines`` stand in the order of the figures' items. ``terms`` are what it is priced by when it
    changes; None for an order from before they were kept. ``destination_key`` is equal for orders
    to the same address by the same payment method. ``signed_in``: whether the purchaser was when it
    was placed; ``unsigned_minor`` is what purchases without a sign-in have added to its total,
    minor units.
    """

    id: str
    number: str
    status: OrderStatus
    bucket: OrderBucket
    channel: ActionChannel
    placed_at: datetime
    closes_at: datetime
    purchaser_id: str | None
    client_id: str | None
    figures: PurchaseSnapshot
    lines: tuple[OrderLine, ...] = ()
    terms: OrderTerms | None = None
    destination_key: str | None = None
    signed_in: bool = False
    unsigned_minor: int = 0
    version: int = 1

    @property
    def demand(self) -> tuple[tuple[str, int], ...]:
        """What it takes from stock, by variant id."""
        return total_demand(self.lines)

    def find_line(self, line_id: str) -> OrderLine | None:
        """The line of that id."""
        return next((line for line in self.lines if line.id == line_id), None)

    @property
    def list_position(self) -> int:
        """Where it stands in a list: by its time, ties by its random id."""
        return (
            first_list_position(self.placed_at)
            + crc32(self.id.encode()) % _POSITIONS_PER_MICROSECOND
        )

    @property
    def is_modifiable(self) -> bool:
        """Whether something of it is in no parcel yet, and can be changed."""
        return self.status is OrderStatus.OPEN and any(
            line.open_quantity > 0 for line in self.lines
        )

    def is_undoable(self, now: datetime) -> bool:
        """Whether its window is still open: until then all of it can be changed."""
        return self.is_modifiable and now < self.closes_at

    @property
    def undo_until(self) -> datetime:
        """Until when all of it can surely be changed or cancelled: the end of its window."""
        return self.closes_at

    def apply(self, change: OrderChange) -> "Order":
        """The order after ``change``.

        Raises:
            InvalidOrderTransition: it is not in a status from which that can happen.

        """
        status = _TRANSITIONS.get((self.status, change))
        if status is None:
            raise InvalidOrderTransition(f"{self.status}: {change}")
        return replace(self, status=status, version=self.version + 1)

    @property
    def currency(self) -> Currency:
        """The currency of all its amounts."""
        return self.figures.currency

    @property
    def items(self) -> tuple[ItemSnapshot, ...]:
        """Its lines."""
        return self.figures.items

    @property
    def subtotal(self) -> TaxedMoney:
        """The items at their prices, before every discount."""
        return self.figures.subtotal

    @property
    def items_total(self) -> TaxedMoney:
        """The items after all adjustments, with surcharges, without shipping."""
        return self.figures.items_total

    @property
    def discount_total(self) -> Money | None:
        """Zero or negative: all discounts on items."""
        return self.figures.discount_total

    @property
    def shipping_total(self) -> TaxedMoney:
        """Shipping after its discounts."""
        return self.figures.shipping_total

    @property
    def shipping_name(self) -> str | None:
        """How it is shipped."""
        return self.figures.shipping_name

    @property
    def total(self) -> TaxedMoney:
        """Everything."""
        return self.figures.total

    @property
    def due(self) -> Money | None:
        """What stored value left to pay."""
        return self.figures.due

    @property
    def tax_state(self) -> TaxState:
        """How far the tax could be relied on."""
        return self.figures.tax_state

    @property
    def tax_summary(self) -> tuple[TaxSummaryRow, ...] | None:
        """The taxes by name and rate."""
        return self.figures.tax_summary

    @property
    def tax_by_place(self) -> tuple[TaxSummaryRow, ...] | None:
        """The same with those of several jurisdictions told apart; None where there are none."""
        return self.figures.tax_by_place

    @property
    def adjustments(self) -> tuple[Adjustment, ...] | None:
        """Its discounts and surcharges."""
        return self.figures.adjustments

    @property
    def tax_notes(self) -> tuple[str, ...]:
        """What its invoice says of the tax of a business or an exempt customer; else nothing."""
        return self.figures.tax_notes

    @property
    def tags(self) -> tuple[str, ...]:
        """What it was, in words."""
        return self.figures.tags

    @property
    def explanations(self) -> tuple[Explanation, ...] | None:
        """How each figure came about."""
        return self.figures.explanations


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Something that happened to an order, the ``sequence``-th from 1 on.

    ``actor`` says who did it (``buyer``, ``shop``, or ``staff:`` and the name of a key), ``detail``
    what and why, for staff. Both are None for events from before they were kept.
    """

    id: str
    order_id: str
    sequence: int
    type: OrderChange
    status: OrderStatus
    occurred_at: datetime
    actor: str | None = None
    detail: str | None = None
