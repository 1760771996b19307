"""Sending what the outbox holds: posted in a transaction, sent after it, at least once."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from gateway.services import vault
from gateway.services.ports.database import Database, Work
from gateway.services.ports.ids import Ids
from gateway.services.ports.messages import Mail, Mails, Sms, Texts, Unsendable
from gateway.services.ports.outbox import MessageKind, NewMessage, WaitingMessage
from gateway.services.ports.vault import Cipher, Unreadable

# By then a message has been tried for about ten hours.
MOST_ATTEMPTS = 18


@dataclass(frozen=True, slots=True)
class Posting:
    """A message to post: its dedupe key, how it travels, whose data it holds, and its body."""

    key: str
    kind: MessageKind
    subject: str
    body: bytes


class Courier(Protocol):
    """Who sends the messages of one kind."""

    async def deliver(self, key: str, body: bytes) -> None:
        """Send ``body``; ``key`` lets the other side know a repetition."""
        ...


def mail(message: Mail, *, subject: str) -> Posting:
    """``message`` as a posting, its body sealed under the key of ``subject``."""
    return Posting(message.key, MessageKind.MAIL, subject, json.dumps(asdict(message)).encode())


def sms(message: Sms, *, subject: str) -> Posting:
    """``message`` as a posting, its body sealed under the key of ``subject``."""
    return Posting(message.key, MessageKind.SMS, subject, json.dumps(asdict(message)).encode())


@dataclass(frozen=True, slots=True)
class Poster:
    """Puts messages into the outbox, sealed."""

    ids: Ids
    cipher: Cipher

    async def post(self, posting: Posting, *, due: datetime, now: datetime, work: Work) -> bool:
        """Whether the message is new; it is sent once the transaction ``work`` is committed."""
        new = self.ids.new("msg")
        sealed = await vault.seal(
            posting.body,
            subject=posting.subject,
            place=_place(new),
            work=work,
            cipher=self.cipher,
        )
        message = NewMessage(new, posting.key, posting.kind, posting.subject, sealed, due)
        return await work.outbox.add(message, now)


@dataclass(frozen=True, slots=True)
class MailCourier:
    """Sends mails."""

    mails: Mails

    async def deliver(self, key: str, body: bytes) -> None:
        """Send the mail whose fields ``body`` holds."""
        await self.mails.send(Mail(**{**json.loads(body), "key": key}))


@dataclass(frozen=True, slots=True)
class SmsCourier:
    """Sends text messages."""

    texts: Texts

    async def deliver(self, key: str, body: bytes) -> None:
        """Send the text message whose fields ``body`` holds."""
        await self.texts.send(Sms(**{**json.loads(body), "key": key}))


@dataclass(frozen=True, slots=True)
class SendMessages:
    """The step that sends the messages of the kinds that it has couriers for.

    One for each kind: none waits behind the others' messages.
    """

    database: Database
    cipher: Cipher
    couriers: Mapping[MessageKind, Courier]
    name: str = "outbox"

    async def claim(
        self, now: datetime, leased_until: datetime, most: int
    ) -> tuple[WaitingMessage, ...]:
        """Messages that are due."""
        async with self.database.begin() as work:
            claimed: list[WaitingMessage] = []
            for kind in self.couriers:
                room = most - len(claimed)
                claimed += await work.outbox.claim(now, leased_until, room, kind)
            return tuple(claimed)

    async def take(self, claimed: WaitingMessage, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Send one message and blank it; one that cannot be sent is kept as failed."""
        failure = await self._failure(claimed)
        async with self.database.begin() as work:
            if failure is None:
                await work.outbox.sent(claimed)
            else:
                await work.outbox.give_up(claimed, failure)

    async def postpone(self, claimed: WaitingMessage, until: datetime, failure: str) -> None:
        """Try again at ``until``, unless it was tried often enough."""
        async with self.database.begin() as work:
            if claimed.attempts < MOST_ATTEMPTS:
                await work.outbox.postpone(claimed, until, failure)
            else:
                await work.outbox.give_up(claimed, failure)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next message falls due."""
        async with self.database.read() as reading:
            due = [await reading.outbox.next_due(now, kind) for kind in self.couriers]
        return min((each for each in due if each is not None), default=None)

    async def _failure(self, claimed: WaitingMessage) -> str | None:
        try:
            body = await self._body(claimed)
        except Unreadable:
            # The secret was tried at the start: the person has another key now.
            body = None
        if body is None:
            return "the person it was for has been forgotten"
        try:
            await self.couriers[claimed.kind].deliver(claimed.dedupe_key, body)
        except Unsendable as refusal:
            return str(refusal)
        return None

    async def _body(self, claimed: WaitingMessage) -> bytes | None:
        async with self.database.read() as reading:
            return await vault.unseal(
                claimed.sealed,
                subject=claimed.subject,
                place=_place(claimed.id),
                reading=reading,
                cipher=self.cipher,
            )


def _place(id: str) -> str:
    return f"outbox.payload of {id}"
