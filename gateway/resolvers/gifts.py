"""Resolvers of gifts for givers."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry
from graphql import GraphQLError

from gateway.engine.user_errors import ErrorCode, UserError
from gateway.resolvers.argument_guards import (
    check_bounds,
    null_answer,
    outcome_with_errors,
    raise_bad_input,
    raise_not_found,
)
from gateway.resolvers.bounds import count_bound
from gateway.resolvers.context import Context, Info
from gateway.resolvers.inputs.gifts import (
    GiftCancelInput,
    GiftCreateInput,
    GiftInfoSupplyInput,
    recipient_details,
)
from gateway.resolvers.pagination import (
    After,
    First,
    none_if_unset,
    report_invalid_page,
    require_one,
)
from gateway.services.gifts import access
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.order_planning import estimate_gift
from gateway.services.gifts.request_checks import MAX_GIFT_QUANTITY
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.gifts.updates import UnknownEvent, follow_gift, follow_partner
from gateway.services.gifts.views import GiftView
from gateway.services.outcomes import Outcome
from gateway.services.pagination import Page
from gateway.services.ports.gift_pricing import GiftEstimate
from gateway.services.ports.gifts import GiftEvent
from gateway.services.staff_actions import staff_member


@check_bounds(null_answer)
async def gift(
    info: Info,
    id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The id of a gift of yours.")
    ] = strawberry.UNSET,
    tracking_number: Annotated[
        str | None, strawberry.argument(description="The public number of any gift.")
    ] = strawberry.UNSET,
) -> GiftView | None:
    """The gift by its id or its tracking number, or None."""
    dependencies = info.context.gift_dependencies
    gift_id, public_number = none_if_unset(id), none_if_unset(tracking_number)
    require_one(id=gift_id, trackingNumber=public_number)
    if gift_id is not None:
        return await access.find_visible_gift(
            gift_id, caller=info.context.caller, dependencies=dependencies
        )
    return await access.find_by_tracking_number(public_number or "", dependencies=dependencies)


@check_bounds(raise_bad_input)
async def all_gifts(
    info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
) -> Page[GiftView]:
    """The caller's gifts, the latest first."""
    context = info.context
    page_arguments = none_if_unset(first), none_if_unset(after)
    with report_invalid_page():
        return await access.list_own_gifts(
            *page_arguments, caller=context.caller, dependencies=context.gift_dependencies
        )


@check_bounds(raise_bad_input)
async def events(
    root: strawberry.Parent[GiftView],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
) -> Page[GiftEvent]:
    """The gift's events, earliest first."""
    page_arguments = none_if_unset(first), none_if_unset(after)
    with report_invalid_page():
        return await access.list_events(
            root, *page_arguments, dependencies=info.context.gift_dependencies
        )


async def event_gift(root: strawberry.Parent[GiftEvent], info: Info) -> GiftView | None:
    """The gift of an event, as it is now, or None."""
    context = info.context
    if staff_member(context.caller) is not None:
        return await context.staff_gifts.load(root.gift_id)
    return await access.find_visible_gift(
        root.gift_id, caller=context.caller, dependencies=context.gift_dependencies
    )


@check_bounds(outcome_with_errors)
async def gift_create(
    info: Info,
    input: Annotated[GiftCreateInput, strawberry.argument(description="What to give to whom.")],
) -> Outcome[tuple[GiftView, ...]]:
    """The new gifts."""
    dependencies = info.context.gift_dependencies
    gift_caller = access.require_gift_caller(info.context.caller, dependencies=dependencies)
    if isinstance(gift_caller, UserError):
        return Outcome(user_errors=(gift_caller,))
    outcome = await create_gifts(_gift_request(input), gift_caller, dependencies=dependencies)
    if outcome.value is None:
        return Outcome(user_errors=outcome.user_errors, warnings=outcome.warnings)
    return Outcome(tuple(access.view_for(gift_caller, new_gift) for new_gift in outcome.value))


def _gift_request(gift_input: GiftCreateInput) -> GiftRequest:
    return GiftRequest(
        variant_id=gift_input.variant_id,
        recipients=tuple(map(recipient_details, gift_input.recipients)),
        idempotency_key=gift_input.idempotency_key,
        quantity=gift_input.quantity,
        message=gift_input.message,
        wrap=gift_input.wrap,
        anonymous=gift_input.anonymous,
        scheduled_for=gift_input.scheduled_for,
        expires_at=gift_input.expires_at,
        contact_recipient=gift_input.contact_recipient,
        charge_cap=gift_input.charge_cap,
        payment_method_id=gift_input.payment_method_id,
        sender=none_if_unset(gift_input.sender),
    )


@check_bounds(null_answer)
async def gift_estimate(
    info: Info,
    variant_id: Annotated[strawberry.ID, strawberry.argument(description="What to give.")],
    quantity: Annotated[
        int,
        strawberry.argument(
            description="How many of it one recipient gets.",
            metadata=count_bound(1, MAX_GIFT_QUANTITY),
        ),
    ] = 1,
) -> GiftEstimate | None:
    """What one gift costs at least and at most; None if it cannot be given."""
    if not 1 <= quantity <= MAX_GIFT_QUANTITY:
        return None
    context = info.context
    # One after the other, because each is computed for all destinations of the rules.
    async with context.purchase_lock:
        return await estimate_gift(variant_id, quantity, dependencies=context.gift_dependencies)


def new_gifts(root: strawberry.Parent[Outcome[tuple[GiftView, ...]]]) -> tuple[GiftView, ...]:
    """The gifts made; none where the request was refused."""
    return root.value or ()


@check_bounds(outcome_with_errors)
async def gift_cancel(
    info: Info,
    input: Annotated[GiftCancelInput, strawberry.argument(description="The gift to cancel.")],
) -> Outcome[GiftView]:
    """The gift, cancelled if it still can be."""
    dependencies = info.context.gift_dependencies
    gift_caller = access.require_gift_caller(info.context.caller, dependencies=dependencies)
    if isinstance(gift_caller, UserError):
        return Outcome(user_errors=(gift_caller,))
    outcome = await cancel_gift(input.gift_id, gift_caller, dependencies=dependencies)
    view = access.view_for(gift_caller, outcome.value) if outcome.value else None
    return Outcome(view, outcome.user_errors)


@check_bounds(outcome_with_errors)
async def gift_info_supply(
    info: Info,
    input: Annotated[GiftInfoSupplyInput, strawberry.argument(description="What you add.")],
) -> Outcome[GiftView]:
    """The gift with the supplied information."""
    dependencies = info.context.gift_dependencies
    gift_caller = access.require_gift_caller(info.context.caller, dependencies=dependencies)
    if isinstance(gift_caller, UserError):
        return Outcome(user_errors=(gift_caller,))
    giver_input = GiverInput(
        recipient=recipient_details(input.recipient) if input.recipient else None,
        charge_cap=input.charge_cap,
        payment_method_id=input.payment_method_id,
    )
    outcome = await supply_gift_info(
        input.gift_id, giver_input, gift_caller, dependencies=dependencies
    )
    view = access.view_for(gift_caller, outcome.value) if outcome.value else None
    return Outcome(view, outcome.user_errors)


@check_bounds(raise_not_found)
async def gift_updates(
    info: Info,
    gift_id: Annotated[strawberry.ID, strawberry.argument(description="A gift of yours.")],
    after: Annotated[
        int | None,
        strawberry.argument(description="The sequence number of the last event you have seen."),
    ] = strawberry.UNSET,
) -> AsyncIterator[GiftEvent]:
    """The gift's events as they happen."""
    context, dependencies = info.context, info.context.gift_dependencies
    # A subscription must not keep the execution that opened it in memory.
    del info
    gift_caller = await _require_gift_caller(context)
    owner = await access.find_gift_owner(gift_id, dependencies=dependencies)
    if owner is None or not gift_caller.owns(*owner):
        raise _gift_not_found()

    async def check_authority() -> None:
        if not (await _require_gift_caller(context)).owns(*owner):
            raise _gift_not_found()

    last_sequence = context.last_sequence(none_if_unset(after))
    async for event in follow_gift(
        gift_id, last_sequence, dependencies=dependencies, authority=check_authority
    ):
        yield event


async def _require_gift_caller(context: Context) -> GiftCaller:
    """The owner of the gifts that the present caller may change; raises a GraphQL error."""
    gift_caller = access.require_gift_caller(
        await context.load_current_caller(), dependencies=context.gift_dependencies
    )
    if isinstance(gift_caller, UserError):
        raise _graphql_error(gift_caller.code, gift_caller.message)
    return gift_caller


def _gift_not_found() -> GraphQLError:
    return _graphql_error(ErrorCode.NOT_FOUND, "You have no such gift.")


@check_bounds(raise_not_found)
async def gift_feed(
    info: Info,
    after: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The id of the last event you have seen."),
    ] = strawberry.UNSET,
) -> AsyncIterator[GiftEvent]:
    """The events of all gifts of the calling partner as they happen."""
    context, dependencies = info.context, info.context.gift_dependencies
    del info
    partner_id = access.calling_partner_id(context.caller)
    if partner_id is None:
        raise _partner_key_required()

    async def check_authority() -> None:
        if access.calling_partner_id(await context.load_current_caller()) != partner_id:
            raise _partner_key_required()

    last_event_id = context.last_event_id or none_if_unset(after)
    events = follow_partner(
        partner_id, last_event_id, dependencies=dependencies, authority=check_authority
    )
    try:
        async for event in events:
            yield event
    except UnknownEvent:
        raise _graphql_error(ErrorCode.NOT_FOUND, "You have no such event.") from None


def _partner_key_required() -> GraphQLError:
    return _graphql_error(ErrorCode.FORBIDDEN, "This takes a partner's key.")


def _graphql_error(code: ErrorCode, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code.value})
