"""Bounced mails to recipients, whose gifts continue without the channel of the mail."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.engine.gifts.gift import Channel, ChannelKind, Gift
from gateway.services.gifts.contacts import contact_indexes, contact_key, normalize_contact_email
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_store import load_gift
from gateway.services.gifts.shipments import record_bounce
from gateway.services.ports.database import ReadSession

INVITATION_KEY_PATTERN = re.compile(r"(gft_[A-Za-z0-9]+)\.(\d{1,3})\.\d{1,3}")
"""The dedupe key of a mail to a recipient: gift id, index of the channel, number of the message."""
MAX_GIFTS_PER_ADDRESS = 100
"""Gifts for one address that are checked if the report does not name a mail."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report of a mail that was not delivered, with its ``key`` and recipient if it has them."""

    key: str | None
    recipient: str | None = field(repr=False)


async def record_bounces(bounces: Iterable[Bounce], *, dependencies: GiftDependencies) -> int:
    """Close the channels of bounced mails; returns the number of changed gifts.

    A report that is read again changes nothing.
    """
    return sum([await _record_bounce(each, dependencies) for each in bounces])


async def _record_bounce(bounce: Bounce, dependencies: GiftDependencies) -> int:
    recorded_count = 0
    for gift_id in await _find_waiting_gift_ids(bounce, dependencies):
        outcome = await record_bounce(gift_id, ChannelKind.EMAIL, dependencies=dependencies)
        recorded_count += outcome.value is not None
    return recorded_count


async def _find_waiting_gift_ids(bounce: Bounce, dependencies: GiftDependencies) -> list[str]:
    """The ids of the gifts that wait for an answer to the bounced mail."""
    async with dependencies.database.read() as reading:
        ids = await _find_gift_ids(bounce, reading, dependencies)
        versioned_gifts = [
            await load_gift(each, reading=reading, dependencies=dependencies) for each in ids
        ]
    return [each.gift.id for each in versioned_gifts if each and _awaits_answer(each.gift, bounce)]


async def _find_gift_ids(
    bounce: Bounce, reading: ReadSession, dependencies: GiftDependencies
) -> tuple[str, ...]:
    match = INVITATION_KEY_PATTERN.fullmatch(bounce.key or "")
    if match is not None:
        return (match[1],)
    address = normalize_contact_email(bounce.recipient or "")
    if bounce.key is not None or address is None:
        # The key of another mail than an invitation names no gift.
        return ()
    blind_indexes = contact_indexes(address, dependencies.cipher)
    return await reading.gift_contacts.find_gift_ids(
        blind_indexes, verified=False, limit=MAX_GIFTS_PER_ADDRESS
    )


def _awaits_answer(gift: Gift, bounce: Bounce) -> bool:
    channel = gift.open_channel
    if channel is None or channel.messages == 0 or channel.kind is not ChannelKind.EMAIL:
        return False
    match = INVITATION_KEY_PATTERN.fullmatch(bounce.key or "")
    if match is not None:
        return gift.channels.index(channel) == int(match[2])
    return _is_same_mailbox(channel, bounce.recipient)


def _is_same_mailbox(channel: Channel, recipient: str | None) -> bool:
    address = normalize_contact_email(recipient or "")
    return address is not None and contact_key(address) == contact_key(channel.contact)
