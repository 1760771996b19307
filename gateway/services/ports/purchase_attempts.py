"""The port of purchase attempts, one for each idempotency key, which keep their result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.engine.checkout.outcomes import AttemptState


@dataclass(frozen=True, slots=True)
class PurchaseAttempt:
    """A purchase by its idempotency key within ``scope`` (a purchaser or a guest's cart).

    ``fingerprint`` distinguishes another request with the same key. ``sealed`` is the draft order,
    under the key of ``subject``; ``result`` is the outcome, None while it is open.
    """

    id: str
    scope: str
    key: str
    fingerprint: str
    state: AttemptState
    subject: str
    sealed: bytes
    created_at: datetime
    result: str | None = None
    charge_id: str | None = None
    version: int = 1
    attempts: int = 0


class PurchaseAttempts(Protocol):
    """Repository of purchase attempts, open and settled."""

    async def add(self, attempt: PurchaseAttempt, due: datetime) -> None:
        """Add an attempt; raises ``DuplicateKey`` if the key was used in the scope."""
        ...

    async def find_by_key(self, scope: str, key: str) -> PurchaseAttempt | None:
        """The attempt with this scope and key, or None."""
        ...

    async def find(self, id: str) -> PurchaseAttempt | None:
        """The attempt of this id, or None."""
        ...

    async def find_many(self, ids: Sequence[str]) -> tuple[PurchaseAttempt, ...]:
        """Those of these attempts that there are, in no order."""
        ...

    async def list_settled(self, since: datetime, limit: int) -> tuple[PurchaseAttempt, ...]:
        """Up to ``limit`` settled attempts from ``since`` on, the earliest first."""
        ...

    async def list_open_for(self, subject: str) -> tuple[PurchaseAttempt, ...]:
        """The open attempts of a purchaser."""
        ...

    async def save(self, attempt: PurchaseAttempt, due: datetime | None) -> None:
        """Save a change; raises ``VersionConflict`` unless the stored version is one below."""
        ...

    async def delete(self, attempt: PurchaseAttempt) -> None:
        """Delete an attempt without a charge; raises ``VersionConflict`` if it has changed."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` settled attempts made before ``before``; returns how many."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PurchaseAttempt, ...]:
        """Lease up to ``limit`` attempts that are due."""
        ...

    async def postpone(self, attempt: PurchaseAttempt, due: datetime) -> None:
        """Let the attempt be due again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next attempt without a lease becomes due; None if there is none."""
        ...
