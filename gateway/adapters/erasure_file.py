"""The file of erased people beside the database: one keyed hash a line, readable by its owner."""

import asyncio
import logging
import os
import re
from pathlib import Path

logger = logging.getLogger(__name__)

BLIND_INDEX_PATTERN = re.compile(r"[0-9a-f]{64}")


class ForgottenFile:
    """The file of erased people at a path; it may not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def add(self, blind_index: str) -> None:
        """Append ``blind_index``.

        If the file cannot be written, this is logged and the erasure continues.
        """
        try:
            await asyncio.to_thread(self._append, blind_index)
        except OSError as refusal:
            logger.warning("%s cannot be written: %s", self._path.name, refusal.strerror)

    async def list_all(self) -> tuple[str, ...]:
        """The blind indexes in the file; other lines are ignored."""
        return await asyncio.to_thread(self._read)

    def _append(self, blind: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{blind}\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> tuple[str, ...]:
        if not self._path.exists():
            return ()
        lines = self._path.read_text(encoding="ascii", errors="replace").split()
        return tuple(dict.fromkeys(line for line in lines if BLIND_INDEX_PATTERN.fullmatch(line)))
