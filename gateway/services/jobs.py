"""Jobs: rows that become due are claimed by one process at a time and processed by one step."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

DUE_TOPIC = "due"
"""The topic that is announced when a row becomes due, to wake the workers."""
MIN_RETRY_DELAY = timedelta(seconds=5)
MAX_RETRY_DELAY = timedelta(hours=1)


class Lease(Protocol):
    """A row that this process has leased."""

    @property
    def id(self) -> str:
        """The id of the row."""
        ...

    @property
    def attempts(self) -> int:
        """The number of claims since its last successful step, with this one."""
        ...


LeaseT = TypeVar("LeaseT", bound=Lease)


class Job(Protocol[LeaseT]):
    """A kind of rows that the worker processes."""

    @property
    def name(self) -> str:
        """The job's name in logs."""
        ...

    async def claim(self, now: datetime, leased_until: datetime, limit: int) -> Sequence[LeaseT]:
        """Lease up to ``limit`` due rows, which no other process claims until then."""
        ...

    async def run(self, lease: LeaseT, now: datetime) -> None:
        """Process one row: external calls first, then one transaction that checks the version.

        May be cancelled or repeated at any point; raises ``VersionConflict`` if the row has
        changed meanwhile.
        """
        ...

    async def postpone(self, lease: LeaseT, until: datetime, failure: str) -> None:
        """Postpone a row whose step failed, or give it up if another try is useless."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next row without a lease becomes due; None if there is none."""
        ...


def retry_delay(attempts: int) -> timedelta:
    """The delay after the ``attempts``-th failure: 5 s, doubled each time, at most 1 h."""
    factor: int = 2 ** min(attempts - 1, 10)
    return min(MIN_RETRY_DELAY * factor, MAX_RETRY_DELAY)
