"""What promotions select goods by: their products, and the collections and tags of these."""

from collections.abc import Iterable, Mapping

from gateway.engine.catalogue.products import Variant
from gateway.engine.pricing.promotions import (
    collection_scope_key,
    product_scope_key,
    tag_scope_key,
)
from gateway.engine.rulebook.rulebook import Market
from gateway.services.ports.database import ReadSession


def select_goods(market: Market) -> bool:
    """Whether a promotion of ``market`` is for certain products, collections or tags."""
    return any(promotion.scope.needs_products for promotion in market.promotions)


async def load_scope_keys(
    variants: Iterable[Variant], market: Market, reading: ReadSession
) -> Mapping[str, frozenset[str]]:
    """The scope keys of the products of ``variants``, by id; empty if no promotion asks for any."""
    if not select_goods(market):
        return {}
    product_ids = sorted({variant.product_id for variant in variants})
    if not product_ids:
        return {}
    products = await reading.catalogue.load_products(product_ids)
    collection_ids = await reading.collections.list_ids_of_products(product_ids)
    collections = await reading.collections.load(
        sorted({id for ids in collection_ids.values() for id in ids})
    )
    return {
        product.id: frozenset(
            (
                product_scope_key(product.handle),
                *map(tag_scope_key, product.tags),
                *(
                    collection_scope_key(collections[id].handle)
                    for id in collection_ids.get(product.id, ())
                    if id in collections
                ),
            )
        )
        for product in products.values()
    }
