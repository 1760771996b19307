"""The daily limit of messages to one contact, over all gifts and givers."""

from collections.abc import Iterable
from datetime import datetime

from gateway.engine.gifts.allowance import DAY, next_message_at, recent_times
from gateway.engine.gifts.gift import Gift
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.mailboxes import remove_plus_tag
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.encryption import Cipher

CLEANUP_BATCH_SIZE = 20
"""Contacts without a message in the last day that are deleted with each new message."""


async def reserve_message(
    contact: str, now: datetime, *, work: UnitOfWork, dependencies: GiftDependencies
) -> datetime:
    """Count a message and return ``now``; at the limit return when it may be sent instead."""
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
    """Lock the message counts of the recipients of ``gifts``, always in the same order.

    So transactions with messages to the same people cannot deadlock.
    """
    if dependencies.policy.gifts.max_daily_contact_messages is None:
        return
    contacts = {channel.contact for gift in gifts for channel in gift.channels}
    for contact_index in sorted({_contact_index(each, dependencies.cipher) for each in contacts}):
        await work.contact_messages.lock_and_load(contact_index, dependencies.clock.now())


def _contact_index(contact: str, cipher: Cipher) -> str:
    return cipher.blind_indexes("messages to a contact", remove_plus_tag(contact))[0]
