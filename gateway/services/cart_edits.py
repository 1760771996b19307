"""Use cases that change a cart: one frame for all of them, and the changes of what is no line."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from gateway.engine.addresses.address import Destination
from gateway.engine.cart_lines import check_attributes
from gateway.engine.carts import Cart, build_purchase
from gateway.engine.checkout import checks
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.calculations import CalculationPart
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.engine.pricing.purchase_details import Attribute
from gateway.engine.text.card_numbers import CARD_NUMBER_MESSAGE, looks_like_card_number
from gateway.engine.user_errors import (
    ErrorCode,
    ErrorCollector,
    InputPath,
    RequestWarning,
    UserError,
)
from gateway.services.calculations import with_outcome
from gateway.services.cart_access import can_access
from gateway.services.cart_calculations import calculate_change
from gateway.services.carts import VariantsById, load_cart, load_pricing_context, price_cart
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import UnitOfWork

MAX_CART_CODES = 20
CART_PATH: InputPath = ("input", "cartId")
VERSION_PATH: InputPath = ("input", "expectedVersion")
NOT_FOUND_MESSAGE = "There is no such cart."
NOT_MODIFIABLE_MESSAGE = "The cart is bought or being bought."


@dataclass(frozen=True, slots=True)
class CartReference:
    """The cart that a client wants to change.

    ``expected_version`` is the version it has seen; None: the cart is changed as it stands.
    """

    id: str
    expected_version: int | None = None


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


async def edit_cart(
    reference: CartReference, edit: CartEdit, *, caller: Caller, dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Apply ``edit`` to the cart if it has the expected version and the caller may change it."""
    async with dependencies.database.begin() as work:
        cart = await find_editable_cart(reference, caller, work)
        if isinstance(cart, UserError):
            return Outcome(user_errors=(cart,))
        edit_result = await edit(cart, work)
        return await save_edit(cart, edit_result, work, dependencies)


async def find_editable_cart(
    reference: CartReference, caller: Caller, work: UnitOfWork
) -> Cart | UserError:
    """The cart, locked until the transaction ends, or why the caller cannot change it now.

    Locked, because changes without an expected version wait for each other: none is lost.
    """
    cart = await work.carts.find_for_update(reference.id)
    if cart is None or not can_access(cart, caller):
        return UserError(ErrorCode.NOT_FOUND, CART_PATH, NOT_FOUND_MESSAGE)
    if not cart.is_editable:
        return UserError(ErrorCode.NOT_MODIFIABLE, CART_PATH, NOT_MODIFIABLE_MESSAGE)
    if reference.expected_version not in (None, cart.version):
        message = f"The cart is at version {cart.version}."
        return UserError(ErrorCode.VERSION_CONFLICT, VERSION_PATH, message)
    return cart


async def save_edit(
    cart: Cart, edit_result: EditResult, work: UnitOfWork, dependencies: Dependencies
) -> Outcome[PricedCart]:
    """Save what an edit made of ``cart``, at the next version where it made a change."""
    new_cart = edit_result.cart
    if new_cart is None:
        return Outcome(user_errors=edit_result.errors)
    if new_cart != cart:
        new_cart = replace(new_cart, version=cart.version + 1)
        await work.carts.save(new_cart, dependencies.clock.now())
    priced_cart = await price_cart(new_cart, work, dependencies, edit_result.variants)
    # What a calculator computes is shown, and saved as shown, only after the transaction.
    if priced_cart.applied_codes.has_stored_value_code and dependencies.calculator is None:
        await work.carts.save_displayed_due(
            priced_cart.id, priced_cart.version, checks.displayed_due(priced_cart)
        )
    return Outcome(priced_cart.with_warnings(edit_result.warnings), warnings=edit_result.warnings)


async def attach_cart(
    refusal: Outcome[PricedCart], cart_id: str, *, caller: Caller, dependencies: Dependencies
) -> Outcome[PricedCart]:
    """``refusal`` with the cart as it stands, if the caller may see it.

    A client that was refused shows the cart without another request.
    """
    cart = await load_cart(cart_id, caller=caller, dependencies=dependencies)
    return replace(refusal, value=cart)


# -- what is no line


async def set_destination(
    reference: CartReference,
    destination: Destination,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[PricedCart]:
    """Set the cart's destination."""

    async def edit(cart: Cart, _work: UnitOfWork) -> EditResult:
        return EditResult(replace(cart, destination=destination))

    return await edit_cart(reference, edit, caller=caller, dependencies=dependencies)


@dataclass(frozen=True, slots=True)
class DetailsRequest:
    """A new note and new attributes of a cart; ``keeps_note``: the note stays as it is.

    ``note`` of None deletes the note. ``attributes`` of None leave them as they are.
    """

    note: str | None = None
    keeps_note: bool = False
    attributes: tuple[Attribute, ...] | None = None


async def set_details(
    reference: CartReference,
    details: DetailsRequest,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[PricedCart]:
    """Set the cart's note and attributes."""

    async def edit(cart: Cart, _work: UnitOfWork) -> EditResult:
        note = cart.note if details.keeps_note else details.note or None
        attributes = cart.attributes if details.attributes is None else details.attributes
        return EditResult(replace(cart, note=note, attributes=attributes))

    collector = ErrorCollector()
    if looks_like_card_number(details.note or ""):
        collector.add(("input", "note"), CARD_NUMBER_MESSAGE)
    check_attributes(details.attributes or (), ("input", "attributes"), collector)
    if collector.errors:
        return Outcome(user_errors=tuple(collector.errors))
    return await edit_cart(reference, edit, caller=caller, dependencies=dependencies)


async def set_codes(
    reference: CartReference,
    codes: Sequence[str],
    *,
    caller: Caller,
    dependencies: Dependencies,
    shown_parts: frozenset[CalculationPart] = frozenset(),
) -> Outcome[PricedCart]:
    """Replace the cart's codes by those of ``codes`` that exist.

    A merchant's calculator is asked before the transaction which exist, together with
    ``shown_parts``, what the client is shown of the cart.
    """
    new_codes = tuple({normalize_code(code): code.strip() for code in codes}.values())

    def with_codes(cart: Cart) -> Cart:
        return replace(cart, codes=new_codes)

    async def edit(cart: Cart, work: UnitOfWork) -> EditResult:
        cart_with_codes = with_codes(cart)
        context = await load_pricing_context(cart_with_codes, work, dependencies)
        context = replace(context, calculated=calculated)
        priced_cart = PricedCart(cart_with_codes, build_purchase(cart_with_codes, context))
        existing_codes = tuple(
            entered_code.typed for entered_code in priced_cart.applied_codes.entered_codes
        )
        return EditResult(replace(cart, codes=existing_codes), warnings=priced_cart.refused_codes)

    if len(codes) > MAX_CART_CODES:
        message = f"There may be at most {MAX_CART_CODES} codes; these are {len(codes)}."
        return error_outcome(ErrorCode.INVALID_INPUT, ("input", "codes"), message)
    calculated = await calculate_change(
        reference.id,
        with_codes,
        shown_parts | {CalculationPart.CODES},
        caller=caller,
        dependencies=dependencies,
    )
    return await edit_cart(reference, edit, caller=caller, dependencies=dependencies)


async def select_shipping(
    reference: CartReference,
    option_id: str,
    *,
    caller: Caller,
    dependencies: Dependencies,
    shown_parts: frozenset[CalculationPart] = frozenset(),
) -> Outcome[PricedCart]:
    """Select the shipping option of this id, which must be one of the cart's.

    A merchant's calculator is asked before the transaction which there are, together with
    ``shown_parts``, what the client is shown of the cart.
    """
    calculated = await calculate_change(
        reference.id,
        lambda cart: cart,
        shown_parts | {CalculationPart.CODES, CalculationPart.SHIPPING},
        caller=caller,
        dependencies=dependencies,
    )

    async def edit(cart: Cart, work: UnitOfWork) -> EditResult:
        priced_cart = with_outcome(await price_cart(cart, work, dependencies), calculated)
        for option in priced_cart.shipping_options:
            if option.id == option_id:
                return EditResult(replace(cart, method_id=option.method_id))
        path = ("input", "shippingOptionId")
        message = "The cart has no such shipping option."
        return EditResult(errors=(UserError(ErrorCode.NOT_FOUND, path, message),))

    return await edit_cart(reference, edit, caller=caller, dependencies=dependencies)
