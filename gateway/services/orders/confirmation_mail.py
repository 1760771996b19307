"""The mails about an order: that it was placed, joined, changed or cancelled."""

from datetime import UTC, datetime, timedelta

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

CHANGE_MAIL_INTERVAL = timedelta(minutes=10)
"""How long a guest's mail about changes may wait, and how often at most there is one.

A guest types any address: whoever reads it may have bought nothing.
"""
CHANGE_MAIL_SECONDS = CHANGE_MAIL_INTERVAL // timedelta(seconds=1)
LAST_INTERVAL = 10**10 - 1


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
    """Tell the buyer that ``order`` was changed or cancelled.

    A guest is told of changes at the end of each ``CHANGE_MAIL_INTERVAL``, once and as the order is
    then; of a cancellation at once, like a purchaser.
    """
    if delivery is None:
        return
    if order.purchaser_id is None:
        await _drop_waiting_change(order.id, work)
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
    if order.purchaser_id is None and order.status is not OrderStatus.CANCELLED:
        await _post_at_end_of_interval(order, delivery.email, text, work, dependencies)
        return
    key = f"order-changed-{order.id}-{order.version}"
    await _post(order, delivery.email, key, text, work, dependencies)


async def _drop_waiting_change(order_id: str, work: UnitOfWork) -> None:
    """Drop the mail that waits for the end of its interval: the order is another one by now."""
    first, last = _change_key(order_id, 0), _change_key(order_id, LAST_INTERVAL)
    # Of earlier intervals none waits: each change drops what waited.
    last_key = await work.outbox.find_last_key(first, last)
    if last_key is not None:
        await work.outbox.drop_untried(last_key)


async def _post_at_end_of_interval(
    order: Order,
    email: str | None,
    text: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Post what a guest is told of changes, in the first interval whose mail has not left."""
    interval = int(dependencies.clock.now().timestamp()) // CHANGE_MAIL_SECONDS
    is_posted = False
    while not is_posted:
        key, interval = _change_key(order.id, interval), interval + 1
        due = datetime.fromtimestamp(interval * CHANGE_MAIL_SECONDS, UTC)
        is_posted = await _post(order, email, key, text, work, dependencies, due)


def _change_key(order_id: str, interval: int) -> str:
    """The key of the one mail that tells of changes in an interval, counted from 1970."""
    return f"order-changed-{order_id}-in-{interval:010}"


async def _post(
    order: Order,
    email: str | None,
    key: str,
    text: str,
    work: UnitOfWork,
    dependencies: Dependencies,
    due: datetime | None = None,
) -> bool:
    """Whether the mail waits for ``due`` now, or for nobody; False: there was one of that key."""
    if email is None:
        return True
    message = Mail(key=key, to=email, subject=f"Your order {order.number}", text=text)
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    outbox_message = mail_message(message, subject=order.purchaser_id or order.id)
    now = dependencies.clock.now()
    return await writer.post(outbox_message, due=due or now, now=now, work=work)


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
        # What was taken off stands in the totals, too, below a subtotal without it.
        reduced_from = f", reduced from {line.struck}" if line.struck is not None else ""
        rows.append(f"{line.label}: {line.text}{reduced_from}")
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
