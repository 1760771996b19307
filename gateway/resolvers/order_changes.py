"""Changing orders until they are scheduled, and opening those of guests."""

from typing import Annotated

import strawberry

from gateway.engine.orders.order import Order
from gateway.resolvers.argument_guards import check_bounds, outcome_with_errors
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.addresses import postal_address
from gateway.resolvers.inputs.orders import (
    OrderAccessInput,
    OrderAddressSetInput,
    OrderCancelInput,
    OrderLineUpdateInput,
)
from gateway.resolvers.pagination import none_if_unset
from gateway.services.orders import changes, guest_access
from gateway.services.orders.change_requests import ChangeOptions
from gateway.services.orders.order_edits import AddressEdit, CancelEdit, LineEdit, OrderEdit
from gateway.services.outcomes import Outcome


@check_bounds(outcome_with_errors)
async def order_cancel(
    info: Info,
    input: Annotated[OrderCancelInput, strawberry.argument(description="The order to cancel.")],
) -> Outcome[Order]:
    """The order without what is in no parcel; cancelled where that is all."""
    options = ChangeOptions(none_if_unset(input.expected_total), input.dry_run)
    return await _change(info, input.order_id, CancelEdit(), options)


@check_bounds(outcome_with_errors)
async def order_line_update(
    info: Info,
    input: Annotated[OrderLineUpdateInput, strawberry.argument(description="The line.")],
) -> Outcome[Order]:
    """The order with another quantity of a line."""
    edit = LineEdit(input.line_id, input.quantity)
    return await _change(info, input.order_id, edit, _options(input))


@check_bounds(outcome_with_errors)
async def order_address_set(
    info: Info,
    input: Annotated[OrderAddressSetInput, strawberry.argument(description="Where it goes.")],
) -> Outcome[Order]:
    """The order as it goes elsewhere."""
    address = none_if_unset(input.address)
    edit = AddressEdit(
        none_if_unset(input.address_id),
        None if address is None else postal_address(address),
        input.confirm_warnings,
    )
    return await _change(info, input.order_id, edit, _options(input))


@check_bounds(outcome_with_errors)
async def order_access(
    info: Info,
    input: Annotated[OrderAccessInput, strawberry.argument(description="The link.")],
) -> Outcome[Order]:
    """The guest's order that the link opens."""
    context = info.context
    return await guest_access.open_order(
        input.token, caller=context.caller, dependencies=context.dependencies
    )


def _options(input: OrderLineUpdateInput | OrderAddressSetInput) -> ChangeOptions:
    return ChangeOptions(
        none_if_unset(input.expected_total), input.dry_run, none_if_unset(input.idempotency_key)
    )


async def _change(
    info: Info, order_id: str, edit: OrderEdit, options: ChangeOptions
) -> Outcome[Order]:
    context = info.context
    return await changes.change_order(
        order_id, edit, options, caller=context.caller, dependencies=context.dependencies
    )
