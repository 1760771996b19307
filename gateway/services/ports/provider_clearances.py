"""The port of what is to go at the payment provider: methods and customers that are given up."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ClearanceKind(StrEnum):
    """What is to go: one payment method, or a customer with all of theirs."""

    METHOD = "METHOD"
    CUSTOMER = "CUSTOMER"


class ClearanceState(StrEnum):
    """Whether something still may stay (WAITING), or the provider may have been asked, or is done.

    What has BEGUN or is GONE is not saved again.
    """

    WAITING = "WAITING"
    BEGUN = "BEGUN"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class ProviderClearance:
    """Something of a purchaser's, or a guest, that is to go at the provider.

    ``id`` is our id of the method, or the customer's. ``purchaser_id`` is the purchase where it is
    a guest, and ``order_id`` what the guest bought, if anything. ``sealed`` is the provider's token
    of a method, under the purchaser's key; None for a customer. ``failure`` says why the last
    attempt failed.
    """

    id: str
    kind: ClearanceKind
    purchaser_id: str
    sealed: bytes | None = field(repr=False)
    created_at: datetime
    failure: str | None = None
    state: ClearanceState = ClearanceState.WAITING
    order_id: str | None = None
    attempts: int = 0
    version: int = 1


class ProviderClearances(Protocol):
    """What waits to go at the provider."""

    async def add(self, clearance: ProviderClearance, due: datetime) -> None:
        """Store a new one; one that is stored already stays as it is."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[ProviderClearance, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        ...

    async def list_for(self, purchaser_id: str) -> tuple[ProviderClearance, ...]:
        """What waits to go of the purchaser's, in no order."""
        ...

    async def begin(self, clearance: ProviderClearance) -> ProviderClearance:
        """Note that the provider is to be asked now, and return the clearance as it then is.

        Raises ``VersionConflict`` if another process has it.
        """
        ...

    async def delete(self, clearance: ProviderClearance) -> None:
        """Delete one that is done; raises ``VersionConflict`` if another process has it."""
        ...

    async def postpone(
        self, clearance: ProviderClearance, due: datetime, failure: str | None
    ) -> None:
        """Look at a leased one again at ``due``, with the state and attempts of ``clearance``.

        Raises ``VersionConflict`` likewise.
        """
        ...

    async def list_failing(self, limit: int) -> tuple[ProviderClearance, ...]:
        """Up to ``limit`` whose last attempt failed, the oldest first."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        ...
