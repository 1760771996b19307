"""Recipients' contacts: in one spelling, and found by blind indexes."""

from gateway.services.identity.emails import mailbox, normalised
from gateway.services.ports.vault import Cipher


def email_of(text: str) -> str | None:
    """``text`` as an e-mail address in one spelling; nothing if it cannot be one."""
    return normalised(text)


def contact_key(contact: str) -> str:
    """What two spellings of one contact, an e-mail address or a number, have in common."""
    return mailbox(contact) if "@" in contact else contact


def blind_of(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds ``contact`` without holding it; the first is the one to keep."""
    return cipher.blind("recipient's contact", contact_key(contact))


def blinds_of_wishes(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds the wish of ``contact`` for no messages, also one of earlier days.

    Letters were compared then that mail servers keep apart: rather one message too few.
    """
    earlier = cipher.blind("recipient's contact", contact.casefold())
    return tuple(dict.fromkeys((*blind_of(contact, cipher), *earlier)))
