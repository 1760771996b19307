"""The day's messages to one contact, counted in the database over all gifts and givers."""

from collections.abc import Iterable
from datetime import datetime

from gateway.engine.gifts.allowance import DAY, next_message_at, recent_times
from gateway.engine.gifts.gift import Gift
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.mailboxes import remove_plus_tag
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.encryption import Cipher

CLEANUP_BATCH_SIZE = 20
"""Contacts that are forgotten, a day after their last message, with each that is counted."""


async def reserve_message(
    contact: str, now: datetime, *, work: UnitOfWork, dependencies: GiftDependencies
) -> datetime:
    """``now``, the message being counted; or, nothing being counted, when it may go."""
    limit = dependencies.policy.gifts.max_daily_contact_messages
    if limit is None:
        return now
    contact_index = _contact_index(contact, dependencies.cipher)
    times = await work.contact_messages.lock_and_load(contact_index, now)
    allowed_at = next_message_at(times, now, limit)
    if allowed_at == now:
        await work.contact_messages.save(contact_index, (*recent_times(times, now), now))
        await work.contact_messages.prune(now - DAY, CLEANUP_BATCH_SIZE)
    return allowed_at


async def lock_contacts(
    gifts: Iterable[Gift], *, work: UnitOfWork, dependencies: GiftDependencies
) -> None:
    """Lock what the recipients of ``gifts`` are counted by, in one order.

    Transactions that write to several of the same people wait for one another in no circle.
    """
    if dependencies.policy.gifts.max_daily_contact_messages is None:
        return
    contacts = {channel.contact for gift in gifts for channel in gift.channels}
    for contact_index in sorted({_contact_index(each, dependencies.cipher) for each in contacts}):
        await work.contact_messages.lock_and_load(contact_index, dependencies.clock.now())


def _contact_index(contact: str, cipher: Cipher) -> str:
    return cipher.blind_indexes("messages to a contact", remove_plus_tag(contact))[0]
