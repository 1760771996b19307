"""The deletion of outdated carts, clients, sessions, sign-in codes and results of requests."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from gateway.services.checkout.recovery import RESULT_LIFETIME
from gateway.services.identity.sign_in import MAX_PRUNED, prune_codes
from gateway.services.kept_invoices import prune_invoices
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.request_keys import KEY_LIFETIME

MAX_CART_AGE = timedelta(days=30)
"""The time after its last change when a cart that nobody claimed or purchased is deleted."""
MAX_CLIENT_AGE = timedelta(days=400)
"""The time after which an unmapped client is deleted; equal to the lifetime of its cookie.

A cart that a client claimed is deleted so long after its last change. One that a purchaser claimed
stays.
"""
MAX_EVENT_AGE = timedelta(days=30)
"""The time after which an event of the payment provider is deleted, dead letters too.

It repeats none that is so old.
"""
MAX_PROVIDER_RECORD_AGE = timedelta(days=180)
"""The time for which what was asked of the payment provider is kept.

Holds end within 31 days, and refunds that are pending are asked after for weeks. After that nobody
asks again under the same key, which the provider has long forgotten.
"""
MAX_PREPARATION_AGE = timedelta(days=1)
"""The time after which products are deleted that were prepared for a collection and never shown."""
MAX_MEMBERS_DELETED = 2_000
"""Products of collections whose rows one transaction deletes."""
MAX_PRUNED_ROWS = 200
"""Rows of one kind that one transaction deletes."""
CLEANUP_INTERVAL = timedelta(minutes=15)
"""The time between two rounds, if nothing is left to delete."""

EARLIEST_INSTANT = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CleanupRun:
    """One round of deletions; other processes may run theirs at the same time."""

    id: str = "round"
    attempts: int = 1


PruneRows: TypeAlias = Callable[[UnitOfWork, datetime], Awaitable[int]]


@dataclass(slots=True)
class RetentionCleanup:
    """The job that deletes outdated rows, a few at a time.

    ``invoices_kept`` is how long invoices of erased accounts are kept after the purchase.
    """

    database: Database
    invoices_kept: timedelta
    name: str = "sweep"
    _next_run_at: datetime = field(default=EARLIEST_INSTANT, init=False)

    async def claim(
        self,
        now: datetime,
        leased_until: datetime,  # noqa: ARG002 - nothing is leased
        limit: int,  # noqa: ARG002 - one round at a time
    ) -> Sequence[CleanupRun]:
        """The next round if it is due."""
        return (CleanupRun(),) if self._next_run_at <= now else ()

    async def run(self, lease: CleanupRun, now: datetime) -> None:  # noqa: ARG002 - all are alike
        """Delete some rows of each kind; the next round follows at once if some are left."""
        has_more = [
            await self._prune(prune_rows, now)
            for prune_rows in (
                _prune_carts,
                _prune_carts_of_clients,
                _prune_clients,
                _prune_sessions,
                _prune_sign_in_codes,
                _prune_attempts,
                _prune_request_keys,
                _prune_order_links,
                _prune_provider_events,
                _prune_provider_records,
                _prune_collection_memberships,
                self._prune_invoices,
            )
        ]
        self._next_run_at = now if any(has_more) else now + CLEANUP_INTERVAL

    async def postpone(self, lease: CleanupRun, until: datetime, failure: str) -> None:  # noqa: ARG002
        """Postpone the next round to ``until``."""
        self._next_run_at = until

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next round is due."""
        return max(self._next_run_at, now)

    async def _prune_invoices(self, work: UnitOfWork, now: datetime) -> int:
        return await prune_invoices(now - self.invoices_kept, MAX_PRUNED_ROWS, work)

    async def _prune(self, prune_rows: PruneRows, now: datetime) -> bool:
        """Delete some rows of one kind; returns whether there may be more."""
        async with self.database.begin() as work:
            return await prune_rows(work, now) >= min(MAX_PRUNED_ROWS, MAX_PRUNED)


async def _prune_carts(work: UnitOfWork, now: datetime) -> int:
    return await work.carts.prune(now - MAX_CART_AGE, MAX_PRUNED_ROWS)


async def _prune_carts_of_clients(work: UnitOfWork, now: datetime) -> int:
    return await work.carts.prune_of_clients(now - MAX_CLIENT_AGE, MAX_PRUNED_ROWS)


async def _prune_clients(work: UnitOfWork, now: datetime) -> int:
    return await work.clients.prune(now - MAX_CLIENT_AGE, MAX_PRUNED_ROWS)


async def _prune_sessions(work: UnitOfWork, now: datetime) -> int:
    return await work.sessions.prune(now, MAX_PRUNED_ROWS)


async def _prune_sign_in_codes(work: UnitOfWork, now: datetime) -> int:
    return await prune_codes(now, work)


async def _prune_attempts(work: UnitOfWork, now: datetime) -> int:
    return await work.purchase_attempts.prune(now - RESULT_LIFETIME, MAX_PRUNED_ROWS)


async def _prune_request_keys(work: UnitOfWork, now: datetime) -> int:
    return await work.request_keys.prune(now - KEY_LIFETIME, MAX_PRUNED_ROWS)


async def _prune_order_links(work: UnitOfWork, now: datetime) -> int:
    return await work.order_links.prune(now, MAX_PRUNED_ROWS)


async def _prune_provider_events(work: UnitOfWork, now: datetime) -> int:
    return await work.provider_events.prune(now - MAX_EVENT_AGE, MAX_PRUNED_ROWS)


async def _prune_provider_records(work: UnitOfWork, now: datetime) -> int:
    return await work.provider_records.prune(now - MAX_PROVIDER_RECORD_AGE, MAX_PRUNED_ROWS)


async def _prune_collection_memberships(work: UnitOfWork, now: datetime) -> int:
    await work.collections.lock()
    await work.collection_memberships.drop_outdated(now - MAX_PREPARATION_AGE)
    return await work.collection_memberships.delete_dropped(MAX_MEMBERS_DELETED)
