"""Messages that must be sent, kept in the transaction that caused them until they are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class MessageKind(StrEnum):
    """How a message travels."""

    MAIL = "MAIL"
    SMS = "SMS"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to keep: ``sealed`` under the key of ``subject``, sent not before ``due``."""

    id: str
    dedupe_key: str
    kind: MessageKind
    subject: str
    sealed: bytes
    due: datetime


@dataclass(frozen=True, slots=True)
class LeasedMessage:
    """A message this process has leased: nobody else sends it meanwhile."""

    id: str
    dedupe_key: str
    kind: MessageKind
    subject: str
    sealed: bytes
    attempts: int
    version: int


class Outbox(Protocol):
    """The messages waiting to be sent.

    Writes raise ``VersionConflict`` once the lease went to another.
    """

    async def add(self, message: NewMessage, now: datetime) -> bool:
        """Whether ``message`` is new: a known dedupe key is never kept twice."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int, kind: MessageKind
    ) -> tuple[LeasedMessage, ...]:
        """Up to ``limit`` messages of a kind that are due and nobody's; each counts an attempt."""
        ...

    async def mark_sent(self, message: LeasedMessage) -> None:
        """Keep that it was sent, and no longer what it said."""
        ...

    async def postpone(self, message: LeasedMessage, due: datetime, failure: str) -> None:
        """Try again at ``due``."""
        ...

    async def mark_failed(self, message: LeasedMessage, failure: str) -> None:
        """Keep that it cannot be sent, and no longer what it said."""
        ...

    async def count_waiting(self, limit: int) -> int:
        """How many messages are still to be sent; ``limit`` where there are more."""
        ...

    async def next_due(self, now: datetime, kind: MessageKind) -> datetime | None:
        """When the next message of a kind that nobody has leased falls due."""
        ...
