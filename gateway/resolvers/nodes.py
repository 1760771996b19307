"""The resolvers of nodes by id, whose prefix tells the type."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, TypeAlias

import strawberry

from gateway.resolvers import identity
from gateway.resolvers.argument_guards import check_bounds, null_answer, raise_bad_input
from gateway.resolvers.bounds import MAX_ID_LENGTH, TextBound, list_bound
from gateway.resolvers.calculations import calculate_shown
from gateway.resolvers.context import Info
from gateway.resolvers.product_pages import load_visible_product
from gateway.services import carts
from gateway.services.gifts import access
from gateway.services.orders.access import find_visible_order, find_visible_orders
from gateway.services.orders.refund_reads import find_visible_refund, find_visible_return
from gateway.services.orders.shipment_reads import find_visible_shipment
from gateway.services.staff_actions import staff_member

NodeLoader: TypeAlias = Callable[[str, Info], Awaitable[object]]
NodeBatchLoader: TypeAlias = Callable[[Sequence[str], Info], Awaitable[Mapping[str, object]]]
MAX_NODES = 100
"""More ids at once are refused."""


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
        cart = await carts.load_cart(
            cart_id, caller=context.caller, dependencies=context.dependencies
        )
    return await calculate_shown(cart, info)


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


async def _load_collection(collection_id: str, info: Info) -> object:
    return await info.context.collections.load(collection_id)


NODE_LOADERS: Mapping[str, NodeLoader] = {
    "act": _load_staff_action,
    "adr": identity.address_node,
    "col": _load_collection,
    "crt": _load_cart,
    "evt": _load_gift_event,
    "gft": _load_gift,
    "gor": _load_gift_order,
    "ord": _load_order,
    "pay": identity.payment_method_node,
    "prd": load_visible_product,
    "pur": identity.purchaser_node,
    "ref": _load_refund,
    "ret": _load_return,
    "shm": _load_shipment,
    "var": _load_variant,
}


@check_bounds(raise_bad_input)
async def nodes(
    info: Info,
    ids: Annotated[
        list[strawberry.ID],
        strawberry.argument(
            description="The ids.", metadata=list_bound(MAX_NODES, TextBound(MAX_ID_LENGTH))
        ),
    ],
) -> list[object]:
    """The objects of these ids in their order, those of one type loaded together."""
    ids_by_prefix: dict[str, list[str]] = {}
    for id in dict.fromkeys(ids):
        ids_by_prefix.setdefault(id.partition("_")[0], []).append(id)
    batches = await asyncio.gather(
        *(_load_nodes(prefix, batch, info) for prefix, batch in ids_by_prefix.items())
    )
    nodes_by_id = {id: loaded for batch in batches for id, loaded in batch.items()}
    return [nodes_by_id.get(id) for id in ids]


async def _load_nodes(prefix: str, ids: Sequence[str], info: Info) -> Mapping[str, object]:
    load_batch, load_node = NODE_BATCHES.get(prefix), NODE_LOADERS.get(prefix)
    if load_batch is not None:
        return await load_batch(ids, info)
    if load_node is None:
        return {}
    # Products, variants, gifts and the like are put together by their loaders.
    loaded = await asyncio.gather(*(load_node(id, info) for id in ids))
    return dict(zip(ids, loaded, strict=True))


async def _load_orders(order_ids: Sequence[str], info: Info) -> Mapping[str, object]:
    context = info.context
    return await find_visible_orders(
        order_ids, caller=context.caller, dependencies=context.dependencies
    )


async def _load_gifts(gift_ids: Sequence[str], info: Info) -> Mapping[str, object]:
    return dict(zip(gift_ids, await info.context.own_gifts.load_many(list(gift_ids)), strict=True))


async def _load_refunds(refund_ids: Sequence[str], info: Info) -> Mapping[str, object]:
    refunds = [
        refund
        for refund in await info.context.refunds.load_many(list(refund_ids))
        if refund is not None
    ]
    orders = await _load_orders([refund.order_id for refund in refunds], info)
    return {refund.id: refund for refund in refunds if refund.order_id in orders}


NODE_BATCHES: Mapping[str, NodeBatchLoader] = {
    "adr": identity.address_nodes,
    "gft": _load_gifts,
    "ord": _load_orders,
    "pay": identity.payment_method_nodes,
    "ref": _load_refunds,
}
"""What of the types without a loader is loaded together."""
