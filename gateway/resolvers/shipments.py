"""What staff and partners tell and are told: shipments, bounces, webhooks."""

from typing import Annotated

import strawberry

from gateway.engine.gifts.values import Gift
from gateway.engine.links import page_address
from gateway.engine.orders import Order, OrderChange
from gateway.engine.problems import ErrorCode
from gateway.resolvers.bounded import bounded, outcome
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.gifts import (
    GiftContactFailedInput,
    ShipmentUpdateInput,
    WebhookDeleteInput,
    WebhookSaveInput,
)
from gateway.services import order_shipping
from gateway.services.gifts import access
from gateway.services.gifts.shipping import ShipmentStatus, contact_failed, update_shipment
from gateway.services.gifts.webhooks import NewWebhook, add_webhook, delete_webhook, webhooks_of
from gateway.services.outcomes import Outcome, refused
from gateway.services.parts import Parts
from gateway.services.ports.webhooks import Webhook

ORDER = "ord_"


@bounded(outcome)
async def shipment_update(
    info: Info,
    input: Annotated[ShipmentUpdateInput, strawberry.argument(description="The carrier's word.")],
) -> Outcome[Gift] | Outcome[Order]:
    """What came of a carrier's word."""
    refusal = access.staff_refusal(info.context.caller)
    if refusal is not None:
        return Outcome(user_errors=(refusal,))
    page = page_address(input.tracking_url) if input.tracking_url else None
    if input.tracking_url and page is None:
        message = "The address of a page, by http or https."
        return refused(ErrorCode.INVALID_INPUT, ("input", "trackingUrl"), message)
    if input.id.startswith(ORDER):
        return await _order(input.id, input.status, page, info.context.parts)
    return await update_shipment(input.id, input.status, page, parts=info.context.gifts)


async def _order(
    order_id: str, status: ShipmentStatus, page: str | None, parts: Parts
) -> Outcome[Order]:
    match status:
        case ShipmentStatus.DISPATCHED:
            return await order_shipping.dispatched(order_id, page, parts)
        case ShipmentStatus.DELIVERED:
            return await order_shipping.said(order_id, OrderChange.DELIVERED, parts)
        case ShipmentStatus.RETURNED:
            return await order_shipping.said(order_id, OrderChange.RETURNED, parts)


@bounded(outcome)
async def gift_contact_failed(
    info: Info,
    input: Annotated[GiftContactFailedInput, strawberry.argument(description="What came back.")],
) -> Outcome[Gift]:
    """What came of a message that came back."""
    refusal = access.staff_refusal(info.context.caller)
    if refusal is not None:
        return Outcome(user_errors=(refusal,))
    return await contact_failed(input.gift_id, input.channel, parts=info.context.gifts)


@bounded(outcome)
async def webhook_save(
    info: Info,
    input: Annotated[WebhookSaveInput, strawberry.argument(description="Where to be called.")],
) -> Outcome[NewWebhook]:
    """The new webhook."""
    partner = access.partner_of(info.context.caller)
    if partner is None:
        return refused(ErrorCode.FORBIDDEN, None, "This takes a partner's key.")
    return await add_webhook(input.url, partner, parts=info.context.gifts)


async def webhooks(info: Info) -> list[Webhook]:
    """The partner's webhooks."""
    partner = access.partner_of(info.context.caller)
    return list(await webhooks_of(partner, parts=info.context.gifts)) if partner else []


@bounded(outcome)
async def webhook_delete(
    info: Info,
    input: Annotated[WebhookDeleteInput, strawberry.argument(description="Which to delete.")],
) -> Outcome[str]:
    """The deleted webhook's id."""
    partner = access.partner_of(info.context.caller)
    if partner is None:
        return refused(ErrorCode.FORBIDDEN, None, "This takes a partner's key.")
    return await delete_webhook(input.id, partner, parts=info.context.gifts)
