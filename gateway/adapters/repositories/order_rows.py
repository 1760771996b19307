"""Orders and their events as rows."""

from collections.abc import Iterator
from typing import Any

import orjson
from pydantic import TypeAdapter

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.statements import table
from gateway.adapters.sql.timestamps import from_microseconds
from gateway.adapters.tables.orders import OrderEventRow, OrderRow
from gateway.engine.orders.lines import OrderLine, OrderTerms, lines_from_figures
from gateway.engine.orders.order import (
    ActionChannel,
    Order,
    OrderBucket,
    OrderChange,
    OrderEvent,
    OrderStatus,
)
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.services.ports.orders import LeasedOrder, SealedDelivery

ORDERS = table(OrderRow)
EVENTS = table(OrderEventRow)
SNAPSHOT_ADAPTER = TypeAdapter(PurchaseSnapshot)


LINES_ADAPTER = TypeAdapter(tuple[OrderLine, ...])
TERMS_ADAPTER = TypeAdapter(OrderTerms)


def _decode_lines(
    text: str | None, order_id: str, figures: str, closes_at: int
) -> tuple[OrderLine, ...]:
    """The lines; those of an order from before they were kept are made of its figures."""
    if text is not None:
        return LINES_ADAPTER.validate_json(text)
    items = SNAPSHOT_ADAPTER.validate_json(figures).items
    return lines_from_figures(order_id, items, from_microseconds(closes_at))


def _decode_terms(text: str | None) -> OrderTerms | None:
    return None if text is None else TERMS_ADAPTER.validate_json(text)


def _decode_unsigned_total(unsigned_total: int | None, signed_in: bool, total: int) -> int:  # noqa: FBT001 - a column
    """The column, or what it would hold for an order from before it was kept."""
    if unsigned_total is None:
        return 0 if signed_in else total
    return unsigned_total


def clicked_variants(
    lines: str | None, clicked: str | None, client_id: str | None
) -> Iterator[tuple[str, str | None]]:
    """The variants that one-click buttons added to an order, each with the client."""
    if lines is None:
        if clicked is not None:
            yield clicked, client_id
        return
    for line in orjson.loads(lines):
        if line["clicked"] and line["item"]["quantity"]:
            yield line["item"]["variant_id"], line["client_id"]


ORDER = RowMapper(
    Order,
    id=ORDERS.c.id,
    number=ORDERS.c.number,
    status=From(OrderStatus, ORDERS.c.status),
    bucket=From(OrderBucket, ORDERS.c.bucket),
    channel=From(ActionChannel, ORDERS.c.channel),
    placed_at=From(from_microseconds, ORDERS.c.placed_at),
    closes_at=From(from_microseconds, ORDERS.c.closes_at),
    purchaser_id=ORDERS.c.purchaser_id,
    client_id=ORDERS.c.client_id,
    figures=From(SNAPSHOT_ADAPTER.validate_json, ORDERS.c.figures),
    lines=From(_decode_lines, ORDERS.c.lines, ORDERS.c.id, ORDERS.c.figures, ORDERS.c.closes_at),
    terms=From(_decode_terms, ORDERS.c.terms),
    destination_key=ORDERS.c.destination_key,
    signed_in=From(bool, ORDERS.c.signed_in),
    unsigned_minor=From(
        _decode_unsigned_total, ORDERS.c.unsigned_total, ORDERS.c.signed_in, ORDERS.c.total
    ),
    version=ORDERS.c.version,
)
DELIVERY = RowMapper(SealedDelivery, subject=ORDERS.c.subject, sealed=ORDERS.c.sealed)
LEASED_ORDER = RowMapper(
    LeasedOrder, id=ORDERS.c.id, attempts=ORDERS.c.attempts, version=ORDERS.c.version
)
EVENT_COLUMNS = (
    EVENTS.c.id,
    EVENTS.c.sequence,
    EVENTS.c.type,
    EVENTS.c.status,
    EVENTS.c.occurred_at,
    EVENTS.c.actor,
    EVENTS.c.detail,
)


def event_from_row(order_id: str, row: tuple[Any, ...]) -> OrderEvent:
    """The order's event that was read as ``EVENT_COLUMNS``."""
    id, sequence, change, status, occurred_at, actor, detail = row
    return OrderEvent(
        id,
        order_id,
        sequence,
        OrderChange(change),
        OrderStatus(status),
        from_microseconds(occurred_at),
        actor,
        detail,
    )
