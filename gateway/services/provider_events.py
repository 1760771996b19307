"""The events of the payment provider: kept first, then what they are about is asked for.

An event is only a hint that something may have changed. It may come late, twice, out of order or
never; what counts is how the object stands when it is asked for.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.services.checkout.recovery import resume_attempt
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.settlement import recheck_hold
from gateway.services.identity.method_refresh import refresh_methods
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders.disputes import record_dispute
from gateway.services.orders.provider_notices import note_hold, note_refund
from gateway.services.ports.payments import ProviderUnavailable
from gateway.services.ports.provider_events import (
    DisputeNotice,
    HoldNotice,
    MethodsNotice,
    ProviderEvent,
    ProviderEventState,
    ProviderNotice,
    ProviderNotices,
    RefundNotice,
)
from gateway.services.provider_waits import MAX_RETRY_WAIT

logger = logging.getLogger(__name__)

MAX_EVENT_ATTEMPTS = 18
"""Attempts to act on an event before it is a dead letter, which take about ten hours."""
MAX_FAILED_LISTED = 1_000
"""Dead letters that are shown, or tried again, together."""


async def record_event(event: ProviderEvent, *, dependencies: Dependencies) -> bool:
    """Keep ``event`` for the worker; returns whether it is new."""
    async with dependencies.database.begin() as work:
        is_new = await work.provider_events.add(event)
    if is_new:
        await dependencies.wakeups.announce(DUE_TOPIC)
    return is_new


async def retry_failed_events(*, dependencies: Dependencies) -> int:
    """Let up to ``MAX_FAILED_LISTED`` dead letters be tried again; returns how many."""
    now = dependencies.clock.now()
    async with dependencies.database.begin() as work:
        events = await work.provider_events.list_failed(MAX_FAILED_LISTED)
        retried_count = sum([await work.provider_events.retry(event, now) for event in events])
    await dependencies.wakeups.announce(DUE_TOPIC)
    return retried_count


@dataclass(frozen=True, slots=True)
class ProviderEventJob:
    """The job that asks what events are about, and tells the use cases how it stands."""

    notices: ProviderNotices
    dependencies: Dependencies
    gift_dependencies: GiftDependencies
    name: str = "provider events"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[ProviderEvent, ...]:
        """Events that wait."""
        async with self.dependencies.database.begin() as work:
            return await work.provider_events.claim(now, leased_until, limit)

    async def run(self, lease: ProviderEvent, now: datetime) -> None:
        """Act on one event; it waits on while the provider does not answer."""
        try:
            for notice in await self.notices.fetch(lease.type, lease.object_id):
                await self._act_on(notice)
        except ProviderUnavailable:
            logger.info("the payment provider does not answer: %s waits", lease.id)
            async with self.dependencies.database.begin() as work:
                failure = ProviderUnavailable.__name__
                # Whoever is away says nothing of the event: such attempts do not count.
                untried_event = replace(lease, attempts=0)
                await work.provider_events.postpone(untried_event, now + MAX_RETRY_WAIT, failure)
            return
        async with self.dependencies.database.begin() as work:
            await work.provider_events.finish(lease, ProviderEventState.DONE, None)

    async def _act_on(self, notice: ProviderNotice) -> None:
        match notice:
            case HoldNotice():
                if await note_hold(notice, self.dependencies):
                    return
                if not await recheck_hold(notice.key, dependencies=self.gift_dependencies):
                    # A change of an order needs no help: its request, or the worker, ends it.
                    await resume_attempt(notice.key, self.dependencies)
            case RefundNotice():
                await note_refund(notice, self.dependencies)
            case DisputeNotice(dispute, hold_key):
                gift_id = hold_key.partition(".")[0]
                async with self.dependencies.database.read() as reading:
                    gift = await reading.gifts.find(gift_id)
                await record_dispute(dispute, None if gift is None else gift_id, self.dependencies)
            case MethodsNotice(customer_id):
                await refresh_methods(customer_id, dependencies=self.dependencies.identity)

    async def postpone(self, lease: ProviderEvent, until: datetime, failure: str) -> None:
        """Try again at ``until``; after ``MAX_EVENT_ATTEMPTS`` it is a dead letter."""
        async with self.dependencies.database.begin() as work:
            if lease.attempts < MAX_EVENT_ATTEMPTS:
                await work.provider_events.postpone(lease, until, failure)
                return
            await work.provider_events.finish(lease, ProviderEventState.FAILED, failure)
        logger.error("the event %s of the payment provider is a dead letter", lease.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next event is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.provider_events.next_due(now)
