"""Senders that write messages to files, for use without a mail server or an SMS service."""

import asyncio
from contextlib import suppress
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

from gateway.adapters.atomic_files import write_atomically
from gateway.adapters.messaging.mail_format import to_email_message, validate_key
from gateway.services.ports.clock import Clock
from gateway.services.ports.messages import Mail, Sms


class FileMailSender:
    """Writes each mail to an RFC 5322 file ``KEY.eml``; sending it again replaces the file."""

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Write ``mail`` to its file."""
        content = to_email_message(mail, self._sender, self._clock.now()).as_bytes()
        await asyncio.to_thread(write_atomically, self._folder, f"{mail.key}.eml", content)


class FileSmsSender:
    """Writes each SMS to a file ``KEY.sms`` with the number, a blank line and the text."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, sms: Sms) -> None:
        """Write ``sms`` to its file."""
        name = f"{validate_key(sms.key)}.sms"
        content = f"{sms.to}\n\n{sms.text}\n".encode()
        await asyncio.to_thread(write_atomically, self._folder, name, content)


class SentMessageFiles:
    """The files that both senders have written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def discard(self, prefix: str) -> None:
        """Delete the files whose key begins with ``prefix``."""
        await asyncio.to_thread(self._delete_files, validate_key(prefix))

    async def discard_addressed_to(self, email: str) -> None:
        """Delete the mails that were sent to ``email``."""
        await asyncio.to_thread(self._delete_mails, email)

    def _delete_mails(self, email: str) -> None:
        for file in self._folder.glob("*.eml"):
            with suppress(FileNotFoundError), file.open("rb") as content:
                headers = BytesHeaderParser(policy=default).parse(content)
                if email in {address.addr_spec for address in headers["To"].addresses}:
                    file.unlink()

    def _delete_files(self, prefix: str) -> None:
        for suffix in ("eml", "sms"):
            for file in self._folder.glob(f"{prefix}*.{suffix}"):
                file.unlink(missing_ok=True)
