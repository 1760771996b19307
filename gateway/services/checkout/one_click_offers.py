"""What a one-click purchase would cost, before it is made: computed as the purchase itself is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.carts import MAX_LINE_QUANTITY, Cart, CartLine, PricingContext, build_purchase
from gateway.engine.catalogue.products import Variant
from gateway.engine.checkout.checks import (
    PurchaseTerms,
    TaxNotComputable,
    build_draft_order,
    find_goods_obstacle,
    find_obstacle,
)
from gateway.engine.checkout.outcomes import Buyer, DraftOrder
from gateway.engine.identity.one_click_offers import OneClickSetup
from gateway.engine.identity.purchasers import default_profile
from gateway.engine.orders.joining import JoiningPurchase
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order, OrderBucket
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.calculations import ALL_PARTS
from gateway.engine.pricing.runs import StrategyFailed
from gateway.services import carts, promotions
from gateway.services.calculations import calculate_cart
from gateway.services.checkout.planned_purchases import (
    price_offer,
    price_offer_by_tables,
    with_skus,
)
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.offer_prices import CachedOffer, OfferPrice, OfferTerms, offer_terms
from gateway.services.orders import promotion_uses
from gateway.services.orders.delivery_details import destination_key
from gateway.services.orders.joining import OpenGroup, has_own_terms, load_open_group
from gateway.services.ports.database import ReadSession


@dataclass(frozen=True, slots=True)
class UndoableClick:
    """What a one-click purchase of a variant became, while it can be undone."""

    order: Order
    line: OrderLine


def find_undoable_clicks(
    open_orders: tuple[Order, ...], caller: Caller, dependencies: Dependencies
) -> dict[str, UndoableClick]:
    """The caller's last click on each variant that can still be undone, by variant id.

    Without a sign-in, only clicks on the caller's client count.
    """
    now = dependencies.clock.now()
    client_id = None if caller.is_signed_in else caller.client.id
    clicks: dict[str, UndoableClick] = {}
    for order in sorted(open_orders, key=lambda each: (each.placed_at, each.id)):
        if not order.is_undoable(now):
            continue
        for line in order.lines:
            if line.clicked and client_id in (None, line.client_id):
                clicks[line.variant_id] = UndoableClick(order, line)
    return clicks


@dataclass(frozen=True)
class OneClickPricing:
    """Everything that a click by the default profile is priced with, read once for all variants."""

    terms: PurchaseTerms
    context: PricingContext
    groups: Mapping[OrderBucket, OpenGroup]
    dependencies: Dependencies

    async def with_scope_keys(self, variants: Iterable[Variant]) -> "OneClickPricing":
        """This pricing with what promotions select ``variants`` by, where they select any goods."""
        market = self.context.market
        if not promotions.select_goods(market):
            return self
        async with self.dependencies.database.read() as reading:
            scope_keys = await promotions.load_scope_keys(variants, market, reading)
        return replace(self, context=replace(self.context, scope_keys=scope_keys))

    def price(self, variant: Variant, quantity: int) -> OfferPrice | None:
        """What the tables say that a click for so many of ``variant`` would add and charge.

        None where it could not be bought.
        """
        if not 1 <= quantity <= MAX_LINE_QUANTITY:
            return None
        price = self._compute(variant, quantity)
        self.dependencies.offer_prices.keep(variant, quantity, self._offer_terms, price)
        return price

    def find_price(self, variant: Variant, quantity: int) -> CachedOffer | None:
        """What it was priced at, if that is known and nothing it depends on has changed."""
        return self.dependencies.offer_prices.find(variant, quantity, self._offer_terms)

    async def calculate(self, variant: Variant, quantity: int) -> OfferPrice | None:
        """The same as the merchant's calculator says, which is asked.

        It must not be awaited inside a read session.
        """
        if not 1 <= quantity <= MAX_LINE_QUANTITY:
            return None
        try:
            priced_cart = self._price_cart(variant, quantity)
            if find_goods_obstacle(priced_cart, priced_cart.context) is not None:
                return None
            priced_cart = await calculate_cart(priced_cart, ALL_PARTS, self.dependencies.calculator)
            draft = self._build_draft(priced_cart)
            if draft is None:
                return None
            group = self._find_group(draft)
            return await price_offer(draft, priced_cart.context, group, self.dependencies)
        except (StrategyFailed, TaxNotComputable):
            return None

    def _compute(self, variant: Variant, quantity: int) -> OfferPrice | None:
        try:
            draft = self._build_draft(self._price_cart(variant, quantity))
            if draft is None:
                return None
            return price_offer_by_tables(draft, self._find_group(draft), self.dependencies)
        except (StrategyFailed, TaxNotComputable):
            return None

    @cached_property
    def _offer_terms(self) -> OfferTerms:
        if not self.groups:
            return offer_terms(self._destination, self.context)
        purchaser_id = self.terms.buyer.purchaser_id or ""
        return offer_terms(self._destination, self.context, purchaser_id, self.groups)

    @property
    def _destination(self) -> Destination:
        return self.terms.address.destination

    def _price_cart(self, variant: Variant, quantity: int) -> PricedCart:
        line = CartLine(variant.id, quantity)
        currency = self.dependencies.policy.currency
        cart = Cart("", 1, currency, (line,), self._destination)
        context = replace(self.context, variants={variant.id: variant})
        return PricedCart(cart, build_purchase(cart, context))

    def _build_draft(self, priced_cart: PricedCart) -> DraftOrder | None:
        """The order that it would become; None where it could not be bought."""
        context = priced_cart.context
        if find_obstacle(priced_cart, context) is not None:
            return None
        return build_draft_order(priced_cart, context, self.terms)

    def _find_group(self, draft: DraftOrder) -> OpenGroup | None:
        if has_own_terms(draft):
            return None
        return self.groups.get(self.dependencies.policy.consolidation.bucket(draft.ships_in))


async def load_one_click_pricing(
    setup: OneClickSetup,
    open_orders: tuple[Order, ...],
    *,
    caller: Caller,
    reading: ReadSession,
    dependencies: Dependencies,
) -> OneClickPricing | None:
    """What clicks of the caller are priced with; None where the default profile cannot be used."""
    profile = default_profile(setup.profiles)
    if profile is None or caller.purchaser_id is None:
        return None
    address = setup.find_address(profile.address_id)
    today = dependencies.clock.now().date()
    method = setup.find_payment_method(profile.payment_method_id, today)
    if address is None or method is None:
        return None
    signed_in = caller.is_signed_in
    buyer = Buyer(caller.purchaser_id, caller.client.id, signed_in=signed_in)
    empty_cart = Cart("", 1, dependencies.policy.currency, (), address.postal.destination)
    context = await promotion_uses.load_buyer_terms(
        await carts.load_general_context(empty_cart, reading, dependencies),
        (),
        buyer,
        reading,
        dependencies.cipher,
    )
    groups = await _load_groups(
        buyer, address.postal, method.provider_token, open_orders, reading, dependencies
    )
    if groups:
        groups = dependencies.offer_prices.remember_open_orders(caller.purchaser_id, groups)
    terms = PurchaseTerms(buyer, address.postal, method.provider_token)
    return OneClickPricing(terms, context, groups, dependencies)


async def _load_groups(
    buyer: Buyer,
    address: PostalAddress,
    method: str,
    open_orders: tuple[Order, ...],
    reading: ReadSession,
    dependencies: Dependencies,
) -> Mapping[OrderBucket, OpenGroup]:
    """The order that a click would join, for each bucket that has one."""
    groups = {}
    for bucket in OrderBucket:
        purchase = JoiningPurchase(
            purchaser_id=buyer.purchaser_id or "",
            client_id=None if buyer.signed_in else buyer.client_id,
            destination_key=destination_key(address, method, dependencies.cipher),
            bucket=bucket,
            currency=dependencies.policy.currency,
            line_count=1,
            clicked=True,
        )
        group = await load_open_group(purchase, open_orders, reading, dependencies)
        if group is not None:
            groups[bucket] = await with_skus(group, reading, dependencies)
    return groups
