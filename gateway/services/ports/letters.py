"""The port of the texts of mails and text messages about gifts."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.engine.money import Money


@dataclass(frozen=True, slots=True)
class Invitation:
    """The content of a message to a recipient; ``link`` contains the secret."""

    link: str = field(repr=False)
    tracking_number: str
    item: str
    quantity: int
    sender: str | None = field(repr=False)
    message: str | None = field(repr=False)
    answer_by: datetime
    reminder: bool


class NoticeKind(StrEnum):
    """The subjects of notices to givers."""

    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    NEEDED = "NEEDED"
    THANKED = "THANKED"


@dataclass(frozen=True, slots=True)
class GiverNotice:
    """The content of a notice to a giver, which never tells where the recipient is.

    ``reason`` is the event's type; ``amount`` is the cost of the gift if it must be approved.
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
    """The text of a mail."""

    subject: str
    text: str
    html: str


class LetterWriter(Protocol):
    """Writes the texts of mails and text messages."""

    def write_invitation(self, invitation: Invitation) -> Letter:
        """The text of the mail to a recipient."""
        ...

    def write_invitation_sms(self, invitation: Invitation) -> str:
        """The text of the text message to a recipient."""
        ...

    def write_notice(self, notice: GiverNotice) -> Letter:
        """The text of the mail to a giver."""
        ...
