"""The mails that a store sends, read by tests."""

from dataclasses import dataclass, field
from datetime import timedelta

from gateway.services.outbox import MailDelivery, OutboxSender
from gateway.services.ports.messages import Mail
from gateway.services.ports.outbox import MessageKind
from tests.store import Store


@dataclass
class Postbox:
    """Keeps the mails that are sent."""

    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


async def read_mails(store: Store) -> dict[str, str]:
    """The texts of all mails, by the first two words of their keys."""
    return {"-".join(mail.key.split("-")[:2]): mail.text for mail in await send_due_mails(store)}


async def send_due_mails(store: Store) -> list[Mail]:
    """The mails that are due now, which have then left."""
    postbox, now = Postbox(), store.clock.now()
    parts = store.dependencies
    sender = OutboxSender(parts.database, parts.cipher, {MessageKind.MAIL: MailDelivery(postbox)})
    for lease in await sender.claim(now, now + timedelta(minutes=1), 99):
        await sender.run(lease, now)
    return postbox.mails
