"""Resolvers of what staff see and change."""

from typing import Annotated

import strawberry

from gateway.engine.catalogue.price_changes import COMPARE_AT_PATH, PRICE_PATH, PriceChange
from gateway.engine.catalogue.products import Variant
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.user_errors import ErrorCollector
from gateway.resolvers.argument_guards import check_bounds, outcome_with_errors, raise_bad_input
from gateway.resolvers.bounds import text_bound
from gateway.resolvers.context import Info
from gateway.resolvers.input_readers.amounts import AmountReader
from gateway.resolvers.inputs.staff import StockAdjustInput, VariantUpdateInput
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services import house_keeping
from gateway.services import staff as staff_lists
from gateway.services.gifts.views import GiftView
from gateway.services.outcomes import Outcome
from gateway.services.pagination import Page
from gateway.services.ports.staff_actions import StaffAction
from gateway.services.staff_actions import (
    ActionDetail,
    StaffMember,
    list_details,
    list_staff_actions,
    require_staff,
    staff_member,
)

MAX_QUERY_LENGTH = 500


def staff(info: Info) -> StaffMember | None:
    """The calling member of staff; None for other callers."""
    return staff_member(info.context.caller)


@check_bounds(raise_bad_input)
async def audit_log(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    subject: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only what was done to this; absent: everything."),
    ] = strawberry.UNSET,
) -> Page[StaffAction]:
    """The actions of staff, latest first."""
    page_arguments = none_if_unset(first), none_if_unset(after), none_if_unset(subject)
    with report_invalid_page():
        return await list_staff_actions(*page_arguments, dependencies=info.context.dependencies)


@check_bounds(raise_bad_input)
async def orders(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    status: Annotated[
        OrderStatus | None, strawberry.argument(description="Only of this status; absent: all.")
    ] = strawberry.UNSET,
    query: Annotated[
        str | None,
        strawberry.argument(
            description="Up to 5 words, which must all be there: the beginning of the number, the "
            "e-mail address, words of the name; absent: all.",
            metadata=text_bound(MAX_QUERY_LENGTH),
        ),
    ] = strawberry.UNSET,
) -> Page[Order]:
    """A page of all orders, the latest first."""
    with report_invalid_page():
        return await staff_lists.list_all_orders(
            none_if_unset(first),
            none_if_unset(after),
            none_if_unset(status),
            none_if_unset(query),
            dependencies=info.context.dependencies,
        )


@check_bounds(raise_bad_input)
async def gifts(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    status: Annotated[
        GiftStatus | None, strawberry.argument(description="Only of this status; absent: all.")
    ] = strawberry.UNSET,
) -> Page[GiftView]:
    """A page of all gifts, the latest first."""
    with report_invalid_page():
        return await staff_lists.list_all_gifts(
            none_if_unset(first),
            none_if_unset(after),
            none_if_unset(status),
            dependencies=info.context.gift_dependencies,
        )


def action_detail(root: strawberry.Parent[StaffAction]) -> tuple[ActionDetail, ...]:
    """The figures that explain an action."""
    return list_details(root)


@check_bounds(outcome_with_errors)
async def stock_adjust(
    info: Info,
    input: Annotated[StockAdjustInput, strawberry.argument(description="What changed.")],
) -> Outcome[Variant]:
    """Change the stock of a variant."""
    adjustment = house_keeping.StockAdjustment(
        input.variant_id, input.by, none_if_unset(input.reason)
    )
    return await house_keeping.adjust_stock(
        adjustment,
        input.idempotency_key,
        caller=info.context.caller,
        dependencies=info.context.dependencies,
    )


@check_bounds(outcome_with_errors)
async def variant_update(
    info: Info,
    input: Annotated[VariantUpdateInput, strawberry.argument(description="The new prices.")],
) -> Outcome[Variant]:
    """Change the prices of a variant."""
    context = info.context
    member = require_staff(context.caller)
    if not isinstance(member, StaffMember):
        return Outcome(user_errors=(member,))
    own_currency = context.dependencies.policy.currency
    code = none_if_unset(input.currency) or own_currency.code
    currency = context.dependencies.currencies.find(code)
    if currency is None:
        collector = ErrorCollector()
        collector.add(("input", "currency"), f"There is no currency {code}.")
        return await house_keeping.refuse(input.variant_id, collector.errors, context.dependencies)
    reader = AmountReader(currency, ErrorCollector())
    price, compare_at_price = none_if_unset(input.price), none_if_unset(input.compare_at_price)
    change = PriceChange(
        currency,
        None if price is None else reader.amount(price, PRICE_PATH),
        None if compare_at_price is None else reader.amount(compare_at_price, COMPARE_AT_PATH),
        removes_compare_at=input.compare_at_price is None,
    )
    if reader.collector.errors:
        return await house_keeping.refuse(
            input.variant_id, reader.collector.errors, context.dependencies
        )
    return await house_keeping.update_prices(
        input.variant_id,
        change,
        none_if_unset(input.idempotency_key),
        caller=context.caller,
        dependencies=context.dependencies,
    )
