"""E-mail addresses as people type them, and the one form in which they are compared."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

MAX_TYPED = 1_000
"""Characters; longer texts are not even looked at. An address has 254 at most (RFC 5321)."""

_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""ASCII alone: beyond it, whether two letters are one is for the mail server to say."""

_STOPS = "\u3002\uff0e\uff61"
"""What IDNA takes for the dots between labels (UTS 46, section 4)."""
_FULL_WIDTH = range(0xFF01, 0xFF5F)
"""ASCII as East Asian keyboards give it: nothing else is written so."""
_AROUND = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Categories of what is copied along with an address without being seen."""


def normalised(text: str) -> str | None:
    """``text`` as an e-mail address to write to; nothing if it cannot be one.

    The local part stays as it was typed: a server may tell apart what Unicode takes for one.
    The domain is lower case and in its own letters.
    """
    if len(text) > MAX_TYPED:
        return None
    typed = _bare(text)
    try:
        # Whether its domain receives mail is for the mail to find out: no network here.
        found = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        return None
    local, _, domain = typed.rpartition("@")
    return None if any(map(_disguised, domain)) else f"{local}@{found.domain}"


def mailbox(address: str) -> str:
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


def _bare(text: str) -> str:
    """``text`` without what surrounds it unseen."""
    seen = [at for at, each in enumerate(text) if unicodedata.category(each) not in _AROUND]
    return text[seen[0] : seen[-1] + 1] if seen else ""


def _disguised(character: str) -> bool:
    """Whether ``character`` of a domain looks like ASCII: no domain holds it (RFC 5892)."""
    if character.isascii() or character in _STOPS or ord(character) in _FULL_WIDTH:
        return False
    return unicodedata.normalize("NFKC", character).lower().isascii()
