"""Following an order."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from graphql import GraphQLError

from gateway.engine.orders.order import Order, OrderEvent
from gateway.resolvers.argument_guards import check_bounds, raise_not_found
from gateway.resolvers.context import Info
from gateway.services.orders import access, updates


@check_bounds(raise_not_found)
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
    order = await access.find_visible_order(
        order_id, caller=context.caller, dependencies=context.dependencies
    )
    if order is None:
        raise _order_not_found()
    owner = access.order_owner(order)
    del order

    async def check_authority() -> None:
        caller = await context.load_current_caller()
        if not await access.is_visible_to(owner, caller, context.dependencies):
            raise _order_not_found()

    last_sequence = context.last_sequence(after if isinstance(after, int) else None)
    async for event in updates.follow_order(
        order_id, last_sequence, context.dependencies, check_authority
    ):
        yield event


def _order_not_found() -> GraphQLError:
    message = "There is no such order, or it is not yours."
    return GraphQLError(message, extensions={"code": "NOT_FOUND"})


def event_actor(root: strawberry.Parent[OrderEvent], info: Info) -> str | None:
    """Who did it, for staff; None for everybody else."""
    return root.actor if access.is_staff(info.context.caller) else None


def event_detail(root: strawberry.Parent[OrderEvent], info: Info) -> str | None:
    """What was done and why, for staff; None for everybody else."""
    return root.detail if access.is_staff(info.context.caller) else None


async def event_order(root: strawberry.Parent[OrderEvent], info: Info) -> Order:
    """The order as it is now."""
    async with info.context.dependencies.database.read() as reading:
        order = await reading.orders.find(root.order_id)
    if order is None:
        raise LookupError(root.order_id)
    return order
