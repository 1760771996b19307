"""Gift orders: finding them, and the gifts they are made of."""

from typing import Annotated

import strawberry

from gateway.resolvers.argument_guards import check_bounds, null_answer, raise_bad_input
from gateway.resolvers.context import Info
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services.gifts.gift_order_views import list_gifts
from gateway.services.gifts.views import GiftOrderView, GiftView
from gateway.services.outcomes import Outcome
from gateway.services.pagination import Page


@check_bounds(null_answer)
async def gift_order(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="A gift order of yours.")],
) -> GiftOrderView | None:
    """The gift order of that id, if it is the caller's."""
    return await info.context.gift_orders.load(id)


async def order_of_gift(root: strawberry.Parent[GiftView], info: Info) -> GiftOrderView | None:
    """The gift order of the gift; None for a gift in its public view."""
    return None if root.public else await info.context.gift_orders.load(root.order_id)


async def order_of_new_gifts(
    root: strawberry.Parent[Outcome[tuple[GiftView, ...]]], info: Info
) -> GiftOrderView | None:
    """The order that the new gifts make up; None where the request was refused."""
    return await info.context.gift_orders.load(root.value[0].order_id) if root.value else None


@check_bounds(raise_bad_input)
async def gifts(
    root: strawberry.Parent[GiftOrderView],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
) -> Page[GiftView]:
    """The order's gifts, in the order of their recipients."""
    loader = info.context.own_gifts
    with report_invalid_page():
        return await list_gifts(root, none_if_unset(first), none_if_unset(after), loader.load_many)
