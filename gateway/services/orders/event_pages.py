"""What happened to orders, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.engine.orders.order import OrderEvent
from gateway.services.pagination import Page, build_page, decode_position, encode_cursor, page_size
from gateway.services.ports.database import ReadSession

EVENTS_CURSOR = "order events"
MAX_SEQUENCE = 10**16 - 1
"""So far below the databases' largest integer that a page's size can be added."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of an order's events: up to ``limit`` after the ``after``-th, None the beginning."""

    order_id: str
    limit: int
    after: int | None


def read_event_page(order_id: str, first: int | None, after: str | None) -> EventPage:
    """The page that a client asks for.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid.

    """
    return EventPage(
        order_id, page_size(first), decode_position(after, EVENTS_CURSOR, MAX_SEQUENCE)
    )


async def load_event_pages(
    pages: Sequence[EventPage], reading: ReadSession
) -> list[Page[OrderEvent]]:
    """The events of ``pages``, in their order: one statement for all that begin alike."""
    order_ids_by_range: dict[tuple[int, int], list[str]] = {}
    for page in pages:
        order_ids_by_range.setdefault((page.after or 0, page.limit + 1), []).append(page.order_id)
    events_by_range = {
        (after, count): await reading.orders.list_events_of(sorted(set(order_ids)), after, count)
        for (after, count), order_ids in order_ids_by_range.items()
    }
    return [
        build_page(
            events_by_range[page.after or 0, page.limit + 1].get(page.order_id, ()),
            page.limit,
            _event_cursor,
            has_previous_page=page.after is not None,
        )
        for page in pages
    ]


def _event_cursor(event: OrderEvent) -> str:
    return encode_cursor(EVENTS_CURSOR, event.sequence)
