"""Recording what the outside said of a gift, each in a transaction of its own."""

from datetime import datetime

from gateway.engine.gifts.events import Event, Searched
from gateway.engine.gifts.transitions import Refused, leads_on, with_search
from gateway.engine.gifts.values import Gift
from gateway.services.gifts.keeping import announce, happen, put
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import KeptGift
from gateway.services.gifts.unwelcome import welcome_facts
from gateway.services.ports.database import Stale


async def record(held: KeptGift, event: Event, *, parts: GiftParts) -> None:
    """Record ``event``; raises ``Stale`` if the gift moved on while the outside was asked."""
    async with parts.database.begin() as work:
        after = await happen(held, event, work=work, parts=parts)
        if isinstance(after, Refused):
            raise Stale(held.gift.id)
    await announce(after.gift, parts=parts)


async def record_search(
    held: KeptGift, found: Searched, now: datetime, *, parts: GiftParts
) -> None:
    """Record what the sources said, as an event where it moves the gift."""
    async with parts.database.begin() as work:
        wanted = await welcome_facts(held.gift, found, work=work, parts=parts)
        if not leads_on(held.gift, wanted, parts.rules):
            searched = with_search(held.gift, wanted)
            await put(searched, held.version, now, work=work, parts=parts)
            return
        after = await happen(held, wanted, work=work, parts=parts)
        if isinstance(after, Refused):
            raise Stale(held.gift.id)
    await announce(after.gift, parts=parts)


async def put_alone(held: KeptGift, gift: Gift, now: datetime, *, parts: GiftParts) -> KeptGift:
    """``gift`` saved as it is; raises ``Stale`` if the one held has moved on."""
    async with parts.database.begin() as work:
        return await put(gift, held.version, now, work=work, parts=parts)
