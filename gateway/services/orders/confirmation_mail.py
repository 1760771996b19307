"""The mails about an order: that it was placed, and that it was changed."""

from gateway.engine.checkout.outcomes import DraftOrder
from gateway.engine.display.purchase_display import LocaleFormat, PurchaseDisplay
from gateway.engine.orders.order import Order, OrderStatus
from gateway.services.dependencies import Dependencies
from gateway.services.outbox import OutboxWriter, mail_message
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.messages import Mail


async def post_confirmation(
    order: Order,
    draft: DraftOrder,
    link: str | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Put the confirmation of a new order into the outbox, if the buyer has an e-mail address.

    ``link`` is the address of the page that opens a guest's order.
    """
    email = draft.buyer.email
    if email is None:
        return
    mail = Mail(
        key=f"order-placed-{order.id}",
        to=email,
        subject=f"Your order {order.number}",
        text=confirmation_text(order, dependencies, link),
    )
    await _post(mail, order, work, dependencies)


async def post_change(
    order: Order, email: str | None, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Put the notice that ``order`` was changed or cancelled into the outbox."""
    if email is None:
        return
    is_cancelled = order.status is OrderStatus.CANCELLED
    mail = Mail(
        key=f"order-changed-{order.id}-{order.version}",
        to=email,
        subject=f"Your order {order.number} {'is cancelled' if is_cancelled else 'was changed'}",
        text=_cancelled_text(order) if is_cancelled else _changed_text(order, dependencies),
    )
    await _post(mail, order, work, dependencies)


async def _post(mail: Mail, order: Order, work: UnitOfWork, dependencies: Dependencies) -> None:
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    now = dependencies.clock.now()
    message = mail_message(mail, subject=order.purchaser_id or order.id)
    await writer.post(message, due=now, now=now, work=work)


def confirmation_text(order: Order, dependencies: Dependencies, link: str | None = None) -> str:
    """The text of the mail: the order's lines and totals, and what can be changed until when."""
    return "\n".join(
        [
            f"Thank you. We have your order {order.number}.",
            "",
            *_figure_rows(order, dependencies),
            *_change_rows(order, link),
        ]
    )


def _changed_text(order: Order, dependencies: Dependencies) -> str:
    rows = _figure_rows(order, dependencies)
    return "\n".join([f"Your order {order.number} was changed. It is now:", "", *rows])


def _cancelled_text(order: Order) -> str:
    return (
        f"Your order {order.number} is cancelled. Nothing of it will be sent, and nothing of it "
        "will be charged."
    )


def _figure_rows(order: Order, dependencies: Dependencies) -> list[str]:
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


def _change_rows(order: Order, link: str | None) -> list[str]:
    until = order.undo_until.strftime("%Y-%m-%d %H:%M UTC")
    rows = [
        "",
        f"You can change or cancel it until {until}, and later what is not yet in a parcel.",
    ]
    return [*rows, "Do that, or change its address, here:", link] if link else rows
