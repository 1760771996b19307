"""Views of gift orders for givers and partners, with the number of gifts by status."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.access import view_for
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import load_from_records
from gateway.services.gifts.requests import GiftCaller
from gateway.services.gifts.views import GiftOrderView, GiftView, StatusCount
from gateway.services.pagination import (
    Page,
    build_page,
    decode_position,
    encode_cursor,
    page_size,
)
from gateway.services.ports.gifts import GiftOrder, GiftSummary

ORDER_GIFTS_CURSOR = "gifts of an order"
MAX_OFFSET = 999
"""The highest index of a recipient in a cursor; an order has at most a hundred."""

GiftLoader: TypeAlias = Callable[[list[str]], Awaitable[Sequence[GiftView | None]]]
"""Loads gifts by id, with None for each one that is not the caller's."""


async def load_gift_orders(
    ids: Sequence[str], caller: GiftCaller, *, dependencies: GiftDependencies
) -> dict[str, GiftOrderView]:
    """The caller's gift orders among these, by id; takes two statements for any number."""
    async with dependencies.database.read() as reading:
        orders = await reading.gift_orders.find_many(ids)
        gift_ids = [gift_id for order in orders for gift_id in order.gift_ids]
        summaries = await reading.gifts.find_summaries(gift_ids)
    own_summaries = {
        each.id: each for each in summaries if caller.owns(each.giver_id, each.partner_id)
    }
    views = (_build_order_view(order, own_summaries) for order in orders)
    return {view.id: view for view in views if view is not None}


def _build_order_view(
    order: GiftOrder, own_summaries: dict[str, GiftSummary]
) -> GiftOrderView | None:
    """The view of ``order``; None if its gifts do not exist yet or are another's."""
    summaries = [own_summaries[each] for each in order.gift_ids if each in own_summaries]
    if not summaries:
        return None
    counts = Counter(each.status for each in summaries)
    return GiftOrderView(
        id=order.id,
        placed_at=order.created_at,
        gift_ids=tuple(each.id for each in summaries),
        status_counts=tuple(
            StatusCount(status, counts[status]) for status in GiftStatus if counts[status]
        ),
    )


async def load_gifts(
    ids: Sequence[str], caller: GiftCaller, *, dependencies: GiftDependencies
) -> dict[str, GiftView]:
    """The caller's gifts among these, by id; takes two statements for any number."""
    async with dependencies.database.read() as reading:
        records = await reading.gifts.find_many(ids)
        own_records = [each for each in records if caller.owns(each.giver_id, each.partner_id)]
        versioned_gifts = await load_from_records(
            own_records, reading=reading, cipher=dependencies.cipher
        )
    return {each.gift.id: view_for(caller, each.gift) for each in versioned_gifts}


async def list_gifts(
    order: GiftOrderView, first: int | None, after: str | None, loader: GiftLoader
) -> Page[GiftView]:
    """A page of the order's gifts in the order of their recipients, loaded by ``loader``.

    Raises:
        InvalidPage: ``first`` is out of bounds or ``after`` is not a cursor of the list.

    """
    limit, offset = page_size(first), decode_position(after, ORDER_GIFTS_CURSOR, MAX_OFFSET) or 0
    positions = {id: position for position, id in enumerate(order.gift_ids, 1)}
    loaded_views = await loader(list(order.gift_ids[offset : offset + limit + 1]))
    views = [each for each in loaded_views if each is not None]
    return build_page(
        views,
        limit,
        lambda each: encode_cursor(ORDER_GIFTS_CURSOR, positions[each.id]),
        has_previous_page=offset > 0,
    )
