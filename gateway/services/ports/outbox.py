"""The port of the outbox, which stores messages in the transaction that caused them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class MessageKind(StrEnum):
    """The kinds of messages."""

    MAIL = "MAIL"
    SMS = "SMS"
    WEBHOOK = "WEBHOOK"
    SHOP_EVENT = "SHOP_EVENT"
    FULFILMENT = "FULFILMENT"
    CALCULATION = "CALCULATION"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to add, ``sealed`` under the key of ``subject``; it is not sent before ``due``."""

    id: str
    dedupe_key: str
    kind: MessageKind
    subject: str
    sealed: bytes
    due: datetime


@dataclass(frozen=True, slots=True)
class LeasedMessage:
    """A message that this process has leased, so that no other process sends it."""

    id: str
    dedupe_key: str
    kind: MessageKind
    subject: str
    sealed: bytes
    attempts: int
    version: int


class Outbox(Protocol):
    """Repository of the messages that wait to be sent.

    Writes raise ``VersionConflict`` if another process has the lease now.
    """

    async def add(self, message: NewMessage, now: datetime) -> bool:
        """Add ``message`` unless its dedupe key exists; returns whether it was added."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int, kind: MessageKind
    ) -> tuple[LeasedMessage, ...]:
        """Lease up to ``limit`` due messages of one kind, and count an attempt of each."""
        ...

    async def mark_sent(self, message: LeasedMessage) -> None:
        """Mark the message as sent and delete its body."""
        ...

    async def postpone(self, message: LeasedMessage, due: datetime, failure: str) -> None:
        """Let the message be due again at ``due``."""
        ...

    async def defer(self, message: LeasedMessage, due: datetime) -> None:
        """Let the message be due again at ``due``, without counting the attempt."""
        ...

    async def find_waiting_due(self, dedupe_key: str) -> datetime | None:
        """When the message of that key is due, if it still waits to be sent; else None."""
        ...

    async def find_last_key(self, first: str, last: str) -> str | None:
        """The last dedupe key from ``first`` to ``last``, waiting or not; None: there is none."""
        ...

    async def drop_untried(self, dedupe_key: str) -> None:
        """Delete the message of that key if nobody has tried to send it; the key is free again."""
        ...

    async def mark_failed(self, message: LeasedMessage, failure: str) -> None:
        """Mark the message as failed and delete its body."""
        ...

    async def count_waiting(self, limit: int) -> int:
        """The number of messages that wait to be sent, at most ``limit``."""
        ...

    async def next_due(self, now: datetime, kind: MessageKind) -> datetime | None:
        """When the next message of a kind without a lease becomes due; None if there is none."""
        ...
