"""Following an order."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from graphql import GraphQLError

from gateway.engine.orders import Order, OrderEvent
from gateway.resolvers.bounded import bounded, unknown
from gateway.resolvers.context import Info
from gateway.services import order_access, order_following


@bounded(unknown)
async def order_updates(
    info: Info,
    order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
    after: Annotated[
        int | None,
        strawberry.argument(
            description="The sequence number of the last event seen; absent: the present state "
            "comes first."
        ),
    ] = strawberry.UNSET,
) -> AsyncGenerator[OrderEvent, None]:
    """The order's events as they happen, as long as it is the caller's."""
    context = info.context
    # A subscription lasts: it must not keep the execution that opened it, nor the whole order.
    del info
    order = await order_access.visible(order_id, caller=context.caller, parts=context.parts)
    if order is None:
        raise _no_such_order()
    holder = order_access.holder(order)
    del order

    async def authority() -> None:
        if not holder.is_(await context.caller_now(), context.parts):
            raise _no_such_order()

    seen = context.last_sequence(after if isinstance(after, int) else None)
    async for event in order_following.events(order_id, seen, context.parts, authority):
        yield event


def _no_such_order() -> GraphQLError:
    message = "There is no such order, or it is not yours."
    return GraphQLError(message, extensions={"code": "NOT_FOUND"})


async def order_of(root: strawberry.Parent[OrderEvent], info: Info) -> Order:
    """The order as it is now."""
    async with info.context.parts.database.read() as reading:
        order = await reading.orders.find(root.order_id)
    if order is None:
        raise LookupError(root.order_id)
    return order
