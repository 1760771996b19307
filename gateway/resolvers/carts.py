"""Resolvers of carts."""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Annotated, Protocol, TypeVar

import strawberry

from gateway.engine.cart_lines import LineRequest
from gateway.engine.display.purchase_display import PurchaseDisplay
from gateway.engine.money import Money
from gateway.engine.orders.order import Order
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import CartCode
from gateway.engine.pricing.purchase_details import Attribute
from gateway.engine.user_errors import ErrorCollector, RequestWarning
from gateway.resolvers import display as display_resolver
from gateway.resolvers.argument_guards import check_bounds, null_answer, outcome_with_errors
from gateway.resolvers.bounds import MAX_ID_LENGTH, TextBound
from gateway.resolvers.calculations import calculate_shown, payload_parts, shows_due
from gateway.resolvers.context import Info
from gateway.resolvers.input_readers.quotes import read_destination
from gateway.resolvers.inputs.carts import (
    AttributeInput,
    CartClaimInput,
    CartCodesSetInput,
    CartCreateInput,
    CartCustomerSetInput,
    CartDestinationSetInput,
    CartDetailsSetInput,
    CartLinesAddInput,
    CartLinesUpdateInput,
    CartShippingSelectInput,
    LineInput,
)
from gateway.resolvers.money import Locale
from gateway.resolvers.pagination import none_if_unset
from gateway.services import cart_claims, cart_customers, cart_edits, cart_lines, carts
from gateway.services.cart_customers import CustomerRequest
from gateway.services.cart_edits import CartReference, DetailsRequest
from gateway.services.orders import access
from gateway.services.outcomes import Outcome

ID_BOUND = TextBound(MAX_ID_LENGTH)


class CartInput(Protocol):
    """The input of a change of a cart."""

    cart_id: strawberry.ID
    expected_version: int | None


InputT = TypeVar("InputT", bound=CartInput)
CartMutation = Callable[[Info, InputT], Awaitable[Outcome[PricedCart]]]


def _answer_with_cart(resolver: CartMutation[InputT]) -> CartMutation[InputT]:
    """``resolver`` whose refusals have the cart as it stands, those for bounds as well."""

    @wraps(resolver)
    async def wrapper(info: Info, input: InputT) -> Outcome[PricedCart]:
        outcome = await resolver(info=info, input=input)  # type: ignore[call-arg] # as guards expect
        if not outcome.user_errors or ID_BOUND.error_message(input.cart_id) is not None:
            # No cart has an id out of bounds, and a database may refuse its characters.
            return outcome
        context = info.context
        return await cart_edits.attach_cart(
            outcome, input.cart_id, caller=context.caller, dependencies=context.dependencies
        )

    return wrapper


def _reference(input: CartInput) -> CartReference:
    return CartReference(input.cart_id, none_if_unset(input.expected_version))


def _line_requests(lines: Sequence[LineInput]) -> list[LineRequest]:
    return [
        LineRequest(
            line.variant_id,
            line.quantity,
            _read_attributes(line.attributes),
            none_if_unset(line.line_id),
        )
        for line in lines
    ]


def _read_attributes(attributes: list[AttributeInput] | None) -> tuple[Attribute, ...] | None:
    """The attributes of an input; None where they are absent, none where they are null."""
    if attributes is strawberry.UNSET:
        return None
    return tuple(Attribute(attribute.key, attribute.value) for attribute in attributes or ())


@check_bounds(null_answer)
async def cart(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The cart's id.")],
) -> PricedCart | None:
    """The cart of this id, if the caller may see it."""
    context = info.context
    async with context.purchase_lock:
        cart = await carts.load_cart(id, caller=context.caller, dependencies=context.dependencies)
    return await calculate_shown(cart, info)


async def own_cart(info: Info) -> PricedCart | None:
    """The cart that the caller has claimed, if it is not bought yet."""
    context = info.context
    async with context.purchase_lock:
        cart = await carts.load_own_cart(caller=context.caller, dependencies=context.dependencies)
    return await calculate_shown(cart, info)


@check_bounds(outcome_with_errors)
async def cart_create(
    info: Info,
    input: Annotated[CartCreateInput, strawberry.argument(description="The cart to make.")],
) -> Outcome[PricedCart]:
    """A new cart."""
    return await cart_lines.create_cart(
        input.currency, _line_requests(input.lines), info.context.dependencies
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_lines_add(
    info: Info,
    input: Annotated[CartLinesAddInput, strawberry.argument(description="What to add.")],
) -> Outcome[PricedCart]:
    """The cart with more in it."""
    context, lines = info.context, _line_requests(input.lines)
    return await cart_lines.add_lines(
        _reference(input), lines, caller=context.caller, dependencies=context.dependencies
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_lines_update(
    info: Info,
    input: Annotated[CartLinesUpdateInput, strawberry.argument(description="What to change.")],
) -> Outcome[PricedCart]:
    """The cart with other quantities."""
    context, lines = info.context, _line_requests(input.lines)
    return await cart_lines.update_lines(
        _reference(input), lines, caller=context.caller, dependencies=context.dependencies
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_destination_set(
    info: Info,
    input: Annotated[CartDestinationSetInput, strawberry.argument(description="Where it goes.")],
) -> Outcome[PricedCart]:
    """The cart going elsewhere."""
    context = info.context
    collector = ErrorCollector()
    path = ("input", "destination")
    destination = read_destination(
        input.destination, path, context.dependencies.countries, collector
    )
    if collector.errors:
        return Outcome(user_errors=tuple(collector.errors))
    return await cart_edits.set_destination(
        _reference(input), destination, caller=context.caller, dependencies=context.dependencies
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_details_set(
    info: Info,
    input: Annotated[CartDetailsSetInput, strawberry.argument(description="What is written.")],
) -> Outcome[PricedCart]:
    """The cart with another note or other attributes."""
    context = info.context
    details = DetailsRequest(
        none_if_unset(input.note),
        keeps_note=input.note is strawberry.UNSET,
        attributes=_read_attributes(input.attributes),
    )
    return await cart_edits.set_details(
        _reference(input), details, caller=context.caller, dependencies=context.dependencies
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_customer_set(
    info: Info,
    input: Annotated[CartCustomerSetInput, strawberry.argument(description="Who buys.")],
) -> Outcome[PricedCart]:
    """The cart of another kind of customer."""
    context = info.context
    request = CustomerRequest(input.kind, none_if_unset(input.tax_id))
    return await cart_customers.set_customer(
        _reference(input), request, caller=context.caller, dependencies=context.dependencies
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_codes_set(
    info: Info,
    input: Annotated[CartCodesSetInput, strawberry.argument(description="Its codes.")],
) -> Outcome[PricedCart]:
    """The cart with other codes."""
    context = info.context
    return await cart_edits.set_codes(
        _reference(input),
        input.codes,
        caller=context.caller,
        dependencies=context.dependencies,
        shown_parts=payload_parts(info),
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_shipping_select(
    info: Info,
    input: Annotated[CartShippingSelectInput, strawberry.argument(description="The choice.")],
) -> Outcome[PricedCart]:
    """The cart shipped otherwise."""
    context, option_id = info.context, input.shipping_option_id
    return await cart_edits.select_shipping(
        _reference(input),
        option_id,
        caller=context.caller,
        dependencies=context.dependencies,
        shown_parts=payload_parts(info),
    )


@_answer_with_cart
@check_bounds(outcome_with_errors)
async def cart_claim(
    info: Info,
    input: Annotated[CartClaimInput, strawberry.argument(description="The cart to claim.")],
) -> Outcome[PricedCart]:
    """The cart as the caller's own, with what their earlier cart had."""
    context = info.context
    return await cart_claims.claim_cart(
        _reference(input), caller=context.caller, dependencies=context.dependencies
    )


async def due(root: strawberry.Parent[PricedCart], info: Info) -> Money | None:
    """The amount due after stored value, which is saved as shown."""
    await carts.save_displayed_due(root, info.context.dependencies)
    return root.due


async def codes(root: strawberry.Parent[PricedCart], info: Info) -> tuple[CartCode, ...]:
    """The effects of the codes; the amount due is saved as shown."""
    if shows_due(info):
        await carts.save_displayed_due(root, info.context.dependencies)
    return root.codes


async def order(root: strawberry.Parent[PricedCart], info: Info) -> Order | None:
    """The order that the cart became; None before, and where the caller may not see it."""
    order_id, context = root.cart.order_id, info.context
    if order_id is None:
        return None
    return await access.find_visible_order(
        order_id, caller=context.caller, dependencies=context.dependencies
    )


async def display(
    root: strawberry.Parent[PricedCart], info: Info, locale: Locale = strawberry.UNSET
) -> PurchaseDisplay:
    """The cart prepared for a reader of the locale, with what is left to pay."""
    await carts.save_displayed_due(root, info.context.dependencies)
    return display_resolver.display_purchase(root, info, locale)


def warnings(root: strawberry.Parent[Outcome[PricedCart]]) -> tuple[RequestWarning, ...]:
    """The warnings about the changed cart."""
    return carts.collect_warnings(root)
