"""The imported directory of people, sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One imported record, sealed."""

    id: str
    sealed: bytes = field(repr=False)
    as_of: datetime


class Directory(Protocol):
    """The imported directory."""

    async def add(self, entry: DirectoryEntry, blind_indexes: Sequence[str], now: datetime) -> None:
        """Keep a record, found by ``blind_indexes``; one of the same id is replaced."""
        ...

    async def look_up(self, blind_indexes: Sequence[str], limit: int) -> tuple[DirectoryEntry, ...]:
        """Records with one of ``blind_indexes``, the newest first."""
        ...

    async def delete_matching(self, blind_indexes: Sequence[str]) -> tuple[str, ...]:
        """Delete all records with one of ``blind_indexes``; the ids they had."""
        ...
