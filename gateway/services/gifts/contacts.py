"""Recipients' contacts: in one spelling, and found by blind indexes."""

from email_validator import EmailNotValidError, validate_email

from gateway.engine.cleaning import one_line
from gateway.services.ports.vault import Cipher


def email_of(text: str) -> str | None:
    """``text`` as an e-mail address in one spelling; nothing if it cannot be one."""
    try:
        found = validate_email(one_line(text), check_deliverability=False)
    except EmailNotValidError:
        return None
    return found.normalized


def blind_of(contact: str, cipher: Cipher) -> tuple[str, ...]:
    """What finds ``contact`` without holding it; the first is the one to keep."""
    return cipher.blind("recipient's contact", contact.casefold())
