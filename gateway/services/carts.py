"""Carts as they are read: loaded, priced, and what there is to know of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, TypeAlias

from gateway.engine.addresses.destinations import normalize_destination
from gateway.engine.carts import Cart, PricingContext
from gateway.engine.catalogue.products import Variant
from gateway.engine.checkout import checks
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import select_promotions
from gateway.engine.pricing.tags import PRICE_CHANGED
from gateway.engine.rulebook.rulebook import NO_RULES
from gateway.engine.user_errors import RequestWarning, WarningCode
from gateway.services import promotions
from gateway.services.cart_access import can_access, cart_owner
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.outcomes import Outcome
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import ReadSession

VariantsById: TypeAlias = Mapping[str, Variant]
"""Variants by id."""


async def load_cart(
    cart_id: str, *, caller: Caller, dependencies: Dependencies
) -> PricedCart | None:
    """The priced cart of this id; None if there is none that ``caller`` may see."""
    async with dependencies.database.read() as reading:
        cart = await reading.carts.find(cart_id)
        if cart is None or not can_access(cart, caller):
            return None
        return await price_cart(cart, reading, dependencies)


async def load_own_cart(*, caller: Caller, dependencies: Dependencies) -> PricedCart | None:
    """The priced cart that ``caller`` has claimed and not bought yet; None if there is none."""
    async with dependencies.database.read() as reading:
        cart = await reading.carts.find_of(cart_owner(caller))
        return None if cart is None else await price_cart(cart, reading, dependencies)


async def save_displayed_due(cart: PricedCart, dependencies: Dependencies) -> None:
    """Save the amount due that the client was shown, because a checkout must not charge more.

    Call it only if the client has asked for the amount.
    """
    if not cart.applied_codes.has_stored_value_code or not cart.cart.is_editable:
        return
    displayed_due = checks.displayed_due(cart)
    async with dependencies.database.read() as reading:
        if await reading.carts.find_displayed_due(cart.id, cart.version) == displayed_due:
            return
    async with dependencies.database.begin() as work:
        await work.carts.save_displayed_due(cart.id, cart.version, displayed_due)


async def price_cart(
    cart: Cart,
    reading: ReadSession,
    dependencies: Dependencies,
    variants: VariantsById | None = None,
) -> PricedCart:
    """``cart`` with today's prices; takes two reads, or one with ``variants``."""
    cart = with_current_destination(cart, dependencies)
    context = await load_pricing_context(cart, reading, dependencies, variants=variants)
    return dependencies.priced_cart_cache.price_cart(cart, context)


def with_current_destination(cart: Cart, dependencies: Dependencies) -> Cart:
    """``cart`` with its destination normalized by the present rules."""
    destination = cart.destination
    if destination is None:
        return cart
    return replace(
        cart,
        destination=normalize_destination(
            destination, dependencies.countries.rules_for(destination.country)
        ),
    )


class PricingDay(Protocol):
    """The dependencies that tell the day, and so the rules, at a cart's destination."""

    @property
    def clock(self) -> Clock:
        """The source of the present time."""
        ...

    @property
    def calendars(self) -> Calendars:
        """The source of the day at a destination."""
        ...


async def load_pricing_context(
    cart: Cart,
    reading: ReadSession,
    dependencies: PricingDay,
    used_codes: frozenset[str] = frozenset(),
    variants: VariantsById | None = None,
) -> PricingContext:
    """The variants, rules and stored value with which ``cart`` is priced now."""
    context = await load_general_context(cart, reading, dependencies, used_codes, variants)
    return replace(
        context,
        used_up_promotions=await promotions.find_used_up(
            select_promotions(context.market.promotions, cart.codes),
            () if cart.purchaser_id is None else [[cart.purchaser_id]],
            reading,
        ),
        customer_groups=await reading.customer_groups.list_for(cart.purchaser_id)
        if context.market.asks_for_groups and cart.purchaser_id is not None
        else frozenset(),
    )


async def load_general_context(
    cart: Cart,
    reading: ReadSession,
    dependencies: PricingDay,
    used_codes: frozenset[str] = frozenset(),
    variants: VariantsById | None = None,
) -> PricingContext:
    """What ``cart`` is priced with for anybody: without groups and used-up promotions."""
    day = dependencies.calendars.day(dependencies.clock.now(), cart.destination)
    rule_set = await reading.rule_sets.find_current(day)
    rulebook = NO_RULES if rule_set is None else rule_set.rulebook
    if variants is None:
        variants = await reading.catalogue.load_variants(cart.variant_ids) if cart.lines else {}
    market = rulebook.for_market(cart.currency.code, day)
    return PricingContext(
        variants=variants,
        market=market,
        stored_values=await reading.stored_values.find_many(cart.codes) if cart.codes else (),
        day=day,
        used_codes=used_codes,
        scope_keys=await promotions.load_scope_keys(variants.values(), market, reading),
    )


def collect_warnings(outcome: Outcome[PricedCart]) -> tuple[RequestWarning, ...]:
    """The warnings of a change and of the cart's tags, which are checked only here."""
    cart = outcome.value
    if cart is None or outcome.user_errors:
        return outcome.warnings
    return (*outcome.warnings, *_cart_warnings(cart))


def _cart_warnings(cart: PricedCart) -> tuple[RequestWarning, ...]:
    """Warnings of changed prices, and of lines that are not available in their quantity."""
    price_changes = (
        RequestWarning(
            WarningCode.PRICE_CHANGED,
            item.reference,
            f"The price of {item.name} has changed since it was added.",
        )
        for item in cart.items_tagged(PRICE_CHANGED)
    )
    shortages = (
        RequestWarning(
            WarningCode.OUT_OF_STOCK,
            item.reference,
            f"{item.name} is not available in this quantity.",
        )
        for item in cart.unavailable_items
    )
    # Lines of one variant say the same of it.
    return tuple(dict.fromkeys((*price_changes, *shortages)))
