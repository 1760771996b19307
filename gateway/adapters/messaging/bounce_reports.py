"""Bounce reports of mail servers (RFC 3464), read from files and maildirs."""

import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from gateway.services.gifts.bounced_mails import Bounce

MAX_MESSAGE_BYTES = 10_000_000
"""A larger message is skipped; a report has a few thousand bytes."""
MESSAGE_ID_PATTERN = re.compile(r"<([^<>@\s]+)@[^<>\s]+>")


class NoMessagesFound(Exception):
    """There are no messages at the given path."""


def read_bounces(path: Path) -> Iterator[Bounce]:
    """The bounces in the messages at ``path``: a file, a maildir or a folder of ``*.eml``."""
    for file in _list_message_files(path):
        if file.stat().st_size <= MAX_MESSAGE_BYTES:
            yield from parse_bounces(file.read_bytes())


def _list_message_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    folders = [path / name for name in ("new", "cur") if (path / name).is_dir()]
    entries = [entry for folder in folders for entry in folder.iterdir()] or path.glob("*.eml")
    files = sorted(entry for entry in entries if entry.is_file())
    if not files and not folders:
        raise NoMessagesFound(f"{path}: neither a maildir nor a folder of .eml files")
    return files


def parse_bounces(content: bytes) -> Iterator[Bounce]:
    """The recipients to whom delivery has failed for good by the report ``content``."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    if message.get_content_type() != "multipart/report":
        return
    key = _returned_dedupe_key(message)
    for fields in _recipient_blocks(message):
        if str(fields.get("Action", "")).strip().lower() == "failed":
            yield Bounce(key, _recipient_address(fields))


def _recipient_blocks(message: EmailMessage) -> Iterator[EmailMessage]:
    """The blocks of fields of the report; the first one is about the whole message."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (block for block in blocks if isinstance(block, EmailMessage))


def _recipient_address(fields: EmailMessage) -> str | None:
    """The address in a field such as ``rfc822;ada@example.com`` (RFC 3464, 2.3.2)."""
    recipient_field = str(fields.get("Original-Recipient") or fields.get("Final-Recipient") or "")
    kind, _, address = recipient_field.partition(";")
    return address.strip().strip("<>") or None if kind.strip().lower() == "rfc822" else None


def _returned_dedupe_key(message: EmailMessage) -> str | None:
    """The dedupe key of the returned mail, which is the left side of its Message-ID."""
    for part in message.walk():
        match part.get_content_type():
            case "message/rfc822":
                returned_mail = part.get_payload(0)
                message_id_text = (
                    str(returned_mail["Message-ID"])
                    if isinstance(returned_mail, EmailMessage)
                    else ""
                )
            case "text/rfc822-headers":
                message_id_text = _message_id_from_headers(part.get_content())
            case _:
                continue
        message_id = MESSAGE_ID_PATTERN.search(message_id_text)
        if message_id is not None:
            return message_id[1]
    return None


def _message_id_from_headers(headers: str) -> str:
    message = email.message_from_string(headers, policy=email.policy.default)
    return str(message["Message-ID"])
