"""Conversion of mails to RFC 5322 messages."""

import re
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from gateway.services.identity.emails import ascii_domain
from gateway.services.ports.messages import Mail, UndeliverableMessage

KEY_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
"""A key is used as a file name and in a Message-ID, so it has only dot-atom characters."""


def validate_key(key: str) -> str:
    """Return ``key`` if it is valid as a file name and in a Message-ID."""
    if KEY_PATTERN.fullmatch(key) is None:
        raise UndeliverableMessage("a dedupe key holds letters, digits, '_', '.' and '-' only")
    return key


def to_email_message(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """The message for ``mail``, sent by ``sender``.

    A local part outside of ASCII makes it an internationalised message (RFC 6532).

    Raises:
        UndeliverableMessage: a header would contain a line break.

    """
    local_part = parseaddr(mail.to)[1].rpartition("@")[0]
    message = EmailMessage(policy=SMTP if local_part.isascii() else SMTPUTF8)
    try:
        message["From"] = _parse_address(sender)
        message["To"] = _parse_address(mail.to)
        message["Subject"] = mail.subject
    except (ValueError, IndexError, HeaderParseError) as error:
        raise UndeliverableMessage("an address or the subject cannot stand in a header") from error
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{validate_key(mail.key)}@{_parse_address(sender).domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: prevents out-of-office replies
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


def _parse_address(text: str) -> Address:
    if "\r" in text or "\n" in text:
        raise ValueError("a line break in an address")
    name, plain_address = parseaddr(text)
    local_part, _, domain = plain_address.rpartition("@")
    # Domains are written as A-labels, which every server accepts.
    if local_part.isascii():
        address = Address(name, addr_spec=f"{local_part}@{ascii_domain(domain)}")
    else:
        address = Address(name, username=local_part, domain=ascii_domain(domain))
    if not (address.username and address.domain):
        raise ValueError("not an address")
    return address
