"""Gifts for those who are given them: the secret link's token is the authority."""

from typing import Annotated

import strawberry

from gateway.engine.address_rules import AddressForm, Choice, address_form
from gateway.resolvers.bounded import bounded, nothing, outcome
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.addresses import postal_address
from gateway.resolvers.inputs.gifts import (
    GiftAcceptInput,
    GiftDeclineInput,
    GiftExchangeInput,
    GiftForgetInput,
    GiftReportInput,
    GiftThankInput,
)
from gateway.resolvers.scalars import CountryCode
from gateway.services.gifts import claims, wishes
from gateway.services.gifts.claims import GiftClaim
from gateway.services.outcomes import Outcome


@bounded(nothing)
async def gift_claim(
    info: Info,
    token: Annotated[str, strawberry.argument(description="The secret of the link you were sent.")],
) -> GiftClaim | None:
    """What the link leads to."""
    return await claims.read_claim(token, parts=info.context.gifts)


@bounded(outcome)
async def gift_accept(
    info: Info,
    input: Annotated[GiftAcceptInput, strawberry.argument(description="Where it shall go.")],
) -> Outcome[GiftClaim]:
    """The claim, accepted."""
    address = postal_address(input.address)
    parts = info.context.gifts
    confirmed = input.confirm_warnings
    return await claims.accept(input.token, address, confirm_warnings=confirmed, parts=parts)


@bounded(outcome)
async def gift_decline(
    info: Info,
    input: Annotated[GiftDeclineInput, strawberry.argument(description="The gift to decline.")],
) -> Outcome[GiftClaim]:
    """The claim, declined."""
    return await claims.decline(input.token, input.reason, parts=info.context.gifts)


@bounded(outcome)
async def gift_thank(
    info: Info,
    input: Annotated[GiftThankInput, strawberry.argument(description="Your thanks.")],
) -> Outcome[GiftClaim]:
    """The claim, thanked for."""
    return await wishes.thank(input.token, input.message, parts=info.context.gifts)


@bounded(outcome)
async def gift_report(
    info: Info,
    input: Annotated[GiftReportInput, strawberry.argument(description="The gift to report.")],
) -> Outcome[GiftClaim]:
    """The claim, reported."""
    return await wishes.report(input.token, input.reason, parts=info.context.gifts)


@bounded(outcome)
async def gift_exchange(
    info: Info,
    input: Annotated[GiftExchangeInput, strawberry.argument(description="What to take instead.")],
) -> Outcome[GiftClaim]:
    """The claim, exchanged."""
    return await wishes.exchange(input.token, input.variant_id, parts=info.context.gifts)


@bounded(outcome)
async def gift_forget(
    info: Info,
    input: Annotated[GiftForgetInput, strawberry.argument(description="The link you were sent.")],
) -> Outcome[GiftClaim]:
    """The claim, its recipient forgotten."""
    return await wishes.forget(input.token, parts=info.context.gifts)


async def countries(info: Info) -> tuple[Choice, ...]:
    """Every country."""
    return info.context.parts.countries.choices()


async def address_format(
    info: Info,
    country: Annotated[CountryCode, strawberry.argument(description="The country.")],
) -> AddressForm | None:
    """What an address there is made of."""
    rules = info.context.parts.countries.rules(country)
    return None if rules is None else address_form(rules)
