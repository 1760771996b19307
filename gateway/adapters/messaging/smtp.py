"""Mails by SMTP: ``smtp://user:password@host:587`` or ``smtps://…:465``."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from gateway.adapters.messaging.mail_format import to_email_message
from gateway.services.ports.clock import Clock
from gateway.services.ports.messages import Mail, UndeliverableMessage

TIMEOUT_SECONDS = 20.0  # seconds, for the whole conversation
MIN_PERMANENT_CODE = 500  # RFC 5321, 4.2.1: a 5yz reply will be the same next time


class MailDeferred(Exception):
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
    def from_url(cls, url: str) -> "SmtpServer":
        """The server that ``url`` names."""
        url_parts = urlsplit(url)
        if url_parts.scheme not in {"smtp", "smtps"} or not url_parts.hostname:
            raise ValueError("must be smtp://HOST:PORT or smtps://HOST:PORT")
        encrypted = url_parts.scheme == "smtps"
        return cls(
            host=url_parts.hostname,
            port=url_parts.port or (465 if encrypted else 587),
            encrypted=encrypted,
            **_credentials(url_parts),
        )


class SmtpMailSender:
    """Mails handed to a server, one connection each; the key is the Message-ID."""

    def __init__(self, server: SmtpServer, sender: str, clock: Clock) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Hand ``mail`` over."""
        message = to_email_message(mail, self._sender, self._clock.now())
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._transmit(message)
        except TimeoutError:
            raise MailDeferred("the mail server does not answer") from None
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            codes = [refusal.code for refusal in refusal.recipients]
            raise _delivery_error(max(codes)) from None
        except aiosmtplib.SMTPNotSupported:
            raise UndeliverableMessage("the mail server takes addresses in ASCII only") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _delivery_error(error.code) from None

    async def _transmit(self, message: EmailMessage) -> None:
        server = self._server
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.encrypted,
            timeout=TIMEOUT_SECONDS,
        )


def _delivery_error(code: int) -> Exception:
    # The reply's own words repeat the address: only its code may be stored and logged.
    error_message = f"the mail server answered {code}"
    return (
        UndeliverableMessage(error_message)
        if code >= MIN_PERMANENT_CODE
        else MailDeferred(error_message)
    )


def _credentials(url_parts: SplitResult) -> dict[str, str | None]:
    return {
        "username": unquote(url_parts.username) if url_parts.username else None,
        "password": unquote(url_parts.password) if url_parts.password else None,
    }
