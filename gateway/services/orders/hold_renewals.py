"""Holds of orders that end before their goods have left: authorised anew once, in time.

The renewal of a hold is a row from the moment on that the hold is stored. When it falls due it is
first stored that another hold is asked for, under the row's id as idempotency key; then the
provider is asked; then the other hold takes the place of the first in one transaction, which
makes the row stand for the first one, and at last the provider lets go of that. Whatever gets lost
in between, the row is due until the provider has answered. A hold that nobody needs any more
when it is granted is let go of in the same way.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.engine.orders.holds import STATUSES_TO_SEND
from gateway.engine.orders.order import Order
from gateway.engine.orders.payment_states import CAPTURABLE_STATES, OrderPaymentState
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import charges, lifecycle
from gateway.services.orders.charges import PaymentOutcomeUnknown
from gateway.services.orders.payment_outcomes import ChargeHold, put_hold_in_place
from gateway.services.orders.renewal_notices import tell_of_refusal
from gateway.services.orders.renewal_schedule import schedule_renewal
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.hold_renewals import HoldRenewal, HoldRenewalState
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationResult,
    AuthorizationUnknown,
    InvalidChargeState,
    ProviderUnavailable,
)
from gateway.services.provider_waits import provider_retry_delay

logger = logging.getLogger(__name__)

CONFIRMATION_NEEDED = "CONFIRMATION_NEEDED"
"""Why a hold was refused: the bank wants the payer to confirm it, and nobody is there to do so."""


@dataclass(frozen=True, slots=True)
class HoldRenewalJob:
    """The job that has holds of orders authorised anew before they end."""

    dependencies: Dependencies
    name: str = "hold renewals"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[HoldRenewal, ...]:
        """Renewals whose time has come."""
        async with self.dependencies.database.begin() as work:
            return await work.hold_renewals.claim(now, leased_until, limit)

    async def run(self, lease: HoldRenewal, now: datetime) -> None:
        """Go one step on with a renewal; while the provider says nothing it waits."""
        try:
            await _continue_renewal(lease, now, self.dependencies)
        except (PaymentOutcomeUnknown, ProviderUnavailable):
            await self.postpone(lease, now + provider_retry_delay(lease.attempts), "")

    async def postpone(self, lease: HoldRenewal, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Try again at ``until``."""
        async with self.dependencies.database.begin() as work:
            await work.hold_renewals.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next renewal is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.hold_renewals.next_due(now)


async def _continue_renewal(
    renewal: HoldRenewal, now: datetime, dependencies: Dependencies
) -> None:
    match renewal.state:
        case HoldRenewalState.WAITING:
            await _start(renewal, now, dependencies)
        case HoldRenewalState.REQUESTED:
            await _request(renewal, now, dependencies)
        case HoldRenewalState.RELEASING:
            await _release(renewal, dependencies)
        case HoldRenewalState.REFUSED:
            # The hold that it was about has ended.
            await _forget(renewal, dependencies)


# -- whether the hold is still needed


async def _is_needed(renewal: HoldRenewal, payment: OrderPayment, reading: ReadSession) -> bool:
    """Whether the hold of ``payment`` is the one of ``renewal``, and waits for goods to leave."""
    order = await reading.orders.find(renewal.order_id)
    return (
        order is not None
        and order.status in STATUSES_TO_SEND
        and payment.charge_id == renewal.charge_id
        and payment.held_minor > 0
        and payment.state in CAPTURABLE_STATES
    )


def _was_cut_short(renewal: HoldRenewal, payment: OrderPayment) -> bool:
    """Whether somebody let go of the hold at the provider before its end: on purpose."""
    is_lapsed = payment.state is OrderPaymentState.LAPSED
    ended_at = payment.held_until
    return is_lapsed and ended_at is not None and ended_at < renewal.held_until


async def _is_moving(payment: OrderPayment, reading: ReadSession) -> bool:
    """Whether the provider is being told of the charge: what comes of it is waited for."""
    return any(
        operation.payment_id == payment.id and operation.is_pending
        for operation in await reading.payment_operations.list_for(payment.order_id)
    )


async def _lock_payment(renewal: HoldRenewal, work: UnitOfWork) -> OrderPayment:
    payment = await work.order_payments.find_for_update(renewal.payment_id)
    if payment is None:
        raise LookupError(f"the charge {renewal.payment_id} is not stored")
    return payment


# -- asking


async def _start(renewal: HoldRenewal, now: datetime, dependencies: Dependencies) -> None:
    """Store that another hold is asked for; nothing is where the hold is needed no more."""
    async with dependencies.database.begin() as work:
        payment = await _lock_payment(renewal, work)
        if await _is_moving(payment, work):
            await work.hold_renewals.postpone(renewal, now + provider_retry_delay(renewal.attempts))
        elif await _is_needed(renewal, payment, work) and not _was_cut_short(renewal, payment):
            amount = replace(payment.amount, minor=payment.held_minor)
            requested = replace(renewal, state=HoldRenewalState.REQUESTED, amount=amount)
            await work.hold_renewals.save(requested, now)
        else:
            await work.hold_renewals.delete(renewal)


async def _request(renewal: HoldRenewal, now: datetime, dependencies: Dependencies) -> None:
    """Ask for the other hold, or what became of it, and store what follows.

    Raises:
        PaymentOutcomeUnknown: the provider does not know yet.
        ProviderUnavailable: no answer came.

    """
    match await _authorize(renewal, dependencies):
        case AuthorizationGranted() as granted:
            await _store_hold(renewal, granted, now, dependencies)
        case AuthorizationActionRequired(charge_id=charge_id):
            # Nobody is there to confirm it: it must not come about later.
            await dependencies.payment_provider.release(charge_id)
            await _refuse(renewal, CONFIRMATION_NEEDED, dependencies)
        case AuthorizationDeclined(reason):
            await _refuse(renewal, reason.value, dependencies)
        case AuthorizationUnknown():
            raise PaymentOutcomeUnknown(renewal.id)
        case None:
            await _start_over(renewal, now, dependencies)


async def _authorize(
    renewal: HoldRenewal, dependencies: Dependencies
) -> AuthorizationResult | None:
    async with dependencies.database.read() as reading:
        payment = await reading.order_payments.find(renewal.payment_id)
        is_wanted = (
            payment is not None
            and payment.held_minor == renewal.amount.minor
            and await _is_needed(renewal, payment, reading)
        )
    if payment is None or not is_wanted:
        # It is not asked for any more, but may have been granted.
        return await dependencies.payment_provider.find_by_key(renewal.id)
    return await charges.authorize_early(payment, renewal.amount, renewal.id, dependencies)


async def _store_hold(
    renewal: HoldRenewal,
    granted: AuthorizationGranted,
    now: datetime,
    dependencies: Dependencies,
) -> None:
    """Put the hold that was granted in the place of the other, of which is then let go.

    Where that is needed no more, it is the one that was granted that is let go.
    """
    async with dependencies.database.begin() as work:
        payment = await _lock_payment(renewal, work)
        if await _is_moving(payment, work):
            await work.hold_renewals.postpone(renewal, now + provider_retry_delay(renewal.attempts))
            return
        is_needed = await _is_needed(renewal, payment, work)
        is_wanted = is_needed and payment.held_minor == renewal.amount.minor
        unwanted_charge_id = renewal.charge_id if is_wanted else granted.charge_id
        releasing = replace(renewal, state=HoldRenewalState.RELEASING, charge_id=unwanted_charge_id)
        await work.hold_renewals.save(releasing, now)
        if is_wanted:
            hold = ChargeHold(granted.charge_id, renewal.amount, granted.held_until)
            renewed_payment = await put_hold_in_place(hold, payment, work, dependencies)
            await work.order_payments.save_amounts(renewed_payment)
            await schedule_renewal(renewed_payment, work, dependencies)
        elif is_needed:
            # Part of it was captured meanwhile.
            await schedule_renewal(payment, work, dependencies, now)


async def _start_over(renewal: HoldRenewal, now: datetime, dependencies: Dependencies) -> None:
    """Ask under another key, where the first has led to nothing and never will."""
    async with dependencies.database.begin() as work:
        payment = await _lock_payment(renewal, work)
        await work.hold_renewals.delete(renewal)
        if await _is_needed(renewal, payment, work):
            due = now + provider_retry_delay(renewal.attempts)
            await schedule_renewal(payment, work, dependencies, due)


# -- what comes of it


async def _refuse(renewal: HoldRenewal, reason: str, dependencies: Dependencies) -> None:
    """Store that there is no other hold, and tell it, if the order still needs one.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    order: Order | None = None
    async with dependencies.database.begin() as work:
        payment = await work.order_payments.find(renewal.payment_id)
        if payment is not None and await _is_needed(renewal, payment, work):
            refused = replace(renewal, state=HoldRenewalState.REFUSED, refusal=reason)
            await work.hold_renewals.save(refused, renewal.held_until)
            order = await tell_of_refusal(refused, work, dependencies)
        else:
            await work.hold_renewals.delete(renewal)
    if order is not None:
        await dependencies.wakeups.announce(lifecycle.order_topic(order.id))
        await dependencies.wakeups.announce(DUE_TOPIC)


async def _release(renewal: HoldRenewal, dependencies: Dependencies) -> None:
    try:
        await dependencies.payment_provider.release(renewal.charge_id)
    except InvalidChargeState as error:
        # Somebody captured it at the provider.
        logger.error("a hold of %s cannot be let go: %s", renewal.order_id, error)  # noqa: TRY400 - it tells nothing more
    await _forget(renewal, dependencies)


async def _forget(renewal: HoldRenewal, dependencies: Dependencies) -> None:
    async with dependencies.database.begin() as work:
        await work.hold_renewals.delete(renewal)
