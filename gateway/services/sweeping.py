"""Deleting what nobody comes back for: carts, devices, sign-ins, codes, results of purchases."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from gateway.services.identity.signing_in import MOST_PRUNED, clear_away
from gateway.services.ports.database import Database, Work
from gateway.services.repair import RESULTS_KEPT

MAX_CART_AGE = timedelta(days=30)
"""How long a cart that nobody buys lives after its last change."""
MAX_CLIENT_AGE = timedelta(days=400)
"""How long a device is remembered after it last stood for somebody: as long as its cookie lives."""
MAX_ROWS = 200
"""Rows of a kind that one transaction deletes."""
PAUSE = timedelta(minutes=15)
"""Between two rounds, where nothing was left over."""

ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a process: whatever another deletes meanwhile is not there any more."""

    id: str = "round"
    attempts: int = 1


Kind: TypeAlias = Callable[[Work, datetime], Awaitable[int]]


@dataclass(slots=True)
class Sweep:
    """Deletes what is too old, a few rows at a time."""

    database: Database
    name: str = "sweep"
    _next: datetime = field(default=ALWAYS, init=False)

    async def claim(
        self,
        now: datetime,
        leased_until: datetime,  # noqa: ARG002 - nothing is leased
        most: int,  # noqa: ARG002 - one round at a time
    ) -> Sequence[Round]:
        """A round, where one is due."""
        return (Round(),) if self._next <= now else ()

    async def take(self, claimed: Round, now: datetime) -> None:  # noqa: ARG002 - all are alike
        """Delete some of each kind; the next round follows at once where some were left over."""
        more = [
            await self._swept(each, now)
            for each in (_carts, _clients, _sessions, _codes, _attempts)
        ]
        self._next = now if any(more) else now + PAUSE

    async def postpone(self, claimed: Round, until: datetime, failure: str) -> None:  # noqa: ARG002
        """Wait until then."""
        self._next = until

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next round is due."""
        return max(self._next, now)

    async def _swept(self, kind: Kind, now: datetime) -> bool:
        """Whether there may be more of the kind."""
        async with self.database.begin() as work:
            return await kind(work, now) >= min(MAX_ROWS, MOST_PRUNED)


async def _carts(work: Work, now: datetime) -> int:
    return await work.carts.prune(now - MAX_CART_AGE, MAX_ROWS)


async def _clients(work: Work, now: datetime) -> int:
    return await work.clients.prune(now - MAX_CLIENT_AGE, MAX_ROWS)


async def _sessions(work: Work, now: datetime) -> int:
    return await work.sessions.prune(now, MAX_ROWS)


async def _codes(work: Work, now: datetime) -> int:
    return await clear_away(now, work)


async def _attempts(work: Work, now: datetime) -> int:
    return await work.attempts.forget(now - RESULTS_KEPT, MAX_ROWS)
