"""Charges of orders: capture, release and refund.

A change has three steps: store the charge in a state such as CAPTURING, with the change that causes
it; tell the provider, which may be repeated without harm; store the final state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.services.dependencies import Dependencies
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.ports.database import UnitOfWork, VersionConflict
from gateway.services.ports.orders import OrderPayment, OrderPaymentState
from gateway.services.ports.payments import (
    AuthorizationGranted,
    AuthorizationRequest,
    CaptureCompleted,
    InvalidChargeState,
)

PAYMENT_CHANGE_LEASE = timedelta(seconds=30)
"""A change not finished in this time is finished by the worker."""

FINAL_STATE: Mapping[OrderPaymentState, OrderPaymentState] = {
    OrderPaymentState.CAPTURING: OrderPaymentState.CAPTURED,
    OrderPaymentState.RELEASING: OrderPaymentState.RELEASED,
    OrderPaymentState.REFUNDING: OrderPaymentState.REFUNDED,
}
CAPTURABLE = frozenset({OrderPaymentState.HELD, OrderPaymentState.LAPSED})
RETURN_STATE: Mapping[OrderPaymentState, OrderPaymentState] = {
    OrderPaymentState.HELD: OrderPaymentState.RELEASING,
    OrderPaymentState.CAPTURED: OrderPaymentState.REFUNDING,
}


async def start_returning_all(
    order_id: str, work: UnitOfWork, dependencies: Dependencies
) -> tuple[OrderPayment, ...]:
    """Start to release or refund all charges of an order; returns those that changed."""
    due = dependencies.clock.now() + PAYMENT_CHANGE_LEASE
    changed_payments = []
    for payment in await work.order_payments.list_for(order_id):
        state = RETURN_STATE.get(payment.state)
        if state is not None:
            changed_payments.append(await _save_state(payment, state, due, work))
    return tuple(changed_payments)


async def _save_state(
    payment: OrderPayment, state: OrderPaymentState, due: datetime | None, work: UnitOfWork
) -> OrderPayment:
    changed_payment = replace(payment, state=state, version=payment.version + 1)
    await work.order_payments.save(changed_payment, due)
    return changed_payment


async def capture_all(order_id: str, dependencies: Dependencies) -> bool:
    """Capture all charges of an order; whether all are captured. One that cannot be is LAPSED."""
    due = dependencies.clock.now() + PAYMENT_CHANGE_LEASE
    async with dependencies.database.begin() as work:
        payments = await work.order_payments.list_for(order_id)
        for payment in payments:
            if payment.state in CAPTURABLE:
                await _save_state(payment, OrderPaymentState.CAPTURING, due, work)
    async with dependencies.database.read() as reading:
        payments = await reading.order_payments.list_for(order_id)
    for payment in payments:
        if payment.state is OrderPaymentState.CAPTURING:
            await complete_payment_change(payment, dependencies)
    async with dependencies.database.read() as reading:
        states = {payment.state for payment in await reading.order_payments.list_for(order_id)}
    return states <= {OrderPaymentState.CAPTURED}


async def complete_payment_change(payment: OrderPayment, dependencies: Dependencies) -> None:
    """Tell the provider about the started change of ``payment`` and store the final state."""
    changed_payment = await _tell_provider(payment, dependencies)
    try:
        async with dependencies.database.begin() as work:
            await _save_state(changed_payment, changed_payment.state, None, work)
    except VersionConflict:
        # Another process has finished the change; the provider ignores the repetition.
        return


async def _tell_provider(payment: OrderPayment, dependencies: Dependencies) -> OrderPayment:
    """``payment`` in the state after the provider's answer.

    Raises:
        InvalidChargeState: no change of ``payment`` has been started.

    """
    match payment.state:
        case OrderPaymentState.RELEASING:
            await dependencies.payment_provider.release(payment.charge_id)
        case OrderPaymentState.REFUNDING:
            await dependencies.payment_provider.refund(payment.charge_id)
        case OrderPaymentState.CAPTURING:
            return await _capture(payment, dependencies)
        case _:
            raise InvalidChargeState(f"{payment.id} is {payment.state}")
    return replace(payment, state=FINAL_STATE[payment.state])


async def _capture(payment: OrderPayment, dependencies: Dependencies) -> OrderPayment:
    """``payment`` as captured, with a new hold if its own has expired, or as LAPSED."""
    captured_payment = replace(payment, state=OrderPaymentState.CAPTURED)
    if await _try_capture(payment.charge_id, payment, dependencies):
        return captured_payment
    renewed_charge_id = await _renew_hold(payment, dependencies)
    if renewed_charge_id is not None and await _try_capture(
        renewed_charge_id, payment, dependencies
    ):
        return replace(captured_payment, charge_id=renewed_charge_id)
    return replace(payment, state=OrderPaymentState.LAPSED)


async def _try_capture(charge_id: str, payment: OrderPayment, dependencies: Dependencies) -> bool:
    return isinstance(
        await dependencies.payment_provider.capture(charge_id, payment.amount), CaptureCompleted
    )


async def _renew_hold(payment: OrderPayment, dependencies: Dependencies) -> str | None:
    """The charge id of a new hold in place of the expired one; None if the provider refuses it."""
    async with dependencies.database.read() as reading:
        order = await reading.orders.find(payment.order_id)
        delivery = await load_delivery(payment.order_id, reading, dependencies)
    if order is None or delivery is None:
        return None
    request = AuthorizationRequest(
        amount=payment.amount,
        provider_token=delivery.method,
        idempotency_key=f"{payment.id}-{payment.charge_id}",
        customer_id=order.purchaser_id or order.id,
        renewed_charge_id=payment.charge_id,
    )
    authorization = await dependencies.payment_provider.authorize(request)
    if not isinstance(authorization, AuthorizationGranted):
        authorization = (
            await dependencies.payment_provider.find_by_key(request.idempotency_key)
            or authorization
        )
    return authorization.charge_id if isinstance(authorization, AuthorizationGranted) else None


@dataclass(frozen=True, slots=True)
class OrderPaymentCompletion:
    """The job that finishes changes of charges which were started and left."""

    dependencies: Dependencies
    name: str = "payments"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[OrderPayment, ...]:
        """Charges whose change was not finished in time."""
        async with self.dependencies.database.begin() as work:
            return await work.order_payments.claim(now, leased_until, limit)

    async def run(self, lease: OrderPayment, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Finish the change of one charge."""
        await complete_payment_change(lease, self.dependencies)

    async def postpone(self, lease: OrderPayment, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Try the change again at ``until``."""
        async with self.dependencies.database.begin() as work:
            await work.order_payments.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next charge is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.order_payments.next_due(now)
