"""The port of what is to go at the payment provider: methods and customers that are given up."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ClearanceKind(StrEnum):
    """What is to go: one payment method, or a customer with all of theirs."""

    METHOD = "METHOD"
    CUSTOMER = "CUSTOMER"


@dataclass(frozen=True, slots=True)
class ProviderClearance:
    """Something of a purchaser's that is to go at the provider.

    ``id`` is our id of the method, or the purchaser's. ``provider_token`` is the provider's token
    of a method; empty for a customer. ``failure`` says why the last attempt failed.
    """

    id: str
    kind: ClearanceKind
    purchaser_id: str
    provider_token: str
    created_at: datetime
    failure: str | None = None
    attempts: int = 0
    version: int = 1


class ProviderClearances(Protocol):
    """What waits to go at the provider."""

    async def add(self, clearance: ProviderClearance) -> None:
        """Store a new one, due at once; one that is stored already stays as it is."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[ProviderClearance, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        ...

    async def delete(self, clearance: ProviderClearance) -> None:
        """Delete one that is done; raises ``VersionConflict`` if another process has it."""
        ...

    async def postpone(
        self, clearance: ProviderClearance, due: datetime, failure: str | None
    ) -> None:
        """Try a leased one again at ``due``, with as many attempts as ``clearance`` has.

        Raises ``VersionConflict`` likewise.
        """
        ...

    async def list_failing(self, limit: int) -> tuple[ProviderClearance, ...]:
        """Up to ``limit`` whose last attempt failed, the oldest first."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        ...
