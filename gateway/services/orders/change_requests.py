"""Requests to change an order: who may, until when, and up to which price."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from gateway.engine.money import InvalidAmount, Money, money_from_major_units
from gateway.engine.orders.changes import (
    EXPECTED_TOTAL_PATH,
    ORDER_PATH,
    QUANTITY_PATH,
    amount_due,
    modification_error,
    price_change_error,
)
from gateway.engine.orders.order import Order
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.orders import access, lifecycle
from gateway.services.orders.order_edits import OrderEdit, PlannedChange
from gateway.services.orders.order_money import sum_captured
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.request_keys import IdempotentRequest, request_scope
from gateway.services.staff_actions import staff_member

DAY_CAP_PERIOD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """How a change is asked for.

    ``expected_total`` is the most that the order may cost after it, in major units; without it, and
    where something is cancelled, the order may not get dearer. ``dry_run``: nothing is changed, and
    a dearer outcome is told.
    """

    expected_total: Decimal | None = None
    dry_run: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One request to change an order, and who asks."""

    order_id: str
    edit: OrderEdit
    options: ChangeOptions
    caller: Caller
    dependencies: Dependencies

    @property
    def idempotent_request(self) -> IdempotentRequest:
        """The request as its idempotency key knows it."""
        expected = self.options.expected_total
        body = {
            "orderId": self.order_id,
            "expectedTotal": None if expected is None else f"{expected.normalize():f}",
            **self.edit.body(),
        }
        key = None if self.options.dry_run else self.options.idempotency_key
        return IdempotentRequest(request_scope(self.caller), key, self.edit.operation, body)

    @property
    def actor(self) -> str:
        """Who makes the change, as the order's log names them."""
        member = staff_member(self.caller)
        return lifecycle.ACTOR_BUYER if member is None else f"staff:{member.key_name}"


async def plan_change(
    change: ChangeRequest, order: Order, work: UnitOfWork
) -> PlannedChange | tuple[UserError, ...]:
    """What the change comes to, or everything for which it is refused."""
    dependencies, caller = change.dependencies, change.caller
    is_opened = await access.load_opened(access.order_owner(order), caller, work, dependencies)
    refusal = change.edit.authority_error(
        order, caller, dependencies, is_opened=is_opened
    ) or modification_error(order)
    if refusal is not None:
        return (refusal,)
    expected = _read_expected(change.options.expected_total, order)
    if isinstance(expected, UserError):
        return (expected,)
    planned = await change.edit.plan(order, work, dependencies)
    if not isinstance(planned, PlannedChange):
        return planned
    if expected is not None or not change.options.dry_run:
        price_error = price_change_error(
            planned.repriced, expected, may_cost_more=change.edit.may_cost_more
        )
        if price_error is not None:
            return (price_error,)
    capture_error = await _capture_error(planned, work)
    if capture_error is not None:
        return (capture_error,)
    return await _count_for_caps(planned, caller, work, dependencies)


def _read_expected(expected: Decimal | None, order: Order) -> Money | UserError | None:
    if expected is None:
        return None
    try:
        return money_from_major_units(expected, order.currency)
    except InvalidAmount as error:
        message = f"Not an amount to pay: {error}."
        return UserError(ErrorCode.INVALID_INPUT, EXPECTED_TOTAL_PATH, message)


async def _capture_error(planned: PlannedChange, reading: ReadSession) -> UserError | None:
    """That more is captured of an order than it would cost.

    The merchant's calculator may say something else of what has left than when that was paid.
    """
    order = planned.order
    if planned.repriced.is_cancelled:
        return None
    due = amount_due(order)
    paid = replace(due, minor=await sum_captured(order, reading))
    if paid.minor <= due.minor:
        return None
    message = f"{paid.text} of it is captured, more than the {due.text} that would be due."
    return UserError(ErrorCode.NOT_MODIFIABLE, ORDER_PATH, message)


async def _count_for_caps(
    planned: PlannedChange, caller: Caller, work: UnitOfWork, dependencies: Dependencies
) -> PlannedChange | tuple[UserError, ...]:
    """``planned`` with what it adds without a sign-in counted; the refusal above a cap."""
    before, added = planned.repriced.before, planned.repriced.added
    is_free = access.is_staff(caller) or caller.is_signed_in
    if before.purchaser_id is None or is_free or added.minor <= 0:
        return planned
    unsigned_minor = before.unsigned_minor + added.minor
    policy = dependencies.policy
    await work.purchasers.lock(before.purchaser_id)
    since = dependencies.clock.now() - DAY_CAP_PERIOD
    spent_minor = await work.orders.sum_spent(before.purchaser_id, since, added.currency.code)
    is_above_cap = (
        added.currency != policy.order_cap.currency
        or unsigned_minor > policy.order_cap.minor
        or spent_minor + added.minor > policy.day_cap.minor
    )
    if is_above_cap:
        message = (
            f"Without a sign-in, an order may cost at most {policy.order_cap.amount}, and orders "
            f"of 24 hours {policy.day_cap.amount} {policy.day_cap.currency.code}. Sign in, then "
            "retry."
        )
        return (UserError(ErrorCode.LIMIT_EXCEEDED, QUANTITY_PATH, message),)
    counted = replace(planned.order, unsigned_minor=unsigned_minor)
    return replace(planned, repriced=replace(planned.repriced, after=counted))
