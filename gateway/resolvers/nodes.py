"""The resolver of nodes by id, whose prefix tells the type."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, TypeAlias

import strawberry

from gateway.resolvers import identity
from gateway.resolvers.argument_guards import check_bounds, null_answer
from gateway.resolvers.context import Info
from gateway.services import carts
from gateway.services.gifts import access
from gateway.services.orders.access import find_visible_order
from gateway.services.orders.refund_reads import find_visible_refund, find_visible_return
from gateway.services.orders.shipment_reads import find_visible_shipment
from gateway.services.staff_actions import staff_member

NodeLoader: TypeAlias = Callable[[str, Info], Awaitable[object]]


@check_bounds(null_answer)
async def node(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The id.")],
) -> object:
    """The object of this id; None if there is none that the caller may see."""
    prefix, _, _ = id.partition("_")
    load_node = NODE_LOADERS.get(prefix)
    return await load_node(id, info) if load_node else None


async def _load_cart(cart_id: str, info: Info) -> object:
    context = info.context
    async with context.purchase_lock:
        return await carts.load_cart(
            cart_id, caller=context.caller, dependencies=context.dependencies
        )


async def _load_order(order_id: str, info: Info) -> object:
    context = info.context
    async with context.purchase_lock:
        return await find_visible_order(
            order_id, caller=context.caller, dependencies=context.dependencies
        )


async def _load_staff_action(action_id: str, info: Info) -> object:
    context = info.context
    if staff_member(context.caller) is None:
        return None
    async with context.dependencies.database.read() as reading:
        return await reading.staff_actions.find(action_id)


async def _load_shipment(shipment_id: str, info: Info) -> object:
    context = info.context
    return await find_visible_shipment(
        shipment_id, caller=context.caller, dependencies=context.dependencies
    )


async def _load_refund(refund_id: str, info: Info) -> object:
    context = info.context
    return await find_visible_refund(
        refund_id, caller=context.caller, dependencies=context.dependencies
    )


async def _load_return(return_id: str, info: Info) -> object:
    context = info.context
    return await find_visible_return(
        return_id, caller=context.caller, dependencies=context.dependencies
    )


async def _load_gift(gift_id: str, info: Info) -> object:
    context = info.context
    return await access.find_visible_gift(
        gift_id, caller=context.caller, dependencies=context.gift_dependencies
    )


async def _load_gift_order(gift_order_id: str, info: Info) -> object:
    return await info.context.gift_orders.load(gift_order_id)


async def _load_gift_event(event_id: str, info: Info) -> object:
    context = info.context
    return await access.find_own_event(
        event_id, caller=context.caller, dependencies=context.gift_dependencies
    )


async def _load_variant(variant_id: str, info: Info) -> object:
    return await info.context.variants.load(variant_id)


async def _load_product(product_id: str, info: Info) -> object:
    async with info.context.dependencies.database.read() as reading:
        return (await reading.catalogue.load_products([product_id])).get(product_id)


NODE_LOADERS: Mapping[str, NodeLoader] = {
    "act": _load_staff_action,
    "adr": identity.address_node,
    "crt": _load_cart,
    "evt": _load_gift_event,
    "gft": _load_gift,
    "gor": _load_gift_order,
    "ord": _load_order,
    "pay": identity.payment_method_node,
    "prd": _load_product,
    "pur": identity.purchaser_node,
    "ref": _load_refund,
    "ret": _load_return,
    "shm": _load_shipment,
    "var": _load_variant,
}
