"""Further charges for changes that make an order dearer.

The change is stored as pending, with what it has reserved, before the provider is asked under its
id. It is then either applied together with the deletion of that row, or rolled back: the charge
first, then the goods. What a process leaves in between the worker rolls back.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.engine.money import Money
from gateway.engine.orders.changes import ORDER_PATH
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.dependencies import Dependencies
from gateway.services.orders.charges import customer_of
from gateway.services.orders.order_edits import PlannedChange
from gateway.services.ports.order_changes import PendingChange
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    ProviderUnavailable,
)
from gateway.services.provider_waits import MAX_RETRY_WAIT, limit_wait

MAX_PENDING_WAIT = timedelta(seconds=5)
"""How long a change waits for another of the same order that is being charged."""
PENDING_POLL_SECONDS = 0.05
CHANGE_LEASE = timedelta(seconds=30)
"""A change without an outcome after this time is rolled back by the worker."""


class ChangeOutcomeUnknown(Exception):
    """The provider does not know yet whether a further charge was authorised."""


@dataclass(frozen=True, slots=True)
class DearerChange:
    """A pending change with what it is to charge, and the charges that stand already."""

    pending: PendingChange
    planned: PlannedChange
    amount: Money
    payments: tuple[OrderPayment, ...]


async def wait_for_pending(order_id: str, dependencies: Dependencies) -> bool:
    """Wait for the pending change of an order; whether there is none any more."""
    with suppress(ProviderUnavailable):
        async with limit_wait(MAX_PENDING_WAIT):
            while True:
                async with dependencies.database.read() as reading:
                    if not await reading.order_changes.is_pending(order_id):
                        return True
                await asyncio.sleep(PENDING_POLL_SECONDS)
    return False


async def authorize_change(change: DearerChange, dependencies: Dependencies) -> AuthorizationResult:
    """What the provider says in time to the further charge of ``change``."""
    try:
        async with limit_wait():
            return await _authorize(change, dependencies)
    except ProviderUnavailable:
        return AuthorizationUnknown()


async def _authorize(change: DearerChange, dependencies: Dependencies) -> AuthorizationResult:
    delivery = change.planned.delivery
    raised_charge_id = next(
        (payment.charge_id for payment in change.payments if payment.held_minor), None
    )
    request = AuthorizationRequest(
        amount=change.amount,
        provider_token="" if delivery is None else delivery.method,
        idempotency_key=change.pending.id,
        customer_id=_customer(change),
        raised_charge_id=raised_charge_id,
    )
    authorization = await dependencies.payment_provider.authorize(request)
    if isinstance(authorization, AuthorizationUnknown):
        found_authorization = await dependencies.payment_provider.find_by_key(change.pending.id)
        return found_authorization or authorization
    return authorization


def _customer(change: DearerChange) -> str:
    if not change.payments:
        # The first charge of a guest's order: later ones look at its purchase.
        order = change.planned.order
        return order.purchaser_id or change.planned.purchase_id or change.pending.id
    return customer_of(change.planned.order, change.payments)


def refuse_charge(authorization: AuthorizationResult) -> UserError:
    """Why ``authorization`` is no hold."""
    code = ErrorCode.PAYMENT_DECLINED
    match authorization:
        case AuthorizationDeclined(reason):
            message = f"The further payment was refused ({reason.value}): nothing was changed."
        case AuthorizationActionRequired():
            message = (
                "The further payment needs the payer's confirmation, which a change cannot ask "
                "for: nothing was changed."
            )
        case _:
            code = ErrorCode.PURCHASE_IN_PROGRESS
            message = (
                "The payment provider has not answered: nothing was changed. Try again in a minute."
            )
    return UserError(code, ORDER_PATH, message)


async def undo_authorization(
    change: PendingChange, authorization: AuthorizationResult, dependencies: Dependencies
) -> None:
    """Let go of what ``authorization`` holds for ``change``, and give back its goods.

    Raises:
        ChangeOutcomeUnknown: the provider does not know yet, or does not answer in time.

    """
    match authorization:
        case AuthorizationGranted(charge_id) | AuthorizationActionRequired(charge_id=charge_id):
            try:
                async with limit_wait():
                    await dependencies.payment_provider.release(charge_id)
            except ProviderUnavailable as error:
                raise ChangeOutcomeUnknown(change.id) from error
        case AuthorizationUnknown():
            raise ChangeOutcomeUnknown(change.id)
    await _roll_back(change, dependencies)


async def _roll_back(change: PendingChange, dependencies: Dependencies) -> None:
    async with dependencies.database.begin() as work:
        if await work.order_changes.delete(change):
            await work.stock.release(dict(change.reserved))


@dataclass(frozen=True, slots=True)
class PendingChangeRecovery:
    """The job that rolls back changes whose further charge was asked for and left."""

    dependencies: Dependencies
    name: str = "order changes"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PendingChange, ...]:
        """Changes that were not finished in time."""
        async with self.dependencies.database.begin() as work:
            return await work.order_changes.claim(now, leased_until, limit)

    async def run(self, lease: PendingChange, now: datetime) -> None:  # noqa: ARG002 - nothing here is timed
        """Roll one change back.

        Raises:
            ChangeOutcomeUnknown: the provider does not know yet.

        """
        authorization = await self.dependencies.payment_provider.find_by_key(lease.id)
        if authorization is None:
            await _roll_back(lease, self.dependencies)
        else:
            await undo_authorization(lease, authorization, self.dependencies)

    async def postpone(self, lease: PendingChange, until: datetime, failure: str) -> None:
        """Try again at ``until``, and soon where the provider only gave no answer."""
        if failure == ChangeOutcomeUnknown.__name__:
            until = min(until, await self.dependencies.database.now() + MAX_RETRY_WAIT)
        async with self.dependencies.database.begin() as work:
            await work.order_changes.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next change is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.order_changes.next_due(now)
