"""Resolvers of gifts for recipients, whom the token of the secret link authorizes."""

from typing import Annotated

import strawberry

from gateway.engine.addresses.country_rules import AddressFormat, FormOption, build_address_format
from gateway.resolvers.argument_guards import check_bounds, null_answer, outcome_with_errors
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
from gateway.services.gifts import claims, recipient_actions
from gateway.services.gifts.claims import GiftClaim
from gateway.services.outcomes import Outcome


@check_bounds(null_answer)
async def gift_claim(
    info: Info,
    token: Annotated[str, strawberry.argument(description="The secret of the link you were sent.")],
) -> GiftClaim | None:
    """The claim of the link, or None."""
    return await claims.load_claim(token, dependencies=info.context.gift_dependencies)


@check_bounds(outcome_with_errors)
async def gift_accept(
    info: Info,
    input: Annotated[GiftAcceptInput, strawberry.argument(description="Where it shall go.")],
) -> Outcome[GiftClaim]:
    """The claim, accepted."""
    address = postal_address(input.address)
    dependencies = info.context.gift_dependencies
    confirm_warnings = input.confirm_warnings
    return await claims.accept_gift(
        input.token, address, confirm_warnings=confirm_warnings, dependencies=dependencies
    )


@check_bounds(outcome_with_errors)
async def gift_decline(
    info: Info,
    input: Annotated[GiftDeclineInput, strawberry.argument(description="The gift to decline.")],
) -> Outcome[GiftClaim]:
    """The claim, declined."""
    return await claims.decline_gift(
        input.token, input.reason, dependencies=info.context.gift_dependencies
    )


@check_bounds(outcome_with_errors)
async def gift_thank(
    info: Info,
    input: Annotated[GiftThankInput, strawberry.argument(description="Your thanks.")],
) -> Outcome[GiftClaim]:
    """The claim, thanked for."""
    return await recipient_actions.thank_giver(
        input.token, input.message, dependencies=info.context.gift_dependencies
    )


@check_bounds(outcome_with_errors)
async def gift_report(
    info: Info,
    input: Annotated[GiftReportInput, strawberry.argument(description="The gift to report.")],
) -> Outcome[GiftClaim]:
    """The claim, reported."""
    return await recipient_actions.report_gift(
        input.token, input.reason, dependencies=info.context.gift_dependencies
    )


@check_bounds(outcome_with_errors)
async def gift_exchange(
    info: Info,
    input: Annotated[GiftExchangeInput, strawberry.argument(description="What to take instead.")],
) -> Outcome[GiftClaim]:
    """The claim, exchanged."""
    return await recipient_actions.exchange_gift(
        input.token, input.variant_id, dependencies=info.context.gift_dependencies
    )


@check_bounds(outcome_with_errors)
async def gift_forget(
    info: Info,
    input: Annotated[GiftForgetInput, strawberry.argument(description="The link you were sent.")],
) -> Outcome[GiftClaim]:
    """The claim, its recipient forgotten."""
    return await recipient_actions.erase_link_holder(
        input.token, dependencies=info.context.gift_dependencies
    )


async def countries(info: Info) -> tuple[FormOption, ...]:
    """Every country."""
    return info.context.dependencies.countries.country_options()


async def address_format(
    info: Info,
    country: Annotated[CountryCode, strawberry.argument(description="The country.")],
) -> AddressFormat | None:
    """The address format of the country, or None."""
    rules = info.context.dependencies.countries.rules_for(country)
    return None if rules is None else build_address_format(rules)
