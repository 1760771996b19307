"""Finishing purchases that a crash, a silent provider or an absent payer left half done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.engine.checkout.outcomes import AttemptState
from gateway.services.checkout import drafts, payment_attempts, reservations
from gateway.services.dependencies import Dependencies
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationUnknown,
    DeclineReason,
)
from gateway.services.ports.purchase_attempts import PurchaseAttempt

# The specification asks for three days at the least.
RESULT_LIFETIME = timedelta(days=7)
MAX_PRUNED_ATTEMPTS = 500
# By then keeping what the provider said has failed for more than a minute.
MAX_FAILURES = 5


class AuthorizationStillUnknown(Exception):
    """The provider does not yet say what became of a charge."""


@dataclass(frozen=True, slots=True)
class PurchaseRecovery:
    """The step that asks the provider, by the same key, what became of a purchase."""

    dependencies: Dependencies
    name: str = "purchases"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PurchaseAttempt, ...]:
        """Purchases whose charge is overdue, or whose payer's time is over."""
        async with self.dependencies.database.begin() as work:
            await work.purchase_attempts.prune(now - RESULT_LIFETIME, MAX_PRUNED_ATTEMPTS)
            return await work.purchase_attempts.claim(now, leased_until, limit)

    async def run(self, lease: PurchaseAttempt, now: datetime) -> None:  # noqa: ARG002 - the provider keeps the time
        """Go on with one purchase."""
        match await self.dependencies.payment_provider.find_by_key(lease.id):
            case AuthorizationUnknown():
                raise AuthorizationStillUnknown(lease.id)
            case None:
                await abandon_attempt(lease.id, self.dependencies)
            case AuthorizationActionRequired() as action if (
                lease.state is AttemptState.AWAITING_ACTION
            ):
                # The payer's time is over, or the row would not be due.
                # Let go first: a confirmation that comes a moment too late must hold nothing.
                expired = AuthorizationDeclined(DeclineReason.AUTHENTICATION_EXPIRED)
                await self.dependencies.payment_provider.release(action.charge_id)
                await payment_attempts.record_authorization(lease.id, expired, self.dependencies)
            case authorization:
                await payment_attempts.record_authorization(
                    lease.id, authorization, self.dependencies
                )

    async def postpone(self, lease: PurchaseAttempt, until: datetime, failure: str) -> None:
        """Let a purchase rest that could not be finished; one that cannot be kept is undone."""
        has_failed = failure != AuthorizationStillUnknown.__name__
        if (
            has_failed
            and lease.attempts >= MAX_FAILURES
            and await undo_attempt(lease.id, self.dependencies)
        ):
            return
        async with self.dependencies.database.begin() as work:
            await work.purchase_attempts.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next purchase is overdue."""
        async with self.dependencies.database.read() as reading:
            return await reading.purchase_attempts.next_due(now)


async def resume_attempt(attempt_id: str, dependencies: Dependencies) -> None:
    """Go on with a purchase whose payer has just confirmed; other keys are not a purchase's."""
    async with dependencies.database.read() as reading:
        attempt = await reading.purchase_attempts.find(attempt_id)
    if attempt is not None:
        await payment_attempts.record_authorization(
            attempt_id,
            await payment_attempts.look_up_authorization(attempt_id, dependencies),
            dependencies,
        )


async def abandon_attempt(attempt_id: str, dependencies: Dependencies) -> None:
    """Forget an attempt that never reached the provider: the same request may run again."""
    async with dependencies.database.begin() as work:
        attempt = await work.purchase_attempts.find(attempt_id)
        if attempt is None or attempt.state is not AttemptState.CHARGING:
            return
        await reservations.release(
            attempt, await drafts.unseal_draft(attempt, work, dependencies), work
        )
        await work.purchase_attempts.delete(attempt)


async def undo_attempt(attempt_id: str, dependencies: Dependencies) -> bool:
    """Whether a purchase was undone that cannot be kept: the same request may run again.

    Its money is let go first: cut off after that, the provider's word ends the purchase.
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
        await reservations.release(
            attempt, await drafts.unseal_draft(attempt, work, dependencies), work
        )
        await work.purchase_attempts.delete(attempt)
    await dependencies.wakeups.announce(payment_attempts.attempt_topic(attempt_id))
    return True
