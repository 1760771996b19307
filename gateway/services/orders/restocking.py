"""What of an order is put back into stock, which is no more than what left the house."""

from collections.abc import Iterable, Mapping

from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.shipments import ReturnedParcel, Shipment, ShipmentState
from gateway.engine.user_errors import ErrorCode, InputPath, UserError
from gateway.services.dependencies import Dependencies
from gateway.services.orders.capture_plans import left_quantities
from gateway.services.ports.database import ReadSession, UnitOfWork

SENT_STATUSES = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})


def delivered_quantities(order: Order, shipments: Iterable[Shipment]) -> dict[str, int]:
    """How many of each line of ``order`` have arrived, by the id of every line.

    All of an order that arrived before parcels were kept.
    """
    parcels = tuple(shipments)
    is_whole = not parcels and order.status is OrderStatus.DELIVERED
    quantities = {line.id: line.quantity if is_whole else 0 for line in order.lines}
    delivered_parcels = [parcel for parcel in parcels if parcel.state is ShipmentState.DELIVERED]
    return _add_counts(quantities, parcel_quantities(order.id, delivered_parcels))


def sent_quantities(order: Order, shipments: Iterable[Shipment]) -> dict[str, int]:
    """How many of each line of ``order`` have left the house, by the id of every line.

    All of an order that left before parcels were kept.
    """
    parcels = tuple(shipments)
    is_whole = not parcels and order.status in SENT_STATUSES
    quantities = {line.id: line.quantity if is_whole else 0 for line in order.lines}
    return _add_counts(quantities, left_quantities(order.id, parcels))


def parcel_quantities(order_id: str, shipments: Iterable[Shipment]) -> dict[str, int]:
    """How many of each line of an order are in ``shipments``, by line id."""
    quantities: dict[str, int] = {}
    for shipment in shipments:
        for line in shipment.lines:
            if line.order_id == order_id and line.line_id is not None:
                quantities[line.line_id] = quantities.get(line.line_id, 0) + line.quantity
    return quantities


async def restockable_quantities(order: Order, reading: ReadSession) -> dict[str, int]:
    """How many of each line can be put back: what is with the buyer, less what was put back.

    A parcel that came back and waits for a word is not with the buyer.
    """
    parcels = await reading.shipments.list_for_orders([order.id])
    quantities = sent_quantities(order, parcels)
    back_parcels = [
        parcel
        for parcel in parcels
        if parcel.waits_for_a_word or parcel.on_return is ReturnedParcel.REFUND
    ]
    restocked = parcel_quantities(order.id, back_parcels)
    for refund in await reading.refunds.list_for_orders([order.id]):
        # Also where its money did not go back: the goods are here.
        if refund.restock:
            restocked = _add_counts(restocked, refund.line_quantities)
    for requested_return in await reading.returns.list_for_orders([order.id]):
        restocked = _add_counts(restocked, requested_return.restocked)
    return {
        line_id: max(quantity - restocked.get(line_id, 0), 0)
        for line_id, quantity in quantities.items()
    }


def _add_counts(counts: Mapping[str, int], added: Mapping[str, int]) -> dict[str, int]:
    total = dict(counts)
    for line_id, quantity in added.items():
        total[line_id] = total.get(line_id, 0) + quantity
    return total


async def list_unplaceable(
    order: Order, counts: Mapping[str, int], path: InputPath, reading: ReadSession
) -> tuple[UserError, ...]:
    """Why ``counts`` of the order's lines cannot be put back into stock."""
    available = await restockable_quantities(order, reading)
    return tuple(
        UserError(
            ErrorCode.INVALID_INPUT,
            path,
            f"{count} of {line_id} are more than the {available.get(line_id, 0)} that left and "
            "were not put back into stock.",
        )
        for line_id, count in counts.items()
        if count > available.get(line_id, 0)
    )


async def put_back(
    order: Order, counts: Mapping[str, int], work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Put so many of the order's lines back into stock, which starts a run of selection."""
    demand: dict[str, int] = {}
    for line in order.lines:
        for variant_id, count in line.demand:
            returned = count * counts.get(line.id, 0)
            if returned:
                demand[variant_id] = demand.get(variant_id, 0) + returned
    if demand:
        await work.stock.release(demand)
        await work.selection_requests.request(dependencies.clock.now())
