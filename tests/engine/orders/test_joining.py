"""Which purchases become part of which open order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.engine.money import Currency
from gateway.engine.orders.joining import ConsolidationPolicy, JoiningPurchase, can_join
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import ActionChannel, Order, OrderBucket, OrderStatus
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import Item
from gateway.engine.pricing.snapshots import take_snapshot
from tests.engine.purchases import FULL_PURCHASE, USD

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
POLICY = ConsolidationPolicy(window=timedelta(minutes=90), short_term=timedelta(days=7))
LINE = OrderLine("orl_1", Item("var_mug", "Mug", 1_400, 2), (("var_mug", 1),), NOON, clicked=True)
ORDER = Order(
    "ord_1",
    "1001",
    OrderStatus.OPEN,
    OrderBucket.SHORT_TERM,
    ActionChannel.CLICK,
    NOON,
    NOON + POLICY.window,
    "pur_1",
    "cli_1",
    take_snapshot(PricedPurchase(FULL_PURCHASE)),
    lines=(LINE,),
    destination_key="home by card",
)
PURCHASE = JoiningPurchase(
    purchaser_id="pur_1",
    client_id=None,
    destination_key="home by card",
    bucket=OrderBucket.SHORT_TERM,
    currency=USD,
    line_count=1,
    clicked=True,
)

Placing = tuple[int, int]
"""When something is bought, in minutes, and in how many days it ships."""


def put_together(
    placings: Sequence[Placing], policy: ConsolidationPolicy = POLICY
) -> list[tuple[OrderBucket, list[Placing]]]:
    """The orders that those purchases of one line become, in the order they are opened."""
    orders: list[Order] = []
    contents: list[list[Placing]] = []
    for minute, days in sorted(placings):
        now, bucket = NOON + timedelta(minutes=minute), policy.bucket(timedelta(days=days))
        purchase = replace(PURCHASE, bucket=bucket)
        index = next(
            (index for index, order in enumerate(orders) if can_join(order, purchase, policy, now)),
            len(orders),
        )
        if index == len(orders):
            order = replace(ORDER, bucket=bucket, placed_at=now, closes_at=now + policy.window)
            orders.append(replace(order, lines=()))
            contents.append([])
        orders[index] = replace(orders[index], lines=(*orders[index].lines, LINE))
        contents[index].append((minute, days))
    return [(order.bucket, content) for order, content in zip(orders, contents, strict=True)]


# R29, R119
def test_the_example_of_the_specification() -> None:
    assert put_together([(0, 0), (5, 1), (90, 2), (91, 0), (6, 14), (7, 8), (92, 7)]) == [
        (OrderBucket.SHORT_TERM, [(0, 0), (5, 1), (90, 2)]),
        (OrderBucket.LONG_TERM, [(6, 14), (7, 8), (92, 7)]),
        (OrderBucket.SHORT_TERM, [(91, 0)]),
    ]


# R29
def test_the_window_is_that_of_the_first_purchase() -> None:
    """It does not move on with what joins."""
    assert put_together([(0, 0), (60, 0), (120, 0)]) == [
        (OrderBucket.SHORT_TERM, [(0, 0), (60, 0)]),
        (OrderBucket.SHORT_TERM, [(120, 0)]),
    ]


def test_an_order_takes_no_more_lines_than_it_may_have() -> None:
    groups = put_together([(minute % 60, 0) for minute in range(205)])
    assert [len(content) for _, content in groups] == [100, 100, 5]
    full = replace(ORDER, lines=(LINE,) * 99)
    two_lines = replace(PURCHASE, line_count=2)
    assert can_join(full, PURCHASE, POLICY, NOON)
    assert not can_join(full, two_lines, POLICY, NOON)


@pytest.mark.parametrize(
    ("purchase", "joins"),
    [
        (PURCHASE, True),
        (replace(PURCHASE, client_id="cli_1"), True),
        # Whoever has not signed in joins what this client ordered only.
        (replace(PURCHASE, client_id="cli_2"), False),
        (replace(PURCHASE, purchaser_id="pur_2"), False),
        # R30
        (replace(PURCHASE, destination_key="home by another card"), False),
        (replace(PURCHASE, destination_key="a friend's by card"), False),
        (replace(PURCHASE, bucket=OrderBucket.LONG_TERM), False),
        (replace(PURCHASE, currency=Currency("EUR", 2)), False),
        (replace(PURCHASE, clicked=False), False),
    ],
)
def test_what_joins_is_alike(purchase: JoiningPurchase, joins: bool) -> None:  # noqa: FBT001
    """R30: by the same purchaser to the same address by the same payment method."""
    assert can_join(ORDER, purchase, POLICY, NOON) is joins


# R32
@pytest.mark.parametrize("joins_carts", [False, True])
@pytest.mark.parametrize(("order_clicked", "clicked"), [(True, False), (False, True)])
def test_orders_of_carts_join_where_the_policy_says_so(
    joins_carts: bool,  # noqa: FBT001
    order_clicked: bool,  # noqa: FBT001
    clicked: bool,  # noqa: FBT001
) -> None:
    order = replace(ORDER, lines=(replace(LINE, clicked=order_clicked),))
    purchase = replace(PURCHASE, clicked=clicked)
    policy = replace(POLICY, joins_carts=joins_carts)
    assert can_join(order, purchase, policy, NOON) is joins_carts


def test_what_is_on_its_way_is_not_joined() -> None:
    scheduled = replace(ORDER, status=OrderStatus.SCHEDULED)
    partly_scheduled = replace(ORDER, lines=(LINE.with_scheduled(1),))
    assert not can_join(scheduled, PURCHASE, POLICY, NOON)
    assert not can_join(partly_scheduled, PURCHASE, POLICY, NOON)
