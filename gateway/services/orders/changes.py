"""Changes of an order until it is scheduled: a line, the address, or all that is open.

A change that makes the order no dearer than what is held is one transaction. A dearer one is stored
as pending, charged, and then applied: see ``pending_changes``. The order's version decides between
a change and whatever else happens to the order: who comes second looks at the order again. The
merchant's calculator is asked before the transaction: see ``change_calculations``.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import NoReturn

from gateway.engine.money import Money
from gateway.engine.orders.changes import (
    ORDER_PATH,
    QUANTITY_PATH,
    amount_due,
    gross_total,
)
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.shipments import order_status
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import access, charges, confirmation_mail, lifecycle, search
from gateway.services.orders.change_calculations import EarlierAnswers, try_with_answers
from gateway.services.orders.change_requests import ChangeOptions, ChangeRequest, plan_change
from gateway.services.orders.delivery_details import load_delivery, save_delivery
from gateway.services.orders.hold_releases import close_holds
from gateway.services.orders.joining import sum_paid
from gateway.services.orders.order_edits import OrderEdit, PlannedChange, preview_order
from gateway.services.orders.pending_changes import (
    CHANGE_LEASE,
    ChangeOutcomeUnknown,
    DearerChange,
    authorize_change,
    refuse_charge,
    undo_authorization,
    wait_for_pending,
)
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import (
    DuplicateKey,
    ReadSession,
    UnitOfWork,
    VersionConflict,
)
from gateway.services.ports.order_changes import PendingChange
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import AuthorizationGranted, ProviderUnavailable
from gateway.services.provider_waits import answer_in_time, limit_wait
from gateway.services.request_keys import find_result, record_result
from gateway.services.staff_actions import record_staff_action, staff_member


class _Rehearsed(Exception):
    """A dry run came to its end: what it has written is rolled back."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.id)
        self.order = order


class _Short(Exception):
    """There is not enough of something: what was written is rolled back."""

    def __init__(self, error: UserError) -> None:
        super().__init__(error.message)
        self.error = error


async def change_order(
    order_id: str,
    edit: OrderEdit,
    options: ChangeOptions | None = None,
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> Outcome[Order]:
    """The order of that id after ``edit``, or as it stands with the reasons against it."""
    if dependencies.calculator is not None:
        dependencies = replace(dependencies, calculator=EarlierAnswers(dependencies.calculator))
    change = ChangeRequest(order_id, edit, options or ChangeOptions(), caller, dependencies)
    with answer_in_time():
        return await _carry_out(change)


async def _carry_out(change: ChangeRequest) -> Outcome[Order]:
    async def attempt() -> Outcome[Order] | None:
        try:
            step = await try_with_answers(partial(_try_change, change), change.order_id)
            return await _charge(step, change) if isinstance(step, DearerChange) else step
        except DuplicateKey as error:
            if await wait_for_pending(change.order_id, change.dependencies):
                raise VersionConflict(change.order_id) from error
            return None

    outcome = await retry_on_conflict(attempt, None)
    if outcome is not None:
        return outcome
    return await _refuse(change, *changing_outcome("order", ORDER_PATH).user_errors)


async def _refuse(change: ChangeRequest, *errors: UserError) -> Outcome[Order]:
    """The refusal, with the order as it stands."""
    order = await access.find_visible_order(
        change.order_id, caller=change.caller, dependencies=change.dependencies
    )
    return Outcome(order, errors)


# -- planning and storing


async def _try_change(change: ChangeRequest) -> Outcome[Order] | DearerChange:
    """Make the change if nothing further is to be charged, else store it as pending.

    Raises:
        VersionConflict: the order was changed meanwhile.
        DuplicateKey: another change of it is pending.
        CalculationRequired: the merchant's calculator is to be asked before; nothing was stored.

    """
    dependencies = change.dependencies
    try:
        async with dependencies.database.begin() as work:
            order = await _load_changeable(change, work)
            if isinstance(order, Outcome):
                return order
            planned = await plan_change(change, order, work)
            if not isinstance(planned, PlannedChange):
                return Outcome(order, planned)
            payments = await work.order_payments.list_for(order.id)
            amount = _amount_to_charge(planned, payments)
            is_dearer = amount.minor > 0
            if is_dearer:
                # Before the goods: one that waits for another is to find its goods returned.
                pending = await _add_pending(planned, work, dependencies)
            await _reserve(planned, work, is_dearer=is_dearer)
            if change.options.dry_run:
                await _end_rehearsal(planned, work)
            if is_dearer:
                return DearerChange(pending, planned, amount, payments)
            changed_order, returning = await _store(change, planned, work)
            await close_holds(changed_order, work, dependencies)
    except _Rehearsed as rehearsed:
        return Outcome(rehearsed.order)
    except _Short as short:
        return await _refuse(change, short.error)
    await _announce(changed_order, returning, dependencies)
    return Outcome(changed_order)


async def _load_changeable(change: ChangeRequest, work: UnitOfWork) -> Order | Outcome[Order]:
    """The order; the outcome where there is none, or the same request was carried out before."""
    dependencies = change.dependencies
    earlier_result = await find_result(
        change.idempotent_request, work=work, dependencies=dependencies
    )
    order = await access.load_visible_order(change.order_id, change.caller, work, dependencies)
    if order is None:
        return error_outcome(ErrorCode.NOT_FOUND, ORDER_PATH, "There is no such order.")
    if isinstance(earlier_result, UserError):
        return Outcome(order, (earlier_result,))
    return order if earlier_result is None else Outcome(order)


async def _reserve(planned: PlannedChange, work: UnitOfWork, *, is_dearer: bool) -> None:
    """Take from stock what the change needs more.

    What a dearer change gives back is only given back once it is made.

    Raises:
        VersionConflict: there is not enough, but the order was changed meanwhile.
        DuplicateKey: there is not enough, but a pending change may give it back.

    """
    repriced = planned.repriced
    for shortage in await work.stock.reserve(
        repriced.taken, {} if is_dearer else repriced.returned
    ):
        order_id, version = planned.order.id, planned.order.version
        current_order = await work.orders.find(order_id)
        if current_order is None or current_order.version != version:
            raise VersionConflict(order_id)
        if not is_dearer and await work.order_changes.is_pending(order_id):
            raise DuplicateKey(order_id)
        message = f"Only {shortage.available} more are available."
        raise _Short(UserError(ErrorCode.OUT_OF_STOCK, QUANTITY_PATH, message))


async def _end_rehearsal(planned: PlannedChange, reading: ReadSession) -> NoReturn:
    raise _Rehearsed(preview_order(planned, await _with_status(planned.order, reading)))


def _amount_to_charge(planned: PlannedChange, payments: tuple[OrderPayment, ...]) -> Money:
    """The new due less what is held or captured, never below zero."""
    due = amount_due(planned.order)
    if planned.repriced.is_cancelled:
        return replace(due, minor=0)
    return replace(due, minor=max(0, due.minor - sum_paid(planned.order, payments).minor))


async def _with_status(order: Order, reading: ReadSession) -> Order:
    """``order`` with the status that its lines and parcels come to."""
    return replace(
        order, status=order_status(order, await reading.shipments.list_for_orders([order.id]))
    )


async def _store(
    change: ChangeRequest, planned: PlannedChange, work: UnitOfWork
) -> tuple[Order, tuple[OrderPayment, ...]]:
    """Store the order after ``planned``, whose goods are reserved; and charges being returned.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    dependencies, repriced = change.dependencies, planned.repriced
    returning: tuple[OrderPayment, ...] = ()
    if repriced.is_cancelled:
        order = await _save_order(change, repriced.before, planned, OrderStatus.CANCELLED, work)
        returning = await _undo_placement(order, work, dependencies)
    else:
        status = (await _with_status(planned.order, work)).status
        order = await _save_order(change, planned.order, planned, status, work)
        for stored_payment in planned.returned:
            await work.stored_values.credit(stored_payment.code, stored_payment.minor)
        if planned.delivery is not None:
            await save_delivery(order.id, planned.delivery, work, dependencies)
            keys = search.search_keys(planned.delivery, dependencies.cipher)
            await work.order_search.add(order.id, keys)
    await _ask_for_selection(repriced.returned, work, dependencies)
    await _record(change, planned, work)
    await confirmation_mail.post_change(order, planned.delivery, work, dependencies)
    return order, returning


async def _save_order(
    change: ChangeRequest,
    order: Order,
    planned: PlannedChange,
    status: OrderStatus,
    work: UnitOfWork,
) -> Order:
    if status in (OrderStatus.OPEN, OrderStatus.CANCELLED):
        delivery = planned.delivery
        return await lifecycle.change_order(
            order,
            planned.change,
            work,
            change.dependencies,
            actor=change.actor,
            detail=planned.detail,
            destination=None if delivery is None else delivery.address.destination,
        )
    # Nothing is left open: the order is as far as its parcels are.
    return await lifecycle.advance_order(
        order,
        planned.change,
        status,
        work,
        change.dependencies,
        actor=change.actor,
        detail=planned.detail,
    )


async def _undo_placement(
    order: Order, work: UnitOfWork, dependencies: Dependencies
) -> tuple[OrderPayment, ...]:
    """Give back the order's codes, stored value and uses; returns the charges being returned."""
    await work.code_uses.delete(order.id)
    delivery = await load_delivery(order.id, work, dependencies)
    for stored_payment in delivery.stored if delivery else ():
        await work.stored_values.credit(stored_payment.code, stored_payment.minor)
    if order.terms is not None and order.terms.promotions:
        await work.promotion_uses.release(order.id)
    return await charges.start_returning_all(order.id, work, dependencies)


async def _ask_for_selection(
    returned: Mapping[str, int], work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Ask for a run of selection if somebody waits for what went back to stock."""
    available = await work.stock.find_available(list(returned)) if returned else {}
    if any(count < returned[variant_id] for variant_id, count in available.items()):
        await work.selection_requests.request(dependencies.clock.now())


async def _record(change: ChangeRequest, planned: PlannedChange, work: UnitOfWork) -> None:
    """Keep what staff did, and the result of the request's key."""
    member, repriced = staff_member(change.caller), planned.repriced
    if member is not None:
        await record_staff_action(
            work,
            member,
            change.edit.operation,
            change.order_id,
            None,
            {
                "change": planned.detail,
                "totalBefore": gross_total(repriced.before).minor,
                "totalAfter": 0 if repriced.is_cancelled else gross_total(repriced.after).minor,
            },
            dependencies=change.dependencies,
        )
    await record_result(
        change.idempotent_request, change.order_id, work=work, dependencies=change.dependencies
    )


async def _announce(
    order: Order, returning: tuple[OrderPayment, ...], dependencies: Dependencies
) -> None:
    await dependencies.wakeups.announce(lifecycle.order_topic(order.id))
    await dependencies.wakeups.announce(DUE_TOPIC)
    # What is not told in time the worker tells.
    with contextlib.suppress(ProviderUnavailable):
        async with limit_wait():
            for payment in returning:
                await charges.complete_payment_change(payment, dependencies)


# -- a dearer order


async def _add_pending(
    planned: PlannedChange, work: UnitOfWork, dependencies: Dependencies
) -> PendingChange:
    """Store the change as pending; raises ``DuplicateKey`` while another of the order is."""
    now = dependencies.clock.now()
    pending = PendingChange(
        dependencies.ids.new("och"),
        planned.order.id,
        tuple(planned.repriced.taken.items()),
        now,
    )
    await work.order_changes.add(pending, now + CHANGE_LEASE)
    return pending


async def _charge(dearer: DearerChange, change: ChangeRequest) -> Outcome[Order]:
    """Charge what the change adds, then make it; refused, nothing is changed.

    Raises:
        VersionConflict: the order was changed meanwhile; nothing is held for the change any more.

    """
    dependencies = change.dependencies
    authorization = await authorize_change(dearer, dependencies)
    if not isinstance(authorization, AuthorizationGranted):
        # Where the provider has not answered the worker asks again, and rolls the change back.
        with contextlib.suppress(ChangeOutcomeUnknown):
            await undo_authorization(dearer.pending, authorization, dependencies)
        return await _refuse(change, refuse_charge(authorization))
    try:
        order = await _store_charged(dearer, authorization, change)
    except VersionConflict:
        with contextlib.suppress(ChangeOutcomeUnknown):
            await undo_authorization(dearer.pending, authorization, dependencies)
        raise
    await _announce(order, (), dependencies)
    return Outcome(order)


async def _store_charged(
    dearer: DearerChange, authorization: AuthorizationGranted, change: ChangeRequest
) -> Order:
    """Make a change whose further charge is authorized.

    Raises:
        VersionConflict: the order was changed meanwhile, or the worker has rolled the change back.

    """
    dependencies, planned = change.dependencies, dearer.planned
    async with dependencies.database.begin() as work:
        # Locked in the same order as before: key, pending change, stock, order.
        await find_result(change.idempotent_request, work=work, dependencies=dependencies)
        if not await work.order_changes.delete(dearer.pending):
            raise VersionConflict(dearer.pending.id)
        await work.stock.release(planned.repriced.returned)
        order, _ = await _store(change, planned, work)
        await lifecycle.add_charge(
            order,
            dearer.amount,
            planned.purchase_id or dearer.pending.id,
            authorization,
            work,
            dependencies,
        )
        await close_holds(order, work, dependencies)
    return order
