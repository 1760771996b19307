"""E-mail addresses as people type them, and the one form in which they are compared."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

MAX_TYPED_CHARACTERS = 1_000
"""Characters; longer texts are not even looked at. An address has 254 at most (RFC 5321)."""

_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""ASCII alone: beyond it, whether two letters are one is for the mail server to say."""

_IDNA_DOTS = "\u3002\uff0e\uff61"
"""What IDNA takes for the dots between labels (UTS 46, section 4)."""
_FULL_WIDTH = range(0xFF01, 0xFF5F)
"""ASCII as East Asian keyboards give it: nothing else is written so."""
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Categories of what is copied along with an address without being seen."""


def normalize_email(text: str) -> str | None:
    """``text`` as an e-mail address to write to; nothing if it cannot be one.

    The local part stays as it was typed: a server may tell apart what Unicode takes for one.
    The domain is lower case and in its own letters.
    """
    if len(text) > MAX_TYPED_CHARACTERS:
        return None
    email = _strip_invisible(text)
    try:
        # Whether its domain receives mail is for the mail to find out: no network here.
        valid_email = validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return None
    local, _, domain = email.rpartition("@")
    return None if any(map(_looks_like_ascii, domain)) else f"{local}@{valid_email.domain}"


def mailbox_key(address: str) -> str:
    """What two spellings of ``address`` have in common, if they lead to one mailbox.

    The domain is in IDNA 2008's A-labels (RFC 5890), in which it is looked up: ß is not ss. The
    local part is folded in ASCII only.
    """
    local, _, domain = address.rpartition("@")
    return f"{local.translate(_UPPER_TO_LOWER)}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """``domain`` as it is looked up, in lower case; where it cannot be, as it is."""
    if domain.isascii():
        return domain.translate(_UPPER_TO_LOWER)
    try:
        # Of UTS 46, which also does the lower case, the mapping that keeps ß and ς.
        return validate_email(f"x@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return domain


def _strip_invisible(text: str) -> str:
    """``text`` without what surrounds it unseen."""
    visible = [
        index
        for index, character in enumerate(text)
        if unicodedata.category(character) not in _INVISIBLE_CATEGORIES
    ]
    return text[visible[0] : visible[-1] + 1] if visible else ""


def _looks_like_ascii(character: str) -> bool:
    """Whether ``character`` of a domain looks like ASCII: no domain holds it (RFC 5892)."""
    if character.isascii() or character in _IDNA_DOTS or ord(character) in _FULL_WIDTH:
        return False
    return unicodedata.normalize("NFKC", character).lower().isascii()
