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

    async def add(self, entry: DirectoryEntry, blinds: Sequence[str], now: datetime) -> None:
        """Keep a record, found by ``blinds``; one of the same id is replaced."""
        ...

    async def found(self, blinds: Sequence[str], most: int) -> tuple[DirectoryEntry, ...]:
        """Records with one of ``blinds``, the newest first."""
        ...

    async def forget(self, blinds: Sequence[str]) -> tuple[str, ...]:
        """Delete all records with one of ``blinds``; the ids they had."""
        ...
