"""Purchases under way: one row for each idempotency key, kept with its result."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.engine.checkout.outcomes import AttemptState


@dataclass(frozen=True, slots=True)
class PurchaseAttempt:
    """A purchase by its idempotency key within ``scope`` (a purchaser, a guest's cart).

    ``fingerprint`` tells another request under the same key. ``sealed`` is the draft, under the
    key of ``subject``; ``result`` says what came of it, once there is something to say.
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
    """The purchases under way, and those that came to something."""

    async def add(self, attempt: PurchaseAttempt, due: datetime) -> None:
        """Keep a new one; raises ``DuplicateKey`` where the scope has used the key."""
        ...

    async def find_by_key(self, scope: str, key: str) -> PurchaseAttempt | None:
        """The one of that scope and key."""
        ...

    async def find(self, id: str) -> PurchaseAttempt | None:
        """The one of that id."""
        ...

    async def list_open_for(self, subject: str) -> tuple[PurchaseAttempt, ...]:
        """Those of a purchaser that are still under way."""
        ...

    async def save(self, attempt: PurchaseAttempt, due: datetime | None) -> None:
        """Keep a change; raises ``VersionConflict`` unless what is kept is one version below."""
        ...

    async def delete(self, attempt: PurchaseAttempt) -> None:
        """Forget one that never reached the provider; raises ``VersionConflict`` if it moved on."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Forget up to ``limit`` settled ones made before then; how many there were."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PurchaseAttempt, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        ...

    async def postpone(self, attempt: PurchaseAttempt, due: datetime) -> None:
        """Try again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        ...
