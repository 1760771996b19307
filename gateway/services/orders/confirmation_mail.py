"""The mail that confirms an order."""

from gateway.engine.checkout.outcomes import DraftOrder
from gateway.engine.display.purchase_display import LocaleFormat, PurchaseDisplay
from gateway.engine.orders.order import Order
from gateway.services.dependencies import Dependencies
from gateway.services.outbox import OutboxWriter, mail_message
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.messages import Mail


async def post_confirmation(
    order: Order, draft: DraftOrder, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Put the confirmation of a new order into the outbox, if the buyer has an e-mail address."""
    email = draft.buyer.email
    if email is None:
        return
    message = Mail(
        key=f"order-placed-{order.id}",
        to=email,
        subject=f"Your order {order.number}",
        text=confirmation_text(order, dependencies),
    )
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    outbox_message = mail_message(message, subject=order.purchaser_id or order.id)
    now = dependencies.clock.now()
    await writer.post(outbox_message, due=now, now=now, work=work)


def confirmation_text(order: Order, dependencies: Dependencies) -> str:
    """The text of the mail: the order's lines and totals, and until when it can be cancelled."""
    formats = dependencies.formats
    locale = formats.nearest_locale(None)
    display = PurchaseDisplay(
        order,
        LocaleFormat(
            locale,
            lambda value: formats.format_money(value, locale),
            lambda percent: formats.format_percent(percent, locale),
        ),
    )
    rows = [f"{line.label}: {line.text}" for line in (*display.lines, *display.totals)]
    return "\n".join(
        [f"Thank you. We have your order {order.number}.", "", *rows, *_cancellation_lines(order)]
    )


def _cancellation_lines(order: Order) -> list[str]:
    """The lines about cancelling. None for guests: they cannot cancel, nothing identifies them."""
    if order.purchaser_id is None:
        return []
    until = order.undo_until.strftime("%Y-%m-%d %H:%M UTC")
    return ["", f"You can cancel it until {until}."]
