"""What one click would cost, and a cache of it: lists show the same offers again and again."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.carts import PricingContext
from gateway.engine.catalogue.products import Variant
from gateway.engine.money import Money
from gateway.engine.pricing.totals import TaxedMoney
from gateway.services.ports.payments import AmountRefusal

MAX_CACHED_OFFERS = 8_192
"""Offers that are kept; one with its variant takes about 2 KiB."""

OfferKey: TypeAlias = tuple[str, int, Destination]


@dataclass(frozen=True, slots=True)
class OfferPrice:
    """What a click would add to what is ordered, and what of it would be charged.

    ``refusal`` is why the payment provider cannot charge that: then the click would buy nothing.
    """

    added: TaxedMoney
    due: Money
    refusal: AmountRefusal | None = None


@dataclass(frozen=True, slots=True)
class CachedOffer:
    """A price, and everything that it was computed from."""

    variant: Variant
    context: PricingContext
    scope_keys: frozenset[str] | None
    price: OfferPrice | None


class OfferPriceCache:
    """The offers that were priced last, for purchases that are an order of their own.

    A price is never stale: the variant and the rules are read each time and compared with those
    that it was computed from. It does not depend on who asks, beyond what the context holds.
    """

    def __init__(self, max_offers: int = MAX_CACHED_OFFERS) -> None:
        self._max_offers = max_offers
        self._offers: OrderedDict[OfferKey, CachedOffer] = OrderedDict()

    def find(
        self, variant: Variant, quantity: int, destination: Destination, context: PricingContext
    ) -> CachedOffer | None:
        """The offer of so many of ``variant`` there in ``context``; None if it must be priced."""
        key = variant.id, quantity, destination
        cached = self._offers.get(key)
        if (
            cached is None
            or (cached.variant is not variant and cached.variant != variant)
            or cached.context != _without_goods(context)
            or cached.scope_keys != context.scope_keys.get(variant.product_id)
        ):
            return None
        self._offers.move_to_end(key)
        return cached

    def keep(
        self,
        variant: Variant,
        quantity: int,
        destination: Destination,
        context: PricingContext,
        price: OfferPrice | None,
    ) -> None:
        """Keep what so many of ``variant`` cost there; None: they could not be bought.

        Not of a bundle: its price also depends on the products of its parts.
        """
        if variant.components:
            return
        key = variant.id, quantity, destination
        scope_keys = context.scope_keys.get(variant.product_id)
        self._offers.pop(key, None)
        self._offers[key] = CachedOffer(variant, _without_goods(context), scope_keys, price)
        if len(self._offers) > self._max_offers:
            self._offers.popitem(last=False)


def _without_goods(context: PricingContext) -> PricingContext:
    """What of ``context`` is the same for all goods."""
    if not context.variants and not context.scope_keys:
        return context
    return replace(context, variants={}, scope_keys={})
