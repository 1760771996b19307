"""Copying pictures into the gateway's own store, and each of them once."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.services.ports.pictures import (
    MEDIA_PATH,
    InvalidPicture,
    PictureSource,
    PictureStore,
    PictureUnavailable,
    StoredPicture,
)

MAX_CONCURRENT_COPIES = 8
"""Further pictures wait, so that no host is asked for many at once."""


@dataclass(frozen=True, slots=True)
class PictureCopies:
    """What came of copying: the stored pictures, and why others are none, by their addresses."""

    pictures: Mapping[str, StoredPicture]
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PictureCopier:
    """Copies pictures from ``source`` to ``store``.

    What was copied from an address of the web is not asked for again as long as it is stored; where
    it could not be copied, not again in this run. Unless it ``saves``, nothing is stored and nobody
    is asked.
    """

    source: PictureSource
    store: PictureStore
    saves: bool = True
    _problems: dict[str, str] = field(default_factory=dict)

    async def copy(self, addresses: Iterable[str]) -> PictureCopies:
        """Copy the pictures at ``addresses``, each once; the gateway's own are left out."""
        foreign_addresses = [
            address for address in dict.fromkeys(addresses) if not address.startswith(MEDIA_PATH)
        ]
        semaphore = asyncio.Semaphore(MAX_CONCURRENT_COPIES)
        pictures = await asyncio.gather(
            *(self._copy_one(address, semaphore) for address in foreign_addresses)
        )
        copied = zip(foreign_addresses, pictures, strict=True)
        return PictureCopies(
            {address: picture for address, picture in copied if picture is not None},
            {
                address: self._problems[address]
                for address in foreign_addresses
                if address in self._problems
            },
        )

    async def _copy_one(self, address: str, semaphore: asyncio.Semaphore) -> StoredPicture | None:
        """The stored copy; None where there is none, whose reason is in ``_problems``."""
        if address in self._problems:
            return None
        async with semaphore:
            if self.source.is_remote:
                picture = await self.store.find_copy(address)
                if picture is not None or not self.saves:
                    return picture
            try:
                return await self._read(address)
            except (PictureUnavailable, InvalidPicture) as error:
                self._problems[address] = str(error)
                return None

    async def _read(self, address: str) -> StoredPicture:
        content = await self.source.read(address)
        if not self.saves:
            return self.store.examine(content)
        picture = await self.store.save(content)
        if self.source.is_remote:
            await self.store.record_copy(address, picture)
        return picture
