"""Anything by its id, which begins with what it is an id of."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, TypeAlias

import strawberry

from gateway.resolvers import identity
from gateway.resolvers.bounded import bounded, nothing
from gateway.resolvers.context import Info
from gateway.services import carts, order_access
from gateway.services.gifts import access

Finder: TypeAlias = Callable[[str, Info], Awaitable[object]]


@bounded(nothing)
async def node(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The id.")],
) -> object:
    """The thing of that id; None where there is none that the caller may see."""
    prefix, _, _ = id.partition("_")
    finder = FINDERS.get(prefix)
    return await finder(id, info) if finder else None


async def _cart(id: str, info: Info) -> object:
    async with info.context.turn:
        return await carts.find(id, info.context.parts)


async def _order(id: str, info: Info) -> object:
    context = info.context
    async with context.turn:
        return await order_access.visible(id, caller=context.caller, parts=context.parts)


async def _gift(id: str, info: Info) -> object:
    context = info.context
    return await access.visible(id, caller=context.caller, parts=context.gifts)


async def _gift_order(id: str, info: Info) -> object:
    return await info.context.gift_orders.load(id)


async def _event(id: str, info: Info) -> object:
    context = info.context
    return await access.own_event(id, caller=context.caller, parts=context.gifts)


async def _variant(id: str, info: Info) -> object:
    return await info.context.variants.load(id)


async def _product(id: str, info: Info) -> object:
    async with info.context.parts.database.read() as reading:
        return (await reading.catalogue.products([id])).get(id)


FINDERS: Mapping[str, Finder] = {
    "adr": identity.address_node,
    "crt": _cart,
    "evt": _event,
    "gft": _gift,
    "gor": _gift_order,
    "ord": _order,
    "pay": identity.payment_method_node,
    "prd": _product,
    "pur": identity.purchaser_node,
    "var": _variant,
}
