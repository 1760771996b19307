"""What the one-click offers of one operation would add and charge."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

from gateway.engine.catalogue.products import Variant
from gateway.resolvers.loaders import Loader, VariantLoader
from gateway.services.checkout.one_click_offers import OneClickPricing
from gateway.services.dependencies import Dependencies
from gateway.services.offer_prices import OfferPrice

OFFERS_ASKED_AT_ONCE = 8
"""Of how many offers of an operation the merchant's calculator is asked at the same time."""

Offer: TypeAlias = tuple[Variant | None, int]
"""A variant, None where there is none, and how many of it."""
LoadedPrice: TypeAlias = OfferPrice | BaseException | None
"""The price of an offer, or why it cannot be computed; None where nothing could be bought."""


class OneClickPriceLoader(Loader[tuple[str, int], OfferPrice | None]):
    """What clicks would add and charge, by variant id and quantity: all of a list in one pass."""

    def __init__(
        self,
        pricing: "asyncio.Task[OneClickPricing | None]",
        variants: VariantLoader,
        dependencies: Dependencies,
    ) -> None:
        super().__init__()
        self._pricing = pricing
        self._variants = variants
        self._dependencies = dependencies

    async def batch_load_fn(self, keys: Sequence[tuple[str, int]]) -> list[Any]:
        """The prices of ``keys``, in their order; None where nothing could be bought.

        An exception stands for a price that cannot be computed: it is raised for its key alone.
        """
        pricing = await asyncio.shield(self._pricing)
        if pricing is None:
            return [None] * len(keys)
        variants = await self._variants.load_all([variant_id for variant_id, _ in keys])
        pricing = await pricing.with_scope_keys(filter(None, variants))
        offers = [(variant, key[1]) for key, variant in zip(keys, variants, strict=True)]
        if self._dependencies.calculator is None:
            return await _price_offers(pricing, offers)
        return await _ask_about_offers(pricing, offers)


async def _price_offers(pricing: OneClickPricing, offers: Sequence[Offer]) -> list[LoadedPrice]:
    """What the tables say of ``offers``."""
    prices: list[LoadedPrice] = []
    for variant, quantity in offers:
        cached = None if variant is None else pricing.find_price(variant, quantity)
        if cached is not None:
            prices.append(cached.price)
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


async def _ask_about_offers(pricing: OneClickPricing, offers: Sequence[Offer]) -> list[LoadedPrice]:
    """What the merchant's calculator says of ``offers``, some of them at a time."""
    prices: list[LoadedPrice] = []
    for start in range(0, len(offers), OFFERS_ASKED_AT_ONCE):
        prices += await asyncio.gather(
            *(
                _calculate_offer(pricing, variant, quantity)
                for variant, quantity in offers[start : start + OFFERS_ASKED_AT_ONCE]
            ),
            return_exceptions=True,
        )
    return prices


async def _calculate_offer(
    pricing: OneClickPricing, variant: Variant | None, quantity: int
) -> OfferPrice | None:
    return None if variant is None else await pricing.calculate(variant, quantity)
