"""Encryption at rest as use cases see it: a cipher, and a data key for each subject."""

from collections.abc import Mapping
from typing import Protocol


class UnsealFailed(Exception):
    """A sealed value that was altered, moved to another row, or sealed under an unknown secret."""


class Cipher(Protocol):
    """Sealing under data keys, which are themselves kept only wrapped."""

    def new_key(self, subject: str) -> bytes:
        """A fresh data key for ``subject``, wrapped."""
        ...

    def rewrap(self, subject: str, wrapped_key: bytes) -> bytes:
        """The same data key, wrapped under the present secret."""
        ...

    def seal(self, subject: str, wrapped_key: bytes, plaintext: bytes, context: str) -> bytes:
        """``plaintext`` sealed for the ``context`` (table, column and row) it may be read from."""
        ...

    def unseal(self, subject: str, wrapped_key: bytes, sealed: bytes, context: str) -> bytes:
        """What was sealed; raises ``UnsealFailed``."""
        ...

    def blind_indexes(self, purpose: str, value: str) -> tuple[str, ...]:
        """What finds ``value`` by equality without holding it.

        The first is the one to store; a search also tries those of earlier secrets.
        """
        ...


class DataKeys(Protocol):
    """The wrapped data keys."""

    async def find(self, subject: str) -> bytes | None:
        """The wrapped key of ``subject``; nothing if it has none, or none any more."""
        ...

    async def find_many(self, subjects: list[str]) -> Mapping[str, bytes]:
        """The wrapped keys of those of ``subjects`` that have one."""
        ...

    async def add(self, subject: str, wrapped_key: bytes) -> bytes:
        """The key ``subject`` has from now on: ``wrapped_key``, or the one it had."""
        ...

    async def replace(self, subject: str, old_wrapped_key: bytes, new_wrapped_key: bytes) -> bool:
        """Whether ``old_wrapped_key`` was there to be replaced by ``new_wrapped_key``."""
        ...

    async def delete(self, subject: str) -> None:
        """Forget the key: whatever was sealed under it is unreadable from now on."""
        ...

    async def list_after(self, subject: str, limit: int) -> Mapping[str, bytes]:
        """The next ``limit`` keys in the order of their subjects, later than ``subject``."""
        ...
