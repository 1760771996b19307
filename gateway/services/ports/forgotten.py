"""Who was forgotten, kept outside the database: a backup that is restored does not know it."""

from typing import Protocol


class ForgottenList(Protocol):
    """The blind indexes of mailboxes and telephones whose holders were forgotten."""

    async def add(self, blind: str) -> None:
        """Keep one more."""
        ...

    async def all(self) -> tuple[str, ...]:
        """All of them, in the order they were added."""
        ...
