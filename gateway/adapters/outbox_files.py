"""Messages as files: the way out of a gateway that has no mail server and no SMS service yet."""

import asyncio
import os
import secrets
from pathlib import Path

from gateway.adapters.emails import checked_key, written
from gateway.services.ports.clock import Clock
from gateway.services.ports.messages import Mail, Sms


class MailFiles:
    """One RFC 5322 file a mail, ``KEY.eml``; a repetition replaces it."""

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Write ``mail``."""
        content = written(mail, self._sender, self._clock.now()).as_bytes()
        await asyncio.to_thread(replace_whole, self._folder, f"{mail.key}.eml", content)


class SmsFiles:
    """One file a text message, ``KEY.sms``: the number, a blank line, the text."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, sms: Sms) -> None:
        """Write ``sms``."""
        name = f"{checked_key(sms.key)}.sms"
        content = f"{sms.to}\n\n{sms.text}\n".encode()
        await asyncio.to_thread(replace_whole, self._folder, name, content)


class SentFiles:
    """The files of both."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def discard(self, prefix: str) -> None:
        """Delete the files whose key begins with ``prefix``."""
        await asyncio.to_thread(self._discard, checked_key(prefix))

    def _discard(self, prefix: str) -> None:
        for kind in ("eml", "sms"):
            for file in self._folder.glob(f"{prefix}*.{kind}"):
                file.unlink(missing_ok=True)


def replace_whole(folder: Path, name: str, content: bytes) -> None:
    """Put ``content`` under ``name``, for its owner only; a reader sees all of it or none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f".{secrets.token_hex(8)}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder / name)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
