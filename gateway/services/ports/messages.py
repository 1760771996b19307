"""Mails and text messages as use cases see them."""

from dataclasses import dataclass
from typing import Protocol


class UndeliverableMessage(Exception):
    """A message that will never get through: a bad address, a refusing server."""


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail; sending one with the same ``key`` again replaces or repeats the same message."""

    key: str
    to: str
    subject: str
    text: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message to the E.164 number ``to``."""

    key: str
    to: str
    text: str


class MailSender(Protocol):
    """The way out for mails."""

    async def send(self, mail: Mail) -> None:
        """Hand ``mail`` over; raises ``UndeliverableMessage`` when trying again is of no use."""
        ...


class SentMessages(Protocol):
    """What is kept here of messages that were sent."""

    async def discard(self, prefix: str) -> None:
        """Keep no message whose key begins with ``prefix``."""
        ...


class SmsSender(Protocol):
    """The way out for text messages."""

    async def send(self, sms: Sms) -> None:
        """Hand ``sms`` over; raises ``UndeliverableMessage`` when trying again is of no use."""
        ...
