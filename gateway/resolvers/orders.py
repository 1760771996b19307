"""Orders: finding, listing and cancelling them."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.figures import Explanation, TaxRow
from gateway.engine.orders import Order
from gateway.engine.records import RecordedItem, RecordedPurchase
from gateway.resolvers.bounded import bounded, mistake, nothing, outcome
from gateway.resolvers.bounds import text
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.carts import OrderCancelInput
from gateway.resolvers.pages import After, First, absent, wrong_pages_told
from gateway.services import order_access, orders
from gateway.services.outcomes import Outcome
from gateway.services.pages import Page


@bounded(nothing)
async def order(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The order's id.")],
) -> Order | None:
    """The order of that id, if the caller may see it."""
    context = info.context
    async with context.turn:
        return await order_access.visible(id, caller=context.caller, parts=context.parts)


@bounded(nothing)
async def order_by_idempotency_key(
    info: Info,
    key: Annotated[
        str, strawberry.argument(description="The key of the purchase.", metadata=text(255))
    ],
) -> Order | None:
    """The order that the caller's purchase under that key became."""
    context = info.context
    return await order_access.by_key(key, caller=context.caller, parts=context.parts)


async def open_orders(info: Info) -> tuple[Order, ...]:
    """The caller's open orders, short-term ones first."""
    context = info.context
    return await order_access.open_orders(caller=context.caller, parts=context.parts)


@bounded(mistake)
async def all_orders(
    info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
) -> Page[Order]:
    """The caller's orders, the latest first."""
    context = info.context
    wanted = absent(first), absent(after)
    with wrong_pages_told():
        return await order_access.page(*wanted, caller=context.caller, parts=context.parts)


@bounded(outcome)
async def order_cancel(
    info: Info,
    input: Annotated[OrderCancelInput, strawberry.argument(description="The order to cancel.")],
) -> Outcome[Order]:
    """The order, cancelled if it still can be."""
    context = info.context
    found = await order_access.visible(input.order_id, caller=context.caller, parts=context.parts)
    return await orders.cancel(found, context.parts)


def can_modify(root: strawberry.Parent[Order], info: Info) -> bool:
    """Whether the caller can still cancel it."""
    context = info.context
    return order_access.may_cancel(root, context.caller, context.parts)


def modifiable_until(root: strawberry.Parent[Order], info: Info) -> datetime | None:
    """Until when the caller can cancel it; None once that is over, and for guests."""
    return root.closes_at if can_modify(root, info) else None


async def tracking_url(root: strawberry.Parent[Order], info: Info) -> str | None:
    """The carrier's page, for the purchaser; None for everybody else."""
    context = info.context
    if not order_access.may_follow(root, context.caller, context.parts):
        return None
    return await context.tracking_pages.load(root.id)


def _shown(root: Order, info: Info) -> RecordedPurchase:
    context = info.context
    return order_access.shown(root, context.caller, context.parts).figures


def items(root: strawberry.Parent[Order], info: Info) -> tuple[RecordedItem, ...]:
    """The lines; without their taxes where the caller may not know where it goes."""
    return _shown(root, info).items


def tax_summary(root: strawberry.Parent[Order], info: Info) -> tuple[TaxRow, ...] | None:
    """The taxes by name and rate; None where the caller may not know where it goes."""
    return _shown(root, info).tax_summary


def explanations(root: strawberry.Parent[Order], info: Info) -> tuple[Explanation, ...] | None:
    """How each figure came about; None where the caller may not know where it goes."""
    return _shown(root, info).explanations
