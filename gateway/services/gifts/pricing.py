"""Prices of gifts by the pricing engine, for one destination or for all possible ones."""

import asyncio
from dataclasses import dataclass, replace

from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.carts import Cart, CartLine, PricingContext, build_purchase
from gateway.engine.checkout.checks import gross_total
from gateway.engine.money import Money
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.pipeline import SHIPPING
from gateway.engine.pricing.shipping import Pickup
from gateway.engine.rulebook.sample_destinations import sample_destinations
from gateway.engine.user_errors import ErrorCode
from gateway.services import carts
from gateway.services.policy import Policy
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, ReadSession
from gateway.services.ports.gift_pricing import (
    ExchangeOption,
    GiftEstimate,
    GiftUnavailable,
    NoShippingMethod,
)

UNINTERRUPTED_PRICINGS = 20
"""Destinations that are priced before other requests have their turn."""


@dataclass(frozen=True, slots=True)
class EngineGiftPricing:
    """Prices gifts as purchases in the merchant's own currency; wrapping is free."""

    database: Database
    policy: Policy
    clock: Clock
    calendars: Calendars

    async def estimate(
        self,
        variant_id: str,
        quantity: int,
        *,
        wrap: bool,  # noqa: ARG002 - free of charge
    ) -> GiftEstimate | GiftUnavailable:
        """The lowest and highest total over all destinations that the rules distinguish."""
        cart = self._build_cart(variant_id, quantity, None)
        context = await self._load_context(cart)
        variant = context.variants.get(variant_id)
        if variant is None:
            return GiftUnavailable(ErrorCode.NOT_FOUND, "There is no such variant.")
        if not variant.can_sell(quantity):
            return GiftUnavailable(ErrorCode.OUT_OF_STOCK, "There is not enough of it.")
        totals = await self._totals_by_destination(cart, context)
        if not totals:
            return GiftUnavailable(ErrorCode.INVALID_INPUT, "It is not shipped anywhere.")
        return GiftEstimate(
            title=variant.title,
            low=Money(min(totals), cart.currency),
            high=Money(max(totals), cart.currency),
            demand=tuple(variant.stock_demand(quantity).items()),
        )

    async def _totals_by_destination(self, cart: Cart, context: PricingContext) -> list[int]:
        """The cart's totals, in minor units, for each destination that it is shipped to."""
        market = context.market
        totals = []
        destinations = sample_destinations(market)
        for number, destination in enumerate(destinations, start=1):
            if number % UNINTERRUPTED_PRICINGS == 0:
                await asyncio.sleep(0)
            destined_cart = self._build_cart(
                cart.lines[0].variant_id, cart.lines[0].quantity, destination
            )
            priced_cart = PricedCart(destined_cart, build_purchase(destined_cart, context))
            if priced_cart.ledger_after(SHIPPING).shipping.problem is None:
                totals.append(gross_total(priced_cart).minor)
        return totals

    async def final_total(
        self,
        variant_id: str,
        quantity: int,
        *,
        wrap: bool,  # noqa: ARG002 - free of charge
        address: PostalAddress,
    ) -> Money:
        """The total for ``address``: goods, shipping and tax.

        Raises:
            NoShippingMethod: no shipping method ships there.

        """
        cart = self._build_cart(variant_id, quantity, address.destination)
        priced_cart = PricedCart(cart, build_purchase(cart, await self._load_context(cart)))
        if priced_cart.ledger_after(SHIPPING).shipping.problem is not None:
            raise NoShippingMethod(variant_id)
        return gross_total(priced_cart)

    async def find_shipping_method(
        self, variant_id: str, quantity: int, *, address: PostalAddress, reading: ReadSession
    ) -> str | None:
        """The name of the method that ships it to ``address``; None if none does any more."""
        cart = self._build_cart(variant_id, quantity, address.destination)
        context = await self._load_context_from(cart, reading)
        if variant_id not in context.variants:
            return None
        return PricedCart(cart, build_purchase(cart, context)).shipping_name

    async def list_exchange_options(
        self, variant_id: str, quantity: int
    ) -> tuple[ExchangeOption, ...]:
        """The other variants of the product that cost no more and are available."""
        currency = self.policy.currency.code
        async with self.database.read() as reading:
            variant = (await reading.catalogue.load_variants([variant_id])).get(variant_id)
            if variant is None:
                return ()
            listed_variants = await reading.catalogue.list_listed_variants([variant.product_id])
        max_price = variant.price(currency) or 0
        return tuple(
            ExchangeOption(
                alternative.id, alternative.title, tuple(alternative.stock_demand(quantity).items())
            )
            for alternative in listed_variants.get(variant.product_id, ())
            if alternative.id != variant_id
            and alternative.can_sell(quantity)
            and (price := alternative.price(currency)) is not None
            and price <= max_price
        )

    def _build_cart(self, variant_id: str, quantity: int, destination: Destination | None) -> Cart:
        """The gift as a cart that is not stored."""
        line = CartLine(variant_id, quantity)
        return Cart("", 1, self.policy.currency, (line,), destination)

    async def _load_context(self, cart: Cart) -> PricingContext:
        async with self.database.read() as reading:
            return await self._load_context_from(cart, reading)

    async def _load_context_from(self, cart: Cart, reading: ReadSession) -> PricingContext:
        context = await carts.load_pricing_context(cart, reading, self)
        # A gift is never picked up by its recipient.
        shipping_methods = tuple(
            method for method in context.market.methods if not isinstance(method.price, Pickup)
        )
        # The place of a recipient must not show in the price, and gifts count no uses.
        promotions = tuple(
            promotion
            for promotion in context.market.promotions
            if promotion.areas is None and not promotion.is_limited
        )
        market = replace(context.market, methods=shipping_methods, promotions=promotions)
        return replace(context, market=market)
