"""Collections as pages show them."""

from collections.abc import Sequence

from gateway.engine.catalogue.collections import Collection
from gateway.services.pagination import (
    Edge,
    Page,
    build_page,
    decode_position,
    encode_cursor,
    page_size,
)
from gateway.services.ports.collections import ListedCollection
from gateway.services.ports.database import Database, ReadSession

COLLECTIONS_CURSOR = "collections"


async def load_collections(ids: Sequence[str], reading: ReadSession) -> dict[str, Collection]:
    """The collections with these ids, by id; unknown ids are left out."""
    return await reading.collections.load(ids)


async def load_collection_ids(
    product_ids: Sequence[str], reading: ReadSession
) -> dict[str, tuple[str, ...]]:
    """The ids of the collections that the products are in, in order, by product id."""
    return await reading.collections.list_ids_of_products(product_ids)


async def find_collection(handle: str, *, database: Database) -> Collection | None:
    """The collection with this handle, or None."""
    async with database.read() as reading:
        listed = (await reading.collections.find_by_handle([handle])).get(handle)
    return None if listed is None else listed.collection


async def list_collections(
    first: int | None, after: str | None, *, database: Database
) -> Page[Collection]:
    """A page of all collections, in the merchant's order.

    Raises:
        InvalidPage: ``first`` is out of bounds or ``after`` is not a cursor of the list.

    """
    count, start = page_size(first), decode_position(after, COLLECTIONS_CURSOR)
    async with database.read() as reading:
        rows = await reading.collections.list_collections(count + 1, start)
    page = build_page(rows, count, _collection_cursor, has_previous_page=start is not None)
    return Page(
        tuple(Edge(edge.cursor, edge.node.collection) for edge in page.edges), page.page_info
    )


def _collection_cursor(listed: ListedCollection) -> str:
    return encode_cursor(COLLECTIONS_CURSOR, listed.position)
