"""The shop as its staff sees it."""

from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.order import Order, OrderStatus
from gateway.services.dependencies import Dependencies
from gateway.services.gifts import access as gift_access
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import load_from_records
from gateway.services.gifts.views import GiftView, giver_view
from gateway.services.orders.search import read_search
from gateway.services.pagination import Page, build_page, decode_position, encode_cursor, page_size

STAFF_ORDERS_CURSOR = "all orders"


async def list_all_orders(
    first: int | None,
    after: str | None,
    status: OrderStatus | None,
    query: str | None,
    *,
    dependencies: Dependencies,
) -> Page[Order]:
    """A page of all orders, the latest first: of that status, with every word of ``query``.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid, or ``query`` has too many words.

    """
    count, before = page_size(first), decode_position(after, STAFF_ORDERS_CURSOR)
    text = (query or "").strip()
    words = read_search(text, dependencies.cipher)
    async with dependencies.database.read() as reading:
        if words:
            orders = await reading.order_search.find_orders(words, status, before, count + 1)
        elif text:
            orders = ()
        else:
            orders = await reading.order_search.list_orders(status, before, count + 1)
    return build_page(orders, count, _order_cursor, has_previous_page=before is not None)


def _order_cursor(order: Order) -> str:
    return encode_cursor(STAFF_ORDERS_CURSOR, order.list_position)


async def list_all_gifts(
    first: int | None,
    after: str | None,
    status: GiftStatus | None,
    *,
    dependencies: GiftDependencies,
) -> Page[GiftView]:
    """A page of all gifts, the latest first, as their givers see them.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid.

    """
    count, before = page_size(first), gift_access.decode_gift_cursor(after)
    async with dependencies.database.read() as reading:
        records = await reading.gifts.list_all(status, before, count + 1)
        versioned_gifts = await load_from_records(
            records, reading=reading, cipher=dependencies.cipher
        )
    views = [giver_view(versioned_gift.gift) for versioned_gift in versioned_gifts]
    return build_page(
        views, count, gift_access.encode_gift_cursor, has_previous_page=before is not None
    )
