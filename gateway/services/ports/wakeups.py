"""The port of wake-ups: hints between processes that a change of a topic was committed.

A wake-up may come twice or, rarely, not at all. So subscribe first, then read, then wait, and read
again after each wake-up.
"""

from contextlib import AbstractContextManager
from typing import Protocol


class WakeupSubscription(Protocol):
    """The subscription of one follower to a topic."""

    async def wait(self, seconds: float) -> bool:
        """Wait for a wake-up since the last wait; returns whether one came in ``seconds``."""
        ...


class Wakeups(Protocol):
    """Subscriptions to wake-ups, and their announcement."""

    def subscribe(self, topic: str) -> AbstractContextManager[WakeupSubscription]:
        """A subscription to the announcements of ``topic`` during the block."""
        ...

    async def announce(self, topic: str) -> None:
        """Wake the subscribers of ``topic`` in all processes; call it after the transaction."""
        ...
