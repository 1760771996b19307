"""The money of orders, refunds and returns."""

from collections.abc import Iterable
from typing import Annotated

import strawberry

from gateway.engine.money import Money
from gateway.engine.orders.order import Order
from gateway.engine.orders.payments import OrderMoney, PaymentStage
from gateway.engine.orders.returns import ReturnStatus
from gateway.engine.orders.shipments import LineQuantity
from gateway.resolvers.argument_guards import check_bounds, outcome_with_errors, raise_bad_input
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.refunds import (
    OrderRefundInput,
    ReturnRequestInput,
    ReturnUpdateInput,
)
from gateway.resolvers.inputs.shipments import OrderLineQuantityInput
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services.orders.order_money import order_money
from gateway.services.orders.refund_reads import list_all_returns
from gateway.services.orders.refunds import RefundDraft, refund_order
from gateway.services.orders.returns import (
    ReturnDraft,
    ReturnUpdate,
    request_order_return,
    update_return,
)
from gateway.services.outcomes import Outcome
from gateway.services.pagination import Page
from gateway.services.ports.refunds import OrderRefund, StoredReturn

# -- what staff and buyers do


def _read_lines(inputs: Iterable[OrderLineQuantityInput]) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line.line_id, line.quantity) for line in inputs)


@check_bounds(outcome_with_errors)
async def order_refund(
    info: Info,
    input: Annotated[OrderRefundInput, strawberry.argument(description="What is given back.")],
) -> Outcome[OrderRefund]:
    """The refund, once the provider was told of it."""
    lines = none_if_unset(input.lines)
    draft = RefundDraft(
        input.order_id,
        None if lines is None else _read_lines(lines),
        input.shipping,
        none_if_unset(input.amount),
        none_if_unset(input.reason),
        input.restock,
    )
    return await refund_order(
        draft,
        input.idempotency_key,
        caller=info.context.caller,
        dependencies=info.context.dependencies,
    )


@check_bounds(outcome_with_errors)
async def return_request(
    info: Info,
    input: Annotated[ReturnRequestInput, strawberry.argument(description="What comes back.")],
) -> Outcome[StoredReturn]:
    """The return that the caller asks for."""
    draft = ReturnDraft(input.order_id, _read_lines(input.lines), none_if_unset(input.reason))
    return await request_order_return(
        draft,
        none_if_unset(input.idempotency_key),
        caller=info.context.caller,
        dependencies=info.context.dependencies,
    )


@check_bounds(outcome_with_errors)
async def return_update(
    info: Info,
    input: Annotated[ReturnUpdateInput, strawberry.argument(description="What became of it.")],
) -> Outcome[StoredReturn]:
    """The return as it stands then."""
    lines = none_if_unset(input.lines)
    update = ReturnUpdate(
        input.return_id,
        input.status,
        None if lines is None else _read_lines(lines),
        input.refund,
        input.restock,
    )
    return await update_return(
        update,
        none_if_unset(input.idempotency_key),
        caller=info.context.caller,
        dependencies=info.context.dependencies,
    )


async def refunded_order(root: strawberry.Parent[Outcome[OrderRefund]], info: Info) -> Order | None:
    """The order of the refund as it stands; None where the refund was refused."""
    return None if root.value is None else await info.context.orders.load(root.value.order_id)


# -- what orders tell


async def _load_money(order: Order, info: Info) -> OrderMoney:
    return order_money(order, await info.context.order_payments.load(order.id))


async def payment_state(root: strawberry.Parent[Order], info: Info) -> PaymentStage:
    """How its money stands."""
    return (await _load_money(root, info)).stage


async def captured_amount(root: strawberry.Parent[Order], info: Info) -> Money:
    """What was ever captured."""
    return Money((await _load_money(root, info)).captured, root.currency)


async def refunded_amount(root: strawberry.Parent[Order], info: Info) -> Money:
    """What was given back of it."""
    return Money((await _load_money(root, info)).refunded, root.currency)


async def outstanding_amount(root: strawberry.Parent[Order], info: Info) -> Money:
    """Due less what is held or captured."""
    return Money((await _load_money(root, info)).outstanding, root.currency)


async def order_refunds(root: strawberry.Parent[Order], info: Info) -> tuple[OrderRefund, ...]:
    """Its refunds, the oldest first."""
    return await info.context.order_refunds.load(root.id)


async def order_returns(root: strawberry.Parent[Order], info: Info) -> tuple[StoredReturn, ...]:
    """Its returns, the oldest first."""
    return await info.context.order_returns.load(root.id)


async def return_refund(root: strawberry.Parent[StoredReturn], info: Info) -> OrderRefund | None:
    """The latest refund of what came in; None where there is none."""
    return None if root.refund_id is None else await info.context.refunds.load(root.refund_id)


async def return_reason(root: strawberry.Parent[StoredReturn], info: Info) -> str | None:
    """Why it was requested; None where nothing was said, or the buyer's data was erased."""
    return await info.context.return_reasons.load(root.id)


@check_bounds(raise_bad_input)
async def staff_returns(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    status: Annotated[
        ReturnStatus | None,
        strawberry.argument(description="Only those in this status; absent: all."),
    ] = strawberry.UNSET,
) -> Page[StoredReturn]:
    """All returns, the latest first."""
    page_arguments = none_if_unset(first), none_if_unset(after), none_if_unset(status)
    with report_invalid_page():
        return await list_all_returns(*page_arguments, dependencies=info.context.dependencies)
