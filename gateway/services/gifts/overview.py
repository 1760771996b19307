"""Gift orders summed up for their givers and partners: how many gifts have come how far."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.access import view_for
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import kept_all
from gateway.services.gifts.requests import GiftCaller
from gateway.services.gifts.views import GiftOrderView, GiftView, StatusCount
from gateway.services.pages import Page, WrongPage, cursor, page, place, size
from gateway.services.ports.gifts import GiftOrder, GiftStanding

GIFTS = "gifts of an order"
DIGITS = 3
"""Of the place of a recipient in an order, of whom there are a hundred at most."""

Load: TypeAlias = Callable[[list[str]], Awaitable[Sequence[GiftView | None]]]
"""Gifts by id, None where one is not the caller's."""


async def orders_of(
    ids: Sequence[str], whose: GiftCaller, *, parts: GiftParts
) -> dict[str, GiftOrderView]:
    """Those of these gift orders that are the caller's; two questions, however many they are."""
    async with parts.database.read() as reading:
        orders = await reading.gift_orders.among(ids)
        gift_ids = [gift_id for order in orders for gift_id in order.gift_ids]
        found = await reading.gifts.standings(gift_ids)
    own = {each.id: each for each in found if whose.owns(each.giver_id, each.partner_id)}
    views = (_summary(order, own) for order in orders)
    return {view.id: view for view in views if view is not None}


def _summary(order: GiftOrder, own: dict[str, GiftStanding]) -> GiftOrderView | None:
    """Nothing where the gifts are not there yet, or are another's."""
    standings = [own[each] for each in order.gift_ids if each in own]
    if not standings:
        return None
    counts = Counter(each.status for each in standings)
    return GiftOrderView(
        id=order.id,
        placed_at=order.created_at,
        gift_ids=tuple(each.id for each in standings),
        status_counts=tuple(
            StatusCount(status, counts[status]) for status in GiftStatus if counts[status]
        ),
    )


async def gifts_among(
    ids: Sequence[str], whose: GiftCaller, *, parts: GiftParts
) -> dict[str, GiftView]:
    """Those of these gifts that are the caller's; two questions, however many they are."""
    async with parts.database.read() as reading:
        records = await reading.gifts.among(ids)
        own = [each for each in records if whose.owns(each.giver_id, each.partner_id)]
        held = await kept_all(own, reading=reading, cipher=parts.cipher)
    return {each.gift.id: view_for(whose, each.gift) for each in held}


async def gifts_of(
    order: GiftOrderView, first: int | None, after: str | None, load: Load
) -> Page[GiftView]:
    """A page of the order's gifts, in the order of their recipients, as ``load`` finds them.

    Raises:
        WrongPage: the page cannot be.

    """
    count, start = size(first), _start(after)
    places = {id: place for place, id in enumerate(order.gift_ids, 1)}
    found = await load(list(order.gift_ids[start : start + count + 1]))
    views = [each for each in found if each is not None]
    return page(views, count, lambda each: cursor(GIFTS, places[each.id]), later=start > 0)


def _start(after: str | None) -> int:
    found = place(after, 2)
    if found is None:
        return 0
    name, digits = found
    if name != GIFTS or not (digits.isascii() and digits.isdecimal()) or len(digits) > DIGITS:
        raise WrongPage("`after` is not a cursor of this list.")
    return int(digits)
