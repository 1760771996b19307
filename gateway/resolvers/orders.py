"""Orders: finding and listing them, and until when they can be changed."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.orders.order import Order
from gateway.engine.pricing.explanations import Explanation
from gateway.engine.pricing.snapshots import (
    ItemSnapshot,
    PurchaseSnapshot,
    number_depths,
    walk_items,
)
from gateway.engine.pricing.tax_lines import TaxSummaryRow
from gateway.resolvers.argument_guards import (
    check_bounds,
    null_answer,
    raise_bad_input,
)
from gateway.resolvers.bounds import text_bound
from gateway.resolvers.context import Info
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services.checkout import idempotency
from gateway.services.orders import access
from gateway.services.pagination import Page


@check_bounds(null_answer)
async def order(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The order's id.")],
) -> Order | None:
    """The order of that id, if the caller may see it."""
    context = info.context
    async with context.purchase_lock:
        return await access.find_visible_order(
            id, caller=context.caller, dependencies=context.dependencies
        )


@check_bounds(null_answer)
async def order_by_idempotency_key(
    info: Info,
    key: Annotated[
        str, strawberry.argument(description="The key of the purchase.", metadata=text_bound(255))
    ],
) -> Order | None:
    """The order that the caller's purchase under that key became."""
    context = info.context
    return await idempotency.order_by_key(
        key, caller=context.caller, dependencies=context.dependencies
    )


async def open_orders(info: Info) -> tuple[Order, ...]:
    """The caller's open orders, short-term ones first."""
    context = info.context
    return await access.list_open_orders(caller=context.caller, dependencies=context.dependencies)


@check_bounds(raise_bad_input)
async def all_orders(
    info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
) -> Page[Order]:
    """The caller's orders, the latest first."""
    context = info.context
    page_arguments = none_if_unset(first), none_if_unset(after)
    with report_invalid_page():
        return await access.list_orders(
            *page_arguments, caller=context.caller, dependencies=context.dependencies
        )


async def can_modify(root: strawberry.Parent[Order], info: Info) -> bool:
    """Whether the caller can still change or cancel something of it."""
    context = info.context
    return access.can_modify(
        root,
        context.caller,
        is_opened=await context.is_opened(root),
    )


async def modifiable_until(root: strawberry.Parent[Order], info: Info) -> datetime | None:
    """Until when the caller can surely change all of it; None past its window."""
    if not root.is_undoable(info.context.dependencies.clock.now()):
        return None
    return root.closes_at if await can_modify(root, info) else None


async def tracking_url(root: strawberry.Parent[Order], info: Info) -> str | None:
    """The carrier's page, for the purchaser; None for everybody else."""
    context = info.context
    if not access.can_track(root, context.caller):
        return None
    return await context.tracking_pages.load(root.id)


def _visible_snapshot(root: Order, info: Info) -> PurchaseSnapshot:
    context = info.context
    return access.redact_order(root, context.caller).figures


async def items(root: strawberry.Parent[Order], info: Info) -> tuple[ItemSnapshot, ...]:
    """The lines; without their taxes where the caller may not know where it goes."""
    numbered_items = number_depths(_visible_snapshot(root, info).items)
    if not any(line.has_attributes for line in root.lines):
        return numbered_items
    delivery = await info.context.deliveries.load(root.id)
    return numbered_items if delivery is None else delivery.mark_items(numbered_items)


async def all_items(root: strawberry.Parent[Order], info: Info) -> tuple[ItemSnapshot, ...]:
    """The lines and their parts, as ``items`` shows them."""
    return tuple(walk_items(await items(root, info)))


def tax_summary(root: strawberry.Parent[Order], info: Info) -> tuple[TaxSummaryRow, ...] | None:
    """The taxes by name and rate; None where the caller may not know where it goes."""
    return _visible_snapshot(root, info).tax_summary


def explanations(root: strawberry.Parent[Order], info: Info) -> tuple[Explanation, ...] | None:
    """How each figure came about; None where the caller may not know where it goes."""
    return _visible_snapshot(root, info).explanations
