"""Use cases of a cart's lines: making a cart with them, adding to them and changing them."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.engine.cart_lines import (
    LINES_PATH,
    LineRequest,
    add_cart_lines,
    change_cart_lines,
    check_attributes_of_lines,
    line_limit_errors,
)
from gateway.engine.carts import MAX_CART_LINES, MAX_LINE_QUANTITY, Cart, CartLine
from gateway.engine.catalogue.products import Variant
from gateway.engine.money import Currency
from gateway.engine.priced_carts import PricedCart
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath, UserError
from gateway.services.cart_edits import CartReference, EditResult, edit_cart
from gateway.services.carts import price_cart
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import ReadSession, UnitOfWork

CURRENCY_PATH: InputPath = ("input", "currency")


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
        edit_result = await _add_to_cart(cart, lines, work, dependencies)
        if edit_result.cart is None:
            return Outcome(user_errors=edit_result.errors)
        await work.carts.add(edit_result.cart, dependencies.clock.now())
        priced_cart = await price_cart(edit_result.cart, work, dependencies, edit_result.variants)
    return Outcome(priced_cart, warnings=edit_result.warnings)


async def add_lines(
    reference: CartReference,
    lines: Sequence[LineRequest],
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[PricedCart]:
    """Add ``lines`` to the cart."""

    async def edit(cart: Cart, work: UnitOfWork) -> EditResult:
        return await _add_to_cart(cart, lines, work, dependencies)

    return await edit_cart(reference, edit, caller=caller, dependencies=dependencies)


async def update_lines(
    reference: CartReference,
    lines: Sequence[LineRequest],
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[PricedCart]:
    """Set the quantities and attributes of ``lines``; a quantity of zero removes the line."""

    async def edit(cart: Cart, _work: UnitOfWork) -> EditResult:
        errors = _request_errors(lines, minimum=0)
        new_cart = change_cart_lines(cart, lines)
        if not isinstance(new_cart, Cart):
            return EditResult(errors=(*errors, *new_cart))
        errors = errors or line_limit_errors(new_cart)
        return EditResult(errors=errors) if errors else EditResult(new_cart)

    return await edit_cart(reference, edit, caller=caller, dependencies=dependencies)


async def _add_to_cart(
    cart: Cart, lines: Sequence[LineRequest], work: ReadSession, dependencies: Dependencies
) -> EditResult:
    errors = _request_errors(lines, minimum=1) or _line_id_errors(lines)
    if errors:
        return EditResult(errors=errors)
    variant_ids = (*cart.variant_ids, *(line.variant_id for line in lines))
    variants = await work.catalogue.load_variants(list(dict.fromkeys(variant_ids)))
    errors = _variant_errors(lines, variants, cart.currency)
    if errors:
        return EditResult(errors=errors)
    new_lines = _build_cart_lines(lines, variants, cart.currency, dependencies)
    new_cart = add_cart_lines(cart, new_lines)
    errors = line_limit_errors(new_cart)
    return EditResult(errors=errors) if errors else EditResult(new_cart, variants=variants)


def _build_cart_lines(
    lines: Iterable[LineRequest],
    variants: Mapping[str, Variant],
    currency: Currency,
    dependencies: Dependencies,
) -> list[CartLine]:
    return [
        CartLine(
            line.variant_id,
            line.quantity,
            variants[line.variant_id].price(currency.code),
            dependencies.ids.new("crl"),
            line.attributes or (),
        )
        for line in lines
    ]


def _request_errors(lines: Sequence[LineRequest], minimum: int) -> tuple[UserError, ...]:
    collector = ErrorCollector()
    if len(lines) > MAX_CART_LINES:
        collector.add(LINES_PATH, f"There may be at most {MAX_CART_LINES} lines.")
        return tuple(collector.errors)
    for index, line in enumerate(lines):
        path = (*LINES_PATH, str(index))
        if not minimum <= line.quantity <= MAX_LINE_QUANTITY:
            message = f"The quantity must be between {minimum} and {MAX_LINE_QUANTITY}."
            collector.add((*path, "quantity"), message)
    check_attributes_of_lines(lines, collector)
    return tuple(collector.errors)


def _line_id_errors(lines: Sequence[LineRequest]) -> tuple[UserError, ...]:
    """The errors of lines to add that say which line they mean: only a change can."""
    collector = ErrorCollector()
    for index, line in enumerate(lines):
        if line.line_id is not None:
            message = (
                "What is added joins the line with the same variant and attributes. To change a "
                "line by its id, use `cartLinesUpdate`."
            )
            collector.add((*LINES_PATH, str(index), "lineId"), message)
    return tuple(collector.errors)


def _variant_errors(
    lines: Sequence[LineRequest], variants: Mapping[str, Variant], currency: Currency
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
