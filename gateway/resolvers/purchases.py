"""Priced purchases: their display."""

import strawberry
from graphql import GraphQLError

from gateway.engine.actions import Action
from gateway.engine.carts import PricedCart
from gateway.engine.display import Display, Settled, Writing
from gateway.engine.orders import Order
from gateway.engine.shown import Shown
from gateway.resolvers.bounded import Weighed
from gateway.resolvers.context import Info
from gateway.resolvers.money import Locale
from gateway.services import order_access

MAX_SHOWN = 5_000
"""Lines: writing one takes a locale some microseconds, and there are many locales."""


def display(
    root: strawberry.Parent[Shown], info: Info, locale: Locale = strawberry.UNSET
) -> Display:
    """The purchase prepared for a reader of the locale."""
    _count_shown(root, info.context.inputs)
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


def _count_shown(root: Shown, asked: Weighed) -> None:
    asked.shown += len(root.items)
    if asked.shown > MAX_SHOWN:
        message = f"One operation displays at most {MAX_SHOWN:,} lines, in all locales together."
        raise GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})


def writing(info: Info, wanted: str | None) -> Writing:
    """How the locale nearest to ``wanted`` writes amounts and percentages."""
    formats = info.context.parts.formats
    locale = formats.locale(wanted)
    return Writing(
        locale,
        lambda value: formats.money(value, locale),
        lambda percent: formats.percent(percent, locale),
    )
