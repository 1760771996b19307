"""Changes of orders on their way at the payment provider, and links to guests' orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change of an order whose further charge is being asked for, under its id as key.

    ``reserved`` is what it has taken from stock, by variant id.
    """

    id: str
    order_id: str
    reserved: tuple[tuple[str, int], ...]
    created_at: datetime
    attempts: int = 0
    version: int = 1


class PendingChanges(Protocol):
    """The changes: at most one of an order at a time."""

    async def add(self, change: PendingChange, due: datetime) -> None:
        """Keep a new one; raises ``DuplicateKey`` while another of its order is pending."""
        ...

    async def is_pending(self, order_id: str) -> bool:
        """Whether one of that order is."""
        ...

    async def delete(self, change: PendingChange) -> bool:
        """Forget one; whether it was there, and nobody has claimed it since."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PendingChange, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        ...

    async def postpone(self, change: PendingChange, due: datetime) -> None:
        """Try again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        ...


@dataclass(frozen=True, slots=True)
class OrderLink:
    """The secret link to a guest's order, by the digest of its token."""

    digest: str
    order_id: str
    expires_at: datetime


class OrderLinks(Protocol):
    """The links, and the devices on which orders were opened by them."""

    async def add(self, link: OrderLink) -> None:
        """Keep a new link."""
        ...

    async def find(self, digest: str) -> OrderLink | None:
        """The link with that digest, valid or not."""
        ...

    async def open(self, order_id: str, client_id: str, expires_at: datetime) -> None:
        """Let a device open an order until then."""
        ...

    async def list_opened(
        self, order_ids: Sequence[str], client_id: str, now: datetime
    ) -> frozenset[str]:
        """Those of ``order_ids`` that are open to a device at ``now``."""
        ...

    async def prune(self, now: datetime, limit: int) -> int:
        """Forget up to ``limit`` links, and as many openings, that are over; how many of both."""
        ...
