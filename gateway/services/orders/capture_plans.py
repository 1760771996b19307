"""What is captured of an order before goods of it leave the house."""

from collections.abc import Iterable, Mapping

from gateway.engine.money import Money
from gateway.engine.orders.order import Order
from gateway.engine.orders.payments import amount_to_capture, plan_capture
from gateway.engine.orders.shipments import Shipment, ShipmentLine
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.dependencies import Dependencies
from gateway.services.orders.order_money import amounts_of, load_planned_money
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.payment_operations import PaymentOperation, PaymentOperationKind


async def plan_captures(
    order: Order,
    leaving: Iterable[ShipmentLine],
    shipment: Shipment,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> list[PaymentOperation] | UserError:
    """The captures that are still to make when ``leaving`` goes out; a refusal if it is not paid.

    A hold that has expired counts: it is asked for anew. What left before is paid: where it is sent
    again, nothing is captured.
    """
    if shipment.is_resent:
        return []
    shipments = await work.shipments.list_for_orders([order.id])
    money = await load_planned_money(order, work)
    quantities = left_quantities(order.id, shipments), line_quantities(order.id, leaving)
    needed = Money(amount_to_capture(amounts_of(order), *quantities, money), order.currency)
    shares = plan_capture(amounts_of(order), *quantities, money)
    if money.held_amount < needed.minor:
        held_amount = Money(money.held_amount, order.currency)
        message = (
            f"{needed.text} is to be captured for order {order.number}, and {held_amount.text} is "
            "held: the parcel stays here until the rest is paid."
        )
        return UserError(ErrorCode.PAYMENT_DECLINED, None, message)
    now = dependencies.clock.now()
    return [
        PaymentOperation(
            id=dependencies.ids.new("pop"),
            payment_id=share.charge_id,
            order_id=order.id,
            kind=PaymentOperationKind.CAPTURE,
            amount=Money(share.amount, order.currency),
            created_at=now,
            subject_id=shipment.id,
        )
        for share in shares
    ]


def left_quantities(order_id: str, shipments: Iterable[Shipment]) -> Mapping[str, int]:
    """How many of each line of an order have left the house, by line id.

    What came back has left; what is sent again is not counted twice.
    """
    quantities: dict[str, int] = {}
    for shipment in shipments:
        if shipment.dispatched_at is not None and not shipment.is_resent:
            for line_id, quantity in line_quantities(order_id, shipment.lines).items():
                quantities[line_id] = quantities.get(line_id, 0) + quantity
    return quantities


def line_quantities(order_id: str, lines: Iterable[ShipmentLine]) -> dict[str, int]:
    """How many of each line of an order are in ``lines``, by line id."""
    quantities: dict[str, int] = {}
    for line in lines:
        if line.order_id == order_id and line.line_id is not None:
            quantities[line.line_id] = quantities.get(line.line_id, 0) + line.quantity
    return quantities
