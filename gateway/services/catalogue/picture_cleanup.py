"""Deleting the stored pictures that nothing shows."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.picture_uses import PictureUses, TextPage
from gateway.services.ports.pictures import MEDIA_PATH, PictureStore

MIN_AGE = timedelta(days=1)
"""A younger picture stays: an import may have stored it for a product that is not saved yet."""
PICTURE_NAMES = re.compile(rf"{MEDIA_PATH}([0-9a-f]{{64}}\.[a-z]+)")
BEFORE_ALL = -1


async def delete_unused_pictures(store: PictureStore, *, database: Database, clock: Clock) -> int:
    """Delete the pictures that no product, variant or collection shows; returns how many.

    The catalogue is read page by page, and may change meanwhile: what an import shows again is
    young again.
    """
    older_than = clock.now() - MIN_AGE
    names = {
        name async for text in _iterate_texts(database) for name in PICTURE_NAMES.findall(text)
    }
    return await store.delete_except(names, older_than=older_than)


async def _iterate_texts(database: Database) -> AsyncIterator[str]:
    """The texts that name pictures, each page read by itself."""
    readers: tuple[Callable[[PictureUses, int], Awaitable[TextPage]], ...] = (
        lambda uses, position: uses.list_product_texts(position),
        lambda uses, position: uses.list_collection_texts(position),
    )
    for read_page in readers:
        position: int | None = BEFORE_ALL
        while position is not None:
            async with database.read() as reading:
                page = await read_page(reading.picture_uses, position)
            for text in page.texts:
                yield text
            position = page.last_position
