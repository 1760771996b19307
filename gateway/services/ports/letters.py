"""What is written to recipients and givers, as use cases see it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.engine.money import Money


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a recipient is told; ``link`` holds the secret, ``sender`` may be unnamed."""

    link: str = field(repr=False)
    tracking_number: str
    item: str
    quantity: int
    sender: str | None = field(repr=False)
    message: str | None = field(repr=False)
    answer_by: datetime
    reminder: bool


class NoticeKind(StrEnum):
    """What a giver is told of."""

    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    NEEDED = "NEEDED"
    THANKED = "THANKED"


@dataclass(frozen=True, slots=True)
class GiverNotice:
    """What a giver is told: nothing of where the recipient is.

    ``reason`` is the event's type; ``amount`` what the gift would cost, where that is asked.
    """

    kind: NoticeKind
    tracking_number: str
    item: str
    reason: str
    amount: Money | None = None
    until: datetime | None = None
    message: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A written mail."""

    subject: str
    text: str
    html: str


class LetterWriter(Protocol):
    """Who writes."""

    def write_invitation(self, invitation: Invitation) -> Letter:
        """The mail to a recipient."""
        ...

    def write_invitation_sms(self, invitation: Invitation) -> str:
        """The text message to a recipient."""
        ...

    def write_notice(self, notice: GiverNotice) -> Letter:
        """The mail to a giver."""
        ...
