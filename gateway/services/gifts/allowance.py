"""The day's messages to one contact, counted in the database over all gifts and givers."""

from collections.abc import Iterable
from datetime import datetime

from gateway.engine.gifts.allowance import DAY, free_at, recent
from gateway.engine.gifts.values import Gift
from gateway.services.gifts.mailboxes import untagged
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.database import Work
from gateway.services.ports.vault import Cipher

FORGOTTEN_AT_ONCE = 20
"""Contacts that are forgotten, a day after their last message, with each that is counted."""


async def free_or_taken(contact: str, now: datetime, *, work: Work, parts: GiftParts) -> datetime:
    """``now``, the message being counted; or, nothing being counted, when it may go."""
    most = parts.policy.gifts.contact_daily
    if most is None:
        return now
    blind = _blind(contact, parts.cipher)
    times = await work.contact_messages.lock(blind, now)
    at = free_at(times, now, most)
    if at == now:
        await work.contact_messages.save(blind, (*recent(times, now), now))
        await work.contact_messages.forget(now - DAY, FORGOTTEN_AT_ONCE)
    return at


async def lock_contacts(gifts: Iterable[Gift], *, work: Work, parts: GiftParts) -> None:
    """Lock what the recipients of ``gifts`` are counted by, in one order.

    Transactions that write to several of the same people wait for one another in no circle.
    """
    if parts.policy.gifts.contact_daily is None:
        return
    contacts = {channel.contact for gift in gifts for channel in gift.channels}
    for blind in sorted({_blind(each, parts.cipher) for each in contacts}):
        await work.contact_messages.lock(blind, parts.clock.now())


def _blind(contact: str, cipher: Cipher) -> str:
    return cipher.blind("messages to a contact", untagged(contact))[0]
