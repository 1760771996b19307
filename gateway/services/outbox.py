"""The outbox: messages are added in a transaction and sent after it, at least once."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from gateway.services import encryption
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.encryption import Cipher, UnsealFailed
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.messages import Mail, MailSender, Sms, SmsSender, UndeliverableMessage
from gateway.services.ports.outbox import LeasedMessage, MessageKind, NewMessage

MAX_SEND_ATTEMPTS = 18
"""Attempts to send a message, which take about ten hours."""
MAX_OPERATOR_ATTEMPTS = 90
"""Attempts to call an endpoint of the operator's own, which take more than three days."""


class MessageDeferred(Exception):
    """A message cannot be sent before ``until``, which is no failure."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message to add; its body will be sealed under the key of ``subject``."""

    dedupe_key: str
    kind: MessageKind
    subject: str
    body: bytes


class MessageSender(Protocol):
    """A sender of the messages of one kind."""

    async def deliver(self, key: str, body: bytes) -> None:
        """Send ``body``; the receiver can recognise a repetition by ``key``."""
        ...


def mail_message(message: Mail, *, subject: str) -> OutboxMessage:
    """``message`` for the outbox, to be sealed under the key of ``subject``."""
    return OutboxMessage(
        message.key, MessageKind.MAIL, subject, json.dumps(asdict(message)).encode()
    )


def sms_message(message: Sms, *, subject: str) -> OutboxMessage:
    """``message`` for the outbox, to be sealed under the key of ``subject``."""
    return OutboxMessage(
        message.key, MessageKind.SMS, subject, json.dumps(asdict(message)).encode()
    )


@dataclass(frozen=True, slots=True)
class OutboxWriter:
    """Adds sealed messages to the outbox."""

    ids: IdGenerator
    cipher: Cipher

    async def post(
        self, message: OutboxMessage, *, due: datetime, now: datetime, work: UnitOfWork
    ) -> bool:
        """Add a message, to be sent at ``due`` after the commit; returns whether its key is new."""
        message_id = self.ids.new("msg")
        sealed = await encryption.seal(
            message.body,
            subject=message.subject,
            context=_payload_context(message_id),
            work=work,
            cipher=self.cipher,
        )
        new_message = NewMessage(
            message_id, message.dedupe_key, message.kind, message.subject, sealed, due
        )
        return await work.outbox.add(new_message, now)


@dataclass(frozen=True, slots=True)
class MailDelivery:
    """Sends mails."""

    sender: MailSender

    async def deliver(self, key: str, body: bytes) -> None:
        """Send the mail whose fields ``body`` holds."""
        await self.sender.send(Mail(**{**json.loads(body), "key": key}))


@dataclass(frozen=True, slots=True)
class SmsDelivery:
    """Sends text messages."""

    sender: SmsSender

    async def deliver(self, key: str, body: bytes) -> None:
        """Send the text message whose fields ``body`` holds."""
        await self.sender.send(Sms(**{**json.loads(body), "key": key}))


@dataclass(frozen=True, slots=True)
class OutboxSender:
    """The job that sends the messages of one kind."""

    database: Database
    cipher: Cipher
    senders: Mapping[MessageKind, MessageSender]
    name: str = "outbox"
    max_attempts: int = MAX_SEND_ATTEMPTS

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[LeasedMessage, ...]:
        """Lease messages that are due."""
        async with self.database.begin() as work:
            messages: list[LeasedMessage] = []
            for kind in self.senders:
                remaining = limit - len(messages)
                messages += await work.outbox.claim(now, leased_until, remaining, kind)
            return tuple(messages)

    async def run(self, lease: LeasedMessage, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Send one message and delete its body; mark it as failed if it cannot be sent."""
        try:
            failure = await self._send(lease)
        except MessageDeferred as deferral:
            async with self.database.begin() as work:
                await work.outbox.defer(lease, deferral.until)
            return
        async with self.database.begin() as work:
            if failure is None:
                await work.outbox.mark_sent(lease)
            else:
                await work.outbox.mark_failed(lease, failure)

    async def postpone(self, lease: LeasedMessage, until: datetime, failure: str) -> None:
        """Try again at ``until``, or mark the message as failed after the last attempt."""
        async with self.database.begin() as work:
            if lease.attempts < self.max_attempts:
                await work.outbox.postpone(lease, until, failure)
            else:
                await work.outbox.mark_failed(lease, failure)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next message without a lease becomes due; None if there is none."""
        async with self.database.read() as reading:
            due_times = [await reading.outbox.next_due(now, kind) for kind in self.senders]
        return min((due for due in due_times if due is not None), default=None)

    async def _send(self, message: LeasedMessage) -> str | None:
        try:
            body = await self._unseal_body(message)
        except UnsealFailed:
            # The secret was checked at the start, so the subject has another key now.
            body = None
        if body is None:
            return "the person it was for has been forgotten"
        try:
            await self.senders[message.kind].deliver(message.dedupe_key, body)
        except UndeliverableMessage as error:
            return str(error)
        return None

    async def _unseal_body(self, message: LeasedMessage) -> bytes | None:
        async with self.database.read() as reading:
            return await encryption.unseal(
                message.sealed,
                subject=message.subject,
                context=_payload_context(message.id),
                reading=reading,
                cipher=self.cipher,
            )


def _payload_context(id: str) -> str:
    return f"outbox.payload of {id}"
