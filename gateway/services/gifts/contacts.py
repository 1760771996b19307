"""Recipients' contacts: in one spelling, and found by blind indexes."""

from gateway.services.identity.emails import mailbox_key, normalize_email
from gateway.services.ports.encryption import Cipher


def normalize_contact_email(text: str) -> str | None:
    """``text`` as an e-mail address in one spelling; nothing if it cannot be one."""
    return normalize_email(text)


def contact_key(contact: str) -> str:
    """The normal form of a contact: an e-mail address or a telephone number."""
    return mailbox_key(contact) if "@" in contact else contact


def contact_indexes(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """The blind indexes of ``contact``; the first is the one to store."""
    return cipher.blind_indexes("recipient's contact", contact_key(contact))


def opt_out_indexes(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds the wish of ``contact`` for no messages, also one of earlier days.

    Letters were compared then that mail servers keep apart: rather one message too few.
    """
    earlier_indexes = cipher.blind_indexes("recipient's contact", contact.casefold())
    return tuple(dict.fromkeys((*contact_indexes(contact, cipher), *earlier_indexes)))
