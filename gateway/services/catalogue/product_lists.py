"""Lists of products: pages, numbers and facets of a selection."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.engine.catalogue.product_orders import Position, position_types
from gateway.engine.catalogue.product_selections import (
    Facet,
    ProductFilter,
    ProductSelection,
    ProductSort,
)
from gateway.engine.catalogue.products import Product
from gateway.engine.text.search_words import search_words
from gateway.services.catalogue.chosen_products import (
    ChosenProducts,
    ProductListDependencies,
    revision_key,
)
from gateway.services.pagination import (
    MAX_POSITION,
    NOT_A_CURSOR,
    Edge,
    InvalidPage,
    Page,
    build_page,
    decode_cursor_parts,
    encode_cursor,
    page_size,
    parse_cursor_number,
)
from gateway.services.ports.database import ReadSession
from gateway.services.ports.product_lists import ProductPosition

CURSOR_LIST = "products"
MAX_QUERY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class ProductPage(Page[Product]):
    """A page of the products of a selection."""

    selection: ProductSelection


@dataclass(frozen=True, slots=True)
class ProductListEntry:
    """A product and its position in the order of a list."""

    product: Product
    position: Position


def select_products(
    query: str | None,
    sort: ProductSort | None,
    conditions: ProductFilter,
    collection_id: str | None = None,
) -> ProductSelection:
    """The products that have the words of ``query`` and meet the conditions.

    Without a query, or with one of blanks, no words are looked for.

    Raises:
        InvalidPage: ``query`` is too long, or the lowest price is above the highest.

    """
    text = " ".join((query or "").replace("\0", "").split())
    if len(text) > MAX_QUERY_LENGTH:
        raise InvalidPage(f"`query` must have at most {MAX_QUERY_LENGTH} characters.")
    low, high = conditions.price_min, conditions.price_max
    if low is not None and high is not None and low > high:
        raise InvalidPage("`filter.priceMin` must not be above `filter.priceMax`.")
    return ProductSelection(
        conditions,
        search_words(text) if text else None,
        sort or ProductSort.RELEVANCE,
        collection_id,
    )


async def list_products(
    selection: ProductSelection,
    first: int | None,
    after: str | None,
    *,
    dependencies: ProductListDependencies,
) -> ProductPage:
    """A page of the products of a selection.

    Raises:
        InvalidPage: ``first`` is out of bounds, or ``after`` is no cursor of this list.

    """
    limit, name = page_size(first) + 1, _list_name(selection)
    start = None if after is None else _decode_position(after, name, selection)
    async with dependencies.database.read() as reading:
        products = await _list_positioned(selection, start, limit, reading, dependencies)
    page = build_page(
        products,
        limit - 1,
        lambda each: encode_cursor(name, *each.position),
        has_previous_page=start is not None,
    )
    edges = tuple(Edge(edge.cursor, edge.node.product) for edge in page.edges)
    return ProductPage(edges, page.page_info, selection)


async def count_products(
    selection: ProductSelection, *, dependencies: ProductListDependencies
) -> int:
    """How many products a selection has."""
    if selection.words == ():
        return 0
    async with dependencies.database.read() as reading:
        products = await _choose_products(selection, reading, dependencies)
        return await products.count()


async def list_facets(
    selection: ProductSelection, *, dependencies: ProductListDependencies
) -> tuple[Facet, ...]:
    """The facets of a selection: what can be bought, vendor, type, tag, then options by name."""
    if selection.words == ():
        return ()
    async with dependencies.database.read() as reading:
        products = await _choose_products(selection, reading, dependencies)
        return await products.list_facets()


async def prepare_lists(*, dependencies: ProductListDependencies) -> None:
    """Read the index of the catalogue before anybody asks for a list."""
    async with dependencies.database.read() as reading:
        revision = await reading.product_lists.load_revision()
        await dependencies.product_index_cache.load(revision, reading.product_lists)


async def _choose_products(
    selection: ProductSelection, reading: ReadSession, dependencies: ProductListDependencies
) -> ChosenProducts:
    lists = reading.product_lists
    return ChosenProducts(selection, await lists.load_revision(), lists, dependencies)


async def _list_positioned(
    selection: ProductSelection,
    after: Position | None,
    limit: int,
    reading: ReadSession,
    dependencies: ProductListDependencies,
) -> Sequence[ProductListEntry]:
    if selection.words == ():
        return ()
    if selection.is_whole and selection.sort is ProductSort.RELEVANCE:
        place = None if after is None else int(after[0])
        listed = (
            await reading.catalogue.list_products(limit, place)
            if selection.collection_id is None
            else await reading.collections.list_products(selection.collection_id, limit, place)
        )
        return [ProductListEntry(each.product, (each.position,)) for each in listed]
    positions = await _list_positions(selection, after, limit, reading, dependencies)
    products = await reading.catalogue.load_products([each.product_id for each in positions])
    return [
        ProductListEntry(products[each.product_id], each.position)
        for each in positions
        if each.product_id in products
    ]


async def _list_positions(
    selection: ProductSelection,
    after: Position | None,
    limit: int,
    reading: ReadSession,
    dependencies: ProductListDependencies,
) -> tuple[ProductPosition, ...]:
    lists = reading.product_lists
    if selection.is_everything:
        return await lists.list_positions(selection, after, limit)
    products = await _choose_products(selection, reading, dependencies)

    async def load(count: int) -> tuple[ProductPosition, ...]:
        size, places = await products.count(), await products.load_places()
        return await lists.list_positions(selection, after, count, size, places)

    key = ("products", selection, *revision_key(selection, products.revision))
    return await dependencies.product_list_cache.find_products(key, after, limit, load)


def _list_name(selection: ProductSelection) -> str:
    """The name of a selection's list in cursors, which no other list has."""
    if selection.is_everything and selection.sort is ProductSort.RELEVANCE:
        return CURSOR_LIST
    digest = hashlib.blake2b(repr(selection).encode(), digest_size=12).hexdigest()
    return f"{CURSOR_LIST} {digest}"


def _decode_position(after: str, name: str, selection: ProductSelection) -> Position:
    cursor_name, *parts = decode_cursor_parts(after)
    types = position_types(selection)
    if cursor_name != name:
        raise InvalidPage(NOT_A_CURSOR)
    position: list[int | str] = []
    phase = 0
    if len(types) > 1:
        phase = parse_cursor_number(parts[0], len(types) - 1) if parts else 0
        position.append(phase)
        parts = parts[1:]
    if len(parts) != len(types[phase]):
        raise InvalidPage(NOT_A_CURSOR)
    for part, key_type in zip(parts, types[phase], strict=True):
        position.append(part if key_type is str else _parse_key(part, negative=len(parts) > 1))
    return tuple(position)


def _parse_key(digits: str, *, negative: bool) -> int:
    """A number of a position; ``negative`` if lists that go downwards have it below zero."""
    if negative and digits.startswith("-"):
        return -parse_cursor_number(digits[1:], MAX_POSITION)
    return parse_cursor_number(digits, MAX_POSITION)
