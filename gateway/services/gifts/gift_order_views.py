"""Gift orders summed up for their givers and partners: how many gifts have come how far."""

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
    InvalidPage,
    Page,
    build_page,
    decode_cursor,
    encode_cursor,
    page_size,
)
from gateway.services.ports.gifts import GiftOrder, GiftSummary

ORDER_GIFTS_CURSOR = "gifts of an order"
MAX_POSITION_DIGITS = 3
"""Of the place of a recipient in an order, of whom there are a hundred at most."""

GiftLoader: TypeAlias = Callable[[list[str]], Awaitable[Sequence[GiftView | None]]]
"""Gifts by id, None where one is not the caller's."""


async def load_gift_orders(
    ids: Sequence[str], caller: GiftCaller, *, dependencies: GiftDependencies
) -> dict[str, GiftOrderView]:
    """Those of these gift orders that are the caller's; two questions, however many they are."""
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
    """Nothing where the gifts are not there yet, or are another's."""
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
    """Those of these gifts that are the caller's; two questions, however many they are."""
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
    """A page of the order's gifts, in the order of their recipients, as ``loader`` finds them.

    Raises:
        InvalidPage: the page cannot be.

    """
    limit, offset = page_size(first), _decode_offset(after)
    positions = {id: position for position, id in enumerate(order.gift_ids, 1)}
    loaded_views = await loader(list(order.gift_ids[offset : offset + limit + 1]))
    views = [each for each in loaded_views if each is not None]
    return build_page(
        views,
        limit,
        lambda each: encode_cursor(ORDER_GIFTS_CURSOR, positions[each.id]),
        has_previous_page=offset > 0,
    )


def _decode_offset(after: str | None) -> int:
    position = decode_cursor(after, 2)
    if position is None:
        return 0
    name, digits = position
    if (
        name != ORDER_GIFTS_CURSOR
        or not (digits.isascii() and digits.isdecimal())
        or len(digits) > MAX_POSITION_DIGITS
    ):
        raise InvalidPage("`after` is not a cursor of this list.")
    return int(digits)
