"""Orders and their events as rows."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from gateway.adapters.sql.statements import table
from gateway.adapters.sql.timestamps import from_microseconds
from gateway.adapters.tables.orders import OrderEventRow, OrderRow
from gateway.engine.orders import (
    ActionChannel,
    Order,
    OrderBucket,
    OrderChange,
    OrderEvent,
    OrderStatus,
)
from gateway.engine.pricing.snapshots import PurchaseSnapshot

ORDERS = table(OrderRow)
EVENTS = table(OrderEventRow)
SNAPSHOT_ADAPTER = TypeAdapter(PurchaseSnapshot)

ORDER_COLUMNS = (
    ORDERS.c.id,
    ORDERS.c.number,
    ORDERS.c.status,
    ORDERS.c.bucket,
    ORDERS.c.channel,
    ORDERS.c.placed_at,
    ORDERS.c.closes_at,
    ORDERS.c.purchaser_id,
    ORDERS.c.client_id,
    ORDERS.c.figures,
    ORDERS.c.demand,
    ORDERS.c.signed_in,
    ORDERS.c.clicked,
    ORDERS.c.version,
)
EVENT_COLUMNS = (
    EVENTS.c.id,
    EVENTS.c.sequence,
    EVENTS.c.type,
    EVENTS.c.status,
    EVENTS.c.occurred_at,
)


def event_from_row(order_id: str, row: tuple[Any, ...]) -> OrderEvent:
    """The order's event that was read as ``EVENT_COLUMNS``."""
    id, sequence, change, status, occurred_at = row
    return OrderEvent(
        id,
        order_id,
        sequence,
        OrderChange(change),
        OrderStatus(status),
        from_microseconds(occurred_at),
    )


def order_from_row(row: tuple[Any, ...]) -> Order:
    """The order that was read as ``ORDER_COLUMNS``."""
    id, number, status, bucket, channel, placed_at, closes_at, *more_columns = row
    purchaser_id, client_id, figures, demand, signed_in, clicked, version = more_columns
    return Order(
        id=id,
        number=number,
        status=OrderStatus(status),
        bucket=OrderBucket(bucket),
        channel=ActionChannel(channel),
        placed_at=from_microseconds(placed_at),
        closes_at=from_microseconds(closes_at),
        purchaser_id=purchaser_id,
        client_id=client_id,
        figures=SNAPSHOT_ADAPTER.validate_json(figures),
        demand=tuple((variant_id, quantity) for variant_id, quantity in orjson.loads(demand)),
        signed_in=bool(signed_in),
        clicked=clicked,
        version=version,
    )
