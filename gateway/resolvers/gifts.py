"""Gifts for those who give them: finding, making, cancelling and helping them along."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry
from graphql import GraphQLError

from gateway.engine.problems import ErrorCode, UserError
from gateway.resolvers.bounded import bounded, mistake, nothing, outcome, unknown
from gateway.resolvers.context import Context, Info
from gateway.resolvers.inputs.gifts import (
    GiftCancelInput,
    GiftCreateInput,
    GiftInfoSupplyInput,
    recipient_details,
)
from gateway.resolvers.pages import After, First, absent, wrong_pages_told
from gateway.services.gifts import access
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.following import NoSuchEvent, gift_events, partner_events
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.gifts.views import GiftView
from gateway.services.outcomes import Outcome
from gateway.services.pages import Page
from gateway.services.ports.gifts import LoggedEvent


@bounded(nothing)
async def gift(
    info: Info,
    id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The id of a gift of yours.")
    ] = strawberry.UNSET,
    tracking_number: Annotated[
        str | None, strawberry.argument(description="The public number of any gift.")
    ] = strawberry.UNSET,
) -> GiftView | None:
    """The gift by one of its names."""
    parts = info.context.gifts
    by_id, by_number = absent(id), absent(tracking_number)
    if by_id is not None and by_number is None:
        return await access.visible(by_id, caller=info.context.caller, parts=parts)
    if by_number is not None and by_id is None:
        return await access.tracked(by_number, parts=parts)
    message = "Exactly one of `id` and `trackingNumber` is taken."
    raise GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


@bounded(mistake)
async def all_gifts(
    info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
) -> Page[GiftView]:
    """The caller's gifts, the latest first."""
    context = info.context
    wanted = absent(first), absent(after)
    with wrong_pages_told():
        return await access.own_gifts(*wanted, caller=context.caller, parts=context.gifts)


@bounded(mistake)
async def events(
    root: strawberry.Parent[GiftView],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
) -> Page[LoggedEvent]:
    """The gift's log, from its beginning."""
    wanted = absent(first), absent(after)
    with wrong_pages_told():
        return await access.events_of(root, *wanted, parts=info.context.gifts)


async def event_gift(root: strawberry.Parent[LoggedEvent], info: Info) -> GiftView | None:
    """The gift an event is about, as it stands now."""
    context = info.context
    return await access.visible(root.gift_id, caller=context.caller, parts=context.gifts)


@bounded(outcome)
async def gift_create(
    info: Info,
    input: Annotated[GiftCreateInput, strawberry.argument(description="What to give to whom.")],
) -> Outcome[tuple[GiftView, ...]]:
    """The new gifts."""
    parts = info.context.gifts
    whose = access.gift_caller(info.context.caller, parts=parts)
    if isinstance(whose, UserError):
        return Outcome(user_errors=(whose,))
    outcome = await create_gifts(_request(input), whose, parts=parts)
    if outcome.value is None:
        return Outcome(user_errors=outcome.user_errors, warnings=outcome.warnings)
    return Outcome(tuple(access.view_for(whose, each) for each in outcome.value))


def _request(given: GiftCreateInput) -> GiftRequest:
    return GiftRequest(
        variant_id=given.variant_id,
        recipients=tuple(map(recipient_details, given.recipients)),
        idempotency_key=given.idempotency_key,
        quantity=given.quantity,
        message=given.message,
        wrap=given.wrap,
        anonymous=given.anonymous,
        scheduled_for=given.scheduled_for,
        expires_at=given.expires_at,
        contact_recipient=given.contact_recipient,
        charge_cap=given.charge_cap,
        payment_method_id=given.payment_method_id,
    )


def created(root: strawberry.Parent[Outcome[tuple[GiftView, ...]]]) -> tuple[GiftView, ...]:
    """The gifts made; none where the request was refused."""
    return root.value or ()


@bounded(outcome)
async def gift_cancel(
    info: Info,
    input: Annotated[GiftCancelInput, strawberry.argument(description="The gift to cancel.")],
) -> Outcome[GiftView]:
    """The gift, cancelled if it still can be."""
    parts = info.context.gifts
    whose = access.gift_caller(info.context.caller, parts=parts)
    if isinstance(whose, UserError):
        return Outcome(user_errors=(whose,))
    outcome = await cancel(input.gift_id, whose, parts=parts)
    view = access.view_for(whose, outcome.value) if outcome.value else None
    return Outcome(view, outcome.user_errors)


@bounded(outcome)
async def gift_info_supply(
    info: Info,
    input: Annotated[GiftInfoSupplyInput, strawberry.argument(description="What you add.")],
) -> Outcome[GiftView]:
    """The gift, helped along."""
    parts = info.context.gifts
    whose = access.gift_caller(info.context.caller, parts=parts)
    if isinstance(whose, UserError):
        return Outcome(user_errors=(whose,))
    given = GiverInput(
        recipient=recipient_details(input.recipient) if input.recipient else None,
        charge_cap=input.charge_cap,
        payment_method_id=input.payment_method_id,
    )
    outcome = await supply(input.gift_id, given, whose, parts=parts)
    view = access.view_for(whose, outcome.value) if outcome.value else None
    return Outcome(view, outcome.user_errors)


@bounded(unknown)
async def gift_updates(
    info: Info,
    gift_id: Annotated[strawberry.ID, strawberry.argument(description="A gift of yours.")],
    after: Annotated[
        int | None,
        strawberry.argument(description="The sequence number of the last event you have seen."),
    ] = strawberry.UNSET,
) -> AsyncIterator[LoggedEvent]:
    """The gift's events as they happen."""
    context, parts = info.context, info.context.gifts
    # A subscription lasts: it must not keep the execution that opened it.
    del info
    whose = await _asking(context)
    holder = await access.holder(gift_id, parts=parts)
    if holder is None or not whose.owns(*holder):
        raise _no_such_gift()

    async def authority() -> None:
        if not (await _asking(context)).owns(*holder):
            raise _no_such_gift()

    seen = context.last_sequence(absent(after))
    async for event in gift_events(gift_id, seen, parts=parts, authority=authority):
        yield event


async def _asking(context: Context) -> GiftCaller:
    """Whose gifts the caller makes and changes by now."""
    whose = access.gift_caller(await context.caller_now(), parts=context.gifts)
    if isinstance(whose, UserError):
        raise _refused(whose.code, whose.message)
    return whose


def _no_such_gift() -> GraphQLError:
    return _refused(ErrorCode.NOT_FOUND, "You have no such gift.")


@bounded(unknown)
async def gift_feed(
    info: Info,
    after: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The id of the last event you have seen."),
    ] = strawberry.UNSET,
) -> AsyncIterator[LoggedEvent]:
    """The events of all gifts of the calling partner as they happen."""
    context, parts = info.context, info.context.gifts
    del info
    partner = access.partner_of(context.caller)
    if partner is None:
        raise _not_a_partner()

    async def authority() -> None:
        if access.partner_of(await context.caller_now()) != partner:
            raise _not_a_partner()

    seen = context.last_event_id or absent(after)
    events = partner_events(partner, seen, parts=parts, authority=authority)
    try:
        async for event in events:
            yield event
    except NoSuchEvent:
        raise _refused(ErrorCode.NOT_FOUND, "You have no such event.") from None


def _not_a_partner() -> GraphQLError:
    return _refused(ErrorCode.FORBIDDEN, "This takes a partner's key.")


def _refused(code: ErrorCode, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code.value})
