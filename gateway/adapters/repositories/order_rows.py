"""Orders and their events as rows."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from gateway.adapters.instants import instant
from gateway.adapters.statements import table
from gateway.adapters.tables.orders import OrderEventRow, OrderRow
from gateway.engine.orders import (
    ActionChannel,
    Order,
    OrderBucket,
    OrderChange,
    OrderEvent,
    OrderStatus,
)
from gateway.engine.records import RecordedPurchase

ORDERS = table(OrderRow)
EVENTS = table(OrderEventRow)
FIGURES = TypeAdapter(RecordedPurchase)

ORDER = (
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
EVENT = (EVENTS.c.id, EVENTS.c.sequence, EVENTS.c.type, EVENTS.c.status, EVENTS.c.occurred_at)


def event_of(order_id: str, row: tuple[Any, ...]) -> OrderEvent:
    """The order's event that was read as ``EVENT``."""
    id, sequence, kind, status, at = row
    return OrderEvent(id, order_id, sequence, OrderChange(kind), OrderStatus(status), instant(at))


def order_of(row: tuple[Any, ...]) -> Order:
    """The order that was read as ``ORDER``."""
    id, number, status, bucket, channel, placed_at, closes_at, *rest = row
    purchaser_id, client_id, figures, demand, signed_in, clicked, version = rest
    return Order(
        id=id,
        number=number,
        status=OrderStatus(status),
        bucket=OrderBucket(bucket),
        channel=ActionChannel(channel),
        placed_at=instant(placed_at),
        closes_at=instant(closes_at),
        purchaser_id=purchaser_id,
        client_id=client_id,
        figures=FIGURES.validate_json(figures),
        demand=tuple((variant, count) for variant, count in orjson.loads(demand)),
        signed_in=bool(signed_in),
        clicked=clicked,
        version=version,
    )
