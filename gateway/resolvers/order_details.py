"""What an order tells of itself beside its figures, to whoever may know it."""

import strawberry

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.orders.order import Order, OrderEvent
from gateway.engine.pricing.purchase_details import CONSUMER, Attribute, Calculator, TaxCustomer
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.resolvers.argument_guards import check_bounds, raise_bad_input
from gateway.resolvers.context import Info
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services.orders import access
from gateway.services.orders.delivery_details import Delivery
from gateway.services.orders.event_pages import read_event_page
from gateway.services.orders.order_edits import PreviewedOrder
from gateway.services.pagination import Page


async def _load_delivery(order: Order, info: Info) -> Delivery | None:
    context = info.context
    is_opened = await context.is_opened(order)
    if not access.can_see_delivery(order, context.caller, is_opened=is_opened):
        return None
    return await context.deliveries.load(order.id)


async def email(root: strawberry.Parent[Order], info: Info) -> str | None:
    """Where its buyer is written to; None where the caller may not know that."""
    delivery = await _load_delivery(root, info)
    return None if delivery is None else delivery.email


async def shipping_address(root: strawberry.Parent[Order], info: Info) -> PostalAddress | None:
    """Where it goes; None where the caller may not know that."""
    delivery = await _load_delivery(root, info)
    if delivery is not None and isinstance(root, PreviewedOrder):
        return root.address
    return None if delivery is None else delivery.address


def shipping_method(root: strawberry.Parent[Order], info: Info) -> str | None:
    """How it is shipped; None where nothing is, and where the caller may not know."""
    context = info.context
    order = access.redact_order(root, context.caller)
    return order.shipping_name or None


async def customer(root: strawberry.Parent[Order], info: Info) -> TaxCustomer:
    """As whom its buyer is taxed; without the tax id where the caller may not know that."""
    if root.terms is None or root.terms.customer is CustomerKind.CONSUMER:
        return CONSUMER
    delivery = await _load_delivery(root, info)
    return TaxCustomer(root.terms.customer) if delivery is None else delivery.customer


def calculated_by(root: strawberry.Parent[Order]) -> Calculator:
    """Where its shipping, tax and codes were computed."""
    return root.figures.calculated_by


async def note(root: strawberry.Parent[Order], info: Info) -> str | None:
    """What its buyer added in words; None once their data was erased."""
    delivery = await info.context.deliveries.load(root.id)
    return None if delivery is None else delivery.note


async def attributes(root: strawberry.Parent[Order], info: Info) -> tuple[Attribute, ...]:
    """The client's own notes; none once the buyer's data was erased."""
    delivery = await info.context.deliveries.load(root.id)
    return () if delivery is None else delivery.attributes


@check_bounds(raise_bad_input)
async def events(
    root: strawberry.Parent[Order],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
) -> Page[OrderEvent]:
    """What happened to it, from its beginning."""
    with report_invalid_page():
        page = read_event_page(root.id, none_if_unset(first), none_if_unset(after))
    return await info.context.order_events.load(page)
