"""Priced purchases: their display."""

import strawberry

from gateway.engine.actions import Action
from gateway.engine.carts import PricedCart
from gateway.engine.display import Display, Settled, Writing
from gateway.engine.orders import Order
from gateway.engine.shown import Shown
from gateway.resolvers.context import Info
from gateway.resolvers.money import Locale
from gateway.services import order_access


def display(
    root: strawberry.Parent[Shown], info: Info, locale: Locale = strawberry.UNSET
) -> Display:
    """The purchase prepared for a reader of the locale."""
    found = writing(info, locale or None)
    match root:
        case PricedCart():
            return root.display(found)
        case Order():
            context = info.context
            mine = order_access.may_cancel(root, context.caller, context.parts)
            seen = order_access.shown(root, context.caller, context.parts)
            return Display(seen, found, Settled((Action.CANCEL,) if mine else ()))
        case _:
            return Display(root, found)


def writing(info: Info, wanted: str | None) -> Writing:
    """How the locale nearest to ``wanted`` writes amounts and percentages."""
    formats = info.context.parts.formats
    locale = formats.locale(wanted)
    return Writing(
        locale,
        lambda value: formats.money(value, locale),
        lambda percent: formats.percent(percent, locale),
    )
