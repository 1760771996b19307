"""Priced purchases: their display."""

import strawberry

from gateway.engine.carts import PricedCart
from gateway.engine.display import Display, Shown, Writing
from gateway.engine.display import display as displayed
from gateway.resolvers.context import Info
from gateway.resolvers.money import Locale


def display(
    root: strawberry.Parent[Shown], info: Info, locale: Locale = strawberry.UNSET
) -> Display:
    """The purchase prepared for a reader of the locale."""
    found = writing(info, locale or None)
    return root.display(found) if isinstance(root, PricedCart) else displayed(root, found)


def writing(info: Info, wanted: str | None) -> Writing:
    """How the locale nearest to ``wanted`` writes amounts and percentages."""
    formats = info.context.parts.formats
    locale = formats.locale(wanted)
    return Writing(
        locale,
        lambda value: formats.money(value, locale),
        lambda percent: formats.percent(percent, locale),
    )
