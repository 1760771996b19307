"""Who was forgotten, kept outside the database: a backup that is restored does not know it."""

from typing import Protocol


class ErasedContacts(Protocol):
    """The blind indexes of mailboxes and telephones whose holders were forgotten."""

    async def add(self, blind_index: str) -> None:
        """Keep one more."""
        ...

    async def list_all(self) -> tuple[str, ...]:
        """All of them, in the order they were added."""
        ...
