"""The mails about an order: that it was placed, joined, changed or cancelled."""

from gateway.engine.checkout.outcomes import DraftOrder
from gateway.engine.display.purchase_display import LocaleFormat, PurchaseDisplay
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.pricing.purchase_details import CONSUMER, TaxCustomer
from gateway.services.dependencies import Dependencies
from gateway.services.orders.delivery_details import (
    Delivery,
    build_delivery,
    load_delivery,
    mark_order,
)
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
    # Whoever buys as a guest types any address: to a stranger only the shop speaks.
    if order.purchaser_id is not None:
        order = mark_order(order, build_delivery(order, draft))
    text = confirmation_text(order, dependencies, link, draft.customer)
    await _post(order, draft.buyer.email, f"order-placed-{order.id}", text, work, dependencies)


async def post_joined(
    order: Order,
    draft: DraftOrder,
    purchase_id: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Tell the buyer that a purchase was added to ``order``, which is shown as a whole."""
    delivery = await load_delivery(order.id, work, dependencies)
    if delivery is not None:
        order = mark_order(order, delivery)
    opening = f"What you have just bought was added to your order {order.number}."
    rows = _summary_lines(order, draft.customer, dependencies)
    text = "\n".join([opening, "", *rows, *_change_lines(order)])
    await _post(order, draft.buyer.email, f"order-joined-{purchase_id}", text, work, dependencies)


async def post_change(
    order: Order, delivery: Delivery | None, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Tell the buyer that ``order`` was changed or cancelled."""
    if delivery is None:
        return
    if order.status is OrderStatus.CANCELLED:
        text = (
            f"Your order {order.number} is cancelled. Nothing of it will be sent, and nothing of "
            "it will be charged."
        )
    else:
        if order.purchaser_id is not None:
            order = mark_order(order, delivery)
        opening = f"Your order {order.number} was changed. It is now:"
        text = "\n".join([opening, "", *_summary_lines(order, delivery.customer, dependencies)])
    key = f"order-changed-{order.id}-{order.version}"
    await _post(order, delivery.email, key, text, work, dependencies)


async def _post(
    order: Order,
    email: str | None,
    key: str,
    text: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    if email is None:
        return
    message = Mail(key=key, to=email, subject=f"Your order {order.number}", text=text)
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    outbox_message = mail_message(message, subject=order.purchaser_id or order.id)
    now = dependencies.clock.now()
    await writer.post(outbox_message, due=now, now=now, work=work)


def confirmation_text(
    order: Order,
    dependencies: Dependencies,
    link: str | None = None,
    customer: TaxCustomer = CONSUMER,
) -> str:
    """The text of the mail: the order's lines and totals, and what can be changed until when."""
    opening = f"Thank you. We have your order {order.number}."
    rows = _summary_lines(order, customer, dependencies)
    return "\n".join([opening, "", *rows, *_change_lines(order, link)])


def _summary_lines(order: Order, customer: TaxCustomer, dependencies: Dependencies) -> list[str]:
    """The order's lines with what is written on them, and totals.

    For a business what its invoice has to say, too.
    """
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
    rows = []
    for line, item in zip(display.lines, order.items, strict=True):
        rows.append(f"{line.label}: {line.text}")
        rows += [f"  {attribute.key}: {attribute.value}" for attribute in item.attributes]
    rows += [f"{line.label}: {line.text}" for line in display.totals]
    rows += [f"Tax: {note}." for note in order.tax_notes]
    return [*rows, f"Your tax id: {customer.tax_id}"] if customer.tax_id else rows


def _change_lines(order: Order, link: str | None = None) -> list[str]:
    """The lines about changing it, and for guests about where."""
    until = order.undo_until.strftime("%Y-%m-%d %H:%M UTC")
    rows = [
        "",
        f"You can change or cancel it until {until}, and later what is not yet in a parcel.",
    ]
    return [*rows, "Do that, or change its address, here:", link] if link else rows
