"""The ports of the lists of who was erased, kept outside the database because backups lack them."""

from typing import Protocol


class ErasedContacts(Protocol):
    """The blind indexes of erased mailboxes and telephone numbers."""

    async def add(self, blind_index: str, /) -> None:
        """Add a blind index to the list."""
        ...

    async def list_all(self) -> tuple[str, ...]:
        """All blind indexes, in the order they were added."""
        ...


class ErasedAccounts(Protocol):
    """The ids of erased purchasers."""

    async def add(self, purchaser_id: str, /) -> None:
        """Add an id to the list."""
        ...

    async def list_all(self) -> tuple[str, ...]:
        """All ids, in the order they were added."""
        ...
