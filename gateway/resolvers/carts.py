"""Carts: finding, making and changing them."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from gateway.engine.carts import PricedCart
from gateway.engine.codes import CartCode
from gateway.engine.complaints import Complaints
from gateway.engine.display import Display
from gateway.engine.money import Money
from gateway.engine.problems import Caution
from gateway.resolvers import purchases
from gateway.resolvers.bounded import bounded, nothing, outcome
from gateway.resolvers.context import Info
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
from gateway.resolvers.quote_inputs import read_destination
from gateway.services import carts
from gateway.services.carts import WantedLine
from gateway.services.outcomes import Outcome


def _lines(given: Sequence[LineInput]) -> list[WantedLine]:
    return [WantedLine(line.variant_id, line.quantity) for line in given]


@bounded(nothing)
async def cart(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The cart's id.")],
) -> PricedCart | None:
    """The cart of that id."""
    async with info.context.turn:
        return await carts.find(id, info.context.parts)


@bounded(outcome)
async def cart_create(
    info: Info,
    input: Annotated[CartCreateInput, strawberry.argument(description="The cart to make.")],
) -> Outcome[PricedCart]:
    """A new cart."""
    return await carts.create(input.currency, _lines(input.lines), info.context.parts)


@bounded(outcome)
async def cart_lines_add(
    info: Info,
    input: Annotated[CartLinesAddInput, strawberry.argument(description="What to add.")],
) -> Outcome[PricedCart]:
    """The cart with more in it."""
    lines = _lines(input.lines)
    parts = info.context.parts
    return await carts.add_lines(input.cart_id, input.expected_version, lines, parts)


@bounded(outcome)
async def cart_lines_update(
    info: Info,
    input: Annotated[CartLinesUpdateInput, strawberry.argument(description="What to change.")],
) -> Outcome[PricedCart]:
    """The cart with other quantities."""
    lines = _lines(input.lines)
    parts = info.context.parts
    return await carts.update_lines(input.cart_id, input.expected_version, lines, parts)


@bounded(outcome)
async def cart_destination_set(
    info: Info,
    input: Annotated[CartDestinationSetInput, strawberry.argument(description="Where it goes.")],
) -> Outcome[PricedCart]:
    """The cart going elsewhere."""
    parts = info.context.parts
    complaints = Complaints()
    path = ("input", "destination")
    to = read_destination(input.destination, path, parts.countries, complaints)
    if complaints.found:
        return Outcome(user_errors=tuple(complaints.found))
    return await carts.set_destination(input.cart_id, input.expected_version, to, parts)


@bounded(outcome)
async def cart_codes_set(
    info: Info,
    input: Annotated[CartCodesSetInput, strawberry.argument(description="Its codes.")],
) -> Outcome[PricedCart]:
    """The cart with other codes."""
    parts = info.context.parts
    return await carts.set_codes(input.cart_id, input.expected_version, input.codes, parts)


@bounded(outcome)
async def cart_shipping_select(
    info: Info,
    input: Annotated[CartShippingSelectInput, strawberry.argument(description="The choice.")],
) -> Outcome[PricedCart]:
    """The cart shipped otherwise."""
    option = input.shipping_option_id
    parts = info.context.parts
    return await carts.select_shipping(input.cart_id, input.expected_version, option, parts)


async def due(root: strawberry.Parent[PricedCart], info: Info) -> Money | None:
    """What stored value leaves to pay, which counts as shown from now on."""
    await carts.show_due(root, info.context.parts)
    return root.due


async def codes(root: strawberry.Parent[PricedCart], info: Info) -> tuple[CartCode, ...]:
    """What each code does, which counts as shown from now on."""
    await carts.show_due(root, info.context.parts)
    return root.codes


async def display(
    root: strawberry.Parent[PricedCart], info: Info, locale: Locale = strawberry.UNSET
) -> Display:
    """The cart prepared for a reader of the locale, with what is left to pay."""
    await carts.show_due(root, info.context.parts)
    return purchases.display(root, info, locale)


def warnings(root: strawberry.Parent[Outcome[PricedCart]]) -> tuple[Caution, ...]:
    """What to know about the changed cart."""
    return carts.warnings(root)
