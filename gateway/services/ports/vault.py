"""Encryption at rest as use cases see it: a cipher, and a data key for each subject."""

from collections.abc import Mapping
from typing import Protocol


class Unreadable(Exception):
    """A sealed value that was altered, moved to another row, or sealed under an unknown secret."""


class Cipher(Protocol):
    """Sealing under data keys, which are themselves kept only wrapped."""

    def new_key(self, subject: str) -> bytes:
        """A fresh data key for ``subject``, wrapped."""
        ...

    def rewrapped(self, subject: str, wrapped: bytes) -> bytes:
        """The same data key, wrapped under the present secret."""
        ...

    def seal(self, subject: str, wrapped: bytes, plain: bytes, place: str) -> bytes:
        """``plain`` sealed for the one ``place`` (table, column and row) it may be read from."""
        ...

    def unseal(self, subject: str, wrapped: bytes, sealed: bytes, place: str) -> bytes:
        """What was sealed; raises ``Unreadable``."""
        ...

    def blind(self, purpose: str, value: str) -> tuple[str, ...]:
        """What finds ``value`` by equality without holding it.

        The first is the one to store; a search also tries those of earlier secrets.
        """
        ...


class DataKeys(Protocol):
    """The wrapped data keys."""

    async def find(self, subject: str) -> bytes | None:
        """The wrapped key of ``subject``; nothing if it has none, or none any more."""
        ...

    async def among(self, subjects: list[str]) -> Mapping[str, bytes]:
        """The wrapped keys of those of ``subjects`` that have one."""
        ...

    async def add(self, subject: str, wrapped: bytes) -> bytes:
        """The key ``subject`` has from now on: ``wrapped``, or the one it had."""
        ...

    async def replace(self, subject: str, old: bytes, new: bytes) -> bool:
        """Whether ``old`` was there to be replaced by ``new``."""
        ...

    async def delete(self, subject: str) -> None:
        """Forget the key: whatever was sealed under it is unreadable from now on."""
        ...

    async def after(self, subject: str, most: int) -> Mapping[str, bytes]:
        """The next ``most`` keys in the order of their subjects, later than ``subject``."""
        ...
