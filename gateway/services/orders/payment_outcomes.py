"""What the outcome of a payment operation means for the charges of its order."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from gateway.engine.money import Money
from gateway.engine.orders.payment_states import (
    CAPTURABLE_STATES,
    MOVING_STATES,
    OrderPaymentEvent,
    OrderPaymentState,
    event_without_hold,
)
from gateway.services.dependencies import Dependencies
from gateway.services.orders.renewal_schedule import schedule_renewal
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)


@dataclass(frozen=True, slots=True)
class ChargeHold:
    """An amount held under the provider's ``charge_id``, to ``held_until`` if that is known."""

    charge_id: str
    amount: Money
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentOperationCompleted:
    """The provider did it; a capture, of ``hold``, and what that left is held by ``remainder``."""

    hold: ChargeHold
    remainder: ChargeHold | None = None


@dataclass(frozen=True, slots=True)
class PaymentOperationFailed:
    """The provider did nothing; ``lapsed_charge_id``, since the hold of that charge has expired.

    ``captured_minor`` is what somebody had captured of the charge at the provider, in minor units.
    """

    reason: str
    lapsed_charge_id: str | None = None
    captured_minor: int = 0


PaymentOperationOutcome: TypeAlias = PaymentOperationCompleted | PaymentOperationFailed


def is_last_capture(operation: PaymentOperation, dependencies: Dependencies) -> bool:
    """Whether nothing is held of the charge after the capture ``operation``."""
    return operation.final or dependencies.payment_provider.captures_once


async def apply_outcome(
    operation: PaymentOperation,
    payment: OrderPayment,
    outcome: PaymentOperationOutcome,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> OrderPayment:
    """Save what the outcome means for the charges; returns that of the operation."""
    match outcome:
        case PaymentOperationFailed(captured_minor=captured_minor) if captured_minor > 0:
            return await record_foreign_capture(captured_minor, payment, work, dependencies)
        # Not if another operation has renewed the hold meanwhile.
        case PaymentOperationFailed(lapsed_charge_id=payment.charge_id) if (
            payment.state in CAPTURABLE_STATES
        ):
            return await _save(payment.end_hold(dependencies.clock.now()), work)
        case PaymentOperationFailed():
            return payment
        case PaymentOperationCompleted(hold, remainder):
            return await _change_by_kind(operation, payment, hold, remainder, work, dependencies)


async def record_foreign_capture(
    captured_minor: int, payment: OrderPayment, work: UnitOfWork, dependencies: Dependencies
) -> OrderPayment:
    """Record what others have captured of the charge, so that it is not taken again.

    What remains of the order's share is asked for anew when goods leave. Returns the charge.
    """
    minor = min(captured_minor, payment.amount.minor) - payment.captured_minor
    operation = build_done_operation(
        f"{payment.charge_id}.captured", PaymentOperationKind.CAPTURE, minor, payment, dependencies
    )
    if minor <= 0 or not await work.payment_operations.add(operation, operation.created_at):
        return payment
    captured_payment = replace(payment, captured_minor=payment.captured_minor + minor)
    is_part = captured_payment.captured_minor < payment.amount.minor
    if is_part and payment.state in CAPTURABLE_STATES:
        return await _save(captured_payment.end_hold(dependencies.clock.now()), work)
    return await _save(without_hold(captured_payment), work)


def build_done_operation(
    id: str,
    kind: PaymentOperationKind,
    minor: int,
    payment: OrderPayment,
    dependencies: Dependencies,
) -> PaymentOperation:
    """The operation for what others have done at the provider already."""
    return PaymentOperation(
        id=id,
        payment_id=payment.id,
        order_id=payment.order_id,
        kind=kind,
        amount=replace(payment.amount, minor=minor),
        created_at=dependencies.clock.now(),
        final=True,
        state=PaymentOperationState.DONE,
    )


async def _change_by_kind(
    operation: PaymentOperation,
    payment: OrderPayment,
    hold: ChargeHold,
    remainder: ChargeHold | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> OrderPayment:
    minor = operation.amount.minor
    match operation.kind:
        case PaymentOperationKind.RELEASE:
            return await _save(without_hold(payment), work)
        case PaymentOperationKind.REFUND:
            refunded_payment = replace(payment, refunded_minor=payment.refunded_minor + minor)
            is_held = payment.state in CAPTURABLE_STATES
            return await _save(
                refunded_payment if is_held else without_hold(refunded_payment), work
            )
        case PaymentOperationKind.CAPTURE:
            is_renewed = payment.charge_id != hold.charge_id
            payment = await put_hold_in_place(hold, payment, work, dependencies)
            captured_payment = replace(payment, captured_minor=payment.captured_minor + minor)
            is_whole = captured_payment.captured_minor == payment.amount.minor
            if is_whole or operation.final or remainder is not None:
                captured_payment = without_hold(captured_payment)
            elif dependencies.payment_provider.captures_once and payment.state in CAPTURABLE_STATES:
                # What remains could not be held anew: it is asked for again when it is needed.
                captured_payment = captured_payment.end_hold(dependencies.clock.now())
            remainder_payment = captured_payment
            if remainder is not None:
                remainder_payment = await _add_payment(remainder, payment, work, dependencies)
                await schedule_renewal(remainder_payment, work, dependencies)
            if is_renewed and captured_payment.held_minor:
                await schedule_renewal(captured_payment, work, dependencies)
            await _move_captures(operation, remainder_payment, work)
            return await _save(captured_payment, work)


async def _move_captures(
    operation: PaymentOperation, remainder_payment: OrderPayment, work: UnitOfWork
) -> None:
    """Let the other captures that wait for the charge of ``operation`` take of its remainder."""
    if remainder_payment.id == operation.payment_id:
        return
    for waiting in await work.payment_operations.list_for(operation.order_id):
        is_capture = waiting.kind is PaymentOperationKind.CAPTURE and waiting.is_pending
        is_same_charge = waiting.payment_id == operation.payment_id
        if is_capture and is_same_charge and waiting.id != operation.id:
            await work.payment_operations.move(waiting, remainder_payment.id)


async def put_hold_in_place(
    hold: ChargeHold, payment: OrderPayment, work: UnitOfWork, dependencies: Dependencies
) -> OrderPayment:
    """The charge of ``hold``: ``payment``, or the one of a hold that was given anew.

    It is not saved yet; whoever does, has its hold renewed in time.
    """
    if payment.charge_id == hold.charge_id:
        return payment
    for order_payment in await work.order_payments.list_for(payment.order_id):
        if order_payment.charge_id == hold.charge_id:
            return await work.order_payments.find_for_update(order_payment.id) or order_payment
    if payment.captured_minor == 0:
        renewed_payment = payment.apply(OrderPaymentEvent.HOLD_GRANTED)
        return replace(renewed_payment, charge_id=hold.charge_id, held_until=hold.held_until)
    # What was captured can only be refunded by the charge it was captured of.
    await _save(without_hold(payment), work)
    return await _add_payment(hold, payment, work, dependencies)


async def _add_payment(
    hold: ChargeHold, payment: OrderPayment, work: UnitOfWork, dependencies: Dependencies
) -> OrderPayment:
    """Store a further charge of the purchase of ``payment``."""
    further_payment = OrderPayment(
        id=dependencies.ids.new("chg"),
        order_id=payment.order_id,
        charge_id=hold.charge_id,
        amount=hold.amount,
        state=OrderPaymentState.HELD,
        purchase_id=payment.purchase_id,
        held_until=hold.held_until,
    )
    await work.order_payments.add(further_payment, dependencies.clock.now())
    return further_payment


def without_hold(payment: OrderPayment) -> OrderPayment:
    """``payment`` once nothing is held of it; a change of the whole goes on."""
    if payment.state in MOVING_STATES:
        return payment
    return payment.apply(event_without_hold(payment.captured_minor, payment.refunded_minor))


async def _save(payment: OrderPayment, work: UnitOfWork) -> OrderPayment:
    await work.order_payments.save_amounts(payment)
    return payment
