"""Charges of orders: capture, release and refund of what is left of each as a whole.

A change has three steps: store the charge in a state such as CAPTURING, with the change that causes
it; tell the provider, which may be repeated without harm; store the final state.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.engine.money import Money
from gateway.engine.orders.order import Order, OrderChange
from gateway.engine.orders.payment_states import (
    CAPTURABLE_STATES,
    MOVING_STATES,
    ORDER_PAYMENT_TRANSITIONS,
    OrderPaymentEvent,
    OrderPaymentState,
)
from gateway.services.dependencies import Dependencies
from gateway.services.orders import lifecycle
from gateway.services.orders.delivery_details import load_delivery
from gateway.services.ports.database import UnitOfWork, VersionConflict
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureCompleted,
    CaptureUnknown,
    DeclineReason,
    InvalidChargeState,
    ProviderUnavailable,
    RefundCompleted,
    RefundFailed,
    RefundPending,
    RefundResult,
)
from gateway.services.provider_waits import provider_retry_delay

logger = logging.getLogger(__name__)

PAYMENT_CHANGE_LEASE = timedelta(seconds=30)
"""A change not finished in this time is finished by the worker."""


class PaymentOutcomeUnknown(Exception):
    """The provider has not yet told what became of a change: ask again later with the same key."""


class RefundOutcomePending(PaymentOutcomeUnknown):
    """The provider has accepted a refund, and tells later whether it came about."""


async def start_returning_all(
    order_id: str, work: UnitOfWork, dependencies: Dependencies
) -> tuple[OrderPayment, ...]:
    """Start to release or refund all charges of an order; returns those that changed."""
    due = dependencies.clock.now() + PAYMENT_CHANGE_LEASE
    changed_payments = []
    for payment in await work.order_payments.list_for(order_id):
        event = _return_event(payment)
        is_moving = payment.state in MOVING_STATES
        if not is_moving and (payment.state, event) in ORDER_PAYMENT_TRANSITIONS:
            changed_payments.append(await _save(payment.apply(event), due, work))
    return tuple(changed_payments)


def _return_event(payment: OrderPayment) -> OrderPaymentEvent:
    """How all of a charge goes back: what is held is let go first, then what was taken is given."""
    is_held = payment.state is OrderPaymentState.HELD
    if is_held or payment.refundable_minor == 0:
        return OrderPaymentEvent.RELEASE_STARTED
    return OrderPaymentEvent.REFUND_STARTED


async def _save(payment: OrderPayment, due: datetime | None, work: UnitOfWork) -> OrderPayment:
    changed_payment = replace(payment, version=payment.version + 1)
    await work.order_payments.save(changed_payment, due)
    return changed_payment


async def capture_all(order_id: str, dependencies: Dependencies) -> bool:
    """Capture all charges of an order; whether all are captured. One that cannot be is LAPSED."""
    due = dependencies.clock.now() + PAYMENT_CHANGE_LEASE
    async with dependencies.database.begin() as work:
        payments = await work.order_payments.list_for(order_id)
        for payment in payments:
            if payment.state in CAPTURABLE_STATES:
                await _save(payment.apply(OrderPaymentEvent.CAPTURE_STARTED), due, work)
    async with dependencies.database.read() as reading:
        payments = await reading.order_payments.list_for(order_id)
    for payment in payments:
        if payment.state is OrderPaymentState.CAPTURING:
            await complete_payment_change(payment, dependencies)
    async with dependencies.database.read() as reading:
        states = {payment.state for payment in await reading.order_payments.list_for(order_id)}
    return states <= {OrderPaymentState.CAPTURED}


async def complete_payment_change(payment: OrderPayment, dependencies: Dependencies) -> bool:
    """Tell the provider about the started change of ``payment`` and store the final state.

    Returns False while the provider has not said what became of it: the change is still started.

    Raises:
        InvalidChargeState: no change of ``payment`` has been started, or the provider refuses it.

    """
    try:
        changed_payment = await _tell_provider(payment, dependencies)
        changed_payment = await _store_outcome(payment, changed_payment, dependencies)
    except (PaymentOutcomeUnknown, ProviderUnavailable, VersionConflict):
        return False
    is_refund_due = changed_payment.state is OrderPaymentState.REFUNDING
    return not is_refund_due or await complete_payment_change(changed_payment, dependencies)


async def _store_outcome(
    payment: OrderPayment, changed_payment: OrderPayment, dependencies: Dependencies
) -> OrderPayment:
    """Store what ``payment`` has become, unless another process has; returns it as it then stands.

    Raises:
        VersionConflict: its order was changed meanwhile.

    """
    is_refund_due = changed_payment.state is OrderPaymentState.REFUNDING
    due = dependencies.clock.now() + PAYMENT_CHANGE_LEASE if is_refund_due else None
    async with dependencies.database.begin() as work:
        stored_payment = await work.order_payments.find_for_update(payment.id)
        # Another process may have finished the change; the provider ignores the repetition.
        if stored_payment is None or stored_payment.state is not payment.state:
            return stored_payment or changed_payment
        changed_payment = await _save(
            replace(changed_payment, version=stored_payment.version), due, work
        )
        await _record_failed_refund(payment, changed_payment, work, dependencies)
    return changed_payment


async def _record_failed_refund(
    before: OrderPayment, after: OrderPayment, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Tell in the order's log that money which was to go back is still with the shop."""
    states = before.state, after.state
    if states == (OrderPaymentState.REFUNDING, OrderPaymentState.CAPTURED):
        amount = replace(after.amount, minor=after.refundable_minor)
        await lifecycle.record_provider_news(
            after.order_id, OrderChange.REFUND_FAILED, amount.text, work, dependencies
        )


async def _tell_provider(payment: OrderPayment, dependencies: Dependencies) -> OrderPayment:
    """``payment`` in the state after the provider's answer.

    Raises:
        InvalidChargeState: no change of ``payment`` has been started, or the provider refuses it.
        PaymentOutcomeUnknown: the provider has not said what became of it.

    """
    match payment.state:
        case OrderPaymentState.RELEASING:
            return await _release(payment, dependencies)
        case OrderPaymentState.REFUNDING:
            return await _refund(payment, dependencies)
        case OrderPaymentState.CAPTURING:
            return await _capture(payment, dependencies)
    raise InvalidChargeState(f"{payment.id} is {payment.state}")


async def _release(payment: OrderPayment, dependencies: Dependencies) -> OrderPayment:
    """``payment`` as let go of, or with what was captured by hand meanwhile, to be refunded."""
    with suppress(InvalidChargeState):
        # Nothing is held of it where all was captured.
        await dependencies.payment_provider.release(payment.charge_id)
    captured_minor = await dependencies.payment_provider.find_captured_minor(payment.charge_id)
    if captured_minor == 0:
        return payment.apply(OrderPaymentEvent.RELEASED)
    captured_minor = min(captured_minor, payment.amount.minor)
    captured_payment = replace(payment, captured_minor=captured_minor)
    return captured_payment.apply(OrderPaymentEvent.REFUND_STARTED)


def whole_refund_key(payment: OrderPayment) -> str:
    """The idempotency key of the refund of all that was captured of ``payment``."""
    return f"{payment.id}.refund"


async def _refund(payment: OrderPayment, dependencies: Dependencies) -> OrderPayment:
    """``payment`` as refunded, or as still captured where the refund failed."""
    refunded_payment = replace(payment, refunded_minor=payment.captured_minor).apply(
        OrderPaymentEvent.REFUNDED
    )
    if payment.refundable_minor == 0:
        return refunded_payment
    amount = replace(payment.amount, minor=payment.refundable_minor)
    result: RefundResult
    try:
        result = await dependencies.payment_provider.refund(
            payment.charge_id, amount, whole_refund_key(payment)
        )
    except InvalidChargeState as error:
        # Less is left of it at the provider: somebody has given back what is not told yet.
        result = RefundFailed(str(error))
    match result:
        case RefundCompleted():
            return refunded_payment
        case RefundPending():
            raise PaymentOutcomeUnknown(payment.id)
        case RefundFailed(reason):
            logger.error("the refund of %s failed: %s", payment.id, reason)
            return payment.apply(OrderPaymentEvent.REFUND_FAILED)


async def _capture(payment: OrderPayment, dependencies: Dependencies) -> OrderPayment:
    """``payment`` as captured, with a new hold if its own has expired, or as LAPSED."""
    amount = replace(payment.amount, minor=payment.amount.minor - payment.captured_minor)
    captured_payment = replace(payment, captured_minor=payment.amount.minor).apply(
        OrderPaymentEvent.CAPTURED
    )
    if await _try_capture(payment.charge_id, amount, payment, dependencies):
        return captured_payment
    key = f"{payment.id}-{payment.charge_id}-{amount.minor}"
    renewed_hold = await renew_hold(payment, amount, key, dependencies)
    if renewed_hold is not None and await _try_capture(
        renewed_hold.charge_id, amount, payment, dependencies
    ):
        return replace(
            captured_payment,
            charge_id=renewed_hold.charge_id,
            held_until=renewed_hold.held_until,
        )
    return payment.end_hold(dependencies.clock.now())


async def _try_capture(
    charge_id: str, amount: Money, payment: OrderPayment, dependencies: Dependencies
) -> bool:
    key = f"{payment.id}.capture.{charge_id}"
    result = await dependencies.payment_provider.capture(charge_id, amount, key, final=True)
    if isinstance(result, CaptureUnknown):
        raise PaymentOutcomeUnknown(payment.id)
    return isinstance(result, CaptureCompleted)


async def renew_hold(
    payment: OrderPayment, amount: Money, idempotency_key: str, dependencies: Dependencies
) -> AuthorizationGranted | None:
    """A hold of ``amount`` in place of the expired one of ``payment``.

    With one key it is renewed once, however often this is asked; None if the provider refuses it.

    Raises:
        PaymentOutcomeUnknown: the provider has not said what became of it.

    """
    payer = await _load_payer(payment.order_id, dependencies)
    if payer is None:
        return None
    request = AuthorizationRequest(
        amount=amount,
        provider_token=payer.provider_token,
        idempotency_key=idempotency_key,
        customer_id=payer.customer_id,
        renewed_charge_id=payment.charge_id,
    )
    return await _authorize(request, dependencies)


async def hold_more(
    payment: OrderPayment, amount: Money, idempotency_key: str, dependencies: Dependencies
) -> AuthorizationGranted | None:
    """A hold of ``amount`` beside that of ``payment``; None if it is refused.

    Raises:
        PaymentOutcomeUnknown: the provider has not said what became of it.

    """
    payer = await _load_payer(payment.order_id, dependencies)
    if payer is None:
        return None
    request = AuthorizationRequest(
        amount=amount,
        provider_token=payer.provider_token,
        idempotency_key=idempotency_key,
        customer_id=payer.customer_id,
        raised_charge_id=payment.charge_id,
    )
    return await _authorize(request, dependencies)


@dataclass(frozen=True, slots=True)
class _Payer:
    """Who pays for an order, as the provider knows them, and with what."""

    provider_token: str
    customer_id: str


async def _load_payer(order_id: str, dependencies: Dependencies) -> _Payer | None:
    async with dependencies.database.read() as reading:
        order = await reading.orders.find(order_id)
        delivery = await load_delivery(order_id, reading, dependencies)
        payments = await reading.order_payments.list_for(order_id)
    if order is None or delivery is None:
        return None
    return _Payer(delivery.method, customer_of(order, payments))


def customer_of(order: Order, payments: Sequence[OrderPayment]) -> str:
    """As whom the provider knows the buyer of ``order``.

    A guest is known by the purchase, which is that of the order's first charge.
    """
    purchase_id = payments[0].purchase_id if payments else None
    return order.purchaser_id or purchase_id or order.id


async def authorize_early(
    payment: OrderPayment, amount: Money, idempotency_key: str, dependencies: Dependencies
) -> AuthorizationResult | None:
    """What the provider says to a hold of ``amount`` that is to follow that of ``payment``.

    None where the request with this key led to nothing, and never will.

    Raises:
        ProviderUnavailable: no answer came.

    """
    payer = await _load_payer(payment.order_id, dependencies)
    if payer is None:
        return AuthorizationDeclined(DeclineReason.UNKNOWN_METHOD)
    request = AuthorizationRequest(
        amount=amount,
        provider_token=payer.provider_token,
        idempotency_key=idempotency_key,
        customer_id=payer.customer_id,
        renewed_charge_id=payment.charge_id,
    )
    authorization = await dependencies.payment_provider.authorize(request)
    if isinstance(authorization, AuthorizationUnknown):
        return await dependencies.payment_provider.find_by_key(idempotency_key)
    return authorization


async def _authorize(
    request: AuthorizationRequest, dependencies: Dependencies
) -> AuthorizationGranted | None:
    """The hold; None if the provider refuses it."""
    authorization = await dependencies.payment_provider.authorize(request)
    if not isinstance(authorization, AuthorizationGranted):
        authorization = (
            await dependencies.payment_provider.find_by_key(request.idempotency_key)
            or authorization
        )
    if isinstance(authorization, AuthorizationUnknown):
        raise PaymentOutcomeUnknown(request.idempotency_key)
    if isinstance(authorization, AuthorizationActionRequired):
        # Nobody is there to confirm it: it must not come about later.
        await dependencies.payment_provider.release(authorization.charge_id)
        return None
    return authorization if isinstance(authorization, AuthorizationGranted) else None


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

    async def run(self, lease: OrderPayment, now: datetime) -> None:
        """Finish the change of one charge, or look again later what became of it."""
        if not await complete_payment_change(lease, self.dependencies):
            async with self.dependencies.database.begin() as work:
                due = now + provider_retry_delay(lease.attempts)
                await work.order_payments.postpone(lease, due)

    async def postpone(self, lease: OrderPayment, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Try the change again at ``until``."""
        async with self.dependencies.database.begin() as work:
            await work.order_payments.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next charge is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.order_payments.next_due(now)
