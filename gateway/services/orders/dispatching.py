"""Dispatching: a parcel leaves the house, and its share of the money is captured."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.engine.orders.order import Order, OrderChange
from gateway.engine.orders.shipments import (
    LineQuantity,
    Shipment,
    ShipmentLine,
    ShipmentState,
    order_status,
    split_lines,
)
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath, UserError
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import delivery_details, lifecycle
from gateway.services.orders.capture_plans import line_quantities, plan_captures
from gateway.services.orders.fulfilment import add_shipment
from gateway.services.orders.hold_releases import release_remaining_holds
from gateway.services.orders.payment_operations import (
    CAPTURED_BY_OTHERS,
    add_operation,
    complete_operation,
)
from gateway.services.orders.shipment_addresses import ShipTo, load_ship_to, seal_ship_to
from gateway.services.orders.shipment_mails import post_dispatch_mail
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationState,
)
from gateway.services.ports.payments import ProviderUnavailable
from gateway.services.provider_waits import answer_in_time, limit_wait
from gateway.services.request_keys import IdempotentRequest, find_result, record_result
from gateway.services.staff_actions import StaffMember, record_staff_action

SHIPMENT_PATH: InputPath = ("input", "shipmentId")
LINES_PATH: InputPath = ("input", "lines")

MAX_RELEASE_WAIT = timedelta(seconds=1)
"""How long a dispatch waits until what is still held is let go."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What staff or the carrier say of a parcel that leaves.

    ``lines`` None: all of it. ``path`` is where its errors belong; ``actor`` who says it.
    """

    shipment_id: str
    actor: str
    lines: tuple[LineQuantity, ...] | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    request: IdempotentRequest | None = None
    member: StaffMember | None = None
    path: InputPath = SHIPMENT_PATH


async def dispatch_shipment(dispatch: Dispatch, dependencies: Dependencies) -> Outcome[Shipment]:
    """The shipment on its way, once the share of its lines is captured.

    A repetition captures nothing more. With fewer lines the rest becomes a shipment of its own.
    """
    with answer_in_time():
        return await _dispatch(dispatch, dependencies)


async def _dispatch(
    dispatch: Dispatch, dependencies: Dependencies, *, is_again: bool = False
) -> Outcome[Shipment]:
    start = await _start_captures(dispatch, dependencies)
    if not isinstance(start, StartedDispatch):
        return start
    unfinished = await _capture(start.operations, dependencies)
    if unfinished is not None and unfinished.reason == CAPTURED_BY_OTHERS and not is_again:
        # Now that it counts, less is to be captured, or nothing.
        return await _dispatch(dispatch, dependencies, is_again=True)
    if unfinished is not None:
        return _capture_refusal(unfinished, dispatch.path)
    conflict: tuple[Outcome[Shipment], list[PaymentOperation]] = (
        changing_outcome("order", dispatch.path),
        [],
    )
    outcome, releases = await retry_on_conflict(
        lambda: _finish_dispatch(dispatch, dependencies), conflict
    )
    await _announce(outcome, dependencies)
    # What fails here the worker tries again: the parcel has left.
    with suppress(ProviderUnavailable):
        async with limit_wait(MAX_RELEASE_WAIT):
            for operation in releases:
                await complete_operation(operation, dependencies)
    return outcome


async def _capture(
    operations: Sequence[PaymentOperation], dependencies: Dependencies
) -> PaymentOperation | None:
    """The first of ``operations`` that did not come about in time; None if all did."""
    operation: PaymentOperation | None = None
    try:
        async with limit_wait():
            for operation in operations:
                completed = await complete_operation(operation, dependencies)
                if completed.state is not PaymentOperationState.DONE:
                    return completed
    except ProviderUnavailable:
        return operation
    return None


def _capture_refusal(operation: PaymentOperation, path: InputPath) -> Outcome[Shipment]:
    amount = operation.amount.text
    if operation.is_pending:
        message = f"It is not yet confirmed that {amount} is captured: try again."
        return error_outcome(ErrorCode.PURCHASE_IN_PROGRESS, path, message)
    message = f"The payment provider refused to capture {amount}: the parcel stays here."
    return error_outcome(ErrorCode.PAYMENT_DECLINED, path, message)


# -- the money first


@dataclass(frozen=True, slots=True)
class StartedDispatch:
    """The captures that a dispatch needs, stored."""

    operations: tuple[PaymentOperation, ...]


async def _start_captures(
    dispatch: Dispatch, dependencies: Dependencies
) -> StartedDispatch | Outcome[Shipment]:
    """Store the captures, or the outcome where there is nothing to capture for."""
    async with dependencies.database.begin() as work:
        outcome = await find_earlier_outcome(dispatch, work, dependencies)
        if outcome is not None:
            return outcome
        shipment = await work.shipments.find(dispatch.shipment_id)
        refusal = check_dispatch(dispatch, shipment)
        if shipment is None or refusal:
            return Outcome(user_errors=refusal)
        leaving, _ = split_shipment(shipment, dispatch.lines)
        operations: list[PaymentOperation] = []
        planned_operations: list[PaymentOperation] = []
        for order in await _load_orders(shipment, work):
            # What an earlier try left pending has to come about before the parcel leaves, too.
            operations += await _list_pending(order.id, shipment.id, work)
            plan = await plan_captures(order, leaving, shipment, work, dependencies)
            if isinstance(plan, UserError):
                return Outcome(user_errors=(replace(plan, field=dispatch.path),))
            planned_operations += plan
        for operation in planned_operations:
            operations.append(await add_operation(operation, work, dependencies))
        return StartedDispatch(tuple(operations))


async def _list_pending(
    order_id: str, shipment_id: str, work: UnitOfWork
) -> list[PaymentOperation]:
    """The captures for a shipment that the provider has not confirmed."""
    return [
        operation
        for operation in await work.payment_operations.list_for(order_id)
        if operation.is_pending and operation.subject_id == shipment_id
    ]


async def find_earlier_outcome(
    dispatch: Dispatch, work: UnitOfWork, dependencies: Dependencies
) -> Outcome[Shipment] | None:
    """The outcome of an equal request, or the refusal of its key; None to go on."""
    if dispatch.request is None:
        return None
    result = await find_result(dispatch.request, work=work, dependencies=dependencies)
    if isinstance(result, UserError):
        return Outcome(user_errors=(result,))
    return None if result is None else Outcome(await work.shipments.find(result))


def check_dispatch(dispatch: Dispatch, shipment: Shipment | None) -> tuple[UserError, ...]:
    """Why the shipment cannot leave; empty if it can."""
    collector = ErrorCollector()
    if shipment is None:
        collector.add(dispatch.path, "There is no such shipment.", ErrorCode.NOT_FOUND)
    elif shipment.state is not ShipmentState.READY:
        message = f"The shipment is {shipment.state.lower()}: it has left or will not leave."
        collector.add(dispatch.path, message, ErrorCode.NOT_MODIFIABLE)
    else:
        _check_lines(dispatch.lines, shipment.lines, collector)
    return tuple(collector.errors)


def _check_lines(
    quantities: Sequence[LineQuantity] | None,
    lines: Iterable[ShipmentLine],
    collector: ErrorCollector,
) -> None:
    if quantities is None:
        return
    left = {line.line_id: line.quantity for line in lines}
    if not quantities:
        collector.add(LINES_PATH, "Name at least one line, or leave the lines out for all.")
    for index, asked in enumerate(quantities):
        path = (*LINES_PATH, str(index))
        if asked.line_id not in left:
            collector.add((*path, "lineId"), "The shipment has no such line.", ErrorCode.NOT_FOUND)
        elif not 1 <= asked.quantity <= left[asked.line_id]:
            message = f"The quantity must be between 1 and {left[asked.line_id]}, which are left."
            collector.add((*path, "quantity"), message)
        else:
            left[asked.line_id] -= asked.quantity


def split_shipment(
    shipment: Shipment, quantities: Iterable[LineQuantity] | None
) -> tuple[tuple[ShipmentLine, ...], tuple[ShipmentLine, ...]]:
    """The lines of ``shipment`` that leave, and those that stay."""
    return (shipment.lines, ()) if quantities is None else split_lines(shipment.lines, quantities)


async def _load_orders(shipment: Shipment, work: UnitOfWork) -> tuple[Order, ...]:
    orders = [await work.orders.find(order_id) for order_id in shipment.order_ids]
    return tuple(order for order in orders if order is not None)


# -- then the parcel


async def _finish_dispatch(
    dispatch: Dispatch, dependencies: Dependencies
) -> tuple[Outcome[Shipment], list[PaymentOperation]]:
    """Store that the parcel has left; returns the holds to let go as well.

    Raises:
        VersionConflict: the shipment or one of its orders was changed meanwhile.

    """
    async with dependencies.database.begin() as work:
        outcome = await find_earlier_outcome(dispatch, work, dependencies)
        if outcome is not None:
            return outcome, []
        shipment = await work.shipments.find(dispatch.shipment_id)
        refusal = check_dispatch(dispatch, shipment)
        if shipment is None or refusal:
            return Outcome(user_errors=refusal), []
        ship_to = (await load_ship_to([shipment.id], work, dependencies)).get(shipment.id)
        dispatched_shipment = await _save_dispatched(
            dispatch, shipment, ship_to, work, dependencies
        )
        releases = []
        for order in await _load_orders(dispatched_shipment, work):
            changed_order = await _save_order(
                order, dispatched_shipment, dispatch, work, dependencies
            )
            releases += await release_remaining_holds(
                changed_order, shipment.id, work, dependencies
            )
        if dispatch.member is not None:
            await record_staff_action(
                work,
                dispatch.member,
                "shipmentDispatch",
                shipment.id,
                None,
                {"quantity": sum(line.quantity for line in dispatched_shipment.lines)},
                dependencies=dependencies,
            )
        if dispatch.request is not None:
            await record_result(dispatch.request, shipment.id, work=work, dependencies=dependencies)
    return Outcome(dispatched_shipment), releases


async def _save_dispatched(
    dispatch: Dispatch,
    shipment: Shipment,
    ship_to: ShipTo | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Shipment:
    now = dependencies.clock.now()
    leaving, remaining = split_shipment(shipment, dispatch.lines)
    dispatched_shipment = replace(
        shipment.enter(ShipmentState.DISPATCHED, now),
        lines=leaving,
        carrier=dispatch.carrier or shipment.carrier,
        tracking_number=dispatch.tracking_number or shipment.tracking_number,
    )
    sealed_address = None
    if ship_to is not None:
        subject = shipment.purchaser_id or shipment.order_ids[0]
        if remaining:
            await _add_remaining(shipment, remaining, ship_to, subject, work, dependencies)
        sealed_address = await seal_ship_to(
            shipment.id,
            replace(ship_to, tracking_url=dispatch.tracking_url or ship_to.tracking_url),
            subject,
            work,
            dependencies,
        )
    await work.shipments.save(dispatched_shipment, sealed_address)
    return dispatched_shipment


async def _add_remaining(
    shipment: Shipment,
    lines: tuple[ShipmentLine, ...],
    ship_to: ShipTo,
    subject: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Make what stays a shipment of its own."""
    remaining_shipment = replace(
        shipment,
        id=dependencies.ids.new("shm"),
        created_at=dependencies.clock.now(),
        lines=lines,
        carrier=None,
        tracking_number=None,
        version=1,
    )
    sealed_address = await seal_ship_to(remaining_shipment.id, ship_to, subject, work, dependencies)
    await add_shipment(remaining_shipment, ship_to, sealed_address, work, dependencies)


async def _save_order(
    order: Order,
    shipment: Shipment,
    dispatch: Dispatch,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Order:
    shipments = await work.shipments.list_for_orders([order.id])
    changed_order = await lifecycle.advance_order(
        order,
        OrderChange.SHIPPED,
        order_status(order, shipments),
        work,
        dependencies,
        actor=dispatch.actor,
        detail=f"{sum(line_quantities(order.id, shipment.lines).values())} left in a parcel",
    )
    await delivery_details.save_tracking_page(order.id, dispatch.tracking_url, work, dependencies)
    await post_dispatch_mail(changed_order, shipment, dispatch.tracking_url, work, dependencies)
    return changed_order


async def _announce(outcome: Outcome[Shipment], dependencies: Dependencies) -> None:
    if outcome.value is not None:
        for order_id in outcome.value.order_ids:
            await dependencies.wakeups.announce(lifecycle.order_topic(order_id))
        await dependencies.wakeups.announce(DUE_TOPIC)
