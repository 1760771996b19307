"""Requests that open orders be looked through for what stock now fills.

There is one request at most: many changes of stock make one run. A change of stock during a run
asks for another.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SelectionRequest:
    """The request, leased; ``version`` tells whether another came meanwhile."""

    id: str
    attempts: int
    version: int


class SelectionRequests(Protocol):
    """The request."""

    async def request(self, now: datetime) -> None:
        """Ask for a run, in the transaction that makes it useful.

        Announce ``jobs.DUE_TOPIC`` after the transaction, so that no worker sleeps past it.
        """
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[SelectionRequest, ...]:
        """The request, leased, if a run is wanted that is nobody's."""
        ...

    async def finish(self, lease: SelectionRequest) -> bool:
        """Whether nothing came during the run; else another falls due at once."""
        ...

    async def postpone(self, lease: SelectionRequest, due: datetime) -> None:
        """Try again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next run that nobody has leased falls due."""
        ...
