"""Finishing purchases that a crash, a silent provider or an absent payer left half done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.engine.buying import AttemptState
from gateway.services import drafts, purchasing, taking
from gateway.services.parts import Parts
from gateway.services.ports.attempts import Attempt
from gateway.services.ports.payments import (
    ActionRequired,
    Authorized,
    Declined,
    DeclineReason,
    Unknown,
)

# The specification asks for three days at the least.
RESULTS_KEPT = timedelta(days=7)
FORGOTTEN_AT_ONCE = 500
# By then keeping what the provider said has failed for more than a minute.
MOST_FAULTS = 5


class StillUnknown(Exception):
    """The provider does not yet say what became of a charge."""


@dataclass(frozen=True, slots=True)
class FinishPurchases:
    """The step that asks the provider, by the same key, what became of a purchase."""

    parts: Parts
    name: str = "purchases"

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[Attempt, ...]:
        """Purchases whose charge is overdue, or whose payer's time is over."""
        async with self.parts.database.begin() as work:
            await work.attempts.forget(now - RESULTS_KEPT, FORGOTTEN_AT_ONCE)
            return await work.attempts.claim(now, leased_until, most)

    async def take(self, claimed: Attempt, now: datetime) -> None:  # noqa: ARG002 - the provider keeps the time
        """Go on with one purchase."""
        match await self.parts.payments.lookup(claimed.id):
            case Unknown():
                raise StillUnknown(claimed.id)
            case None:
                await abandon(claimed.id, self.parts)
            case ActionRequired() as action if claimed.state is AttemptState.AWAITING_ACTION:
                # The payer's time is over, or the row would not be due.
                # Let go first: a confirmation that comes a moment too late must hold nothing.
                over = Declined(DeclineReason.AUTHENTICATION_EXPIRED)
                await self.parts.payments.release(action.charge_id)
                await purchasing.settle(claimed.id, over, self.parts)
            case answer:
                await purchasing.settle(claimed.id, answer, self.parts)

    async def postpone(self, claimed: Attempt, until: datetime, failure: str) -> None:
        """Let a purchase rest that could not be finished; one that cannot be kept is undone."""
        fails = failure != StillUnknown.__name__
        if fails and claimed.attempts >= MOST_FAULTS and await undone(claimed.id, self.parts):
            return
        async with self.parts.database.begin() as work:
            await work.attempts.postpone(claimed, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next purchase is overdue."""
        async with self.parts.database.read() as reading:
            return await reading.attempts.next_due(now)


async def confirmed(attempt_id: str, parts: Parts) -> None:
    """Go on with a purchase whose payer has just confirmed; other keys are not a purchase's."""
    async with parts.database.read() as reading:
        attempt = await reading.attempts.find(attempt_id)
    if attempt is not None:
        await purchasing.settle(attempt_id, await purchasing.asked(attempt_id, parts), parts)


async def abandon(attempt_id: str, parts: Parts) -> None:
    """Forget an attempt that never reached the provider: the same request may run again."""
    async with parts.database.begin() as work:
        attempt = await work.attempts.find(attempt_id)
        if attempt is None or attempt.state is not AttemptState.CHARGING:
            return
        await taking.give_back(attempt, await drafts.unsealed(attempt, work, parts), work)
        await work.attempts.drop(attempt)


async def undone(attempt_id: str, parts: Parts) -> bool:
    """Whether a purchase was undone that cannot be kept: the same request may run again.

    Its money is let go first: cut off after that, the provider's word ends the purchase.
    """
    async with parts.database.read() as reading:
        attempt = await reading.attempts.find(attempt_id)
    if attempt is None or attempt.state is AttemptState.SETTLED:
        return False
    match await parts.payments.lookup(attempt_id):
        case Authorized(charge_id=charge_id) | ActionRequired(charge_id=charge_id):
            await parts.payments.release(charge_id)
        case Unknown():
            return False
    async with parts.database.begin() as work:
        await taking.give_back(attempt, await drafts.unsealed(attempt, work, parts), work)
        await work.attempts.drop(attempt)
    await parts.wakeups.announce(purchasing.topic(attempt_id))
    return True
