"""What the payment provider tells on its own: events as they are kept, and what they stand for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from gateway.services.ports.disputes import Dispute
from gateway.services.ports.payments import RefundResult


class ProviderEventState(StrEnum):
    """How far an event has come; FAILED ones are dead letters, until they are tried again."""

    WAITING = "WAITING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """An event of the provider: its id, its type and what it is about, in the provider's words.

    What else the provider sent is not kept: the object is asked for anew. ``failure`` says why the
    last attempt failed.
    """

    id: str
    type: str
    object_id: str
    received_at: datetime
    state: ProviderEventState = ProviderEventState.WAITING
    failure: str | None = None
    attempts: int = 0
    version: int = 1


class ProviderEvents(Protocol):
    """The events of the provider."""

    async def add(self, event: ProviderEvent) -> bool:
        """Keep a new event, due at once; False, and nothing is changed, where its id is known."""
        ...

    async def find(self, id: str) -> ProviderEvent | None:
        """The event of that id."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[ProviderEvent, ...]:
        """Up to ``limit`` waiting events that are due and nobody's, leased."""
        ...

    async def finish(
        self, event: ProviderEvent, state: ProviderEventState, failure: str | None
    ) -> None:
        """End a leased event; raises ``VersionConflict`` if another process has it meanwhile."""
        ...

    async def postpone(self, event: ProviderEvent, due: datetime, failure: str) -> None:
        """Try a leased event again at ``due``, with as many attempts as ``event`` has.

        Raises ``VersionConflict`` likewise.
        """
        ...

    async def list_failed(self, limit: int) -> tuple[ProviderEvent, ...]:
        """Up to ``limit`` dead letters, the oldest first."""
        ...

    async def retry(self, event: ProviderEvent, due: datetime) -> bool:
        """Let a dead letter wait again, with its attempts forgotten; whether it still was one."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next event that nobody has leased falls due."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` events from before that instant that wait no more; how many."""
        ...


class HoldState(StrEnum):
    """How a hold stands at the provider; UNDECIDED where nothing is held yet, and may be."""

    UNDECIDED = "UNDECIDED"
    HELD = "HELD"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class HoldNotice:
    """How the hold of our idempotency key ``key`` stands now.

    ``captured_minor`` was taken of it, in minor units; ``is_capture_ours``: at our request.
    """

    key: str
    charge_id: str
    state: HoldState
    captured_minor: int = 0
    is_capture_ours: bool = False


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """How a refund stands now.

    ``key`` is our idempotency key, or the provider's id for one that we did not ask for, where
    ``is_ours`` is False.
    """

    key: str
    charge_id: str
    amount_minor: int
    currency: str
    result: RefundResult
    is_ours: bool


@dataclass(frozen=True, slots=True)
class DisputeNotice:
    """How a dispute stands now; ``hold_key`` is our idempotency key of the disputed charge."""

    dispute: Dispute
    hold_key: str


@dataclass(frozen=True, slots=True)
class MethodsNotice:
    """That methods of the customer, named by our own id, may have changed or gone."""

    customer_id: str


ProviderNotice: TypeAlias = HoldNotice | RefundNotice | DisputeNotice | MethodsNotice


class ProviderNotices(Protocol):
    """Asks the provider what its events stand for."""

    async def fetch(self, event_type: str, object_id: str) -> tuple[ProviderNotice, ...]:
        """How the object stands now; nothing if it is not ours, or not for us to act on.

        Raises:
            ProviderUnavailable: no answer came.

        """
        ...
