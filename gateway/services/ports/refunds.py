"""Refunds and returns of orders as use cases keep them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zlib import crc32

from gateway.engine.money import Currency, Money
from gateway.engine.orders.order import first_list_position
from gateway.engine.orders.refunds import Refund
from gateway.engine.orders.returns import OrderReturn, ReturnLine, ReturnStatus

POSITIONS_PER_MICROSECOND = 1024


def list_position(at: datetime, id: str) -> int:
    """Where something of that time stands in a list, ties by its random id."""
    return first_list_position(at) + crc32(id.encode()) % POSITIONS_PER_MICROSECOND


class RefundStatus(StrEnum):
    """Whether the money has gone back; PENDING until the provider has said so."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class RefundLineMoney:
    """So many of a line and what was given back for them, ``tax`` included in ``amount``."""

    line_id: str
    quantity: int
    amount: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class OrderRefund:
    """A refund of an order: what it gives back, why, by whom, and whether it came about.

    ``restock``: whether it put its lines back into stock. ``by`` is as in the order's log.
    """

    id: str
    order_id: str
    shares: Refund
    currency: Currency
    status: RefundStatus
    created_at: datetime
    by: str
    reason: str | None = None
    restock: bool = False
    version: int = 1

    @property
    def amount(self) -> Money:
        """What is given back altogether, tax included."""
        return Money(self.shares.total.gross, self.currency)

    @property
    def tax(self) -> Money:
        """The tax in it."""
        return Money(self.shares.total.tax, self.currency)

    @property
    def amount_minor(self) -> int:
        """What it gives back of captured money, minor units; the rest is stored value."""
        return self.shares.charged

    @property
    def has_failed(self) -> bool:
        """Whether it does not count as given back."""
        return self.status is RefundStatus.FAILED

    @property
    def line_quantities(self) -> dict[str, int]:
        """How many of each line it is for, by line id."""
        return {line.line_id: line.quantity for line in self.shares.lines}

    @property
    def lines(self) -> tuple[RefundLineMoney, ...]:
        """What is given back of lines; the rest of the amount is shipping, or of no line."""
        return tuple(
            RefundLineMoney(
                line.line_id,
                line.quantity,
                Money(line.total.gross, self.currency),
                Money(line.total.tax, self.currency),
            )
            for line in self.shares.lines
        )

    @property
    def list_position(self) -> int:
        """Where it stands among the refunds of its order."""
        return list_position(self.created_at, self.id)


class Refunds(Protocol):
    """The refunds of orders."""

    async def add(self, refund: OrderRefund) -> None:
        """Keep a new refund."""
        ...

    async def find_many(self, ids: Sequence[str]) -> dict[str, OrderRefund]:
        """Those of these refunds that there are, by id."""
        ...

    async def find_for_update(self, id: str) -> OrderRefund | None:
        """The refund of that id, nobody else's until the transaction ends."""
        ...

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[OrderRefund, ...]:
        """The refunds of these orders, the oldest first."""
        ...

    async def save_status(self, refund: OrderRefund) -> None:
        """Keep its status; raises ``VersionConflict`` unless it is one version above what is kept.

        Nothing else of a refund changes.
        """
        ...


@dataclass(frozen=True, slots=True)
class SealedReason:
    """Why a buyer returns something, in their words, sealed under the key of ``subject``."""

    subject: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredReturn:
    """A return of an order: how far it has come, and what was done for it.

    ``restocked`` counts what was put back into stock of each line. ``refund_id`` is the latest
    refund of what came in. Why it was requested is kept apart, sealed.
    """

    id: str
    order_id: str
    progress: OrderReturn
    requested_at: datetime
    restocked: Mapping[str, int] = field(default_factory=dict)
    refund_id: str | None = None
    version: int = 1

    @property
    def status(self) -> ReturnStatus:
        """How far it has come."""
        return self.progress.status

    @property
    def lines(self) -> tuple[ReturnLine, ...]:
        """What is to come back, and what of it came in."""
        return self.progress.lines

    @property
    def received_quantities(self) -> dict[str, int]:
        """How many of each line came in, by line id."""
        return {line.line_id: line.received for line in self.progress.lines}

    @property
    def list_position(self) -> int:
        """Where it stands in a list: by its time, ties by its random id."""
        return list_position(self.requested_at, self.id)


class Returns(Protocol):
    """The returns of orders."""

    async def add(self, stored_return: StoredReturn, reason: SealedReason | None) -> None:
        """Keep a new return."""
        ...

    async def find(self, id: str) -> StoredReturn | None:
        """The return of that id."""
        ...

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[StoredReturn, ...]:
        """The returns of these orders, the oldest first."""
        ...

    async def list_page(
        self, status: ReturnStatus | None, limit: int, before_position: int | None
    ) -> tuple[StoredReturn, ...]:
        """Up to ``limit`` returns before a place, the latest first; None: in any status."""
        ...

    async def find_reasons(self, ids: Sequence[str]) -> dict[str, SealedReason]:
        """Why these were requested, by id; those without a reason are left out."""
        ...

    async def save(self, stored_return: StoredReturn) -> None:
        """Keep a change; raises ``VersionConflict`` unless what is kept is one version below."""
        ...
