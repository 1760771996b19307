"""Mails to recipients that came back: the gifts they were about go on without them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.engine.gifts.values import Channel, ChannelKind, Gift
from gateway.services.gifts.contacts import blind_of, contact_key, email_of
from gateway.services.gifts.keeping import fetched
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.shipping import contact_failed
from gateway.services.ports.database import Reading

INVITATION = re.compile(r"(gft_[A-Za-z0-9]+)\.(\d{1,3})\.\d{1,3}")
"""The dedupe key of a mail to a recipient: the gift, the place of its channel, which message."""
MOST_GIFTS = 100
"""Gifts for one address that are looked through where the report names no mail."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report of failure: the ``key`` of the mail and to whom it was, as far as it tells."""

    key: str | None
    recipient: str | None = field(repr=False)


async def take_bounces(bounces: Iterable[Bounce], *, parts: GiftParts) -> int:
    """How many gifts have lost the channel by which they waited for an answer.

    What is read again changes nothing: the channel is spent.
    """
    return sum([await _take(each, parts) for each in bounces])


async def _take(bounce: Bounce, parts: GiftParts) -> int:
    told = 0
    for gift_id in await _about(bounce, parts):
        outcome = await contact_failed(gift_id, ChannelKind.EMAIL, parts=parts)
        told += outcome.value is not None
    return told


async def _about(bounce: Bounce, parts: GiftParts) -> list[str]:
    """The gifts that wait for an answer to what came back."""
    async with parts.database.read() as reading:
        ids = await _named(bounce, reading, parts)
        held = [await fetched(each, reading=reading, parts=parts) for each in ids]
    return [each.gift.id for each in held if each and _waits(each.gift, bounce)]


async def _named(bounce: Bounce, reading: Reading, parts: GiftParts) -> tuple[str, ...]:
    found = INVITATION.fullmatch(bounce.key or "")
    if found is not None:
        return (found[1],)
    address = email_of(bounce.recipient or "")
    if bounce.key is not None or address is None:
        # What is known not to be an invitation says nothing of a gift.
        return ()
    blinds = blind_of(address, parts.cipher)
    return await reading.gift_contacts.gifts_for(blinds, verified=False, most=MOST_GIFTS)


def _waits(gift: Gift, bounce: Bounce) -> bool:
    channel = gift.open_channel
    if channel is None or channel.messages == 0 or channel.kind is not ChannelKind.EMAIL:
        return False
    found = INVITATION.fullmatch(bounce.key or "")
    if found is not None:
        return gift.channels.index(channel) == int(found[2])
    return _same(channel, bounce.recipient)


def _same(channel: Channel, recipient: str | None) -> bool:
    address = email_of(recipient or "")
    return address is not None and contact_key(address) == contact_key(channel.contact)
