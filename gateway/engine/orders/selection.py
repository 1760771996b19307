"""Expedited selection: which open lines leave now, in the fewest shipments.

Two stages. First each group whose orders can all be filled is combined and scheduled. Then the
other groups are visited, the one with the largest next fulfilment time first: what of them is in
stock is split off, combined and scheduled, and the rest stays open. A group that is one partly
filled order is not split.

Stock is given to the oldest group first in the first stage, and in the order of the visits in the
second; within a group to the oldest order first, line by line. Of equal times the smaller id is
first. What an unsplit order would take is there for the groups that are visited after it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.values import value_object


@value_object
class SelectableLine:
    """An open line: how many of it are in no parcel yet, and what one of it takes from stock.

    ``expected_at`` is when what it lacks is expected to be there.
    """

    line_id: str
    demand: tuple[tuple[str, int], ...]
    quantity: int
    expected_at: datetime


@value_object
class SelectableOrder:
    """An open order past its window. Orders of one ``destination`` can share a parcel."""

    order_id: str
    placed_at: datetime
    destination: str
    lines: tuple[SelectableLine, ...]


@value_object
class SelectedLine:
    """So many of an order's line."""

    order_id: str
    line_id: str
    quantity: int


class SelectionReason(StrEnum):
    """Why an order leaves or stays."""

    GROUP_IS_WHOLE = "group_is_whole"
    """All of its destination is there."""
    ORDER_IS_WHOLE = "order_is_whole"
    """All of it is there, and something else of its destination is not."""
    SPLIT = "split"
    """Some of it is there and leaves; the rest stays open."""
    KEPT_TOGETHER = "kept_together"
    """Some of it is there, but it is the only order of its destination: it waits for the rest."""
    NOTHING_IN_STOCK = "nothing_in_stock"
    """Nothing of it is there."""


@value_object
class SelectedOrder:
    """What was decided about an order, and why.

    ``expected_at`` is when the first of what it lacks is expected; None where it lacks nothing.
    """

    order_id: str
    reason: SelectionReason
    expected_at: datetime | None = None


class SelectionStage(StrEnum):
    """In which stage a shipment was selected: all of its group, or what was split off."""

    WHOLE = "whole"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class SelectedShipment:
    """What goes to one destination in one parcel."""

    destination: str
    stage: SelectionStage
    lines: tuple[SelectedLine, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What leaves now and what stays open: together all that was open.

    ``visited`` are the destinations of the second stage, in the order they were visited. ``orders``
    says of all orders why they leave or stay, in the order in which they were decided.
    """

    shipments: tuple[SelectedShipment, ...]
    backlog: tuple[SelectedLine, ...]
    visited: tuple[str, ...]
    orders: tuple[SelectedOrder, ...]


def count_on_hand(
    available: Mapping[str, int], open_lines: Iterable[SelectableLine]
) -> dict[str, int]:
    """How many of each variant are there for ``open_lines``, which have reserved theirs.

    ``available`` is what no order has reserved, by variant id: below zero, so many are owed.
    Variants without limit are left out. ``open_lines`` are those of all open orders, in their
    window or past it, with what is in no parcel yet: parcels have taken theirs.
    """
    counts = dict(available)
    for line in open_lines:
        for variant_id, count in line.demand:
            if variant_id in counts:
                counts[variant_id] += count * line.quantity
    return counts


class StockOnHand:
    """How many of each variant are there to be sent; a variant without a count is unlimited."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = dict(counts)

    def fillable_quantity(self, line: SelectableLine) -> int:
        """How many of ``line`` there are."""
        return min(
            (
                max(0, self._counts[variant_id]) // count
                for variant_id, count in line.demand
                if variant_id in self._counts and count > 0
            ),
            default=line.quantity,
        )

    def take(self, line: SelectableLine, quantity: int) -> None:
        """Take so many of ``line``; fewer than none gives back."""
        for variant_id, count in line.demand:
            if variant_id in self._counts:
                self._counts[variant_id] -= quantity * count

    def fill(self, lines: Iterable[SelectableLine]) -> tuple[int, ...]:
        """Take as many of each of ``lines`` as there are, earlier lines first."""
        quantities = []
        for line in lines:
            quantity = min(line.quantity, self.fillable_quantity(line))
            self.take(line, quantity)
            quantities.append(quantity)
        return tuple(quantities)

    def give_back(self, lines: Iterable[SelectableLine], quantities: Iterable[int]) -> None:
        """Give back so many of each of ``lines``."""
        for line, quantity in zip(lines, quantities, strict=True):
            self.take(line, -quantity)


@dataclass(frozen=True, slots=True)
class _Group:
    """The orders of one destination, the oldest first."""

    destination: str
    orders: tuple[SelectableOrder, ...]

    @property
    def age_key(self) -> tuple[datetime, str]:
        """By which groups stand in line: their oldest order."""
        oldest = self.orders[0]
        return oldest.placed_at, oldest.order_id

    @property
    def lines(self) -> tuple[SelectableLine, ...]:
        """The lines of all its orders."""
        return tuple(line for order in self.orders for line in order.lines)

    def selected_lines(self, quantities: Sequence[int]) -> tuple[SelectedLine, ...]:
        """So many of each of its lines, without those of which it is none."""
        order_ids = [order.order_id for order in self.orders for _ in order.lines]
        return tuple(
            SelectedLine(order_id, line.line_id, quantity)
            for order_id, line, quantity in zip(order_ids, self.lines, quantities, strict=True)
            if quantity
        )

    def lacking_quantities(self, quantities: Sequence[int]) -> tuple[int, ...]:
        """What is missing of its lines where ``quantities`` are there."""
        return tuple(
            line.quantity - quantity for line, quantity in zip(self.lines, quantities, strict=True)
        )


def select_shipments(
    orders: Iterable[SelectableOrder],
    on_hand: Mapping[str, int],
    *,
    now: datetime,
    max_wait: timedelta | None = None,
) -> Selection:
    """Which lines of ``orders``, all past their window, leave now.

    ``on_hand`` counts, by variant id, what is physically there for these lines, as
    `count_on_hand` does: it includes what the orders have reserved, so that what was bought earlier
    leaves earlier. A group that is one partly filled order waits for the rest, at most ``max_wait``
    after it was placed; None: without end.
    """
    stock = StockOnHand(on_hand)
    shipments: list[SelectedShipment] = []
    backlog: list[SelectedLine] = []
    selected_orders: list[SelectedOrder] = []
    waiting_groups: list[_Group] = []
    for group in sorted(_group_by_destination(orders), key=lambda group: group.age_key):
        if _try_fill_whole(group, stock):
            quantities = tuple(line.quantity for line in group.lines)
            shipments += _shipment(group, SelectionStage.WHOLE, quantities)
            selected_orders += (
                SelectedOrder(order.order_id, SelectionReason.GROUP_IS_WHOLE)
                for order in group.orders
            )
        else:
            waiting_groups.append(group)
    visits = sorted(
        waiting_groups,
        key=lambda group: (-_next_fulfilment(group, stock).timestamp(), *group.age_key),
    )
    for group in visits:
        quantities = stock.fill(group.lines)
        selected_orders += _explain(group, quantities, now, max_wait)
        if _is_kept_together(group, now, max_wait):
            stock.give_back(group.lines, quantities)
            quantities = (0,) * len(quantities)
        shipments += _shipment(group, SelectionStage.SPLIT, quantities)
        backlog += group.selected_lines(group.lacking_quantities(quantities))
    return Selection(
        tuple(shipments),
        tuple(backlog),
        tuple(group.destination for group in visits),
        tuple(selected_orders),
    )


def _group_by_destination(orders: Iterable[SelectableOrder]) -> list[_Group]:
    orders_by_destination: dict[str, list[SelectableOrder]] = {}
    for order in orders:
        if any(line.quantity for line in order.lines):
            orders_by_destination.setdefault(order.destination, []).append(order)
    return [
        _Group(destination, tuple(sorted(group, key=_order_age)))
        for destination, group in orders_by_destination.items()
    ]


def _order_age(order: SelectableOrder) -> tuple[datetime, str]:
    return order.placed_at, order.order_id


def _try_fill_whole(group: _Group, stock: StockOnHand) -> bool:
    """Take all of ``group`` from stock, or nothing; whether it was there."""
    quantities = stock.fill(group.lines)
    if any(group.lacking_quantities(quantities)):
        stock.give_back(group.lines, quantities)
        return False
    return True


def _next_fulfilment(group: _Group, stock: StockOnHand) -> datetime:
    """When the first of what ``group`` lacks of the present stock is expected."""
    quantities = stock.fill(group.lines)
    stock.give_back(group.lines, quantities)
    expected_at = _next_expected(group.lines, quantities)
    assert expected_at is not None  # noqa: S101 - stock has only become less since it lacked some
    return expected_at


def _next_expected(lines: Sequence[SelectableLine], quantities: Sequence[int]) -> datetime | None:
    """When the first of what is missing is expected; None where nothing is."""
    return min(
        (
            line.expected_at
            for line, quantity in zip(lines, quantities, strict=True)
            if quantity < line.quantity
        ),
        default=None,
    )


def _is_kept_together(group: _Group, now: datetime, max_wait: timedelta | None) -> bool:
    """Whether ``group``, which lacks something, is one order that waits for the rest."""
    if len(group.orders) > 1:
        return False
    return max_wait is None or now < group.orders[0].placed_at + max_wait


def _explain(
    group: _Group, quantities: Sequence[int], now: datetime, max_wait: timedelta | None
) -> Iterator[SelectedOrder]:
    """Why the orders of ``group`` leave or stay where ``quantities`` of its lines are there."""
    start = 0
    for order in group.orders:
        own_quantities = quantities[start : start + len(order.lines)]
        start += len(order.lines)
        expected_at = _next_expected(order.lines, own_quantities)
        if expected_at is None:
            reason = SelectionReason.ORDER_IS_WHOLE
        elif not any(own_quantities):
            reason = SelectionReason.NOTHING_IN_STOCK
        elif _is_kept_together(group, now, max_wait):
            reason = SelectionReason.KEPT_TOGETHER
        else:
            reason = SelectionReason.SPLIT
        yield SelectedOrder(order.order_id, reason, expected_at)


def _shipment(
    group: _Group, stage: SelectionStage, quantities: Sequence[int]
) -> tuple[SelectedShipment, ...]:
    """The parcel of ``group`` with those quantities; none where all are zero."""
    lines = group.selected_lines(quantities)
    return (SelectedShipment(group.destination, stage, lines),) if lines else ()
