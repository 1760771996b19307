"""Mails about orders."""

from gateway.engine.buying import Draft
from gateway.engine.display import Display, Writing
from gateway.engine.orders import Order
from gateway.services.outbox import Poster, mail
from gateway.services.parts import Parts
from gateway.services.ports.database import Work
from gateway.services.ports.messages import Mail


async def confirm(order: Order, draft: Draft, work: Work, parts: Parts) -> None:
    """Post the confirmation of a new order, where there is an address for it."""
    to = draft.buyer.email
    if to is None:
        return
    message = Mail(
        key=f"order-placed-{order.id}",
        to=to,
        subject=f"Your order {order.number}",
        text=confirmation_text(order, parts),
    )
    poster = Poster(parts.ids, parts.cipher)
    posting = mail(message, subject=order.purchaser_id or order.id)
    now = parts.clock.now()
    await poster.post(posting, due=now, now=now, work=work)


def confirmation_text(order: Order, parts: Parts) -> str:
    """What a buyer is told of a new order: its lines, its totals, and what they can still do."""
    formats = parts.formats
    locale = formats.locale(None)
    shown = Display(
        order,
        Writing(
            locale,
            lambda value: formats.money(value, locale),
            lambda percent: formats.percent(percent, locale),
        ),
    )
    rows = [f"{line.label}: {line.text}" for line in (*shown.lines, *shown.totals)]
    return "\n".join(
        [f"Thank you. We have your order {order.number}.", "", *rows, *_cancelling(order)]
    )


def _cancelling(order: Order) -> list[str]:
    """What the buyer can still do: a guest, whom nothing identifies afterwards, nothing."""
    if order.purchaser_id is None:
        return []
    until = order.undo_until.strftime("%Y-%m-%d %H:%M UTC")
    return ["", f"You can cancel it until {until}."]
