"""Files of erased people beside the database, readable by their owner.

Contacts are keyed hashes, accounts their random ids; one a line.
"""

import asyncio
import logging
import os
import re
from pathlib import Path

logger = logging.getLogger(__name__)

BLIND_INDEX_PATTERN = re.compile(r"[0-9a-f]{64}")
PURCHASER_ID_PATTERN = re.compile(r"pur_[0-9A-Za-z_-]+")


class ForgottenFile:
    """The file of erased people at a path, whose entries match a pattern; it may not exist yet."""

    def __init__(self, path: Path, pattern: re.Pattern[str] = BLIND_INDEX_PATTERN) -> None:
        self._path = path
        self._pattern = pattern

    async def add(self, entry: str, /) -> None:
        """Append ``entry``.

        If the file cannot be written, this is logged and the erasure continues.
        """
        try:
            await asyncio.to_thread(self._append, entry)
        except OSError as refusal:
            logger.warning("%s cannot be written: %s", self._path.name, refusal.strerror)

    async def list_all(self) -> tuple[str, ...]:
        """The entries of the file; other lines are ignored."""
        return await asyncio.to_thread(self._read)

    def _append(self, entry: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{entry}\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> tuple[str, ...]:
        if not self._path.exists():
            return ()
        lines = self._path.read_text(encoding="ascii", errors="replace").split()
        return tuple(dict.fromkeys(line for line in lines if self._pattern.fullmatch(line)))
