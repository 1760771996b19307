"""When contacts were written to, by blind indexes, as a table keeps it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class ContactMessages(Protocol):
    """The last messages to each contact."""

    async def lock_and_load(self, blind_index: str, now: datetime) -> tuple[datetime, ...]:
        """When the contact was written to; others who count it wait for this transaction."""
        ...

    async def save(self, blind_index: str, times: Sequence[datetime]) -> None:
        """Keep when the contact, which is locked, was written to; at least once."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Forget up to ``limit`` contacts last written to before then; how many there were."""
        ...
