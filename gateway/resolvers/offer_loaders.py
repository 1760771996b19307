"""Prices of one-click offers by variant and quantity, of an operation together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from gateway.engine.catalogue.products import Variant
from gateway.resolvers.loaders import Loader, VariantLoader
from gateway.services.checkout.one_click_offers import OneClickPricing
from gateway.services.offer_prices import OfferPrice

PriceResult: TypeAlias = OfferPrice | BaseException | None


class OneClickPriceLoader(Loader[tuple[str, int], OfferPrice | None]):
    """What clicks would add and charge, by variant id and quantity: all of a list in one pass.

    ``load_pricing`` loads what they are priced with.
    """

    def __init__(
        self,
        load_pricing: Callable[[], Awaitable[OneClickPricing | None]],
        variants: VariantLoader,
    ) -> None:
        super().__init__()
        self._load_pricing = load_pricing
        self._variants = variants

    async def batch_load_fn(self, keys: Sequence[tuple[str, int]]) -> list[Any]:
        """The prices of ``keys``, in their order; None where nothing could be bought.

        An exception stands for a price that cannot be computed: it is raised for its key alone.
        """
        pricing = await self._load_pricing()
        if pricing is None:
            return [None] * len(keys)
        variants = await self._variants.load_all([variant_id for variant_id, _ in keys])
        pricing = await pricing.with_scope_keys(filter(None, variants))
        offers = [(variant, key[1]) for key, variant in zip(keys, variants, strict=True)]
        if pricing.dependencies.calculator is None:
            return await _price_offers(pricing, offers)
        return await _ask_about_offers(pricing, offers)


async def _price_offers(
    pricing: OneClickPricing, offers: Sequence[tuple[Variant | None, int]]
) -> list[PriceResult]:
    """What the tables say of ``offers``."""
    prices: list[PriceResult] = []
    for variant, quantity in offers:
        cached_offer = None if variant is None else pricing.find_price(variant, quantity)
        if cached_offer is not None:
            prices.append(cached_offer.price)
            continue
        # Gathered one by one: others have their turn between two of them.
        prices += await asyncio.gather(
            _price_offer(pricing, variant, quantity), return_exceptions=True
        )
    return prices


async def _price_offer(
    pricing: OneClickPricing, variant: Variant | None, quantity: int
) -> OfferPrice | None:
    return None if variant is None else pricing.price(variant, quantity)


async def _ask_about_offers(
    pricing: OneClickPricing, offers: Sequence[tuple[Variant | None, int]]
) -> list[PriceResult]:
    """What the merchant's calculator says of ``offers``; the operation's bounds its calls."""
    return await asyncio.gather(
        *(_calculate_offer(pricing, variant, quantity) for variant, quantity in offers),
        return_exceptions=True,
    )


async def _calculate_offer(
    pricing: OneClickPricing, variant: Variant | None, quantity: int
) -> OfferPrice | None:
    return None if variant is None else await pricing.calculate(variant, quantity)
