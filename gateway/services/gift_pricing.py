"""What a gift costs: by the same engine, wherever it may go and where it goes."""

from dataclasses import dataclass, replace

from gateway.engine.bargains import total
from gateway.engine.carts import Cart, CartLine, PricedCart, Setting, describe
from gateway.engine.money import Money
from gateway.engine.places import Destination, PostalAddress
from gateway.engine.problems import ErrorCode
from gateway.engine.reach import destinations
from gateway.engine.shipping import Pickup
from gateway.engine.stages import SHIPPING
from gateway.services import carts
from gateway.services.policy import Policy
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.gift_pricing import Exchange, GiftEstimate, NotGivable, Undeliverable


@dataclass(frozen=True, slots=True)
class EnginePricing:
    """Gifts priced as a purchase of the merchant's own currency; wrapping is free of charge."""

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
    ) -> GiftEstimate | NotGivable:
        """The least and the most it costs over all destinations that the rules tell apart."""
        cart = self._cart(variant_id, quantity, None)
        setting = await self._setting(cart)
        variant = setting.variants.get(variant_id)
        if variant is None:
            return NotGivable(ErrorCode.NOT_FOUND, "There is no such variant.")
        if not variant.sells(quantity):
            return NotGivable(ErrorCode.OUT_OF_STOCK, "There is not enough of it.")
        found = self._everywhere(cart, setting)
        if not found:
            return NotGivable(ErrorCode.INVALID_INPUT, "It is not shipped anywhere.")
        return GiftEstimate(
            title=variant.title,
            low=Money(min(found), cart.currency),
            high=Money(max(found), cart.currency),
            demand=tuple(variant.demand(quantity).items()),
        )

    def _everywhere(self, cart: Cart, setting: Setting) -> list[int]:
        """What it costs in each destination that it is shipped to, minor units."""
        market = setting.market
        found = []
        for to in destinations(market.tax_tables, market.methods):
            going = self._cart(cart.lines[0].variant_id, cart.lines[0].quantity, to)
            priced = PricedCart(going, describe(going, setting))
            if priced.at(SHIPPING).shipping.problem is None:
                found.append(total(priced).minor)
        return found

    async def final(
        self,
        variant_id: str,
        quantity: int,
        *,
        wrap: bool,  # noqa: ARG002 - free of charge
        address: PostalAddress,
    ) -> Money:
        """What it costs there: goods, shipping and tax.

        Raises:
            Undeliverable: nothing is shipped there.

        """
        cart = self._cart(variant_id, quantity, address.destination)
        priced = PricedCart(cart, describe(cart, await self._setting(cart)))
        if priced.at(SHIPPING).shipping.problem is not None:
            raise Undeliverable(variant_id)
        return total(priced)

    async def exchanges(self, variant_id: str, quantity: int) -> tuple[Exchange, ...]:
        """So many of other variants of the same product that cost no more and can be had."""
        currency = self.policy.currency.code
        async with self.database.read() as reading:
            given = (await reading.catalogue.variants([variant_id])).get(variant_id)
            if given is None:
                return ()
            others = await reading.catalogue.variants_of([given.product_id])
        most = given.price(currency) or 0
        return tuple(
            Exchange(each.id, each.title, tuple(each.demand(quantity).items()))
            for each in others.get(given.product_id, ())
            if each.id != variant_id
            and each.sells(quantity)
            and (price := each.price(currency)) is not None
            and price <= most
        )

    def _cart(self, variant_id: str, quantity: int, to: Destination | None) -> Cart:
        """The gift as a cart that is nowhere kept."""
        line = CartLine(variant_id, quantity)
        return Cart("", 1, self.policy.currency, (line,), to)

    async def _setting(self, cart: Cart) -> Setting:
        async with self.database.read() as reading:
            setting = await carts.setting(cart, reading, self)
        # Nobody fetches a gift that is sent to them.
        sent = tuple(each for each in setting.market.methods if not isinstance(each.price, Pickup))
        return replace(setting, market=replace(setting.market, methods=sent))
