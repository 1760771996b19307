"""The port of the imported directory of people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """An imported record, sealed."""

    id: str
    sealed: bytes = field(repr=False)
    as_of: datetime


class Directory(Protocol):
    """Repository of the imported directory."""

    async def add(self, entry: DirectoryEntry, blind_indexes: Sequence[str], now: datetime) -> None:
        """Add a record, to be found by ``blind_indexes``, or replace the one with the same id."""
        ...

    async def look_up(self, blind_indexes: Sequence[str], limit: int) -> tuple[DirectoryEntry, ...]:
        """Up to ``limit`` records with one of ``blind_indexes``, newest first."""
        ...

    async def delete_matching(self, blind_indexes: Sequence[str]) -> tuple[str, ...]:
        """Delete all records with one of ``blind_indexes``; returns their ids."""
        ...
