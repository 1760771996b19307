"""The picture files that the gateway serves, and where they are copied from."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from gateway.engine.values import value_object

MAX_PICTURE_BYTES = 20_000_000
"""A larger file is refused."""
MAX_PICTURE_PIXELS = 50_000_000
"""A picture with more is refused: it would take 200 MB in a buyer's browser."""
MEDIA_PATH = "/media/"
"""What the addresses of stored pictures begin with."""


class InvalidPicture(ValueError):
    """A file is no picture that may be served; the message says why."""


class PictureUnavailable(Exception):
    """A picture cannot be read where it should be; the message says why."""


@value_object
class StoredPicture:
    """A stored picture file: its name, which is made of its content, and its size in pixels."""

    name: str
    width: int
    height: int

    @property
    def url(self) -> str:
        """Its address on the gateway, as images hold it."""
        return MEDIA_PATH + self.name


class PictureSource(Protocol):
    """Where pictures are copied from: a folder of the merchant's, or the web."""

    @property
    def is_remote(self) -> bool:
        """Whether reading asks other machines, so that it should not be done twice."""
        ...

    async def read(self, address: str) -> bytes:
        """The file at ``address``.

        Raises:
            PictureUnavailable: there is none, it may not be read, or it is too large.

        """
        ...


class PictureStore(Protocol):
    """The stored picture files."""

    def examine(self, content: bytes) -> StoredPicture:
        """The picture that ``content`` would be stored as.

        Raises:
            InvalidPicture: it is of no type that is served, damaged, or too large.

        """
        ...

    async def save(self, content: bytes) -> StoredPicture:
        """Store a picture, unless it is there already.

        Raises:
            InvalidPicture: as for ``examine``.

        """
        ...

    async def find_copy(self, address: str) -> StoredPicture | None:
        """The picture that was copied from ``address``, if it is still there."""
        ...

    async def record_copy(self, address: str, picture: StoredPicture) -> None:
        """Record that ``picture`` was copied from ``address``."""
        ...

    async def delete_except(self, names: Iterable[str], *, older_than: datetime) -> int:
        """Delete the pictures that are not in ``names`` and were stored before an instant.

        Returns how many were deleted.
        """
        ...
