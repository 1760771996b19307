"""The column Collection of a product file: which products it puts into a collection."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.engine.catalogue.collections import Collection, condition_key
from gateway.engine.catalogue.product_rows import IgnoredCell
from gateway.services.catalogue.collection_placement import find_collections, put_into_collections
from gateway.services.catalogue.imported_products import ImportedProduct
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.ids import IdGenerator

COLUMN = "Collection"


async def mark_placements(
    products: Sequence[ImportedProduct], session: ReadSession
) -> list[ImportedProduct]:
    """The products, marked where they are not in the collection that the file names."""
    names = [product.parsed.collection for product in products if product.parsed.collection]
    if not names:
        return list(products)
    by_name = await find_collections(list(dict.fromkeys(names)), session)
    collection_ids = await session.collections.list_ids_of_products(
        [product.stored.product.id for product in products if product.stored]
    )
    return [
        _mark_placement(
            product,
            by_name.get(condition_key(product.parsed.collection or "")),
            collection_ids.get(product.merged.product.id, ()),
        )
        for product in products
    ]


def _mark_placement(
    product: ImportedProduct, collection: Collection | None, collection_ids: Iterable[str]
) -> ImportedProduct:
    if not product.parsed.collection:
        return product
    if collection is not None and collection.rule is not None:
        reason = "the collection has a rule, so that no product is put into it"
        cell = IgnoredCell(product.parsed.line_number, COLUMN, reason)
        return replace(product, ignored=(*product.ignored, cell))
    is_member = collection is not None and collection.id in collection_ids
    return replace(product, is_placed=not is_member)


async def place_products(
    products: Sequence[ImportedProduct], work: UnitOfWork, ids: IdGenerator
) -> None:
    """Put the marked products into their collections, which are made where there are none."""
    product_ids: dict[str, list[str]] = {}
    for product in products:
        if product.is_placed and product.parsed.collection:
            product_ids.setdefault(product.parsed.collection, []).append(product.merged.product.id)
    if product_ids:
        await put_into_collections(product_ids, work=work, ids=ids)
