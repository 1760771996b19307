"""Turning one-click on and off."""

from typing import Annotated

import strawberry

from gateway.resolvers.bounded import bounded, outcome
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.identity import (
    OneClickDisableInput,
    OneClickEnableInput,
    OneClickScope,
)
from gateway.services.identity import one_click
from gateway.services.identity.one_click import Choice, Enabling
from gateway.services.outcomes import Outcome


@bounded(outcome)
async def one_click_enable(
    info: Info,
    input: Annotated[OneClickEnableInput, strawberry.argument(description="What it means.")],
) -> Outcome[Enabling]:
    """Whether one-click is on now."""
    context = info.context
    choice = Choice(input.address_id, input.payment_method_id, input.label)
    return await one_click.enable(choice, caller=context.caller, parts=context.parts.identity)


@bounded(outcome)
async def one_click_disable(
    info: Info,
    input: Annotated[OneClickDisableInput, strawberry.argument(description="Where.")],
) -> Outcome[Enabling]:
    """One-click, off."""
    context = info.context
    return await one_click.disable(
        everywhere=input.scope is OneClickScope.ALL,
        caller=context.caller,
        parts=context.parts.identity,
    )


def enabled(root: strawberry.Parent[Outcome[Enabling]]) -> bool:
    """Whether one click buys on this client."""
    return root.value is not None and root.value.enabled


def missing(root: strawberry.Parent[Outcome[Enabling]]) -> tuple[str, ...]:
    """What is deleted or of no use."""
    return root.value.missing if root.value else ()
