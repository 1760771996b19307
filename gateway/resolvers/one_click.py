"""Resolvers that turn one-click on and off."""

from typing import Annotated

import strawberry

from gateway.resolvers.argument_guards import check_bounds, outcome_with_errors
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.identity import (
    OneClickDisableInput,
    OneClickEnableInput,
    OneClickScope,
)
from gateway.services.identity import one_click_profiles
from gateway.services.identity.one_click_profiles import OneClickStatus, ProfileChoice
from gateway.services.outcomes import Outcome


@check_bounds(outcome_with_errors)
async def one_click_enable(
    info: Info,
    input: Annotated[OneClickEnableInput, strawberry.argument(description="What it means.")],
) -> Outcome[OneClickStatus]:
    """Turn one-click on for the caller's client."""
    context = info.context
    request = ProfileChoice(input.address_id, input.payment_method_id, input.label)
    return await one_click_profiles.enable_profile(
        request, caller=context.caller, dependencies=context.dependencies.identity
    )


@check_bounds(outcome_with_errors)
async def one_click_disable(
    info: Info,
    input: Annotated[OneClickDisableInput, strawberry.argument(description="Where.")],
) -> Outcome[OneClickStatus]:
    """Turn one-click off."""
    context = info.context
    return await one_click_profiles.disable_profiles(
        everywhere=input.scope is OneClickScope.ALL,
        caller=context.caller,
        dependencies=context.dependencies.identity,
    )


def enabled(root: strawberry.Parent[Outcome[OneClickStatus]]) -> bool:
    """Whether one-click is on for the caller's client."""
    return root.value is not None and root.value.enabled


def missing(root: strawberry.Parent[Outcome[OneClickStatus]]) -> tuple[str, ...]:
    """The inputs that are deleted or not usable."""
    return root.value.missing if root.value else ()
