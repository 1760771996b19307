"""Sending of mails by SMTP: ``smtp://user:password@host:587`` or ``smtps://…:465``."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from gateway.adapters.messaging.mail_format import to_email_message
from gateway.services.ports.clock import Clock
from gateway.services.ports.messages import Mail, UndeliverableMessage

TIMEOUT_SECONDS = 20.0  # for the whole exchange; after it sending has failed
MIN_PERMANENT_CODE = 500  # codes from here on mean a permanent failure (RFC 5321, 4.2.1)


class MailDeferred(Exception):
    """A mail was refused for the moment; a later attempt may succeed."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The mail server with the user name and password."""

    host: str
    port: int
    username: str | None
    password: str | None
    encrypted: bool

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """The server at ``url``."""
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
    """Hands each mail to a server in its own connection; the key is part of the Message-ID."""

    def __init__(self, server: SmtpServer, sender: str, clock: Clock) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Hand ``mail`` to the server."""
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
    # The text of the reply contains the address, so only its code is stored and logged.
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
