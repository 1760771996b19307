"""Refunds: money of an order given back by staff, in part and repeated.

A refund is stored with its payment operations, one for each charge that something is given back
of, the oldest first. It is COMPLETED when all of them are done and FAILED when one of them failed,
which may be later; stored value goes back to its codes and the buyer is told once it is completed.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.engine.money import InvalidAmount, Money, money_from_major_units
from gateway.engine.orders.amounts import OrderAmounts, TaxedShare
from gateway.engine.orders.order import Order, OrderChange, OrderStatus
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.orders.payments import OrderMoney, plan_charge_refunds
from gateway.engine.orders.refunds import Refund, RefundRequest, count_quantities, plan_refund
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.user_errors import ErrorCode, ErrorCollector, UserError
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import lifecycle
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.orders.order_money import amounts_of, planned_money
from gateway.services.orders.payment_operations import add_operation, complete_operation
from gateway.services.orders.refund_outcomes import end_refund
from gateway.services.orders.restocking import list_unplaceable, put_back, sent_quantities
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import ReadSession, UnitOfWork, VersionConflict
from gateway.services.ports.payment_operations import PaymentOperation, PaymentOperationKind
from gateway.services.ports.payments import InvalidChargeState, ProviderUnavailable
from gateway.services.ports.refunds import OrderRefund, RefundStatus
from gateway.services.provider_waits import limit_wait
from gateway.services.request_keys import (
    IdempotentRequest,
    find_result,
    record_result,
    request_scope,
)
from gateway.services.staff_actions import (
    StaffMember,
    reason_error,
    record_staff_action,
    require_staff,
)

ORDER_REFUND = "orderRefund"
ORDER_PATH = ("input", "orderId")
AMOUNT_PATH = ("input", "amount")
RESTOCK_PATH = ("input", "restock")


@dataclass(frozen=True, slots=True)
class RefundDraft:
    """What staff ask to be given back, ``amount`` in major units of the order's currency."""

    order_id: str
    lines: tuple[LineQuantity, ...] | None = None
    shipping: bool = False
    amount: Decimal | None = None
    reason: str | None = None
    restock: bool = False

    def to_request(self, order: Order) -> RefundRequest | UserError:
        """The same in minor units, or why its amount is none."""
        if self.amount is None:
            return RefundRequest(self.lines, self.shipping)
        try:
            amount = money_from_major_units(self.amount, order.currency)
        except InvalidAmount as error:
            return UserError(ErrorCode.INVALID_INPUT, AMOUNT_PATH, f"Not an amount: {error}.")
        return RefundRequest(self.lines, self.shipping, amount.minor)


async def refund_order(
    draft: RefundDraft, idempotency_key: str, *, caller: Caller, dependencies: Dependencies
) -> Outcome[OrderRefund]:
    """The refund that staff ask for, once the provider has been told of it."""
    member = require_staff(caller)
    if isinstance(member, UserError):
        return Outcome(user_errors=(member,))
    error = reason_error(draft.reason)
    if error is not None:
        return Outcome(user_errors=(error,))
    request = _request(draft, idempotency_key, caller)

    async def store() -> Outcome[OrderRefund]:
        async with dependencies.database.begin() as work:
            return await _store_draft(draft, request, member, work, dependencies)

    conflict: Outcome[OrderRefund] = changing_outcome("order", ORDER_PATH)
    outcome = await retry_on_conflict(store, conflict)
    if outcome.value is None:
        return outcome
    return Outcome(await complete_refund(outcome.value, dependencies))


def _request(draft: RefundDraft, idempotency_key: str, caller: Caller) -> IdempotentRequest:
    lines = None
    if draft.lines is not None:
        lines = [[line.line_id, line.quantity] for line in draft.lines]
    body = {
        "orderId": draft.order_id,
        "lines": lines,
        "shipping": draft.shipping,
        "amount": None if draft.amount is None else str(draft.amount.normalize()),
        "reason": draft.reason,
        "restock": draft.restock,
    }
    return IdempotentRequest(request_scope(caller), idempotency_key, ORDER_REFUND, body)


async def _store_draft(
    draft: RefundDraft,
    request: IdempotentRequest,
    member: StaffMember,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Outcome[OrderRefund]:
    """Store the refund with everything that follows from it, or the earlier one of its key.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    result = await find_result(request, work=work, dependencies=dependencies)
    if isinstance(result, UserError):
        return Outcome(user_errors=(result,))
    if result is not None:
        return Outcome((await work.refunds.find_many([result])).get(result))
    order = await work.orders.find(draft.order_id)
    if order is None:
        return error_outcome(ErrorCode.NOT_FOUND, ORDER_PATH, "There is no such order.")
    plan = await _plan_draft(draft, order, work, dependencies)
    if not isinstance(plan, RefundPlan):
        return Outcome(user_errors=plan)
    refund = await store_refund(
        order,
        plan,
        lifecycle.staff_actor(member),
        work,
        dependencies,
        reason=draft.reason,
        restock=draft.restock,
    )
    restocked = plan.line_counts if draft.restock else {}
    await put_back(order, restocked, work, dependencies)
    await record_staff_action(
        work,
        member,
        ORDER_REFUND,
        order.id,
        draft.reason,
        {
            "refund": refund.id,
            "amount": refund.amount.minor,
            "currency": refund.currency.code,
            "restocked": sum(restocked.values()),
        },
        dependencies=dependencies,
    )
    await record_result(request, refund.id, work=work, dependencies=dependencies)
    return Outcome(refund)


async def _plan_draft(
    draft: RefundDraft, order: Order, reading: ReadSession, dependencies: Dependencies
) -> "RefundPlan | tuple[UserError, ...]":
    """What the draft gives back and puts back, or why it is refused."""
    request = draft.to_request(order)
    if isinstance(request, UserError):
        return (request,)
    plan = await plan_order_refund(order, request, reading, dependencies)
    if not isinstance(plan, RefundPlan) or not draft.restock:
        return plan
    return await _restock_errors(order, plan.line_counts, reading) or plan


async def _restock_errors(
    order: Order, counts: dict[str, int], reading: ReadSession
) -> tuple[UserError, ...]:
    if not counts:
        message = "Only lines can be put back into stock, and this refund is of no line."
        return (UserError(ErrorCode.INVALID_INPUT, RESTOCK_PATH, message),)
    return await list_unplaceable(order, counts, RESTOCK_PATH, reading)


# -- planning and storing


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What is given back, and the money of the order that it is taken of."""

    shares: Refund
    money: OrderMoney

    @property
    def line_counts(self) -> dict[str, int]:
        """How many of each line it is for, by line id."""
        return {line.line_id: line.quantity for line in self.shares.lines}


async def plan_order_refund(
    order: Order, request: RefundRequest, reading: ReadSession, dependencies: Dependencies
) -> RefundPlan | tuple[UserError, ...]:
    """What ``request`` gives back of ``order``, or why it cannot.

    Counted as captured is what the provider has confirmed, as refunded also what is on its way.
    Lines that have not left the house are not captured: they are cancelled, not refunded.
    """
    payments = await reading.order_payments.list_for(order.id)
    if any(payment.state is OrderPaymentState.REFUNDING for payment in payments):
        message = "All of a charge of the order is being given back: try again."
        return (UserError(ErrorCode.NOT_MODIFIABLE, ORDER_PATH, message),)
    operations = await reading.payment_operations.list_for(order.id)
    money = planned_money(
        order,
        payments,
        [operation for operation in operations if operation.kind is PaymentOperationKind.REFUND],
    )
    amounts = await _refundable_amounts(order, reading, dependencies)
    earlier = [refund.shares for refund in await list_standing_refunds(order.id, reading)]
    unlisted_minor = money.refunded - sum(shares.charged for shares in earlier)
    if unlisted_minor > 0:
        # Given back before refunds were kept, or by one that failed in part.
        earlier.append(Refund((), TaxedShare(), amounts.total.take(unlisted_minor)))
    shares = plan_refund(request, amounts, money.captured, earlier)
    if not isinstance(shares, Refund):
        return shares
    errors = await _unsent_errors(order, request.lines or (), earlier, reading)
    return errors or RefundPlan(shares, money)


async def _unsent_errors(
    order: Order,
    lines: tuple[LineQuantity, ...],
    earlier: Iterable[Refund],
    reading: ReadSession,
) -> tuple[UserError, ...]:
    collector = ErrorCollector()
    if lines:
        parcels = await reading.shipments.list_for_orders([order.id])
        quantities = sent_quantities(order, parcels)
        for refund_line in (line for shares in earlier for line in shares.lines):
            if refund_line.line_id in quantities:
                quantities[refund_line.line_id] -= refund_line.quantity
        available = {line_id: max(quantity, 0) for line_id, quantity in quantities.items()}
        count_quantities(lines, available, "refund of what has left", collector)
    return tuple(collector.errors)


async def list_standing_refunds(order_id: str, reading: ReadSession) -> tuple[OrderRefund, ...]:
    """The refunds of an order that count: all but those that failed."""
    refunds = await reading.refunds.list_for_orders([order_id])
    return tuple(refund for refund in refunds if not refund.has_failed)


async def _refundable_amounts(
    order: Order, reading: ReadSession, dependencies: Dependencies
) -> OrderAmounts:
    """What the order comes to, without the stored value that can go back to no code.

    That of a cancelled order has gone back already, that of an erased buyer has no code any more.
    """
    amounts = amounts_of(order)
    if amounts.stored_value == 0:
        return amounts
    delivery = await load_delivery(order.id, reading, dependencies)
    if order.status is not OrderStatus.CANCELLED and delivery is not None:
        return amounts
    return replace(amounts, total=amounts.total.take(amounts.due), stored_value=0)


async def store_refund(
    order: Order,
    plan: RefundPlan,
    actor: str,
    work: UnitOfWork,
    dependencies: Dependencies,
    *,
    reason: str | None = None,
    restock: bool = False,
    status: OrderStatus | None = None,
) -> OrderRefund:
    """Store a refund with its event and payment operations; ``complete_refund`` does the rest.

    ``status`` is the order's from then on; None: it stays as it is.

    Raises:
        VersionConflict: the order or its charges were changed meanwhile.

    """
    now = dependencies.clock.now()
    refund = OrderRefund(
        id=dependencies.ids.new("ref"),
        order_id=order.id,
        shares=plan.shares,
        currency=order.currency,
        status=RefundStatus.PENDING,
        created_at=now,
        by=actor,
        reason=reason,
        restock=restock,
    )
    await lifecycle.advance_order(
        order,
        OrderChange.REFUNDED,
        order.status if status is None else status,
        work,
        dependencies,
        actor=actor,
        detail=refund.amount.text + (f": {reason}" if reason else ""),
    )
    await lifecycle.ask_for_selection(order, work, dependencies)
    await work.refunds.add(refund)
    operations = _list_operations(refund, plan.money, dependencies)
    try:
        for operation in operations:
            await add_operation(operation, work, dependencies)
    except InvalidChargeState as error:
        raise VersionConflict(order.id) from error
    if operations:
        return refund
    return await end_refund(refund, RefundStatus.COMPLETED, work, dependencies)


def _list_operations(
    refund: OrderRefund, money: OrderMoney, dependencies: Dependencies
) -> list[PaymentOperation]:
    shares = plan_charge_refunds(refund.shares.charged, money)
    if sum(share.amount for share in shares) != refund.shares.charged:
        raise VersionConflict(refund.order_id)
    return [
        PaymentOperation(
            id=dependencies.ids.new("pop"),
            payment_id=share.charge_id,
            order_id=refund.order_id,
            kind=PaymentOperationKind.REFUND,
            amount=Money(share.amount, refund.currency),
            created_at=refund.created_at,
            subject_id=refund.id,
        )
        for share in shares
    ]


# -- telling the provider


async def complete_refund(refund: OrderRefund, dependencies: Dependencies) -> OrderRefund:
    """The refund once the provider has been told; still PENDING where it has not answered."""
    await complete_refunds([refund.order_id], dependencies)
    async with dependencies.database.read() as reading:
        return (await reading.refunds.find_many([refund.id])).get(refund.id, refund)


async def complete_refunds(order_ids: Iterable[str], dependencies: Dependencies) -> None:
    """Tell the provider of the refunds of these orders that it was not told of."""
    # What is not told in time the worker tells.
    with suppress(ProviderUnavailable):
        async with limit_wait():
            for order_id in order_ids:
                await _complete_refunds_of(order_id, dependencies)
    await dependencies.wakeups.announce(DUE_TOPIC)


async def _complete_refunds_of(order_id: str, dependencies: Dependencies) -> None:
    async with dependencies.database.read() as reading:
        operations = await reading.payment_operations.list_for(order_id)
    for operation in operations:
        if operation.kind is PaymentOperationKind.REFUND and operation.is_pending:
            await complete_operation(operation, dependencies)
    await dependencies.wakeups.announce(lifecycle.order_topic(order_id))
