"""Wake-ups within one process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class LocalSubscription:
    """One subscription to a topic; it remembers a notification until the next wait."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()

    def notify(self) -> None:
        """Wake the waiting subscriber, or end its next wait at once."""
        self._notified.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a notification, at most ``seconds``; returns whether there was one."""
        try:
            async with asyncio.timeout(seconds):
                await self._notified.wait()
        except TimeoutError:
            return False
        self._notified.clear()
        return True


class LocalWakeups:
    """The subscriptions of this process by topic."""

    def __init__(self) -> None:
        self._subscriptions: defaultdict[str, set[LocalSubscription]] = defaultdict(set)

    @contextmanager
    def subscribe(self, topic: str) -> Iterator[LocalSubscription]:
        """A subscription to ``topic`` for the duration of the block."""
        subscription = LocalSubscription()
        self._subscriptions[topic].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]

    async def announce(self, topic: str) -> None:
        """Notify the subscriptions of ``topic``."""
        self.notify(topic)

    def notify(self, topic: str) -> None:
        """Notify the subscriptions of ``topic``."""
        for subscription in self._subscriptions.get(topic, ()):
            subscription.notify()

    def notify_all(self) -> None:
        """Notify all subscriptions, because notifications may have been missed."""
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.notify()

    @property
    def subscribed_topics(self) -> tuple[str, ...]:
        """The topics that have subscriptions."""
        return tuple(self._subscriptions)

    @property
    def is_idle(self) -> bool:
        """Whether there are no subscriptions."""
        return not self._subscriptions

    async def close(self) -> None:
        """Do nothing, because there is nothing to close."""
