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
    text = confirmation_text(order, dependencies)
    await _post(order, draft, f"order-placed-{order.id}", text, work, dependencies)


async def post_joined(
    order: Order,
    draft: DraftOrder,
    purchase_id: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Tell the buyer that a purchase was added to ``order``, which is shown as a whole."""
    text = "\n".join(
        [
            f"What you have just bought was added to your order {order.number}.",
            "",
            *_summary_lines(order, dependencies),
            *_cancellation_lines(order),
        ]
    )
    await _post(order, draft, f"order-joined-{purchase_id}", text, work, dependencies)


async def _post(
    order: Order,
    draft: DraftOrder,
    key: str,
    text: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    email = draft.buyer.email
    if email is None:
        return
    message = Mail(key=key, to=email, subject=f"Your order {order.number}", text=text)
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    outbox_message = mail_message(message, subject=order.purchaser_id or order.id)
    now = dependencies.clock.now()
    await writer.post(outbox_message, due=now, now=now, work=work)


def confirmation_text(order: Order, dependencies: Dependencies) -> str:
    """The text of the mail: the order's lines and totals, and until when it can be cancelled."""
    return "\n".join(
        [
            f"Thank you. We have your order {order.number}.",
            "",
            *_summary_lines(order, dependencies),
            *_cancellation_lines(order),
        ]
    )


def _summary_lines(order: Order, dependencies: Dependencies) -> list[str]:
    """The order's lines and totals."""
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
    return [f"{line.label}: {line.text}" for line in (*display.lines, *display.totals)]


def _cancellation_lines(order: Order) -> list[str]:
    """The lines about cancelling. None for guests: they cannot cancel, nothing identifies them."""
    if order.purchaser_id is None:
        return []
    until = order.undo_until.strftime("%Y-%m-%d %H:%M UTC")
    return ["", f"You can cancel it until {until}."]
