"""Waiting work: rows that fall due, claimed by one process at a time, taken one step further."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

# What is announced when a row was made due that a worker should not sleep past.
DUE = "due"
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)


class Claim(Protocol):
    """A row this process has leased."""

    @property
    def id(self) -> str:
        """Which row it is."""
        ...

    @property
    def attempts(self) -> int:
        """How often it was claimed since it last got further, this time included."""
        ...


ClaimT = TypeVar("ClaimT", bound=Claim)


class Step(Protocol[ClaimT]):
    """One kind of waiting work."""

    @property
    def name(self) -> str:
        """What the logs call it."""
        ...

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> Sequence[ClaimT]:
        """Rows that are due, leased: until then no other process claims them."""
        ...

    async def take(self, claimed: ClaimT, now: datetime) -> None:
        """Go on with one row: the outside first, then one transaction that checks the version.

        May be cut off or repeated at any point; raises ``Stale`` if the row moved meanwhile.
        """
        ...

    async def postpone(self, claimed: ClaimT, until: datetime, failure: str) -> None:
        """Let a row whose step failed rest; gives up if the step has no more use."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next row falls due that nobody has leased."""
        ...


def back_off(attempts: int) -> timedelta:
    """How long to rest after the ``attempts``-th failure: 5 s, doubled each time, at most 1 h."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
