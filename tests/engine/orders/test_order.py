"""How far orders have come, and until when they can be changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import (
    ActionChannel,
    InvalidOrderTransition,
    Order,
    OrderBucket,
    OrderChange,
    OrderStatus,
    first_list_position,
    order_bucket,
)
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import Item
from gateway.engine.pricing.snapshots import take_snapshot
from tests.engine.purchases import FULL_PURCHASE

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LINE = OrderLine("orl_1", Item("var_mug", "Mug", 1_400, 2), (("var_mug", 1),), NOON)
ORDER = Order(
    "ord_1",
    "1001",
    OrderStatus.OPEN,
    OrderBucket.SHORT_TERM,
    ActionChannel.CLICK,
    NOON,
    NOON + timedelta(hours=1),
    "pur_1",
    "cli_1",
    take_snapshot(PricedPurchase(FULL_PURCHASE)),
)


@pytest.mark.parametrize(
    ("status", "change", "after"),
    [
        (OrderStatus.OPEN, OrderChange.SCHEDULED, OrderStatus.SCHEDULED),
        (OrderStatus.OPEN, OrderChange.CANCELLED, OrderStatus.CANCELLED),
        (OrderStatus.OPEN, OrderChange.SHIPPED, OrderStatus.SHIPPED),
        (OrderStatus.SCHEDULED, OrderChange.SHIPPED, OrderStatus.SHIPPED),
        (OrderStatus.SHIPPED, OrderChange.DELIVERED, OrderStatus.DELIVERED),
        (OrderStatus.SHIPPED, OrderChange.RETURNED, OrderStatus.SCHEDULED),
    ],
)
def test_what_can_happen_to_an_order(
    status: OrderStatus, change: OrderChange, after: OrderStatus
) -> None:
    order = replace(ORDER, status=status, version=7)
    assert order.apply(change) == replace(order, status=after, version=8)


@pytest.mark.parametrize("status", [OrderStatus.DELIVERED, OrderStatus.CANCELLED])
@pytest.mark.parametrize("change", [OrderChange.SHIPPED, OrderChange.CANCELLED])
def test_what_is_over_stays_so(status: OrderStatus, change: OrderChange) -> None:
    with pytest.raises(InvalidOrderTransition) as raised:
        replace(ORDER, status=status).apply(change)
    assert str(raised.value) == f"{status}: {change}"


def test_an_order_can_be_changed_while_it_is_open() -> None:
    """R120: past its window what is in no parcel, and all of it until then."""
    order = replace(ORDER, lines=(LINE,))
    instants = [ORDER.closes_at + timedelta(microseconds=offset) for offset in (-1, 0, 1)]
    assert [order.is_undoable(at) for at in instants] == [True, False, False]
    assert order.is_modifiable
    in_parcels = replace(ORDER, lines=(LINE.with_scheduled(LINE.quantity),))
    assert not in_parcels.is_modifiable
    assert not replace(order, status=OrderStatus.SCHEDULED).is_modifiable
    assert order.undo_until == replace(order, purchaser_id=None).undo_until == order.closes_at


@pytest.mark.parametrize(
    ("hours", "bucket"),
    [(23, OrderBucket.SHORT_TERM), (24, OrderBucket.LONG_TERM), (25, OrderBucket.LONG_TERM)],
)
def test_an_order_ships_soon_or_later(hours: int, bucket: OrderBucket) -> None:
    assert order_bucket(timedelta(hours=hours), timedelta(hours=24)) is bucket


def test_places_in_a_list_are_by_time() -> None:
    assert first_list_position(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    second = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert first_list_position(second) == 1_000_000 * 1024
    assert first_list_position(second + timedelta(microseconds=1)) == 1_000_001 * 1024
    first = first_list_position(NOON)
    positions = {replace(ORDER, id=f"ord_{number}").list_position for number in range(100)}
    assert all(first <= position < first + 1024 for position in positions)
    assert len(positions) > 1
