"""Picture files in the data folder, named by the hashes of their contents."""

import asyncio
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import imagesize
import orjson

from gateway.adapters.atomic_files import write_atomically
from gateway.services.ports.pictures import (
    MAX_PICTURE_BYTES,
    MAX_PICTURE_PIXELS,
    InvalidPicture,
    StoredPicture,
)

SOURCES_FOLDER: Final = "sources"
"""The folder, beside the pictures, that tells which of them were copied from which address."""
PICTURE_NAME: Final = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|gif|webp|avif)", re.ASCII)
MAX_HEAD_BYTES = 2_000_000
"""The size of a picture stands in so many bytes, or is not found: 20 MB of tiny parts take long."""
AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})


class PictureFiles:
    """The pictures in ``folder``: PNG, JPEG, GIF, WebP and AVIF, told by their contents.

    SVG is refused: it may hold scripts and load other files. Files are served as they came, with
    all that a camera wrote into them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def examine(self, content: bytes) -> StoredPicture:
        """The picture that ``content`` would be stored as.

        Raises:
            InvalidPicture: it is of no type that is served, damaged, or too large.

        """
        if len(content) > MAX_PICTURE_BYTES:
            raise InvalidPicture(
                f"it has {len(content):,} bytes, and pictures have {MAX_PICTURE_BYTES:,} at most"
            )
        suffix = _suffix_for(content)
        width, height = imagesize.get(io.BytesIO(content[:MAX_HEAD_BYTES]))
        if width <= 0 or height <= 0:
            raise InvalidPicture("it is damaged: its size cannot be read")
        if width * height > MAX_PICTURE_PIXELS:
            raise InvalidPicture(
                f"it has {width:,} by {height:,} pixels, and pictures have "
                f"{MAX_PICTURE_PIXELS:,} in all at most"
            )
        return StoredPicture(f"{hashlib.sha256(content).hexdigest()}.{suffix}", width, height)

    async def save(self, content: bytes) -> StoredPicture:
        """Store a picture, unless it is there already.

        Raises:
            InvalidPicture: as for ``examine``.

        """
        return await asyncio.to_thread(self._save, content)

    def _save(self, content: bytes) -> StoredPicture:
        picture = self.examine(content)
        path = self._folder / picture.name
        if path.is_file():
            # As new, so that nothing deletes it before a product shows it.
            path.touch()
        else:
            write_atomically(self._folder, picture.name, content)
        return picture

    async def find_copy(self, address: str) -> StoredPicture | None:
        """The picture that was copied from ``address``, if it is still there."""
        return await asyncio.to_thread(self._find_copy, address)

    def _find_copy(self, address: str) -> StoredPicture | None:
        try:
            name, width, height = orjson.loads(self._source_path(address).read_bytes())
        except (OSError, ValueError):
            return None
        path = self._folder / name
        if not PICTURE_NAME.fullmatch(name) or not path.is_file():
            return None
        path.touch()
        return StoredPicture(name, width, height)

    async def record_copy(self, address: str, picture: StoredPicture) -> None:
        """Record that ``picture`` was copied from ``address``."""
        path = self._source_path(address)
        record = orjson.dumps([picture.name, picture.width, picture.height])
        await asyncio.to_thread(write_atomically, path.parent, path.name, record)

    def _source_path(self, address: str) -> Path:
        # By its hash: an address is no file name, and it may hold a secret.
        digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / SOURCES_FOLDER / digest

    async def delete_except(self, names: Iterable[str], *, older_than: datetime) -> int:
        """Delete the pictures that are not in ``names`` and were stored before an instant.

        Returns how many were deleted.
        """
        return await asyncio.to_thread(self._delete_except, frozenset(names), older_than)

    def _delete_except(self, names: frozenset[str], older_than: datetime) -> int:
        orphans = [
            path
            for path in _old_files(self._folder, older_than)
            if PICTURE_NAME.fullmatch(path.name) and path.name not in names
        ]
        for path in orphans:
            path.unlink(missing_ok=True)
        for record in _old_files(self._folder / SOURCES_FOLDER, older_than):
            if _is_outdated(record, lambda name: (self._folder / name).is_file()):
                record.unlink(missing_ok=True)
        return len(orphans)


def _old_files(folder: Path, older_than: datetime) -> Iterator[Path]:
    """The files in ``folder`` that were written before an instant."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime < older_than.timestamp():
            yield path


def _is_outdated(record: Path, exists: Callable[[str], bool]) -> bool:
    """Whether the picture that a record of a copy names is gone."""
    try:
        name = orjson.loads(record.read_bytes())[0]
    except (OSError, ValueError):
        return False
    return not exists(name)


def _suffix_for(content: bytes) -> str:
    """The ending of the file's name, by the first bytes of its content.

    Raises:
        InvalidPicture: it is of no type that is served.

    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and AVIF_BRANDS & _brands(content):
        return "avif"
    kind = "SVG, which may hold scripts" if b"<svg" in content[:1000].lower() else "of another type"
    raise InvalidPicture(f"it is {kind}: save it as PNG, JPEG, WebP, AVIF or GIF")


def _brands(content: bytes) -> frozenset[bytes]:
    """The brands in the file type box that ``content`` begins with (ISO 14496-12, 4.3)."""
    box = content[: min(int.from_bytes(content[:4]), 256)]
    return frozenset({box[8:12], *(box[at : at + 4] for at in range(16, len(box) - 3, 4))})
