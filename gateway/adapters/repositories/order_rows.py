"""Orders and their events as rows."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.statements import table
from gateway.adapters.sql.timestamps import from_microseconds
from gateway.adapters.tables.orders import OrderEventRow, OrderRow
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


def _decode_demand(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((variant_id, quantity) for variant_id, quantity in orjson.loads(text))


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
    demand=From(_decode_demand, ORDERS.c.demand),
    signed_in=From(bool, ORDERS.c.signed_in),
    clicked=ORDERS.c.clicked,
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
