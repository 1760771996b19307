"""Resolvers of the display of priced purchases."""

from collections.abc import Awaitable

import strawberry
from graphql import GraphQLError

from gateway.engine.display.actions import DisplayAction
from gateway.engine.display.protocols import DisplayedPurchase
from gateway.engine.display.purchase_display import ClosedState, LocaleFormat, PurchaseDisplay
from gateway.engine.orders.order import Order
from gateway.engine.priced_carts import PricedCart
from gateway.resolvers.argument_guards import OperationUsage
from gateway.resolvers.context import Info
from gateway.resolvers.money import Locale
from gateway.services.orders import access
from gateway.services.orders.delivery_details import mark_order

MAX_DISPLAYED_LINES = 5_000
"""Lines of one operation, because each takes time for each locale."""


def display(
    root: strawberry.Parent[DisplayedPurchase], info: Info, locale: Locale = strawberry.UNSET
) -> PurchaseDisplay | Awaitable[PurchaseDisplay]:
    """The purchase prepared for a reader of the locale."""
    # Awaited of orders alone: what they offer depends on the database.
    return (
        _display_order(root, info, locale)
        if isinstance(root, Order)
        else display_purchase(root, info, locale)
    )


def display_purchase(
    purchase: DisplayedPurchase, info: Info, locale: Locale = strawberry.UNSET
) -> PurchaseDisplay:
    """A cart or a quote prepared for a reader of the locale."""
    _count_displayed_lines(purchase, info.context.usage)
    display_format = locale_format(info, locale or None)
    if isinstance(purchase, PricedCart):
        return purchase.display(display_format)
    return PurchaseDisplay(purchase, display_format)


async def _display_order(root: Order, info: Info, locale: Locale) -> PurchaseDisplay:
    context = info.context
    _count_displayed_lines(root, context.usage)
    display_format = locale_format(info, locale or None)
    can_cancel = access.can_modify(root, context.caller, is_opened=await context.is_opened(root))
    order = access.redact_order(root, context.caller)
    if any(line.has_attributes for line in order.lines):
        delivery = await context.deliveries.load(order.id)
        order = order if delivery is None else mark_order(order, delivery)
    return PurchaseDisplay(
        order,
        display_format,
        ClosedState((DisplayAction.CANCEL,) if can_cancel else ()),
    )


def _count_displayed_lines(root: DisplayedPurchase, usage: OperationUsage) -> None:
    usage.displayed_lines += len(root.items)
    if usage.displayed_lines > MAX_DISPLAYED_LINES:
        message = (
            f"One operation displays at most {MAX_DISPLAYED_LINES:,} lines, "
            "in all locales together."
        )
        raise GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})


def locale_format(info: Info, language_tag: str | None) -> LocaleFormat:
    """The format of amounts and percentages of the locale nearest to ``language_tag``."""
    formats = info.context.dependencies.formats
    locale = formats.nearest_locale(language_tag)
    return LocaleFormat(
        locale,
        lambda value: formats.format_money(value, locale),
        lambda percent: formats.format_percent(percent, locale),
    )
