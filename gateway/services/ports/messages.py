"""The ports of mails and text messages."""

from dataclasses import dataclass
from typing import Protocol


class UndeliverableMessage(Exception):
    """A message that can never be delivered, for example because the address is invalid."""


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
    """Sends mails."""

    async def send(self, mail: Mail) -> None:
        """Send ``mail``; raises ``UndeliverableMessage`` if another try is useless."""
        ...


class SentMessages(Protocol):
    """The copies of sent messages, if the gateway keeps any."""

    async def discard(self, prefix: str) -> None:
        """Delete the messages whose keys begin with ``prefix``."""
        ...

    async def discard_addressed_to(self, email: str) -> None:
        """Delete the mails that were sent to ``email``."""
        ...


class SmsSender(Protocol):
    """Sends text messages."""

    async def send(self, sms: Sms) -> None:
        """Send ``sms``; raises ``UndeliverableMessage`` if another try is useless."""
        ...
