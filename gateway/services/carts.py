"""Use cases of carts: create, change and price them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.destinations import normalize_destination
from gateway.engine.carts import (
    MAX_CART_LINES,
    MAX_LINE_QUANTITY,
    Cart,
    CartLine,
    PricedCart,
    PricingContext,
    add_cart_lines,
    build_purchase,
    set_line_quantities,
)
from gateway.engine.catalogue.products import Variant
from gateway.engine.checkout import checks
from gateway.engine.money import Currency
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.engine.pricing.tags import PRICE_CHANGED
from gateway.engine.rulebook.rulebook import NO_RULES
from gateway.engine.user_errors import (
    ErrorCode,
    ErrorCollector,
    InputPath,
    RequestWarning,
    UserError,
    WarningCode,
)
from gateway.services.dependencies import Dependencies
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import ReadSession, UnitOfWork, VersionConflict

MAX_CART_CODES = 20
CURRENCY_PATH: InputPath = ("input", "currency")
LINES_PATH: InputPath = ("input", "lines")
CART_PATH: InputPath = ("input", "cartId")
VERSION_PATH: InputPath = ("input", "expectedVersion")


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A variant and its quantity, as requested by a client."""

    variant_id: str
    quantity: int


VariantsById: TypeAlias = Mapping[str, Variant]
"""Variants by id."""


@dataclass(frozen=True, slots=True)
class EditResult:
    """A changed cart or the errors that prevent the change, with warnings.

    ``variants`` are the cart's variants by id if the edit has loaded them.
    """

    cart: Cart | None = None
    errors: tuple[UserError, ...] = ()
    warnings: tuple[RequestWarning, ...] = ()
    variants: VariantsById | None = None


CartEdit: TypeAlias = Callable[[Cart, UnitOfWork], Awaitable[EditResult]]


# -- reading


async def load_cart(cart_id: str, dependencies: Dependencies) -> PricedCart | None:
    """The priced cart of this id; None if there is none."""
    async with dependencies.database.read() as reading:
        cart = await reading.carts.find(cart_id)
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
    cart = _with_current_destination(cart, dependencies)
    context = await load_pricing_context(cart, reading, dependencies, variants=variants)
    return dependencies.priced_cart_cache.price_cart(cart, context)


def _with_current_destination(cart: Cart, dependencies: Dependencies) -> Cart:
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
    day = dependencies.calendars.day(dependencies.clock.now(), cart.destination)
    rule_set = await reading.rule_sets.find_current(day)
    rulebook = NO_RULES if rule_set is None else rule_set.rulebook
    if variants is None:
        variants = await reading.catalogue.load_variants(cart.variant_ids) if cart.lines else {}
    return PricingContext(
        variants=variants,
        market=rulebook.for_market(cart.currency.code, day),
        stored_values=await reading.stored_values.find_many(cart.codes) if cart.codes else (),
        day=day,
        used_codes=used_codes,
    )


# -- making


async def create_cart(
    currency: str | None, lines: Sequence[LineRequest], dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Create a cart with ``lines``, in ``currency`` or the merchant's own."""
    cart_currency = (
        dependencies.currencies.find(currency) if currency else dependencies.policy.currency
    )
    if cart_currency is None:
        return error_outcome(
            ErrorCode.INVALID_INPUT, CURRENCY_PATH, f"There is no currency {currency}."
        )
    cart = Cart(dependencies.ids.new("crt"), 1, cart_currency)
    async with dependencies.database.begin() as work:
        edit_result = await _add_to_cart(cart, lines, work)
        if edit_result.cart is None:
            return Outcome(user_errors=edit_result.errors)
        await work.carts.add(edit_result.cart, dependencies.clock.now())
        priced_cart = await price_cart(edit_result.cart, work, dependencies, edit_result.variants)
    return Outcome(priced_cart, warnings=edit_result.warnings)


async def _add_to_cart(cart: Cart, lines: Sequence[LineRequest], work: ReadSession) -> EditResult:
    errors = _quantity_errors(lines, minimum=1)
    if errors:
        return EditResult(errors=errors)
    variant_ids = (*cart.variant_ids, *(line.variant_id for line in lines))
    variants = await work.catalogue.load_variants(list(dict.fromkeys(variant_ids)))
    errors = _variant_errors(lines, variants, cart.currency)
    if errors:
        return EditResult(errors=errors)
    new_cart = add_cart_lines(cart, _build_cart_lines(lines, variants, cart.currency))
    return replace(_check_cart_limits(new_cart), variants=variants)


def _build_cart_lines(
    lines: Iterable[LineRequest], variants: dict[str, Variant], currency: Currency
) -> list[CartLine]:
    return [
        CartLine(line.variant_id, line.quantity, variants[line.variant_id].price(currency.code))
        for line in lines
    ]


def _check_cart_limits(cart: Cart) -> EditResult:
    collector = ErrorCollector()
    if len(cart.lines) > MAX_CART_LINES:
        collector.add(LINES_PATH, f"A cart holds at most {MAX_CART_LINES} lines.")
    if any(line.quantity > MAX_LINE_QUANTITY for line in cart.lines):
        collector.add(LINES_PATH, f"A line holds at most {MAX_LINE_QUANTITY}.")
    return EditResult(errors=tuple(collector.errors)) if collector.errors else EditResult(cart)


def _quantity_errors(lines: Sequence[LineRequest], minimum: int) -> tuple[UserError, ...]:
    collector = ErrorCollector()
    if len(lines) > MAX_CART_LINES:
        collector.add(LINES_PATH, f"There may be at most {MAX_CART_LINES} lines.")
        return tuple(collector.errors)
    for index, line in enumerate(lines):
        if not minimum <= line.quantity <= MAX_LINE_QUANTITY:
            message = f"The quantity must be between {minimum} and {MAX_LINE_QUANTITY}."
            collector.add((*LINES_PATH, str(index), "quantity"), message)
    return tuple(collector.errors)


def _variant_errors(
    lines: Sequence[LineRequest], variants: dict[str, Variant], currency: Currency
) -> tuple[UserError, ...]:
    collector = ErrorCollector()
    for index, line in enumerate(lines):
        path = (*LINES_PATH, str(index), "variantId")
        variant = variants.get(line.variant_id)
        if variant is None:
            collector.add(path, "There is no such variant.", ErrorCode.NOT_FOUND)
        elif variant.price(currency.code) is None:
            collector.add(path, f"It is not sold for {currency.code}.")
    return tuple(collector.errors)


# -- changing


async def edit_cart(
    cart_id: str, expected_version: int, edit: CartEdit, dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Apply ``edit`` to the cart if it has the version ``expected_version`` and can be changed."""
    try:
        async with dependencies.database.begin() as work:
            return await _edit_in_transaction(cart_id, expected_version, edit, work, dependencies)
    except VersionConflict:
        return error_outcome(
            ErrorCode.VERSION_CONFLICT, VERSION_PATH, "The cart was changed meanwhile."
        )


async def _edit_in_transaction(
    cart_id: str,
    expected_version: int,
    edit: CartEdit,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Outcome[PricedCart]:
    cart = await work.carts.find(cart_id)
    if cart is None:
        return error_outcome(ErrorCode.NOT_FOUND, CART_PATH, "There is no such cart.")
    if not cart.is_editable:
        return error_outcome(
            ErrorCode.NOT_MODIFIABLE, CART_PATH, "The cart is bought or being bought."
        )
    if cart.version != expected_version:
        message = f"The cart is at version {cart.version}."
        return error_outcome(ErrorCode.VERSION_CONFLICT, VERSION_PATH, message)
    edit_result = await edit(cart, work)
    if edit_result.cart is None:
        return Outcome(user_errors=edit_result.errors)
    new_cart = edit_result.cart
    if new_cart != cart:
        new_cart = replace(new_cart, version=cart.version + 1)
        await work.carts.save(new_cart, dependencies.clock.now())
    priced_cart = await price_cart(new_cart, work, dependencies, edit_result.variants)
    if priced_cart.applied_codes.has_stored_value_code:
        await work.carts.save_displayed_due(
            priced_cart.id, priced_cart.version, checks.displayed_due(priced_cart)
        )
    return Outcome(priced_cart.with_warnings(edit_result.warnings), warnings=edit_result.warnings)


async def add_lines(
    cart_id: str, expected_version: int, lines: Sequence[LineRequest], dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Add ``lines`` to the cart."""
    return await edit_cart(
        cart_id, expected_version, lambda cart, work: _add_to_cart(cart, lines, work), dependencies
    )


async def update_lines(
    cart_id: str, expected_version: int, lines: Sequence[LineRequest], dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Set the quantities of ``lines``; a quantity of zero removes the line."""

    async def edit(cart: Cart, _work: UnitOfWork) -> EditResult:
        errors = (*_quantity_errors(lines, minimum=0), *_absent_errors(cart, lines))
        if errors:
            return EditResult(errors=errors)
        return EditResult(
            set_line_quantities(cart, {line.variant_id: line.quantity for line in lines})
        )

    return await edit_cart(cart_id, expected_version, edit, dependencies)


def _absent_errors(cart: Cart, lines: Sequence[LineRequest]) -> tuple[UserError, ...]:
    collector = ErrorCollector()
    for index, line in enumerate(lines):
        if line.variant_id not in cart.variant_ids:
            path = (*LINES_PATH, str(index), "variantId")
            collector.add(path, "It is not in the cart.", ErrorCode.NOT_FOUND)
    return tuple(collector.errors)


async def set_destination(
    cart_id: str, expected_version: int, destination: Destination, dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Set the cart's destination."""

    async def edit(cart: Cart, _work: UnitOfWork) -> EditResult:
        return EditResult(replace(cart, destination=destination))

    return await edit_cart(cart_id, expected_version, edit, dependencies)


async def set_codes(
    cart_id: str, expected_version: int, codes: Sequence[str], dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Replace the cart's codes by those of ``codes`` that exist."""

    async def edit(cart: Cart, work: UnitOfWork) -> EditResult:
        codes_by_key = {normalize_code(code): code.strip() for code in codes}
        cart_with_codes = replace(cart, codes=tuple(codes_by_key.values()))
        applied_codes = build_purchase(
            cart_with_codes, await load_pricing_context(cart_with_codes, work, dependencies)
        ).applied_codes
        existing_codes = tuple(entered_code.typed for entered_code in applied_codes.entered_codes)
        return EditResult(replace(cart, codes=existing_codes), warnings=applied_codes.warnings)

    if len(codes) > MAX_CART_CODES:
        message = f"There may be at most {MAX_CART_CODES} codes; these are {len(codes)}."
        return error_outcome(ErrorCode.INVALID_INPUT, ("input", "codes"), message)
    return await edit_cart(cart_id, expected_version, edit, dependencies)


async def select_shipping(
    cart_id: str, expected_version: int, option_id: str, dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Select the shipping option of this id, which must be one of the cart's."""

    async def edit(cart: Cart, work: UnitOfWork) -> EditResult:
        options = (await price_cart(cart, work, dependencies)).shipping_options
        for option in options:
            if option.id == option_id:
                return EditResult(replace(cart, method_id=option.method_id))
        path = ("input", "shippingOptionId")
        message = "The cart has no such shipping option."
        return EditResult(errors=(UserError(ErrorCode.NOT_FOUND, path, message),))

    return await edit_cart(cart_id, expected_version, edit, dependencies)


def collect_warnings(outcome: Outcome[PricedCart]) -> tuple[RequestWarning, ...]:
    """The warnings of a change and of the cart's tags, which are checked only here."""
    cart = outcome.value
    return outcome.warnings if cart is None else (*outcome.warnings, *_cart_warnings(cart))


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
    return (*price_changes, *shortages)
