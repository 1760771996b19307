"""Normalization and comparison of e-mail addresses."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

MAX_TYPED_CHARACTERS = 1_000
"""Characters; longer texts are refused unread. An address has at most 254 (RFC 5321)."""

_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""ASCII only, because other letters that look alike may differ for the mail server."""

_IDNA_DOTS = "\u3002\uff0e\uff61"
"""The characters that IDNA treats as dots between labels (UTS 46, section 4)."""
_FULL_WIDTH = range(0xFF01, 0xFF5F)
"""The full-width forms of ASCII, which East Asian keyboards produce."""
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Unicode categories of the invisible characters that are copied along with an address."""


def normalize_email(text: str) -> str | None:
    """``text`` as an e-mail address to send to; None if it is not one.

    The local part stays as typed, because a server may distinguish what Unicode normalizes.
    The domain is in lower case and in Unicode, not in A-labels.
    """
    if len(text) > MAX_TYPED_CHARACTERS:
        return None
    email = _strip_invisible(text)
    try:
        # Without a query of DNS: a domain that receives no mail shows when the mail is sent.
        valid_email = validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return None
    local, _, domain = email.rpartition("@")
    return None if any(map(_looks_like_ascii, domain)) else f"{local}@{valid_email.domain}"


def mailbox_key(address: str) -> str:
    """The form in which two spellings of one mailbox's address are equal.

    The domain is in A-labels of IDNA 2008 (RFC 5890), where ß is not ss. In the local part only
    ASCII letters are made lower case.
    """
    local, _, domain = address.rpartition("@")
    return f"{local.translate(_UPPER_TO_LOWER)}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """``domain`` in A-labels and lower case; unchanged if IDNA 2008 does not allow it."""
    if domain.isascii():
        return domain.translate(_UPPER_TO_LOWER)
    try:
        # The mapping of UTS 46 makes lower case too; non-transitional, so that ß and ς stay.
        return validate_email(f"x@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return domain


def _strip_invisible(text: str) -> str:
    """``text`` without invisible characters at its ends."""
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
