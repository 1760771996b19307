"""Scheduling: open orders become shipments when their window closes and when stock comes in."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.engine.orders.order import Order, OrderChange, OrderStatus
from gateway.engine.orders.selection import (
    SelectableLine,
    SelectableOrder,
    SelectedLine,
    SelectedShipment,
    Selection,
    SelectionStage,
    count_on_hand,
    select_shipments,
)
from gateway.engine.orders.shipments import Shipment, ShipmentLine, ShipmentState
from gateway.services.conflicts import retry_or_raise
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import delivery_details, lifecycle
from gateway.services.orders.fulfilment import add_shipment
from gateway.services.orders.shipment_addresses import ShipTo, seal_ship_to
from gateway.services.ports.database import UnitOfWork, VersionConflict
from gateway.services.ports.orders import LeasedOrder
from gateway.services.ports.selection_requests import SelectionRequest

MAX_ORDERS_PER_READ = 200
"""Open orders that a run reads at once: between two reads others have their turn."""


def destination_of(order: Order) -> str:
    """What is equal for orders that can share a parcel: one purchaser's to one destination.

    A guest's order, and one from before destinations were kept, shares with none.
    """
    if order.purchaser_id is None or order.destination_key is None:
        return order.id
    return f"{order.purchaser_id} {order.destination_key}"


def selectable_order(order: Order) -> SelectableOrder:
    """``order`` as selection looks at it: its lines that are in no parcel yet."""
    return SelectableOrder(
        order.id,
        order.placed_at,
        destination_of(order),
        tuple(
            SelectableLine(line.id, line.demand, line.open_quantity, line.ships_at)
            for line in order.lines
            if line.open_quantity > 0
        ),
    )


def variant_ids_of(lines: Iterable[SelectableLine]) -> list[str]:
    """The variants that ``lines`` take from stock."""
    return list({variant_id for line in lines for variant_id, _ in line.demand})


# -- the window of one order closes


async def schedule_due_order(order_id: str, dependencies: Dependencies) -> None:
    """Schedule an order whose window is over, together with others to its destination.

    Where something of it was sold to order, all open orders are looked at together: others may have
    waited longer for the same goods.
    """

    async def schedule() -> tuple[str, ...]:
        async with dependencies.database.begin() as work:
            return await _schedule_group(order_id, work, dependencies)

    await _announce(await retry_or_raise(schedule), dependencies)


async def _schedule_group(
    order_id: str, work: UnitOfWork, dependencies: Dependencies
) -> tuple[str, ...]:
    """Schedule the group of an order if all of it is there; returns the ids of changed orders."""
    order, now = await work.orders.find(order_id), dependencies.clock.now()
    if order is None or order.status is not OrderStatus.OPEN or now < order.closes_at:
        return ()
    orders = await _load_group(order, now, work)
    selectable_orders = [selectable_order(member) for member in orders]
    lines = [line for member in selectable_orders for line in member.lines]
    available = await work.stock.find_available(variant_ids_of(lines))
    if any(count < 0 for count in available.values()):
        # It stays open, and the run that is asked for decides.
        await work.orders.save(replace(order, version=order.version + 1), None)
        await work.selection_requests.request(now)
        return ()
    selection = select_shipments(
        selectable_orders,
        count_on_hand(available, lines),
        now=now,
        max_wait=_max_wait(dependencies),
    )
    for shipment in selection.shipments:
        await _schedule_shipment(shipment, orders, work, dependencies)
    return tuple(order.id for order in orders)


def _max_wait(dependencies: Dependencies) -> timedelta | None:
    return dependencies.policy.consolidation.max_wait


async def _load_group(order: Order, now: datetime, work: UnitOfWork) -> tuple[Order, ...]:
    """The open orders past their window that can share a parcel with ``order``, itself included."""
    if order.purchaser_id is None:
        return (order,)
    return tuple(
        open_order
        for open_order in await work.orders.list_open_for(order.purchaser_id)
        if open_order.closes_at <= now and destination_of(open_order) == destination_of(order)
    )


async def schedule_at_once(order_id: str, dependencies: Dependencies) -> Order | None:
    """Put all open lines of an order into a parcel, whatever is in stock; None: no such order.

    The carrier's word that an order has left says that it was there.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    async with dependencies.database.begin() as work:
        order = await work.orders.find(order_id)
        if order is None or order.status is OrderStatus.CANCELLED:
            return order
        open_lines = selectable_order(order).lines
        if open_lines:
            selected = SelectedShipment(
                destination_of(order),
                SelectionStage.WHOLE,
                tuple(SelectedLine(order.id, line.line_id, line.quantity) for line in open_lines),
            )
            await _schedule_shipment(selected, (order,), work, dependencies)
        return await work.orders.find(order_id)


# -- a run over all open orders


async def run_selection(dependencies: Dependencies) -> Selection:
    """Select shipments among all open orders past their window, and schedule them.

    An order that is changed meanwhile is left to the next run.
    """
    now = dependencies.clock.now()
    orders, on_hand = await _load_open_orders(now, dependencies)
    # Thousands of orders take a while: requests are answered meanwhile.
    selection = await asyncio.to_thread(
        select_shipments,
        [selectable_order(order) for order in orders.values()],
        on_hand,
        now=now,
        max_wait=_max_wait(dependencies),
    )
    for shipment in selection.shipments:
        order_ids = dict.fromkeys(line.order_id for line in shipment.lines)
        try:
            async with dependencies.database.begin() as work:
                await _schedule_shipment(
                    shipment, [orders[order_id] for order_id in order_ids], work, dependencies
                )
        except VersionConflict:
            async with dependencies.database.begin() as work:
                await work.selection_requests.request(now)
            continue
        await _announce(tuple(order_ids), dependencies)
    return selection


async def _load_open_orders(
    now: datetime, dependencies: Dependencies
) -> tuple[Mapping[str, Order], Mapping[str, int]]:
    """The open orders past their window by id, and what is on hand for open lines.

    What is on hand includes what orders within their window have reserved: who is past it has
    waited longer.
    """
    orders: dict[str, Order] = {}
    open_lines: list[SelectableLine] = []
    position = 0
    async with dependencies.database.read() as reading:
        while page := await reading.orders.list_all_open(position, MAX_ORDERS_PER_READ):
            position = page[-1].list_position
            open_lines += [line for order in page for line in selectable_order(order).lines]
            orders |= {order.id: order for order in page if order.closes_at <= now}
            await asyncio.sleep(0)
        variant_ids = variant_ids_of(open_lines)
        available = await reading.stock.find_available(variant_ids) if variant_ids else {}
    return orders, count_on_hand(available, open_lines)


# -- what was selected


async def _schedule_shipment(
    selected: SelectedShipment,
    orders: Sequence[Order],
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Store the shipment, and that its lines are in it.

    Raises:
        VersionConflict: one of ``orders`` was changed.

    """
    first_order = orders[0]
    deliveries = await delivery_details.load_deliveries(
        [order.id for order in orders], work, dependencies
    )
    delivery = deliveries.get(first_order.id)
    if delivery is None:
        # The buyer's data was erased: there is nowhere to send it.
        return
    shipment = await _build_shipment(selected, orders, work, dependencies)
    ship_to = ShipTo(
        delivery.address,
        line_attributes={
            line.line_id: attributes
            for line in selected.lines
            if line.order_id in deliveries
            and (attributes := deliveries[line.order_id].line_attributes.get(line.line_id))
        },
    )
    sealed_address = await seal_ship_to(
        shipment.id,
        ship_to,
        first_order.purchaser_id or first_order.id,
        work,
        dependencies,
    )
    await add_shipment(shipment, ship_to, sealed_address, work, dependencies)
    for order in orders:
        quantities = {
            line.line_id: line.quantity for line in selected.lines if line.order_id == order.id
        }
        if quantities:
            await _save_scheduled(order, quantities, selected, work, dependencies)


async def _build_shipment(
    selected: SelectedShipment,
    orders: Sequence[Order],
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Shipment:
    now = dependencies.clock.now()
    lines = {line.id: line for order in orders for line in order.lines}
    variants = await work.catalogue.load_variants(
        list({lines[selected_line.line_id].variant_id for selected_line in selected.lines})
    )
    return Shipment(
        id=dependencies.ids.new("shm"),
        state=ShipmentState.READY,
        created_at=now,
        due_at=max(now, *(lines[each.line_id].ships_at for each in selected.lines)),
        lines=tuple(
            _shipment_line(selected_line, lines[selected_line.line_id].item.name, variant_id, sku)
            for selected_line in selected.lines
            for variant_id in [lines[selected_line.line_id].variant_id]
            for sku in [variants[variant_id].sku if variant_id in variants else ""]
        ),
        purchaser_id=orders[0].purchaser_id,
        shipping_method=orders[0].shipping_name,
    )


def _shipment_line(selected: SelectedLine, title: str, variant_id: str, sku: str) -> ShipmentLine:
    return ShipmentLine(
        variant_id, sku, title, selected.quantity, selected.order_id, selected.line_id
    )


async def _save_scheduled(
    order: Order,
    quantities: Mapping[str, int],
    selected: SelectedShipment,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    lines = tuple(
        line.with_scheduled(line.scheduled + quantities.get(line.id, 0)) for line in order.lines
    )
    is_whole = all(line.open_quantity == 0 for line in lines)
    change = OrderChange.SCHEDULED if is_whole else OrderChange.SPLIT
    detail = (
        "all of its destination was in stock"
        if selected.stage is SelectionStage.WHOLE
        else "what was in stock was split off"
    )
    await lifecycle.advance_order(
        replace(order, lines=lines),
        change,
        OrderStatus.SCHEDULED if is_whole else OrderStatus.OPEN,
        work,
        dependencies,
        actor=lifecycle.ACTOR_SHOP,
        detail=detail,
    )


async def _announce(order_ids: Iterable[str], dependencies: Dependencies) -> None:
    for order_id in order_ids:
        await dependencies.wakeups.announce(lifecycle.order_topic(order_id))
    await dependencies.wakeups.announce(DUE_TOPIC)


# -- jobs


@dataclass(frozen=True, slots=True)
class OrderScheduler:
    """The job that schedules orders when the time to change them is over."""

    dependencies: Dependencies
    name: str = "orders"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[LeasedOrder, ...]:
        """Open orders whose time to change them is over."""
        async with self.dependencies.database.begin() as work:
            return await work.orders.claim(now, leased_until, limit)

    async def run(self, lease: LeasedOrder, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Schedule one order, if it is still open."""
        await schedule_due_order(lease.id, self.dependencies)

    async def postpone(self, lease: LeasedOrder, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Try to schedule the order again at ``until``."""
        async with self.dependencies.database.begin() as work:
            await work.orders.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.orders.next_due(now)


@dataclass(frozen=True, slots=True)
class SelectionJob:
    """The job that looks all open orders through when stock came in."""

    dependencies: Dependencies
    name: str = "selection"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[SelectionRequest, ...]:
        """The request for a run, if there is one."""
        async with self.dependencies.database.begin() as work:
            return await work.selection_requests.claim(now, leased_until, limit)

    async def run(self, lease: SelectionRequest, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Select and schedule; what came meanwhile asks for another run."""
        await run_selection(self.dependencies)
        async with self.dependencies.database.begin() as work:
            await work.selection_requests.finish(lease)

    async def postpone(self, lease: SelectionRequest, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Try the run again at ``until``."""
        async with self.dependencies.database.begin() as work:
            await work.selection_requests.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next run is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.selection_requests.next_due(now)
