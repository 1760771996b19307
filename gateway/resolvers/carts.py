"""Resolvers of carts."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from gateway.engine.carts import PricedCart
from gateway.engine.display.purchase_display import PurchaseDisplay
from gateway.engine.money import Money
from gateway.engine.pricing.discount_codes import CartCode
from gateway.engine.user_errors import ErrorCollector, RequestWarning
from gateway.resolvers import display as display_resolver
from gateway.resolvers.argument_guards import check_bounds, null_answer, outcome_with_errors
from gateway.resolvers.context import Info
from gateway.resolvers.input_readers.quotes import read_destination
from gateway.resolvers.inputs.carts import (
    CartCodesSetInput,
    CartCreateInput,
    CartDestinationSetInput,
    CartLinesAddInput,
    CartLinesUpdateInput,
    CartShippingSelectInput,
    LineInput,
)
from gateway.resolvers.money import Locale
from gateway.services import carts
from gateway.services.carts import LineRequest
from gateway.services.outcomes import Outcome


def _line_requests(lines: Sequence[LineInput]) -> list[LineRequest]:
    return [LineRequest(line.variant_id, line.quantity) for line in lines]


@check_bounds(null_answer)
async def cart(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The cart's id.")],
) -> PricedCart | None:
    """The cart of this id, or None."""
    async with info.context.purchase_lock:
        return await carts.load_cart(id, info.context.dependencies)


@check_bounds(outcome_with_errors)
async def cart_create(
    info: Info,
    input: Annotated[CartCreateInput, strawberry.argument(description="The cart to make.")],
) -> Outcome[PricedCart]:
    """A new cart."""
    return await carts.create_cart(
        input.currency, _line_requests(input.lines), info.context.dependencies
    )


@check_bounds(outcome_with_errors)
async def cart_lines_add(
    info: Info,
    input: Annotated[CartLinesAddInput, strawberry.argument(description="What to add.")],
) -> Outcome[PricedCart]:
    """The cart with more in it."""
    lines = _line_requests(input.lines)
    dependencies = info.context.dependencies
    return await carts.add_lines(input.cart_id, input.expected_version, lines, dependencies)


@check_bounds(outcome_with_errors)
async def cart_lines_update(
    info: Info,
    input: Annotated[CartLinesUpdateInput, strawberry.argument(description="What to change.")],
) -> Outcome[PricedCart]:
    """The cart with other quantities."""
    lines = _line_requests(input.lines)
    dependencies = info.context.dependencies
    return await carts.update_lines(input.cart_id, input.expected_version, lines, dependencies)


@check_bounds(outcome_with_errors)
async def cart_destination_set(
    info: Info,
    input: Annotated[CartDestinationSetInput, strawberry.argument(description="Where it goes.")],
) -> Outcome[PricedCart]:
    """The cart going elsewhere."""
    dependencies = info.context.dependencies
    collector = ErrorCollector()
    path = ("input", "destination")
    destination = read_destination(input.destination, path, dependencies.countries, collector)
    if collector.errors:
        return Outcome(user_errors=tuple(collector.errors))
    return await carts.set_destination(
        input.cart_id, input.expected_version, destination, dependencies
    )


@check_bounds(outcome_with_errors)
async def cart_codes_set(
    info: Info,
    input: Annotated[CartCodesSetInput, strawberry.argument(description="Its codes.")],
) -> Outcome[PricedCart]:
    """The cart with other codes."""
    dependencies = info.context.dependencies
    return await carts.set_codes(input.cart_id, input.expected_version, input.codes, dependencies)


@check_bounds(outcome_with_errors)
async def cart_shipping_select(
    info: Info,
    input: Annotated[CartShippingSelectInput, strawberry.argument(description="The choice.")],
) -> Outcome[PricedCart]:
    """The cart shipped otherwise."""
    option_id = input.shipping_option_id
    dependencies = info.context.dependencies
    return await carts.select_shipping(
        input.cart_id, input.expected_version, option_id, dependencies
    )


async def due(root: strawberry.Parent[PricedCart], info: Info) -> Money | None:
    """The amount due after stored value, which is saved as shown."""
    await carts.save_displayed_due(root, info.context.dependencies)
    return root.due


async def codes(root: strawberry.Parent[PricedCart], info: Info) -> tuple[CartCode, ...]:
    """The effects of the codes; the amount due is saved as shown."""
    await carts.save_displayed_due(root, info.context.dependencies)
    return root.codes


async def display(
    root: strawberry.Parent[PricedCart], info: Info, locale: Locale = strawberry.UNSET
) -> PurchaseDisplay:
    """The cart prepared for a reader of the locale, with what is left to pay."""
    await carts.save_displayed_due(root, info.context.dependencies)
    return display_resolver.display_purchase(root, info, locale)


def warnings(root: strawberry.Parent[Outcome[PricedCart]]) -> tuple[RequestWarning, ...]:
    """The warnings about the changed cart."""
    return carts.collect_warnings(root)
