"""Expedited selection: the example of the specification, and what holds for any orders."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.orders.selection import (
    SelectableLine,
    SelectableOrder,
    SelectedLine,
    SelectedOrder,
    SelectedShipment,
    Selection,
    SelectionReason,
    SelectionStage,
    count_on_hand,
    select_shipments,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def line(variant: str, days: int = 0, quantity: int = 1) -> SelectableLine:
    """A line called as what it is of, expected in so many days."""
    return SelectableLine(variant, ((variant, 1),), quantity, NOON + timedelta(days=days))


def order(id: str, destination: str, *lines: SelectableLine, minute: int = 0) -> SelectableOrder:
    return SelectableOrder(id, NOON + timedelta(minutes=minute), destination, lines)


def select(
    orders: Sequence[SelectableOrder], on_hand: Mapping[str, int], max_wait: timedelta | None = None
) -> Selection:
    return select_shipments(orders, on_hand, now=NOON + timedelta(days=1), max_wait=max_wait)


def shipment_line_ids(selection: Selection) -> list[set[str]]:
    return [{each.line_id for each in shipment.lines} for shipment in selection.shipments]


# R34, R119
def test_the_example_of_the_specification() -> None:
    orders = [
        order("o1", "G1", line("a")),
        order("o2", "G1", line("b"), minute=1),
        order("o3", "G2", line("c"), minute=2),
        order("o4", "G2", line("d"), line("e", 3), minute=3),
        order("o5", "G3", line("f"), line("g", 14), minute=4),
        order("o6", "G4", line("h"), minute=5),
        order("o7", "G4", line("i", 11), minute=6),
    ]
    selection = select(orders, {"e": 0, "g": 0, "i": 0})
    assert selection.visited == ("G3", "G4", "G2")
    assert shipment_line_ids(selection) == [{"a", "b"}, {"h"}, {"c", "d"}]
    assert [shipment.stage for shipment in selection.shipments] == [
        SelectionStage.WHOLE,
        SelectionStage.SPLIT,
        SelectionStage.SPLIT,
    ]
    assert selection.backlog == (
        SelectedLine("o5", "f", 1),
        SelectedLine("o5", "g", 1),
        SelectedLine("o7", "i", 1),
        SelectedLine("o4", "e", 1),
    )
    assert selection.orders == (
        SelectedOrder("o1", SelectionReason.GROUP_IS_WHOLE),
        SelectedOrder("o2", SelectionReason.GROUP_IS_WHOLE),
        SelectedOrder("o5", SelectionReason.KEPT_TOGETHER, NOON + timedelta(days=14)),
        SelectedOrder("o6", SelectionReason.ORDER_IS_WHOLE),
        SelectedOrder("o7", SelectionReason.NOTHING_IN_STOCK, NOON + timedelta(days=11)),
        SelectedOrder("o3", SelectionReason.ORDER_IS_WHOLE),
        SelectedOrder("o4", SelectionReason.SPLIT, NOON + timedelta(days=3)),
    )


# R34
def test_a_group_is_visited_by_what_comes_first_of_what_it_lacks() -> None:
    """G1 waits for 20 days in all, but something comes in 2: G3 with 5 is visited before it."""
    orders = [
        order("o1", "G1", line("a", 2), line("b", 20)),
        order("o2", "G1", line("x"), minute=1),
        order("o3", "G3", line("c", 5), line("x"), minute=2),
        order("o4", "G3", line("c", 5), minute=3),
        order("o5", "G2", line("c", 5), minute=2),
    ]
    # Of equally long waits the older group comes first, of equally old ones the smaller id.
    assert select(orders, {"a": 0, "b": 0, "c": 0}).visited == ("G3", "G2", "G1")


def test_what_an_order_kept_together_leaves_is_there_for_the_next() -> None:
    orders = [
        order("o1", "G1", line("last"), line("gone", 9)),
        order("o2", "G2", line("last"), line("gone", 3), minute=1),
        order("o3", "G2", line("gone", 3), minute=2),
    ]
    selection = select(orders, {"last": 1, "gone": 0})
    assert selection.visited == ("G1", "G2")
    assert selection.shipments == (
        SelectedShipment("G2", SelectionStage.SPLIT, (SelectedLine("o2", "last", 1),)),
    )


def test_on_hand_is_what_is_available_and_what_open_lines_have_reserved() -> None:
    """Of 5 mugs 7 are sold, 3 of them in parcels by now: the 2 left are for the 4 open ones."""
    bundle = SelectableLine("set", (("set", 1), ("mug", 2)), 1, NOON)
    available = {"mug": -2, "gone": 0, "other": 4}
    assert count_on_hand(available, [line("mug", quantity=2), bundle, line("gone")]) == {
        "mug": 2,
        "gone": 1,
        "other": 4,
    }
    assert available == {"mug": -2, "gone": 0, "other": 4}


# R36
def test_a_single_partly_filled_order_waits_for_the_rest() -> None:
    orders = [order("o1", "G", line("a"), line("b", 5))]
    assert select(orders, {"b": 0}).shipments == ()
    day = timedelta(days=1)
    assert select(orders, {"b": 0}, day + timedelta(seconds=1)).shipments == ()
    assert shipment_line_ids(select(orders, {"b": 0}, day)) == [{"a"}]


# R37
def test_a_line_is_split_where_fewer_are_there() -> None:
    orders = [order("o1", "G", line("a", 2, quantity=5)), order("o2", "G", line("b"), minute=1)]
    selection = select(orders, {"a": 2})
    assert selection.shipments == (
        SelectedShipment(
            "G", SelectionStage.SPLIT, (SelectedLine("o1", "a", 2), SelectedLine("o2", "b", 1))
        ),
    )
    assert selection.backlog == (SelectedLine("o1", "a", 3),)


def test_a_bundle_is_there_as_often_as_the_scarcest_of_its_parts() -> None:
    bundle = SelectableLine("set", (("set", 1), ("cup", 4), ("pot", 1)), 3, NOON)
    orders = [SelectableOrder("o1", NOON, "G", (bundle,)), order("o2", "G", line("x"), minute=1)]
    selection = select(orders, {"cup": 11, "pot": 3})
    assert selection.shipments[0].lines[0] == SelectedLine("o1", "set", 2)


@pytest.mark.parametrize(("ids", "winner"), [(("b", "a"), "a"), (("a", "b"), "a")])
def test_of_equally_old_orders_the_smaller_id_comes_first(
    ids: tuple[str, str], winner: str
) -> None:
    orders = [order(id, f"G{id}", line("last")) for id in ids]
    assert select(orders, {"last": 1}).shipments[0].lines[0].order_id == winner


def test_what_is_whole_takes_stock_before_what_is_split() -> None:
    """Stage 1 comes first, even where the other group is older."""
    orders = [
        order("old", "G1", line("last"), line("gone", 9)),
        order("older too", "G1", line("x"), minute=1),
        order("new", "G2", line("last"), minute=2),
    ]
    assert shipment_line_ids(select(orders, {"last": 1, "gone": 0})) == [{"last"}, {"x"}]


# -- for any orders

VARIANTS = ("a", "b", "c", "d")


@st.composite
def open_orders(draw: st.DrawFn) -> list[SelectableOrder]:
    count = draw(st.integers(0, 8))
    return [
        SelectableOrder(
            f"o{index}",
            NOON + timedelta(minutes=draw(st.integers(0, 3))),
            draw(st.sampled_from(("G1", "G2", "G3"))),
            tuple(
                SelectableLine(
                    f"o{index}.{position}",
                    tuple(
                        (variant, draw(st.integers(1, 2)))
                        for variant in draw(
                            st.lists(st.sampled_from(VARIANTS), min_size=1, max_size=2, unique=True)
                        )
                    ),
                    draw(st.integers(1, 3)),
                    NOON + timedelta(days=draw(st.integers(0, 4))),
                )
                for position in range(draw(st.integers(1, 3)))
            ),
        )
        for index in range(count)
    ]


STOCK = st.dictionaries(st.sampled_from(VARIANTS), st.integers(-2, 8))


# R37
@given(orders=open_orders(), on_hand=STOCK)
def test_nothing_is_lost_or_sent_twice(
    orders: list[SelectableOrder], on_hand: dict[str, int]
) -> None:
    selection = select(orders, on_hand)
    counts: Counter[tuple[str, str]] = Counter()
    for shipment in selection.shipments:
        for selected_line in shipment.lines:
            assert selected_line.quantity > 0
            counts[selected_line.order_id, selected_line.line_id] += selected_line.quantity
    for selected_line in selection.backlog:
        assert selected_line.quantity > 0
        counts[selected_line.order_id, selected_line.line_id] += selected_line.quantity
    assert counts == {
        (order.order_id, line.line_id): line.quantity for order in orders for line in order.lines
    }


# R38
@given(orders=open_orders(), on_hand=STOCK)
def test_a_destination_gets_at_most_one_shipment(
    orders: list[SelectableOrder], on_hand: dict[str, int]
) -> None:
    selection = select(orders, on_hand)
    destinations = [shipment.destination for shipment in selection.shipments]
    assert len(destinations) == len(set(destinations))
    destination_by_order = {order.order_id: order.destination for order in orders}
    for shipment in selection.shipments:
        assert {destination_by_order[each.order_id] for each in shipment.lines} == {
            shipment.destination
        }


@given(orders=open_orders(), on_hand=STOCK)
def test_no_more_is_sent_than_is_there(
    orders: list[SelectableOrder], on_hand: dict[str, int]
) -> None:
    demand_by_line = {line.line_id: line.demand for order in orders for line in order.lines}
    demand: Counter[str] = Counter()
    for shipment in select(orders, on_hand).shipments:
        for selected_line in shipment.lines:
            for variant, count in demand_by_line[selected_line.line_id]:
                demand[variant] += count * selected_line.quantity
    assert all(demand[variant] <= max(0, count) for variant, count in on_hand.items())


# R36
@given(orders=open_orders(), on_hand=STOCK)
def test_an_order_alone_is_sent_whole_or_not_at_all(
    orders: list[SelectableOrder], on_hand: dict[str, int]
) -> None:
    alone = {
        order.destination
        for order in orders
        if sum(each.destination == order.destination for each in orders) == 1
    }
    selection = select(orders, on_hand)
    for shipment in selection.shipments:
        if shipment.destination in alone:
            assert shipment.stage is SelectionStage.WHOLE


@given(orders=open_orders(), on_hand=STOCK, seed=st.randoms())
def test_the_order_of_the_input_does_not_matter(
    orders: list[SelectableOrder], on_hand: dict[str, int], seed: object
) -> None:
    shuffled = list(orders)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert select(shuffled, on_hand) == select(orders, on_hand)


def lacking(
    orders: Sequence[SelectableOrder], on_hand: Mapping[str, int]
) -> list[tuple[str, datetime]]:
    """Which orders lack what of ``on_hand``, the oldest served first: their ids and times."""
    counts = dict(on_hand)
    shortages = []
    for order in sorted(orders, key=lambda order: (order.placed_at, order.order_id)):
        for line in order.lines:
            for _ in range(line.quantity):
                if any(counts.get(variant, count) < count for variant, count in line.demand):
                    shortages.append((order.order_id, line.expected_at))
                    break
                for variant, count in line.demand:
                    if variant in counts:
                        counts[variant] -= count
    return shortages


# R34
@given(orders=open_orders(), on_hand=STOCK)
def test_what_is_not_whole_is_visited_by_when_more_of_it_comes(
    orders: list[SelectableOrder], on_hand: dict[str, int]
) -> None:
    selection = select(orders, on_hand)
    demand_by_line = {line.line_id: line.demand for order in orders for line in order.lines}
    left = Counter(on_hand)
    for shipment in selection.shipments:
        if shipment.stage is SelectionStage.WHOLE:
            for selected_line in shipment.lines:
                for variant, count in demand_by_line[selected_line.line_id]:
                    if variant in on_hand:
                        left[variant] -= count * selected_line.quantity
    keys = []
    for destination in selection.visited:
        group = [order for order in orders if order.destination == destination]
        age = min((order.placed_at, order.order_id) for order in group)
        next_expected = min(expected_at for _, expected_at in lacking(group, left))
        keys.append((-next_expected.timestamp(), *age))
    assert keys == sorted(keys)
    fulfilled = {
        shipment.destination
        for shipment in selection.shipments
        if shipment.stage is SelectionStage.WHOLE
    }
    assert fulfilled | set(selection.visited) == {order.destination for order in orders}
    assert fulfilled.isdisjoint(selection.visited)


# R34, R36
@given(orders=open_orders(), on_hand=STOCK)
def test_the_reason_of_an_order_says_what_leaves_of_it(
    orders: list[SelectableOrder], on_hand: dict[str, int]
) -> None:
    selection = select(orders, on_hand)
    leaving: Counter[str] = Counter()
    for shipment in selection.shipments:
        for selected_line in shipment.lines:
            leaving[selected_line.order_id] += selected_line.quantity
    ordered = {order.order_id: sum(line.quantity for line in order.lines) for order in orders}
    assert sorted(order.order_id for order in selection.orders) == sorted(ordered)
    for order in selection.orders:
        quantity = leaving[order.order_id]
        match order.reason:
            case SelectionReason.GROUP_IS_WHOLE | SelectionReason.ORDER_IS_WHOLE:
                assert (quantity, order.expected_at) == (ordered[order.order_id], None)
            case SelectionReason.SPLIT:
                assert 0 < quantity < ordered[order.order_id]
                assert order.expected_at is not None
            case SelectionReason.KEPT_TOGETHER | SelectionReason.NOTHING_IN_STOCK:
                assert quantity == 0
                assert order.expected_at is not None


# -- many orders


def many_orders(count: int) -> list[SelectableOrder]:
    return [
        order(f"o{index:04}", f"G{index // 2}", *(line(f"v{index % 50}") for _ in range(4)))
        for index in range(count)
    ]


def count_calls(orders: Sequence[SelectableOrder], on_hand: Mapping[str, int]) -> int:
    """How many calls of Python functions a selection among ``orders`` takes."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        select(orders, on_hand)
    finally:
        sys.setprofile(None)
    return calls


# R34
@pytest.mark.parametrize("on_hand_per_order", [0.0, 0.02, 1.0])
def test_the_work_grows_with_the_lines(on_hand_per_order: float) -> None:
    """5,000 orders of 20,000 lines take five times as much as 1,000 of 4,000."""
    calls = [
        count_calls(
            many_orders(count),
            {f"v{number}": int(count * on_hand_per_order) for number in range(50)},
        )
        for count in (1_000, 5_000)
    ]
    assert calls[1] < 5.5 * calls[0]


def test_five_thousand_orders_share_what_is_there() -> None:
    selection = select(many_orders(5_000), {f"v{number}": 100 for number in range(50)})
    sent = sum(each.quantity for shipment in selection.shipments for each in shipment.lines)
    assert sent == 50 * 100
