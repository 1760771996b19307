"""The shop as its staff sees it."""

from typing import Annotated

import strawberry

from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.order import Order, OrderStatus
from gateway.resolvers.argument_guards import check_bounds, raise_bad_input
from gateway.resolvers.bounds import text_bound
from gateway.resolvers.context import Info
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services import staff as services
from gateway.services.gifts.views import GiftView
from gateway.services.pagination import Page

MAX_QUERY_LENGTH = 500


def staff(info: Info) -> services.Staff | None:
    """The shop for staff; None for everybody else."""
    return services.find_staff(info.context.caller)


@check_bounds(raise_bad_input)
async def orders(
    root: strawberry.Parent[services.Staff],  # noqa: ARG001 - only staff has one
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    status: Annotated[
        OrderStatus | None, strawberry.argument(description="Only of this status; absent: all.")
    ] = strawberry.UNSET,
    query: Annotated[
        str | None,
        strawberry.argument(
            description="Up to 5 words, which must all be there: the beginning of the number, the "
            "e-mail address, words of the name; absent: all.",
            metadata=text_bound(MAX_QUERY_LENGTH),
        ),
    ] = strawberry.UNSET,
) -> Page[Order]:
    """A page of all orders, the latest first."""
    with report_invalid_page():
        return await services.list_all_orders(
            none_if_unset(first),
            none_if_unset(after),
            none_if_unset(status),
            none_if_unset(query),
            dependencies=info.context.dependencies,
        )


@check_bounds(raise_bad_input)
async def gifts(
    root: strawberry.Parent[services.Staff],  # noqa: ARG001 - only staff has one
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    status: Annotated[
        GiftStatus | None, strawberry.argument(description="Only of this status; absent: all.")
    ] = strawberry.UNSET,
) -> Page[GiftView]:
    """A page of all gifts, the latest first."""
    with report_invalid_page():
        return await services.list_all_gifts(
            none_if_unset(first),
            none_if_unset(after),
            none_if_unset(status),
            dependencies=info.context.gift_dependencies,
        )
