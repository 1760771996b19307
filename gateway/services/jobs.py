"""Waiting work: rows that fall due, claimed by one process at a time, taken one step further."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

# What is announced when a row was made due that a worker should not sleep past.
DUE_TOPIC = "due"
MIN_RETRY_DELAY = timedelta(seconds=5)
MAX_RETRY_DELAY = timedelta(hours=1)


class Lease(Protocol):
    """A row this process has leased."""

    @property
    def id(self) -> str:
        """Which row it is."""
        ...

    @property
    def attempts(self) -> int:
        """How often it was claimed since it last got further, this time included."""
        ...


LeaseT = TypeVar("LeaseT", bound=Lease)


class Job(Protocol[LeaseT]):
    """One kind of waiting work."""

    @property
    def name(self) -> str:
        """What the logs call it."""
        ...

    async def claim(self, now: datetime, leased_until: datetime, limit: int) -> Sequence[LeaseT]:
        """Rows that are due, leased: until then no other process claims them."""
        ...

    async def run(self, lease: LeaseT, now: datetime) -> None:
        """Go on with one row: the outside first, then one transaction that checks the version.

        May be cut off or repeated at any point; raises ``VersionConflict`` if the row moved
        meanwhile.
        """
        ...

    async def postpone(self, lease: LeaseT, until: datetime, failure: str) -> None:
        """Let a row whose step failed rest; gives up if the step has no more use."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next row falls due that nobody has leased."""
        ...


def retry_delay(attempts: int) -> timedelta:
    """How long to rest after the ``attempts``-th failure: 5 s, doubled each time, at most 1 h."""
    factor: int = 2 ** min(attempts - 1, 10)
    return min(MIN_RETRY_DELAY * factor, MAX_RETRY_DELAY)
