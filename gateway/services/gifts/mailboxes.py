"""Whose contact it is, whatever tag it carries: who wants no messages, and who was forgotten."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.values import Channel, Recipient
from gateway.services.gifts.contacts import blind_of, blinds_of_wishes, contact_key
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.vault import Cipher

ANYBODY = "*"
"""In place of a giver: no gifts of anybody are wanted. It is what being forgotten leaves."""


def untagged(contact: str) -> str:
    """``contact`` without what follows a plus in an e-mail address, as contacts are compared."""
    name, at, domain = contact_key(contact).rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{domain}" if at else domain


def mailbox_of(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds everybody's messages to the mailbox or telephone behind ``contact``."""
    return cipher.blind("recipient's mailbox", untagged(contact))


def all_blinds(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """Everything under which ``contact`` may stand, by itself and as a mailbox."""
    mailbox = mailbox_of(contact, cipher)
    spelt = (*blinds_of_wishes(contact, cipher), *blinds_of_wishes(untagged(contact), cipher))
    return tuple(dict.fromkeys((*mailbox, *spelt)))


def kept_blinds(contacts: Iterable[str], cipher: Cipher) -> list[str]:
    """What is kept of ``contacts`` to find a gift by."""
    return [
        blind
        for each in contacts
        for blind in (blind_of(each, cipher)[0], mailbox_of(each, cipher)[0])
    ]


async def is_unwanted(contact: str, giver_id: str, *, reading: Reading, cipher: Cipher) -> bool:
    """Whether no message may go to ``contact`` for gifts of ``giver_id``."""
    return await reading.gift_contacts.blocked(all_blinds(contact, cipher), giver_id)


async def is_forgotten(contact: str, *, reading: Reading, cipher: Cipher) -> bool:
    """Whether the holder of ``contact`` wants nothing kept of them."""
    return await is_unwanted(contact, ANYBODY, reading=reading, cipher=cipher)


async def block(
    contacts: Sequence[str], giver_id: str, now: datetime, *, work: Work, cipher: Cipher
) -> None:
    """No message to ``contacts`` for gifts of ``giver_id`` from now on."""
    blinds = [mailbox_of(each, cipher)[0] for each in contacts]
    await work.gift_contacts.block(blinds, giver_id, now)


async def open_channels(
    channels: Iterable[Channel], giver_id: str, *, reading: Reading, cipher: Cipher
) -> tuple[Channel, ...]:
    """Those of ``channels`` by which messages are welcome."""
    return tuple(
        [
            each
            for each in channels
            if not await is_unwanted(each.contact, giver_id, reading=reading, cipher=cipher)
        ]
    )


async def welcome_contacts(
    recipient: Recipient,
    channels: Iterable[Channel],
    giver_id: str,
    *,
    reading: Reading,
    cipher: Cipher,
) -> tuple[Recipient, tuple[Channel, ...]]:
    """``recipient`` and their ``channels`` as a gift of ``giver_id`` may keep and use them.

    Of contacts whose holder wants nothing kept of them, nothing is.
    """
    known = tuple(channels)
    open_ = await open_channels(known, giver_id, reading=reading, cipher=cipher)
    forgotten = {
        each.contact
        for each in known
        if each not in open_ and await is_forgotten(each.contact, reading=reading, cipher=cipher)
    }
    if recipient.email in forgotten:
        recipient = replace(recipient, email=None)
    if recipient.phone in forgotten:
        recipient = replace(recipient, phone=None)
    return recipient, open_
