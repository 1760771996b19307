"""The messages in the folder of the file senders, read back for who develops with the gateway."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

MAX_FILE_BYTES = 256 * 1024
"""A larger file was not written by the senders and is not read."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A mail or an SMS as it was sent: to whom, what about, its text, and when."""

    to: str
    subject: str
    text: str
    sent_at: datetime


class MessageFolder:
    """The messages of the file senders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def list_latest(self, limit: int) -> tuple[SentMessage, ...]:
        """At most ``limit`` messages, the latest first."""
        return await asyncio.to_thread(self._list_latest, limit)

    def _list_latest(self, limit: int) -> tuple[SentMessage, ...]:
        dated_files: list[tuple[float, str, Path]] = []
        for pattern in ("*.eml", "*.sms"):
            for file in self._folder.glob(pattern):
                # A message that is replaced or forgotten meanwhile is left out.
                try:
                    status = file.stat()
                except FileNotFoundError:
                    continue
                if status.st_size <= MAX_FILE_BYTES:
                    dated_files.append((status.st_mtime, file.name, file))
        latest = sorted(dated_files, reverse=True)[:limit]
        messages = (_read_message(file, modified) for modified, _, file in latest)
        return tuple(message for message in messages if message is not None)


def _read_message(file: Path, modified: float) -> SentMessage | None:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    sent_at = datetime.fromtimestamp(modified, UTC)
    if file.suffix == ".sms":
        number, _, text = content.decode(errors="replace").partition("\n\n")
        return SentMessage(number, "SMS", text, sent_at)
    mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    body = mail.get_body(("plain",))
    text = "" if body is None else body.get_content()
    return SentMessage(str(mail["To"] or ""), str(mail["Subject"] or ""), text, sent_at)
