"""Mails to the buyer about a parcel: it has left, with the carrier's page, and it has arrived."""

from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import Shipment
from gateway.services.dependencies import Dependencies
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.outbox import OutboxWriter, mail_message
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.messages import Mail


async def post_dispatch_mail(
    order: Order,
    shipment: Shipment,
    tracking_url: str | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Tell the buyer of ``order`` that a parcel has left, and where to follow it."""
    lines = [
        f"A parcel of your order {order.number} has left:",
        "",
        *_parcel_lines(order, shipment),
    ]
    if shipment.carrier or shipment.tracking_number:
        carrier = " ".join(filter(None, (shipment.carrier, shipment.tracking_number)))
        lines += ["", f"Carrier: {carrier}"]
    if tracking_url is not None:
        lines += ["", f"Follow it here: {tracking_url}"]
    await post_order_mail(
        order, f"order-shipped-{shipment.id}-{order.id}", "is on its way", lines, work, dependencies
    )


async def post_delivery_mail(
    order: Order, shipment: Shipment, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Tell the buyer of ``order`` that a parcel has arrived."""
    lines = [
        f"A parcel of your order {order.number} has arrived:",
        "",
        *_parcel_lines(order, shipment),
    ]
    key = f"order-delivered-{shipment.id}-{order.id}"
    await post_order_mail(order, key, "has arrived", lines, work, dependencies)


def _parcel_lines(order: Order, shipment: Shipment) -> list[str]:
    return [
        f"{line.quantity} x {line.title}" for line in shipment.lines if line.order_id == order.id
    ]


async def post_order_mail(
    order: Order,
    key: str,
    news: str,
    lines: list[str],
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Tell the buyer of ``order`` the ``news`` in ``lines``; nobody where there is no e-mail."""
    delivery = await load_delivery(order.id, work, dependencies)
    if delivery is None or delivery.email is None:
        return
    mail = Mail(
        key=key,
        to=delivery.email,
        subject=f"Your order {order.number} {news}",
        text="\n".join(lines),
    )
    now = dependencies.clock.now()
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    message = mail_message(mail, subject=order.purchaser_id or order.id)
    await writer.post(message, due=now, now=now, work=work)
