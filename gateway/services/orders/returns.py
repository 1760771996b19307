"""Returns: what was delivered comes back, is received in part or whole, refunded and restocked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.engine.orders.order import Order, OrderChange
from gateway.engine.orders.refunds import RefundRequest
from gateway.engine.orders.returns import (
    OrderReturn,
    ReturnStatus,
    advance_return,
    newly_received,
    request_return,
)
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services import encryption
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import lifecycle
from gateway.services.orders.access import can_view, load_opened, order_owner
from gateway.services.orders.refunds import (
    ORDER_PATH,
    RESTOCK_PATH,
    RefundPlan,
    complete_refund,
    plan_order_refund,
    store_refund,
)
from gateway.services.orders.restocking import delivered_quantities, list_unplaceable, put_back
from gateway.services.orders.worth import is_worth_nothing
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.refunds import OrderRefund, SealedReason, StoredReturn
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

RETURN_REQUEST, RETURN_UPDATE = "returnRequest", "returnUpdate"
RETURN_PATH, REFUND_PATH = ("input", "returnId"), ("input", "refund")


@dataclass(frozen=True, slots=True)
class ReturnDraft:
    """What is to come back of an order, and why in the buyer's words."""

    order_id: str
    lines: tuple[LineQuantity, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnUpdate:
    """What staff say of a return: its status and, with RECEIVED, what came in.

    ``lines`` None: all that was still to come. What came in is given back the money of where
    ``refund``, and put into stock where ``restock``.
    """

    return_id: str
    status: ReturnStatus
    lines: tuple[LineQuantity, ...] | None = None
    refund: bool = True
    restock: bool = True


# -- requesting


async def request_order_return(
    draft: ReturnDraft,
    idempotency_key: str | None,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[StoredReturn]:
    """The return that the caller asks for, of an order that they may see."""
    error = reason_error(draft.reason)
    if error is not None:
        return Outcome(user_errors=(error,))
    body = {"orderId": draft.order_id, "lines": _body(draft.lines), "reason": draft.reason}
    request = IdempotentRequest(request_scope(caller), idempotency_key, RETURN_REQUEST, body)

    async def store() -> Outcome[StoredReturn]:
        async with dependencies.database.begin() as work:
            return await _store_request(draft, request, caller, work, dependencies)

    return await retry_on_conflict(store, changing_outcome("order", ORDER_PATH))


def _body(lines: tuple[LineQuantity, ...] | None) -> list[list[str | int]] | None:
    return None if lines is None else [[line.line_id, line.quantity] for line in lines]


async def _store_request(
    draft: ReturnDraft,
    request: IdempotentRequest,
    caller: Caller,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Outcome[StoredReturn]:
    """Store a return, or find the earlier one of its key.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    result = await find_result(request, work=work, dependencies=dependencies)
    if isinstance(result, UserError):
        return Outcome(user_errors=(result,))
    if result is not None:
        return Outcome(await work.returns.find(result))
    order = await work.orders.find(draft.order_id)
    if order is None or not await _can_ask(order, caller, work, dependencies):
        return error_outcome(ErrorCode.NOT_FOUND, ORDER_PATH, "There is no such order.")
    delivered = delivered_quantities(order, await work.shipments.list_for_orders([order.id]))
    returns = await work.returns.list_for_orders([order.id])
    progress = request_return(draft.lines, delivered, [earlier.progress for earlier in returns])
    if not isinstance(progress, OrderReturn):
        return Outcome(user_errors=progress)
    # Two requests at once must not both count the same goods.
    await lifecycle.lock_order(order, work, dependencies)
    stored_return = StoredReturn(
        dependencies.ids.new("ret"), order.id, progress, dependencies.clock.now()
    )
    await work.returns.add(
        stored_return,
        await _seal_reason(draft.reason, stored_return.id, order, work, dependencies),
    )
    await record_result(request, stored_return.id, work=work, dependencies=dependencies)
    return Outcome(stored_return)


async def _can_ask(
    order: Order, caller: Caller, work: UnitOfWork, dependencies: Dependencies
) -> bool:
    """Whether the caller may return something of ``order``: whoever sees it may."""
    is_opened = await load_opened(order_owner(order), caller, work, dependencies)
    return can_view(order, caller, is_opened=is_opened)


async def _seal_reason(
    reason: str | None,
    return_id: str,
    order: Order,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> SealedReason | None:
    if not reason:
        return None
    subject = order.purchaser_id or order.id
    sealed = await encryption.seal(
        reason.encode(),
        subject=subject,
        context=reason_context(return_id),
        work=work,
        cipher=dependencies.cipher,
    )
    return SealedReason(subject, sealed)


def reason_context(return_id: str) -> str:
    """What the reason of a return is sealed for."""
    return f"returns.reason:{return_id}"


# -- what staff say


@dataclass(frozen=True, slots=True)
class _Update:
    """A return before and after staff's word, what came in, and the refund planned for it."""

    before: StoredReturn
    progress: OrderReturn
    order: Order
    received: Mapping[str, int]
    plan: RefundPlan | None


async def update_return(
    word: ReturnUpdate,
    idempotency_key: str | None,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[StoredReturn]:
    """The return after staff's word, once the provider has been told of its refund."""
    member = require_staff(caller)
    if isinstance(member, UserError):
        return Outcome(user_errors=(member,))
    body = {
        "returnId": word.return_id,
        "status": word.status,
        "lines": _body(word.lines),
        "refund": word.refund,
        "restock": word.restock,
    }
    request = IdempotentRequest(request_scope(caller), idempotency_key, RETURN_UPDATE, body)

    async def store() -> tuple[Outcome[StoredReturn], OrderRefund | None]:
        async with dependencies.database.begin() as work:
            earlier_outcome = await _find_earlier(request, work, dependencies)
            if earlier_outcome is not None:
                return earlier_outcome, None
            update = await _plan_update(word, work, dependencies)
            if not isinstance(update, _Update):
                return Outcome(user_errors=update), None
            updated_return, refund = await _store_update(update, word, member, work, dependencies)
            await record_result(request, updated_return.id, work=work, dependencies=dependencies)
            return Outcome(updated_return), refund

    conflict: tuple[Outcome[StoredReturn], OrderRefund | None] = (
        changing_outcome("order", RETURN_PATH),
        None,
    )
    outcome, refund = await retry_on_conflict(store, conflict)
    if outcome.value is not None:
        await _announce(outcome.value, refund, dependencies)
    return outcome


async def _announce(
    stored_return: StoredReturn, refund: OrderRefund | None, dependencies: Dependencies
) -> None:
    if refund is not None:
        await complete_refund(refund, dependencies)
    else:
        await dependencies.wakeups.announce(lifecycle.order_topic(stored_return.order_id))
        await dependencies.wakeups.announce(DUE_TOPIC)


async def _find_earlier(
    request: IdempotentRequest, work: UnitOfWork, dependencies: Dependencies
) -> Outcome[StoredReturn] | None:
    result = await find_result(request, work=work, dependencies=dependencies)
    if isinstance(result, UserError):
        return Outcome(user_errors=(result,))
    return None if result is None else Outcome(await work.returns.find(result))


async def _plan_update(
    word: ReturnUpdate, work: UnitOfWork, dependencies: Dependencies
) -> _Update | tuple[UserError, ...]:
    """What follows from the word, or why it is refused; nothing is stored."""
    current = await work.returns.find(word.return_id)
    order = None if current is None else await work.orders.find(current.order_id)
    if current is None or order is None:
        return (UserError(ErrorCode.NOT_FOUND, RETURN_PATH, "There is no such return."),)
    progress = advance_return(current.progress, word.status, word.lines)
    if not isinstance(progress, OrderReturn):
        return progress
    lines = newly_received(current.progress, progress)
    received = {line.line_id: line.quantity for line in lines}
    if word.restock:
        errors = await list_unplaceable(order, received, RESTOCK_PATH, work)
        if errors:
            return errors
    if not lines or not word.refund or is_worth_nothing(order, received):
        return _Update(current, progress, order, received, None)
    plan = await plan_order_refund(order, RefundRequest(lines), work, dependencies)
    if not isinstance(plan, RefundPlan):
        return tuple(replace(error, field=REFUND_PATH) for error in plan)
    return _Update(current, progress, order, received, plan)


async def _store_update(
    update: _Update,
    word: ReturnUpdate,
    member: StaffMember,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> tuple[StoredReturn, OrderRefund | None]:
    """Store the return as it is now, with the refund of what came in.

    Raises:
        VersionConflict: the return or its order was changed meanwhile.

    """
    actor, order, refund = lifecycle.staff_actor(member), update.order, None
    restocked = dict(update.before.restocked)
    if update.received:
        order = await lifecycle.advance_order(
            order,
            OrderChange.RETURNED,
            order.status,
            work,
            dependencies,
            actor=actor,
            detail=f"{sum(update.received.values())} came back",
        )
        if word.restock:
            await put_back(order, update.received, work, dependencies)
            for line_id, quantity in update.received.items():
                restocked[line_id] = restocked.get(line_id, 0) + quantity
        if update.plan is not None:
            refund = await store_refund(order, update.plan, actor, work, dependencies)
    updated_return = replace(
        update.before,
        progress=update.progress,
        restocked=restocked,
        refund_id=update.before.refund_id if refund is None else refund.id,
        version=update.before.version + 1,
    )
    await work.returns.save(updated_return)
    await _record_action(update, word, refund, member, work, dependencies)
    return updated_return, refund


async def _record_action(
    update: _Update,
    word: ReturnUpdate,
    refund: OrderRefund | None,
    member: StaffMember,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    detail: dict[str, str | int] = {"status": word.status, "order": update.order.id}
    if update.received:
        count = sum(update.received.values())
        detail |= {"received": count, "restocked": count if word.restock else 0}
    if refund is not None:
        detail |= {
            "refund": refund.id,
            "amount": refund.amount.minor,
            "currency": refund.currency.code,
        }
    await record_staff_action(
        work, member, RETURN_UPDATE, update.before.id, None, detail, dependencies=dependencies
    )
