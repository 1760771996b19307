"""Captures, releases and refunds that the provider is told of, as use cases keep them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.engine.money import Money


class PaymentOperationKind(StrEnum):
    """What the provider is told to do with a charge."""

    CAPTURE = "CAPTURE"
    RELEASE = "RELEASE"
    REFUND = "REFUND"


class PaymentOperationState(StrEnum):
    """Whether the provider did it; PENDING until it has said so."""

    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class PaymentOperation:
    """One thing the provider is told to do with the charge ``payment_id`` of an order.

    ``id`` is the idempotency key. ``amount`` of a release is zero: it lets go of all that is held.
    ``final`` is for captures: whether what remains held is let go. ``subject_id`` is what it is
    done for, such as a refund or a shipment. ``reason`` says why it failed.
    """

    id: str
    payment_id: str
    order_id: str
    kind: PaymentOperationKind
    amount: Money
    created_at: datetime
    final: bool = False
    subject_id: str | None = None
    state: PaymentOperationState = PaymentOperationState.PENDING
    reason: str | None = None
    version: int = 1
    attempts: int = 0

    @property
    def is_pending(self) -> bool:
        """Whether the provider has not yet said what became of it."""
        return self.state is PaymentOperationState.PENDING

    @property
    def lets_go(self) -> bool:
        """Whether nothing is held of the charge once it is done."""
        return self.final or self.kind is PaymentOperationKind.RELEASE


class PaymentOperations(Protocol):
    """The operations on the charges of orders."""

    async def add(self, operation: PaymentOperation, due: datetime) -> bool:
        """Keep a new operation; False, and nothing is changed, where its id is there already."""
        ...

    async def find(self, id: str) -> PaymentOperation | None:
        """The operation of that id."""
        ...

    async def find_for_update(self, id: str) -> PaymentOperation | None:
        """The operation of that id, nobody else's until the transaction ends."""
        ...

    async def list_for(self, order_id: str) -> tuple[PaymentOperation, ...]:
        """The operations on the charges of an order, in the order they were asked for."""
        ...

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[PaymentOperation, ...]:
        """The operations on the charges of these orders, in the order they were asked for."""
        ...

    async def save(self, operation: PaymentOperation) -> None:
        """Keep an outcome; raises ``VersionConflict`` unless what is kept is one version below."""
        ...

    async def move(self, operation: PaymentOperation, payment_id: str) -> None:
        """Let ``operation`` be done with another charge; when it is due stays."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PaymentOperation, ...]:
        """Up to ``limit`` pending operations that are due and nobody's, leased."""
        ...

    async def postpone(self, operation: PaymentOperation, due: datetime) -> None:
        """Try again at ``due``; raises ``VersionConflict`` if it changed meanwhile."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next operation that nobody has leased falls due."""
        ...
