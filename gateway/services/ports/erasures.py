"""The port of the list of erased contacts, kept outside the database because backups lack it."""

from typing import Protocol


class ErasedContacts(Protocol):
    """The blind indexes of erased mailboxes and telephone numbers."""

    async def add(self, blind_index: str) -> None:
        """Add a blind index to the list."""
        ...

    async def list_all(self) -> tuple[str, ...]:
        """All blind indexes, in the order they were added."""
        ...
