"""What one click would cost, and a cache of it: lists show the same offers again and again."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from gateway.engine.addresses.address import Destination
from gateway.engine.carts import PricingContext
from gateway.engine.catalogue.products import Variant
from gateway.engine.money import Money
from gateway.engine.pricing.totals import TaxedMoney
from gateway.services.ports.payments import AmountRefusal

OpenOrders = TypeVar("OpenOrders")
MAX_CACHED_OFFERS = 8_192
"""Offers that are kept; one with its variant takes about 2 KiB."""

MAX_REMEMBERED_PURCHASERS = 1_024
"""Purchasers of whom it is known what their open orders were."""

OfferKey: TypeAlias = tuple[str, int, Destination, str]


@dataclass(frozen=True, slots=True)
class OfferPrice:
    """What a click would add to what is ordered, and what of it would be charged.

    ``refusal`` is why the payment provider cannot charge that: then the click would buy nothing.
    """

    added: TaxedMoney
    due: Money
    refusal: AmountRefusal | None = None


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """By what offers are priced, beside the variant and how many of it.

    ``scope_keys`` are what promotions select goods by, of each product; the context is without
    them and without goods. ``purchaser_id`` is whose ``open_orders`` a click would join, with all
    that is known of them; of who has none, it is empty: what others are offered there is the same.
    """

    destination: Destination
    context: PricingContext
    scope_keys: Mapping[str, frozenset[str]]
    purchaser_id: str = ""
    open_orders: object = None


def offer_terms(
    destination: Destination,
    context: PricingContext,
    purchaser_id: str = "",
    open_orders: object = None,
) -> OfferTerms:
    """The terms for ``destination`` of what is priced in ``context``."""
    general_context = replace(context, variants={}, scope_keys={})
    return OfferTerms(destination, general_context, context.scope_keys, purchaser_id, open_orders)


@dataclass(frozen=True, slots=True)
class CachedOffer:
    """A price, and everything that it was computed from."""

    variant: Variant
    context: PricingContext
    scope_keys: frozenset[str] | None
    open_orders: object
    price: OfferPrice | None


class OfferPriceCache:
    """The offers that were priced last.

    A price is never stale: the variant, the rules and the orders that a click would join are read
    each time and compared with those that it was computed from.
    """

    def __init__(self, max_offers: int = MAX_CACHED_OFFERS) -> None:
        self._max_offers = max_offers
        self._offers: OrderedDict[OfferKey, CachedOffer] = OrderedDict()
        self._open_orders: OrderedDict[str, object] = OrderedDict()

    def find(self, variant: Variant, quantity: int, terms: OfferTerms) -> CachedOffer | None:
        """The offer of so many of ``variant`` by ``terms``; None if it must be priced."""
        key = variant.id, quantity, terms.destination, terms.purchaser_id
        cached = self._offers.get(key)
        if (
            cached is None
            or (cached.variant is not variant and cached.variant != variant)
            or (cached.context is not terms.context and cached.context != terms.context)
            or cached.scope_keys != terms.scope_keys.get(variant.product_id)
            or cached.open_orders is not terms.open_orders
        ):
            return None
        self._offers.move_to_end(key)
        return cached

    def keep(
        self, variant: Variant, quantity: int, terms: OfferTerms, price: OfferPrice | None
    ) -> None:
        """Keep what so many of ``variant`` cost by ``terms``; None: they could not be bought.

        Not of a bundle: its price also depends on the products of its parts.
        """
        if variant.components:
            return
        key = variant.id, quantity, terms.destination, terms.purchaser_id
        scope_keys = terms.scope_keys.get(variant.product_id)
        self._offers.pop(key, None)
        self._offers[key] = CachedOffer(
            variant, terms.context, scope_keys, terms.open_orders, price
        )
        if len(self._offers) > self._max_offers:
            self._offers.popitem(last=False)

    def remember_open_orders(self, purchaser_id: str, open_orders: OpenOrders) -> OpenOrders:
        """``open_orders`` as this cache knows them: the same object while they are equal.

        So they are compared once for all offers of a list.
        """
        previous = self._open_orders.pop(purchaser_id, None)
        if previous == open_orders:
            open_orders = previous
        self._open_orders[purchaser_id] = open_orders
        if len(self._open_orders) > MAX_REMEMBERED_PURCHASERS:
            self._open_orders.popitem(last=False)
        return open_orders
