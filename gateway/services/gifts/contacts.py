"""Normalization and blind indexes of recipients' contacts."""

from gateway.services.identity.emails import mailbox_key, normalize_email
from gateway.services.ports.encryption import Cipher


def normalize_contact_email(text: str) -> str | None:
    """``text`` as a normalized e-mail address; None if it is not one."""
    return normalize_email(text)


def contact_key(contact: str) -> str:
    """The normal form of a contact: an e-mail address or a telephone number."""
    return mailbox_key(contact) if "@" in contact else contact


def contact_indexes(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of ``contact``; the first is the one to store."""
    return cipher.blind_indexes("recipient's contact", contact_key(contact))


def opt_out_indexes(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes by which a block of ``contact`` is found, with those of earlier versions.

    Those folded letters that mail servers distinguish, so a block may match too many contacts.
    """
    earlier_indexes = cipher.blind_indexes("recipient's contact", contact.casefold())
    return tuple(dict.fromkeys((*contact_indexes(contact, cipher), *earlier_indexes)))
