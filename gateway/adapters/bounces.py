"""Bounce messages as mail servers write them (RFC 3464), read from files and maildirs."""

import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from gateway.services.gifts.bounces import Bounce

LARGEST = 10_000_000
"""Bytes of a message that is read at all: a report is a few thousand."""
MESSAGE_ID = re.compile(r"<([^<>@\s]+)@[^<>\s]+>")


class NoMessages(Exception):
    """A place that holds no messages."""


def bounces(place: Path) -> Iterator[Bounce]:
    """What the messages at ``place`` (one file, a maildir, a folder of ``*.eml``) report."""
    for file in _files(place):
        if file.stat().st_size <= LARGEST:
            yield from bounces_of(file.read_bytes())


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    folders = [place / name for name in ("new", "cur") if (place / name).is_dir()]
    found = [each for folder in folders for each in folder.iterdir()] or place.glob("*.eml")
    files = sorted(each for each in found if each.is_file())
    if not files and not folders:
        raise NoMessages(f"{place}: neither a maildir nor a folder of .eml files")
    return files


def bounces_of(content: bytes) -> Iterator[Bounce]:
    """Each recipient whom the message ``content`` reports as failed for good."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    if message.get_content_type() != "multipart/report":
        return
    key = _returned_key(message)
    for fields in _recipients(message):
        if str(fields.get("Action", "")).strip().lower() == "failed":
            yield Bounce(key, _address(fields))


def _recipients(message: EmailMessage) -> Iterator[EmailMessage]:
    """The blocks of fields of the report; its first is about the message as a whole."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (each for each in blocks if isinstance(each, EmailMessage))


def _address(fields: EmailMessage) -> str | None:
    """RFC 3464, 2.3.2: ``rfc822;ada@example.com``."""
    named = str(fields.get("Original-Recipient") or fields.get("Final-Recipient") or "")
    kind, _, address = named.partition(";")
    return address.strip().strip("<>") or None if kind.strip().lower() == "rfc822" else None


def _returned_key(message: EmailMessage) -> str | None:
    """The dedupe key of the mail that came back: the left side of its Message-ID."""
    for part in message.walk():
        match part.get_content_type():
            case "message/rfc822":
                returned = part.get_payload(0)
                text = str(returned["Message-ID"]) if isinstance(returned, EmailMessage) else ""
            case "text/rfc822-headers":
                text = _message_id(part.get_content())
            case _:
                continue
        found = MESSAGE_ID.search(text)
        if found is not None:
            return found[1]
    return None


def _message_id(headers: str) -> str:
    found = email.message_from_string(headers, policy=email.policy.default)
    return str(found["Message-ID"])
