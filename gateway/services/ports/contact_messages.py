"""The port of the times of messages to contacts, stored by blind index."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class ContactMessages(Protocol):
    """Repository of the times of the latest messages to each contact."""

    async def lock_and_load(self, blind_index: str, now: datetime) -> tuple[datetime, ...]:
        """The times of the contact's messages; locks them until the transaction ends."""
        ...

    async def save(self, blind_index: str, times: Sequence[datetime]) -> None:
        """Save the times of messages to the contact, which is locked; one or more."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` contacts last written to before then; returns how many."""
        ...
