"""Mailboxes, which are contacts without tags: their blocks and erasures."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.gift import Channel, Gift
from gateway.engine.gifts.redaction import without_phones
from gateway.services.gifts.contacts import contact_indexes, contact_key, opt_out_indexes
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher

ANY_GIVER = "*"
"""The giver id in a block that applies to all givers, as after an erasure."""


def remove_plus_tag(contact: str) -> str:
    """``contact`` without the tag after a plus in an e-mail address."""
    local_part, separator, domain = contact_key(contact).rpartition("@")
    return (
        f"{local_part.partition('+')[0] or local_part}{separator}{domain}" if separator else domain
    )


def mailbox_indexes(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of the mailbox or telephone of ``contact``, which count messages."""
    return cipher.blind_indexes("recipient's mailbox", remove_plus_tag(contact))


def mailbox_index(contact: str, cipher: Cipher) -> str:
    """The blind index that is stored for the mailbox or telephone of ``contact``."""
    return mailbox_indexes(contact, cipher)[0]


def all_contact_indexes(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """All blind indexes of ``contact``, itself and as a mailbox."""
    own_mailbox_indexes = mailbox_indexes(contact, cipher)
    spelling_indexes = (
        *opt_out_indexes(contact, cipher),
        *opt_out_indexes(remove_plus_tag(contact), cipher),
    )
    return tuple(dict.fromkeys((*own_mailbox_indexes, *spelling_indexes)))


def stored_contact_indexes(contacts: Iterable[str], cipher: Cipher) -> list[str]:
    """The blind indexes by which a gift with ``contacts`` is found."""
    return [
        blind_index
        for each in contacts
        for blind_index in (contact_indexes(each, cipher)[0], mailbox_index(each, cipher))
    ]


async def is_blocked(contact: str, giver_id: str, *, reading: ReadSession, cipher: Cipher) -> bool:
    """Whether messages to ``contact`` for gifts of ``giver_id`` are blocked."""
    return await reading.gift_contacts.is_blocked(all_contact_indexes(contact, cipher), giver_id)


async def is_erased(contact: str, *, reading: ReadSession, cipher: Cipher) -> bool:
    """Whether ``contact`` was erased."""
    return await is_any_erased((contact,), reading=reading, cipher=cipher)


async def is_any_erased(contacts: Iterable[str], *, reading: ReadSession, cipher: Cipher) -> bool:
    """Whether one of ``contacts`` was erased."""
    blind_indexes = [
        blind_index for each in contacts for blind_index in all_contact_indexes(each, cipher)
    ]
    return await reading.gift_contacts.is_blocked(blind_indexes, ANY_GIVER)


async def block_contacts(
    contacts: Sequence[str], giver_id: str, now: datetime, *, work: UnitOfWork, cipher: Cipher
) -> None:
    """Block messages to ``contacts`` for gifts of ``giver_id``."""
    blind_indexes = [mailbox_index(each, cipher) for each in contacts]
    await work.gift_contacts.block(blind_indexes, giver_id, now)


async def filter_allowed_channels(
    channels: Iterable[Channel], giver_id: str, *, reading: ReadSession, cipher: Cipher
) -> tuple[Channel, ...]:
    """The ones of ``channels`` that are not blocked."""
    return tuple(
        [
            each
            for each in channels
            if not await is_blocked(each.contact, giver_id, reading=reading, cipher=cipher)
        ]
    )


async def save_allowed_contacts(gift: Gift, *, work: UnitOfWork, cipher: Cipher) -> Gift:
    """Save the contacts of the recipient, by which the gift is found; returns the allowed part.

    The returned gift has no erased contacts and no channels to blocked ones. The giver is not told.
    """
    channels = await filter_allowed_channels(
        gift.channels, gift.giver_id, reading=work, cipher=cipher
    )
    erased_contacts = {
        each.contact
        for each in gift.channels
        if each not in channels and await is_erased(each.contact, reading=work, cipher=cipher)
    }
    recipient = gift.recipient
    candidates = gift.candidates
    if recipient.email in erased_contacts:
        recipient = replace(recipient, email=None)
    if recipient.phone in erased_contacts:
        candidates = without_phones(candidates, {recipient.phone})
        recipient = replace(recipient, phone=None)
    contacts = [each for each in (recipient.email, recipient.phone) if each]
    await work.gift_contacts.add(gift.id, stored_contact_indexes(contacts, cipher))
    return replace(gift, recipient=recipient, channels=channels, candidates=candidates)
