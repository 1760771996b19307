"""The ports of encryption at rest: a cipher, and a data key for each subject."""

from collections.abc import Mapping
from typing import Protocol


class UnsealFailed(Exception):
    """A value was altered, moved to another row, or sealed under an unknown secret."""


class Cipher(Protocol):
    """Seals values under data keys, which are stored only wrapped."""

    def new_key(self, subject: str) -> bytes:
        """A new data key for ``subject``, wrapped."""
        ...

    def rewrap(self, subject: str, wrapped_key: bytes) -> bytes:
        """The same data key, wrapped under the present secret."""
        ...

    def seal(self, subject: str, wrapped_key: bytes, plaintext: bytes, context: str) -> bytes:
        """``plaintext`` sealed for the ``context`` (table, column, row) needed to unseal it."""
        ...

    def unseal(self, subject: str, wrapped_key: bytes, sealed: bytes, context: str) -> bytes:
        """The plaintext of ``sealed``; raises ``UnsealFailed``."""
        ...

    def blind_indexes(self, purpose: str, value: str) -> tuple[str, ...]:
        """Keyed hashes by which ``value`` can be found without being stored.

        The first is the one to store; the others are of earlier secrets and only for searches.
        """
        ...


class DataKeys(Protocol):
    """Repository of wrapped data keys."""

    async def find(self, subject: str) -> bytes | None:
        """The wrapped key of ``subject``; None if it has none or it was deleted."""
        ...

    async def find_many(self, subjects: list[str]) -> Mapping[str, bytes]:
        """The wrapped keys of ``subjects``, by subject; those without a key are left out."""
        ...

    async def add(self, subject: str, wrapped_key: bytes) -> bytes:
        """Add a key unless ``subject`` has one; returns the wrapped key that it has now."""
        ...

    async def replace(self, subject: str, old_wrapped_key: bytes, new_wrapped_key: bytes) -> bool:
        """Replace a wrapped key; returns False if it is no longer ``old_wrapped_key``."""
        ...

    async def delete(self, subject: str) -> None:
        """Delete the key, so that everything that was sealed under it is unreadable."""
        ...

    async def list_after(self, subject: str, limit: int) -> Mapping[str, bytes]:
        """The next ``limit`` wrapped keys by subject, in order, after ``subject``."""
        ...
