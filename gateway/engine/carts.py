"""Carts: their lines and codes, and the purchase built from a cart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from gateway.engine.addresses.address import Destination
from gateway.engine.catalogue.products import (
    NotSoldInCurrency,
    Variant,
    VariantQuantity,
    build_unavailable_item,
)
from gateway.engine.catalogue.products import build_item as catalogue_item
from gateway.engine.money import Currency
from gateway.engine.pricing.calculated_purchase import apply_outcome
from gateway.engine.pricing.calculations import BY_TABLE, CalculatedCode, CalculationOutcome
from gateway.engine.pricing.discount_codes import (
    AppliedCodes,
    CodeContext,
    StoredValue,
    apply_codes,
    select_promotions,
)
from gateway.engine.pricing.promotions import ON_SALE, UsedUpPromotion
from gateway.engine.pricing.purchase import Item, Purchase, price_with_components
from gateway.engine.pricing.purchase_details import CONSUMER, Attribute, Calculator, TaxCustomer
from gateway.engine.pricing.tags import ERROR, NOT_DISCOUNTABLE
from gateway.engine.rulebook.home_prices import with_home_rates
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.values import value_object

MAX_CART_LINES = 1_000
"""A change that would make a cart longer than this many lines is refused."""
MAX_LINE_QUANTITY = 1_000_000
"""A larger quantity in one line is refused."""


@value_object
class CartLine:
    """A variant and its quantity in a cart, with the buyer's ``attributes``.

    ``price_when_added`` is the price of one unit when the line was added, in minor units; None
    where it is not known. ``id`` is None for a line that is not stored.
    """

    variant_id: str
    quantity: int
    price_when_added: int | None = None
    id: str | None = None
    attributes: tuple[Attribute, ...] = ()

    @property
    def content_key(self) -> tuple[str, frozenset[Attribute]]:
        """What lines have in common that are one: variant and attributes, in any order."""
        return self.variant_id, frozenset(self.attributes)


@dataclass(frozen=True, slots=True)
class CartOwner:
    """Who claims a cart: a purchaser, or a client that has none."""

    purchaser_id: str | None = None
    client_id: str | None = None

    @property
    def id(self) -> str:
        """The purchaser's id, else the client's."""
        return self.purchaser_id or self.client_id or ""


@value_object
class Cart:
    """A stored cart. ``version`` goes up by one at each change.

    Knowing the ``id`` gives access to the cart until it is claimed: by the purchaser
    ``purchaser_id``, or by the client ``client_id``. ``attempt_id`` is the purchase in progress,
    ``order_id`` the order that it became. ``note`` and ``attributes`` are the buyer's words,
    ``customer`` is as whom they are taxed.
    """

    id: str
    version: int
    currency: Currency
    lines: tuple[CartLine, ...] = ()
    destination: Destination | None = None
    codes: tuple[str, ...] = ()
    method_id: str | None = None
    attempt_id: str | None = None
    order_id: str | None = None
    note: str | None = None
    attributes: tuple[Attribute, ...] = ()
    purchaser_id: str | None = None
    client_id: str | None = None
    customer: TaxCustomer = CONSUMER

    @property
    def is_editable(self) -> bool:
        """Whether the cart is neither purchased nor in a purchase that is in progress."""
        return self.attempt_id is None and self.order_id is None

    @property
    def variant_ids(self) -> tuple[str, ...]:
        """The ids of the variants in the cart, in the order of its lines; each once."""
        return tuple(dict.fromkeys([line.variant_id for line in self.lines]))

    @property
    def variant_quantities(self) -> dict[str, int]:
        """The quantities by variant id, over all lines."""
        quantities: dict[str, int] = {}
        for line in self.lines:
            quantities[line.variant_id] = quantities.get(line.variant_id, 0) + line.quantity
        return quantities

    @property
    def total_quantity(self) -> int:
        """The sum of the quantities of all lines."""
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class PricingContext:
    """The values that price a cart: its variants, the market's rules, stored values and the day.

    ``used_codes`` are the codes that the purchaser has used before. ``scope_keys`` are what
    promotions select the goods of a product by, by its id. ``calculated`` says whether the
    merchant's own calculator was asked, and what it answered.
    """

    variants: Mapping[str, Variant]
    market: Market
    stored_values: tuple[StoredValue, ...]
    day: date
    used_codes: frozenset[str] = frozenset()
    used_up_promotions: tuple[UsedUpPromotion, ...] = ()
    customer_groups: frozenset[str] = frozenset()
    scope_keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    calculated: CalculationOutcome = BY_TABLE


@dataclass(frozen=True, slots=True)
class CartPurchase:
    """The purchase built from a cart, the result of applying the cart's codes, and the context."""

    purchase: Purchase
    applied_codes: AppliedCodes
    context: PricingContext


def build_purchase(cart: Cart, context: PricingContext) -> CartPurchase:
    """Build the purchase that ``cart`` describes, with the rules of ``context``.

    A line whose variant is not sold, or not sold in the cart's currency, becomes an item with price
    zero and the tag ERROR.
    """
    quantities = cart.variant_quantities
    items = tuple(
        _build_item(line, quantities[line.variant_id], cart.currency.code, context)
        for line in cart.lines
    )
    market, destination = context.market, cart.destination
    if context.calculated.judges_codes:
        market = market.without_codes()
    applied_codes = apply_codes(
        cart.codes,
        market.coupons,
        context.stored_values,
        _code_context(cart, items, context),
        market.promotions,
        _calculated_codes(cart, context.calculated),
    )
    purchase = Purchase(
        currency=cart.currency,
        items=items,
        on=context.day,
        rounding=market.rounding_for(destination),
        discounts=applied_codes.discounts,
        surcharges=market.fees_for(destination, items) if market.fees else (),
        methods=market.methods,
        method_id=cart.method_id,
        shipping_tax=market.shipping_tax_for(destination, cart.customer.kind),
        stored_value=applied_codes.stored_value_total,
        destination=destination,
        tax_tables=market.tax_tables,
        is_home=market.is_home(destination),
        promotions=select_promotions(market.promotions, cart.codes),
        used_up_promotions=context.used_up_promotions,
        customer=cart.customer.kind,
        standing=cart.customer.standing_with(market.seller),
        customer_groups=context.customer_groups,
    )
    if context.calculated is not BY_TABLE:
        purchase = apply_outcome(purchase, context.calculated)
    return CartPurchase(purchase, applied_codes, context)


def _calculated_codes(cart: Cart, calculated: CalculationOutcome) -> Sequence[CalculatedCode]:
    """How the merchant's calculator judges the codes; as unchecked where it gave no answer."""
    if calculated.calculator is Calculator.FALLBACK:
        reason = "The shop cannot check this code now. Try again later."
        return [CalculatedCode(code, applied=False, reason=reason) for code in cart.codes]
    return calculated.judged_codes


def _code_context(cart: Cart, items: Sequence[Item], context: PricingContext) -> CodeContext:
    subtotal = sum(item.quantity * price_with_components(item) for item in items)
    return CodeContext(
        cart.currency,
        subtotal,
        context.day,
        context.used_codes,
        has_discountable_items=not items or any(map(_is_discountable, items)),
    )


def _is_discountable(item: Item) -> bool:
    """Whether ``item`` or a part of it may be reduced."""
    return NOT_DISCOUNTABLE not in item.tags or any(map(_is_discountable, item.components))


def _build_item(
    line: CartLine, variant_quantity: int, currency: str, context: PricingContext
) -> Item:
    """The item of ``line``; its cart has ``variant_quantity`` of the variant in all lines."""
    variant = context.variants.get(line.variant_id)
    if variant is None:
        return _unavailable_item(line)
    ordered = VariantQuantity(variant, line.quantity, line.price_when_added)
    try:
        item = catalogue_item(ordered, currency, includes_tax=context.market.includes_tax)
    except NotSoldInCurrency:
        return _unavailable_item(line)
    tags = item.tags
    if variant_quantity != line.quantity:
        # All lines of a variant take from one stock.
        all_ordered = VariantQuantity(variant, variant_quantity)
        tags |= catalogue_item(all_ordered, currency, includes_tax=context.market.includes_tax).tags
    if not variant.can_sell(variant_quantity):
        tags |= {ERROR}
    item = with_home_rates(item, context.market, context.day)
    scope_keys: frozenset[str] = frozenset()
    if context.market.promotions:
        scope_keys = context.scope_keys.get(variant.product_id, scope_keys)
        if variant.compare_at_price(currency) is not None:
            scope_keys |= {ON_SALE}
    return replace(
        item, tags=tags, line_id=line.id, attributes=line.attributes, scope_keys=scope_keys
    )


def _unavailable_item(line: CartLine) -> Item:
    item = build_unavailable_item(line.variant_id, line.quantity)
    return replace(item, line_id=line.id, attributes=line.attributes)
