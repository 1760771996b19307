"""Expedited selection: which open lines leave now, in the fewest shipments.

Two stages. First each group whose orders can all be filled is combined and scheduled. Then the
other groups are visited, the one with the largest next fulfilment time first: what of them is in
stock is split off, combined and scheduled, and the rest stays open. A group that is one partly
filled order is not split.
"""

from collections.abc import Iterable, Mapping, Sequence
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

    ``visited`` are the destinations of the second stage, in the order they were visited.
    """

    shipments: tuple[SelectedShipment, ...]
    backlog: tuple[SelectedLine, ...]
    visited: tuple[str, ...]


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
    def lines(self) -> tuple[tuple[str, SelectableLine], ...]:
        """All its lines, each with its order's id."""
        return tuple((order.order_id, line) for order in self.orders for line in order.lines)


def select_shipments(
    orders: Iterable[SelectableOrder],
    on_hand: Mapping[str, int],
    *,
    now: datetime,
    max_wait: timedelta | None = None,
) -> Selection:
    """Which lines of ``orders`` leave now.

    ``on_hand`` counts, by variant id, what is physically there for these lines: it includes what
    the orders have reserved. Where it does not suffice, older groups and older orders come first. A
    group that is one partly filled order waits for the rest, at most ``max_wait`` after it was
    placed; None: without end.
    """
    stock = StockOnHand(on_hand)
    shipments: list[SelectedShipment] = []
    backlog: list[SelectedLine] = []
    waiting_groups: list[_Group] = []
    for group in sorted(_group_by_destination(orders), key=lambda each: each.age_key):
        if _try_fill_whole(group, stock):
            quantities = tuple(line.quantity for _, line in group.lines)
            shipments += _shipment(group, SelectionStage.WHOLE, quantities)
        else:
            waiting_groups.append(group)
    visits = sorted(
        waiting_groups,
        key=lambda group: (-_next_fulfilment(group, stock).timestamp(), *group.age_key),
    )
    for group in visits:
        quantities = _fill_split(group, stock, now, max_wait)
        shipments += _shipment(group, SelectionStage.SPLIT, quantities)
        backlog += [
            SelectedLine(order_id, line.line_id, line.quantity - quantity)
            for (order_id, line), quantity in zip(group.lines, quantities, strict=True)
            if line.quantity > quantity
        ]
    return Selection(tuple(shipments), tuple(backlog), tuple(group.destination for group in visits))


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
    reserved: list[tuple[SelectableLine, int]] = []
    for _, line in group.lines:
        if stock.fillable_quantity(line) < line.quantity:
            for reserved_line, quantity in reserved:
                stock.take(reserved_line, -quantity)
            return False
        stock.take(line, line.quantity)
        reserved.append((line, line.quantity))
    return True


def _next_fulfilment(group: _Group, stock: StockOnHand) -> datetime:
    """When the first of what ``group`` lacks of the present stock is expected."""
    lines = [line for _, line in group.lines]
    quantities = stock.fill(lines)
    lacking = [
        line.expected_at
        for line, quantity in zip(lines, quantities, strict=True)
        if quantity < line.quantity
    ]
    for line, quantity in zip(lines, quantities, strict=True):
        stock.take(line, -quantity)
    # A group that lacked something can be whole now only where stock was given back: it is not.
    return min(lacking)


def _fill_split(
    group: _Group, stock: StockOnHand, now: datetime, max_wait: timedelta | None
) -> tuple[int, ...]:
    """How many of each line of ``group`` are split off; they are taken from stock."""
    lines = [line for _, line in group.lines]
    if len(group.orders) == 1 and not _has_waited(group.orders[0], now, max_wait):
        return (0,) * len(lines)
    return stock.fill(lines)


def _has_waited(order: SelectableOrder, now: datetime, max_wait: timedelta | None) -> bool:
    return max_wait is not None and now >= order.placed_at + max_wait


def _shipment(
    group: _Group, stage: SelectionStage, quantities: Sequence[int]
) -> tuple[SelectedShipment, ...]:
    """The parcel of ``group`` with those quantities; none where all are zero."""
    lines = tuple(
        SelectedLine(order_id, line.line_id, quantity)
        for (order_id, line), quantity in zip(group.lines, quantities, strict=True)
        if quantity
    )
    return (SelectedShipment(group.destination, stage, lines),) if lines else ()
