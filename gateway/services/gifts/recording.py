"""Recording what the outside said of a gift, each in a transaction of its own."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.events import Event, Searched
from gateway.engine.gifts.transitions import Refused
from gateway.engine.gifts.values import Gift
from gateway.services.gifts.contacts import blind_of
from gateway.services.gifts.keeping import announce, happen, put
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import KeptGift
from gateway.services.ports.database import Stale, Work


async def record(held: KeptGift, event: Event, *, parts: GiftParts) -> None:
    """Record ``event``; raises ``Stale`` if the gift moved on while the outside was asked."""
    async with parts.database.begin() as work:
        wanted = await _wanted(held.gift, event, work, parts)
        after = await happen(held, wanted, work=work, parts=parts)
        if isinstance(after, Refused):
            raise Stale(held.gift.id)
    await announce(after.gift, parts=parts)


async def _wanted(gift: Gift, event: Event, work: Work, parts: GiftParts) -> Event:
    """``event`` without found contacts that want no messages; the rest are remembered."""
    if not isinstance(event, Searched):
        return event
    open_ = []
    for channel in event.channels:
        blinds = blind_of(channel.contact, parts.cipher)
        if not await work.gift_contacts.blocked(blinds, gift.giver_id):
            open_.append(channel)
            await work.gift_contacts.add(gift.id, blinds[:1])
    return replace(event, channels=tuple(open_))


async def put_alone(held: KeptGift, gift: Gift, now: datetime, *, parts: GiftParts) -> None:
    """Save ``gift`` as it is; raises ``Stale`` if the one held has moved on."""
    async with parts.database.begin() as work:
        await put(gift, held.version, now, work=work, parts=parts)
