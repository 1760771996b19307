"""What promotions depend on beside the rules: the goods' products, and how often they were used."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.engine.catalogue.products import Variant
from gateway.engine.pricing.promotions import (
    Promotion,
    UsedUpPromotion,
    collection_scope_key,
    product_scope_key,
    tag_scope_key,
    used_up_reason,
)
from gateway.engine.rulebook.rulebook import Market
from gateway.services.ports.database import ReadSession


def select_goods(market: Market) -> bool:
    """Whether a promotion of ``market`` is for certain products, collections or tags."""
    return any(promotion.needs_products for promotion in market.promotions)


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


async def find_used_up(
    promotions: Iterable[Promotion],
    buyer_identities: Sequence[Sequence[str]],
    reading: ReadSession,
) -> tuple[UsedUpPromotion, ...]:
    """Those of ``promotions`` that cannot be used any more, in all or by the buyer.

    ``buyer_identities`` are what the buyer is known by, each with all its keys.
    """
    limited = [promotion for promotion in promotions if promotion.is_limited]
    if not limited:
        return ()
    names = [promotion.name for promotion in limited]
    counts = await reading.promotion_uses.find_counts(names)
    keys = [key for identity in buyer_identities for key in identity]
    uses = await reading.promotion_uses.count_by_buyer(keys, names) if keys else {}
    used_up = []
    for promotion in limited:
        reason = used_up_reason(
            limit=promotion.limit,
            used=counts.get(promotion.name, 0),
            limit_per_buyer=promotion.limit_per_buyer,
            used_by_buyer=max(
                (
                    sum(uses.get((promotion.name, key), 0) for key in identity)
                    for identity in buyer_identities
                ),
                default=0,
            ),
        )
        if reason is not None:
            used_up.append(UsedUpPromotion(promotion.name, reason))
    return tuple(used_up)
