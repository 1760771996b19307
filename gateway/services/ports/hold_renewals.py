"""Holds of orders that end by themselves, as use cases keep them to authorise them anew in time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.engine.money import Money


class HoldRenewalState(StrEnum):
    """How far the renewal of a hold has come.

    WAITING: the hold lasts a while. REQUESTED: the provider is asked for another. RELEASING: the
    hold is of no more use, and is let go of. REFUSED: there is no other; what is held stays held to
    its end.
    """

    WAITING = "WAITING"
    REQUESTED = "REQUESTED"
    RELEASING = "RELEASING"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class HoldRenewal:
    """The renewal of the hold ``charge_id`` of an order's charge ``payment_id``.

    ``id`` is the idempotency key under which the other hold is asked for, ``amount`` what it is to
    hold, ``held_until`` when the provider lets go of the first. ``refusal`` says why there is no
    other.
    """

    id: str
    payment_id: str
    order_id: str
    charge_id: str
    amount: Money
    held_until: datetime
    state: HoldRenewalState = HoldRenewalState.WAITING
    refusal: str | None = None
    attempts: int = 0
    version: int = 1


class HoldRenewals(Protocol):
    """The renewals: one for each hold that ends by itself."""

    async def add(self, renewal: HoldRenewal, due: datetime) -> None:
        """Keep a new one."""
        ...

    async def save(self, renewal: HoldRenewal, due: datetime) -> None:
        """Keep what has become of a leased one; it is due at ``due``, and nobody's.

        Raises ``VersionConflict`` if another process has changed or claimed it.
        """
        ...

    async def postpone(self, renewal: HoldRenewal, due: datetime) -> None:
        """Try a leased one again at ``due``; raises ``VersionConflict`` as ``save`` does."""
        ...

    async def delete(self, renewal: HoldRenewal) -> None:
        """Forget a leased one; raises ``VersionConflict`` as ``save`` does."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[HoldRenewal, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        ...

    async def list_refused(self, limit: int) -> tuple[HoldRenewal, ...]:
        """Up to ``limit`` that were refused and are not over, the first to end first."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        ...
