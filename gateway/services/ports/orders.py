"""Orders, their events and their payments as use cases keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.engine.money import Money
from gateway.engine.orders.order import Order, OrderEvent
from gateway.engine.orders.payment_states import (
    CAPTURABLE_STATES,
    OrderPaymentEvent,
    OrderPaymentState,
    next_order_payment_state,
)


@dataclass(frozen=True, slots=True)
class SealedDelivery:
    """What of an order is personal: sealed under the key of ``subject``."""

    subject: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class LeasedOrder:
    """An order whose time has come, leased."""

    id: str
    attempts: int
    version: int


class Orders(Protocol):
    """The orders."""

    async def add(self, order: Order, delivery: SealedDelivery) -> None:
        """Keep a new order; it falls due when it closes."""
        ...

    async def find(self, id: str) -> Order | None:
        """The order of that id."""
        ...

    async def find_many(self, ids: Sequence[str]) -> tuple[Order, ...]:
        """Those of these orders that there are, in no order."""
        ...

    async def find_delivery(self, id: str) -> SealedDelivery | None:
        """What of the order of that id is personal."""
        ...

    async def find_deliveries(self, ids: Sequence[str]) -> dict[str, SealedDelivery]:
        """What of these orders is personal, by order id."""
        ...

    async def save_delivery(self, id: str, sealed: bytes) -> None:
        """Keep what of an order is personal, under the key that it was sealed with before."""
        ...

    async def save_tracking(self, id: str, sealed: bytes | None) -> None:
        """Keep the sealed address of the page that follows an order's parcel, or none."""
        ...

    async def find_tracking(self, ids: Sequence[str]) -> dict[str, SealedDelivery]:
        """The sealed addresses of the pages of those of these orders that have one."""
        ...

    async def save(self, order: Order, due: datetime | None) -> None:
        """Keep a change: ``order.version`` is one above what is kept.

        Raises ``VersionConflict`` if not.
        """
        ...

    async def list_by_purchaser(
        self, purchaser_id: str, limit: int, before_position: int | None
    ) -> tuple[Order, ...]:
        """Up to ``limit`` of a purchaser's orders before a place, the latest first."""
        ...

    async def list_open_for(self, purchaser_id: str) -> tuple[Order, ...]:
        """The open orders of a purchaser, short-term first, the latest first."""
        ...

    async def list_all_open(self, after_position: int, limit: int) -> tuple[Order, ...]:
        """Up to ``limit`` open orders of everybody after a place, the earliest first."""
        ...

    async def list_undoable_variants(
        self, purchaser_id: str, client_id: str | None, now: datetime
    ) -> frozenset[str]:
        """The variants that the purchaser bought by one click and can still undo.

        ``client_id``: from that client alone.
        """
        ...

    async def sum_spent(self, purchaser_id: str, since: datetime, currency: str) -> int:
        """What a purchaser ordered without a sign-in since then, minor units."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[LeasedOrder, ...]:
        """Up to ``limit`` orders that are due and nobody's, leased."""
        ...

    async def postpone(self, leased_order: LeasedOrder, due: datetime) -> None:
        """Try again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order that nobody has leased falls due."""
        ...

    async def last_sequence(self, order_id: str) -> int:
        """The sequence of the order's last event; 0 where there is none yet."""
        ...

    async def add_event(self, event: OrderEvent) -> None:
        """Keep an event."""
        ...

    async def find_last_event(self, order_id: str) -> OrderEvent | None:
        """The latest event of an order."""
        ...

    async def list_events_of(
        self, order_ids: Sequence[str], after: int, limit: int
    ) -> dict[str, tuple[OrderEvent, ...]]:
        """Up to ``limit`` events of each order after its ``after``-th, in order, by order id."""
        ...

    async def list_events(self, order_id: str, after: int, limit: int) -> tuple[OrderEvent, ...]:
        """Up to ``limit`` events of an order that come after the ``after``-th, in order."""
        ...


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """A charge at the provider for one purchase of an order.

    ``purchase_id`` is the id of the purchase attempt; None for charges from before it was kept.
    ``captured_minor`` and ``refunded_minor`` are what was taken and given back, in minor units.
    ``held_until``: when the provider lets go of what is held, or did; None where it never does, or
    where that was not kept.
    """

    id: str
    order_id: str
    charge_id: str
    amount: Money
    state: OrderPaymentState
    purchase_id: str | None = None
    captured_minor: int = 0
    refunded_minor: int = 0
    held_until: datetime | None = None
    version: int = 1
    attempts: int = 0

    @property
    def held_minor(self) -> int:
        """What can still be captured, in minor units; of a hold that expired, what it held."""
        return self.amount.minor - self.captured_minor if self.state in CAPTURABLE_STATES else 0

    @property
    def refundable_minor(self) -> int:
        """What was taken and not given back, in minor units."""
        return self.captured_minor - self.refunded_minor

    def apply(self, event: OrderPaymentEvent) -> "OrderPayment":
        """The charge after ``event``; raises ``OrderPaymentEventRefused`` where that cannot be."""
        return replace(self, state=next_order_payment_state(self.state, event))

    def end_hold(self, at: datetime) -> "OrderPayment":
        """The charge once its hold has ended, as was seen at ``at``."""
        ended_at = at if self.held_until is None else min(self.held_until, at)
        return replace(self.apply(OrderPaymentEvent.HOLD_ENDED), held_until=ended_at)


class OrderPayments(Protocol):
    """The charges of orders."""

    async def add(self, payment: OrderPayment, now: datetime) -> None:
        """Keep a new charge."""
        ...

    async def list_for(self, order_id: str) -> tuple[OrderPayment, ...]:
        """The charges of an order, in the order they were made."""
        ...

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[OrderPayment, ...]:
        """The charges of these orders, in the order they were made."""
        ...

    async def find(self, id: str) -> OrderPayment | None:
        """The charge of that id."""
        ...

    async def find_by_charge(self, charge_id: str) -> OrderPayment | None:
        """The charge that the provider calls ``charge_id``."""
        ...

    async def find_for_update(self, id: str) -> OrderPayment | None:
        """The charge of that id, nobody else's until the transaction ends."""
        ...

    async def save_amounts(self, payment: OrderPayment) -> None:
        """Keep what was captured and refunded of a locked charge, its state, hold and charge id.

        Its version grows by one, and when it is due stays.
        """
        ...

    async def save(self, payment: OrderPayment, due: datetime | None) -> None:
        """Keep a change; raises ``VersionConflict`` unless what is kept is one version below."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[OrderPayment, ...]:
        """Up to ``limit`` charges on their way that are due and nobody's, leased."""
        ...

    async def postpone(self, payment: OrderPayment, due: datetime) -> None:
        """Try again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next charge that nobody has leased falls due."""
        ...

    async def list_ended_holds(self, now: datetime, limit: int) -> tuple[OrderPayment, ...]:
        """Up to ``limit`` charges whose hold ended before ``now``, the first to end first.

        Only of holds of which it is known when they end, and that were not captured.
        """
        ...
