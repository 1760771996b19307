"""Recovery of purchase attempts that a crash, the provider or the payer left unfinished."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.engine.checkout.outcomes import AttemptState
from gateway.services.checkout import drafts, payment_attempts, reservations
from gateway.services.checkout.attempt_outcomes import attempt_topic
from gateway.services.checkout.guest_customers import clear_guest_later
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationUnknown,
    DeclineReason,
    ProviderUnavailable,
)
from gateway.services.ports.purchase_attempts import PurchaseAttempt
from gateway.services.provider_waits import MAX_RETRY_WAIT

RESULT_LIFETIME = timedelta(days=7)
"""Older results are deleted, and their keys can be used again; at least three days are promised."""
MAX_PRUNED_ATTEMPTS = 500
"""Attempts deleted at once."""
MAX_FAILURES = 5
"""An attempt whose outcome could not be stored this often, for more than a minute, is undone."""


class AuthorizationStillUnknown(Exception):
    """The provider does not know yet whether a charge was authorized."""


@dataclass(frozen=True, slots=True)
class PurchaseRecovery:
    """The job that finishes overdue attempts by what the provider says of their charges."""

    dependencies: Dependencies
    name: str = "purchases"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PurchaseAttempt, ...]:
        """Attempts whose charge is overdue or whose time to confirm is over.

        Deletes results older than ``RESULT_LIFETIME``, too.
        """
        async with self.dependencies.database.begin() as work:
            await work.purchase_attempts.prune(now - RESULT_LIFETIME, MAX_PRUNED_ATTEMPTS)
            return await work.purchase_attempts.claim(now, leased_until, limit)

    async def run(self, lease: PurchaseAttempt, now: datetime) -> None:  # noqa: ARG002 - the provider keeps the time
        """Finish one attempt, or delete it if the provider never got its request.

        Raises:
            AuthorizationStillUnknown: the provider does not know yet.

        """
        try:
            await self._finish(lease)
        except ProviderUnavailable as error:
            raise AuthorizationStillUnknown(lease.id) from error

    async def _finish(self, lease: PurchaseAttempt) -> None:
        match await self.dependencies.payment_provider.find_by_key(lease.id):
            case AuthorizationUnknown():
                raise AuthorizationStillUnknown(lease.id)
            case None if lease.state is AttemptState.CHARGING:
                await abandon_attempt(lease.id, self.dependencies)
            case None:
                gone = AuthorizationDeclined(DeclineReason.RELEASED)
                await payment_attempts.record_authorization(lease.id, gone, self.dependencies)
            case AuthorizationActionRequired() as action if (
                lease.state is AttemptState.AWAITING_ACTION
            ):
                # The time to confirm is over, or the row would not be due. Release comes first: a
                # confirmation that arrives a moment too late must not hold money.
                expired = AuthorizationDeclined(DeclineReason.AUTHENTICATION_EXPIRED)
                await self.dependencies.payment_provider.release(action.charge_id)
                await payment_attempts.record_authorization(lease.id, expired, self.dependencies)
            case authorization:
                await payment_attempts.record_authorization(
                    lease.id, authorization, self.dependencies
                )

    async def postpone(self, lease: PurchaseAttempt, until: datetime, failure: str) -> None:
        """Try again at ``until``; after ``MAX_FAILURES`` failures undo the attempt instead.

        A provider that gave no answer is asked again without end, and soon: when it is back, what
        it holds becomes an order or is let go.
        """
        if failure == AuthorizationStillUnknown.__name__:
            until = min(until, await self.dependencies.database.now() + MAX_RETRY_WAIT)
        elif lease.attempts >= MAX_FAILURES and await undo_attempt(lease.id, self.dependencies):
            return
        async with self.dependencies.database.begin() as work:
            await work.purchase_attempts.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next attempt is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.purchase_attempts.next_due(now)


async def resume_attempt(attempt_id: str, dependencies: Dependencies) -> None:
    """Finish an attempt whose payer has just confirmed; ignores ids that are no attempt's.

    Raises:
        ProviderUnavailable: the provider does not tell yet what became of the charge.

    """
    async with dependencies.database.read() as reading:
        attempt = await reading.purchase_attempts.find(attempt_id)
    if attempt is None:
        return
    authorization = await dependencies.payment_provider.find_by_key(attempt_id)
    if isinstance(authorization, AuthorizationUnknown):
        raise ProviderUnavailable(attempt_id)
    await payment_attempts.record_authorization(attempt_id, authorization, dependencies)


async def abandon_attempt(attempt_id: str, dependencies: Dependencies) -> None:
    """Delete an attempt that never reached the provider: the same request may run again."""
    async with dependencies.database.begin() as work:
        attempt = await work.purchase_attempts.find(attempt_id)
        if attempt is None or attempt.state is not AttemptState.CHARGING:
            return
        await _delete_attempt(attempt, work, dependencies)


async def undo_attempt(attempt_id: str, dependencies: Dependencies) -> bool:
    """Release the attempt's money and reservation and delete it; whether that was possible.

    The same request may then run again. The money is released first: if the process ends in
    between, the next look-up finds a released charge and ends the attempt.
    """
    async with dependencies.database.read() as reading:
        attempt = await reading.purchase_attempts.find(attempt_id)
    if attempt is None or attempt.state is AttemptState.SETTLED:
        return False
    match await dependencies.payment_provider.find_by_key(attempt_id):
        case (
            AuthorizationGranted(charge_id=charge_id)
            | AuthorizationActionRequired(charge_id=charge_id)
        ):
            await dependencies.payment_provider.release(charge_id)
        case AuthorizationUnknown():
            return False
    async with dependencies.database.begin() as work:
        await _delete_attempt(attempt, work, dependencies)
    await dependencies.wakeups.announce(attempt_topic(attempt_id))
    return True


async def _delete_attempt(
    attempt: PurchaseAttempt, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Delete an attempt that holds nothing, and give back what it had reserved."""
    draft = await drafts.unseal_draft(attempt, work, dependencies)
    await reservations.release(attempt, draft, work)
    await work.purchase_attempts.delete(attempt)
    await clear_guest_later(attempt, draft, None, work, dependencies)
