"""What staff and partners tell and are told: shipments, bounces, webhooks."""

from typing import Annotated

import strawberry

from gateway.engine.gifts.gift import Gift
from gateway.engine.orders.shipments import LineQuantity, Shipment, ShipmentState
from gateway.engine.text.web_links import parse_web_url
from gateway.engine.user_errors import ErrorCode
from gateway.resolvers.argument_guards import check_bounds, outcome_with_errors, raise_bad_input
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.gifts import (
    GiftContactFailedInput,
    ShipmentUpdateInput,
    WebhookDeleteInput,
    WebhookSaveInput,
)
from gateway.resolvers.inputs.shipments import ShipmentDispatchInput
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services.gifts import access
from gateway.services.gifts.shipments import record_bounce
from gateway.services.gifts.webhooks import NewWebhook, add_webhook, delete_webhook, list_webhooks
from gateway.services.orders.carrier_updates import CarrierWord
from gateway.services.orders.dispatching import Dispatch
from gateway.services.orders.lifecycle import actor_name
from gateway.services.orders.shipment_reads import list_shipments
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.pagination import Page
from gateway.services.parcels import dispatch_parcel, update_by_any_id
from gateway.services.ports.webhooks import Webhook
from gateway.services.request_keys import IdempotentRequest, request_scope
from gateway.services.staff_actions import StaffMember, require_staff

URL_PATH = ("input", "trackingUrl")
URL_MESSAGE = "Give the URL of a page that starts with http:// or https://."


@check_bounds(outcome_with_errors)
async def shipment_update(
    info: Info,
    input: Annotated[ShipmentUpdateInput, strawberry.argument(description="The carrier's word.")],
) -> Outcome[Gift] | Outcome[Shipment]:
    """What came of a carrier's word."""
    error = access.staff_error(info.context.caller)
    if error is not None:
        return Outcome(user_errors=(error,))
    page_url = parse_web_url(input.tracking_url) if input.tracking_url else None
    if input.tracking_url and page_url is None:
        return error_outcome(ErrorCode.INVALID_INPUT, URL_PATH, URL_MESSAGE)
    word = CarrierWord(
        ShipmentState(input.status.value),
        actor_name(info.context.caller),
        page_url,
        on_return=input.on_return,
    )
    return await update_by_any_id(input.id, word, info.context.parcel_dependencies)


@check_bounds(outcome_with_errors)
async def shipment_dispatch(
    info: Info,
    input: Annotated[ShipmentDispatchInput, strawberry.argument(description="What leaves.")],
) -> Outcome[Shipment]:
    """The parcel on its way."""
    context = info.context
    member = require_staff(context.caller)
    if not isinstance(member, StaffMember):
        return Outcome(user_errors=(member,))
    tracking_url = none_if_unset(input.tracking_url)
    page_url = parse_web_url(tracking_url) if tracking_url else None
    if tracking_url and page_url is None:
        return error_outcome(ErrorCode.INVALID_INPUT, URL_PATH, URL_MESSAGE)
    line_inputs = none_if_unset(input.lines)
    lines = (
        None
        if line_inputs is None
        else tuple(LineQuantity(each.line_id, each.quantity) for each in line_inputs)
    )
    body = {
        "shipmentId": input.shipment_id,
        "lines": None if lines is None else [[each.line_id, each.quantity] for each in lines],
        "carrier": none_if_unset(input.carrier),
        "trackingNumber": none_if_unset(input.tracking_number),
        "trackingUrl": page_url,
    }
    key = none_if_unset(input.idempotency_key)
    dispatch = Dispatch(
        shipment_id=input.shipment_id,
        actor=actor_name(context.caller),
        lines=lines,
        carrier=none_if_unset(input.carrier),
        tracking_number=none_if_unset(input.tracking_number),
        tracking_url=page_url,
        request=IdempotentRequest(request_scope(context.caller), key, "shipmentDispatch", body),
        member=member,
    )
    return await dispatch_parcel(dispatch, context.parcel_dependencies)


@check_bounds(raise_bad_input)
async def staff_shipments(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    status: Annotated[
        ShipmentState | None,
        strawberry.argument(description="Only those in this state; absent: all."),
    ] = strawberry.UNSET,
) -> Page[Shipment]:
    """All parcels, the latest first."""
    page_arguments = none_if_unset(first), none_if_unset(after), none_if_unset(status)
    with report_invalid_page():
        return await list_shipments(*page_arguments, dependencies=info.context.dependencies)


@check_bounds(outcome_with_errors)
async def gift_contact_failed(
    info: Info,
    input: Annotated[GiftContactFailedInput, strawberry.argument(description="What came back.")],
) -> Outcome[Gift]:
    """What came of a message that came back."""
    error = access.staff_error(info.context.caller)
    if error is not None:
        return Outcome(user_errors=(error,))
    return await record_bounce(
        input.gift_id, input.channel, dependencies=info.context.gift_dependencies
    )


@check_bounds(outcome_with_errors)
async def webhook_save(
    info: Info,
    input: Annotated[WebhookSaveInput, strawberry.argument(description="Where to be called.")],
) -> Outcome[NewWebhook]:
    """The new webhook."""
    partner_id = access.calling_partner_id(info.context.caller)
    if partner_id is None:
        return error_outcome(ErrorCode.FORBIDDEN, None, "This takes a partner's key.")
    return await add_webhook(input.url, partner_id, dependencies=info.context.gift_dependencies)


async def webhooks(info: Info) -> list[Webhook]:
    """The partner's webhooks."""
    partner_id = access.calling_partner_id(info.context.caller)
    return (
        list(await list_webhooks(partner_id, dependencies=info.context.gift_dependencies))
        if partner_id
        else []
    )


@check_bounds(outcome_with_errors)
async def webhook_delete(
    info: Info,
    input: Annotated[WebhookDeleteInput, strawberry.argument(description="Which to delete.")],
) -> Outcome[str]:
    """The deleted webhook's id."""
    partner_id = access.calling_partner_id(info.context.caller)
    if partner_id is None:
        return error_outcome(ErrorCode.FORBIDDEN, None, "This takes a partner's key.")
    return await delete_webhook(input.id, partner_id, dependencies=info.context.gift_dependencies)
