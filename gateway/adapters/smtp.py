"""Mails by SMTP: ``smtp://user:password@host:587`` or ``smtps://…:465``."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from gateway.adapters.emails import written
from gateway.services.ports.clock import Clock
from gateway.services.ports.messages import Mail, Unsendable

TIMEOUT = 20.0  # seconds, for the whole conversation
PERMANENT = 500  # RFC 5321, 4.2.1: a 5yz reply will be the same next time


class Unsent(Exception):
    """A mail that was refused for now; it may get through later."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed over, and as whom."""

    host: str
    port: int
    username: str | None
    password: str | None
    encrypted: bool

    @classmethod
    def at(cls, url: str) -> "SmtpServer":
        """The server that ``url`` names."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("must be smtp://HOST:PORT or smtps://HOST:PORT")
        encrypted = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if encrypted else 587),
            encrypted=encrypted,
            **_credentials(parts),
        )


class SmtpMails:
    """Mails handed to a server, one connection each; the key is the Message-ID."""

    def __init__(self, server: SmtpServer, sender: str, clock: Clock) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Hand ``mail`` over."""
        message = written(mail, self._sender, self._clock.now())
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._hand_over(message)
        except TimeoutError:
            raise Unsent("the mail server does not answer") from None
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [refusal.code for refusal in refused.recipients]
            raise _refusal(max(codes)) from None
        except aiosmtplib.SMTPNotSupported:
            raise Unsendable("the mail server takes addresses in ASCII only") from None
        except aiosmtplib.SMTPResponseException as answer:
            raise _refusal(answer.code) from None

    async def _hand_over(self, message: EmailMessage) -> None:
        server = self._server
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.encrypted,
            timeout=TIMEOUT,
        )


def _refusal(code: int) -> Exception:
    # The reply's own words repeat the address: only its code may be stored and logged.
    said = f"the mail server answered {code}"
    return Unsendable(said) if code >= PERMANENT else Unsent(said)


def _credentials(parts: SplitResult) -> dict[str, str | None]:
    return {
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
