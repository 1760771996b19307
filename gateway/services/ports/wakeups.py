"""Wake-ups: hints, across processes, that something about a topic was committed.

A hint may come twice or, rarely, not at all: what happened stands in the tables. So subscribe
first, then read, then wait, and read again after every wake.
"""

from contextlib import AbstractContextManager
from typing import Protocol


class WakeupSubscription(Protocol):
    """One subscriber's bell."""

    async def wait(self, seconds: float) -> bool:
        """Whether it rang within ``seconds``; at once if it rang since the last wait."""
        ...


class Wakeups(Protocol):
    """Who wants to know, and telling them."""

    def subscribe(self, topic: str) -> AbstractContextManager[WakeupSubscription]:
        """A bell that rings for every announcement of ``topic`` while the block lasts."""
        ...

    async def announce(self, topic: str) -> None:
        """Ring for ``topic``, in every process; call it after the transaction."""
        ...
