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
        text=_text(order, parts),
    )
    poster = Poster(parts.ids, parts.cipher)
    posting = mail(message, subject=order.purchaser_id or order.id)
    now = parts.clock.now()
    await poster.post(posting, due=now, now=now, work=work)


def _text(order: Order, parts: Parts) -> str:
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
    until = order.closes_at.strftime("%Y-%m-%d %H:%M UTC")
    return "\n".join(
        [
            f"Thank you. We have your order {order.number}.",
            "",
            *rows,
            "",
            f"You can change or cancel it until {until}.",
        ]
    )
