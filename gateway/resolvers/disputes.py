"""Disputes of payments, for staff."""

import strawberry

from gateway.engine.orders.order import Order
from gateway.resolvers.argument_guards import check_bounds, raise_bad_input
from gateway.resolvers.context import Info
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services.orders.disputes import list_all_disputes
from gateway.services.pagination import Page
from gateway.services.ports.disputes import Dispute
from gateway.services.staff_actions import staff_member


async def order_disputes(root: strawberry.Parent[Order], info: Info) -> tuple[Dispute, ...]:
    """Its disputes, the oldest first; none for callers who are no staff."""
    if staff_member(info.context.caller) is None:
        return ()
    return await info.context.order_disputes.load(root.id)


@check_bounds(raise_bad_input)
async def staff_disputes(
    info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
) -> Page[Dispute]:
    """All disputes, the latest first."""
    page_arguments = none_if_unset(first), none_if_unset(after)
    with report_invalid_page():
        return await list_all_disputes(*page_arguments, dependencies=info.context.dependencies)
