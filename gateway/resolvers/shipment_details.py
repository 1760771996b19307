"""What a shipment tells of itself, to whoever may know it."""

import strawberry

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.catalogue.products import Variant
from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import Shipment, ShipmentLine
from gateway.engine.pricing.purchase_details import Attribute
from gateway.resolvers.context import Info
from gateway.services.gifts.views import GiftView
from gateway.services.orders.access import can_view
from gateway.services.orders.shipment_addresses import ShipTo
from gateway.services.orders.shipment_reads import can_see_ship_to
from gateway.services.staff_actions import staff_member


async def order_shipments(root: strawberry.Parent[Order], info: Info) -> tuple[Shipment, ...]:
    """The order's parcels, the earliest first."""
    return await info.context.order_shipments.load(root.id)


async def _can_view(order: Order, info: Info) -> bool:
    context = info.context
    return can_view(order, context.caller, is_opened=await context.is_opened(order))


async def lines(root: strawberry.Parent[Shipment], info: Info) -> tuple[ShipmentLine, ...]:
    """What is in it of orders that the caller may see."""
    context = info.context
    orders = await context.orders.load_many(root.order_ids)
    visible_ids = {
        order.id for order in orders if order is not None and await _can_view(order, info)
    }
    return tuple(
        line for line in root.lines if line.order_id is None or line.order_id in visible_ids
    )


async def line_order(root: strawberry.Parent[ShipmentLine], info: Info) -> Order | None:
    """The order it is of, if the caller may see it."""
    if root.order_id is None:
        return None
    order = await info.context.orders.load(root.order_id)
    return order if order is not None and await _can_view(order, info) else None


async def line_attributes(
    root: strawberry.Parent[ShipmentLine], info: Info
) -> tuple[Attribute, ...]:
    """What its buyer wants written on it; nothing once their data was erased."""
    order = await line_order(root, info)
    if order is None or not any(line.has_attributes for line in order.lines):
        return ()
    delivery = await info.context.deliveries.load(order.id)
    return () if delivery is None else delivery.line_attributes.get(root.line_id or "", ())


async def line_variant(root: strawberry.Parent[ShipmentLine], info: Info) -> Variant | None:
    """The variant as it is sold now; None once it is gone."""
    return await info.context.variants.load(root.variant_id)


async def _is_place_visible(shipment: Shipment, info: Info) -> bool:
    """Whether the caller may see where it goes, also by the link of a guest's order in it."""
    context = info.context
    if can_see_ship_to(shipment, context.caller):
        return True
    if shipment.gift_id is not None or shipment.purchaser_id is not None:
        return False
    orders = await context.orders.load_many(shipment.order_ids)
    opened = [order is not None and await context.is_opened(order) for order in orders]
    return bool(opened) and all(opened)


async def _load_ship_to(shipment: Shipment, info: Info) -> ShipTo | None:
    if not await _is_place_visible(shipment, info):
        return None
    return await info.context.ship_tos.load(shipment.id)


async def ship_to(root: strawberry.Parent[Shipment], info: Info) -> PostalAddress | None:
    """Where it goes; None where the caller may not know that."""
    ship_to = await _load_ship_to(root, info)
    return None if ship_to is None else ship_to.address


async def tracking_url(root: strawberry.Parent[Shipment], info: Info) -> str | None:
    """The carrier's page; None where the caller may not know where it goes."""
    ship_to = await _load_ship_to(root, info)
    return None if ship_to is None else ship_to.tracking_url


async def shipping_method(root: strawberry.Parent[Shipment], info: Info) -> str | None:
    """How it is shipped; None where the caller may not know where it goes."""
    return root.shipping_method if await _is_place_visible(root, info) else None


async def carrier(root: strawberry.Parent[Shipment], info: Info) -> str | None:
    """Who carries it; None where the caller may not know where it goes."""
    return root.carrier if await _is_place_visible(root, info) else None


async def tracking_number(root: strawberry.Parent[Shipment], info: Info) -> str | None:
    """The carrier's number for it; None where the caller may not know where it goes."""
    return root.tracking_number if await _is_place_visible(root, info) else None


async def gift(root: strawberry.Parent[Shipment], info: Info) -> GiftView | None:
    """The gift that it is, for staff."""
    if root.gift_id is None or staff_member(info.context.caller) is None:
        return None
    return await info.context.staff_gifts.load(root.gift_id)
