"""Wake-ups within one process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class LocalSubscription:
    """One subscriber's bell; it stays rung until it is waited for."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()

    def notify(self) -> None:
        """Wake who waits, or who waits next."""
        self._notified.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang within ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self._notified.wait()
        except TimeoutError:
            return False
        self._notified.clear()
        return True


class LocalWakeups:
    """The bells of this process, by topic: all that one process alone needs."""

    def __init__(self) -> None:
        self._subscriptions: defaultdict[str, set[LocalSubscription]] = defaultdict(set)

    @contextmanager
    def subscribe(self, topic: str) -> Iterator[LocalSubscription]:
        """A bell for ``topic``, while the block lasts."""
        subscription = LocalSubscription()
        self._subscriptions[topic].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]

    async def announce(self, topic: str) -> None:
        """Ring for ``topic``."""
        self.notify(topic)

    def notify(self, topic: str) -> None:
        """Ring the bells of ``topic``."""
        for subscription in self._subscriptions.get(topic, ()):
            subscription.notify()

    def notify_all(self) -> None:
        """Ring every bell: something may have been missed."""
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.notify()

    @property
    def subscribed_topics(self) -> tuple[str, ...]:
        """What somebody is subscribed to."""
        return tuple(self._subscriptions)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is subscribed."""
        return not self._subscriptions

    async def close(self) -> None:
        """Nothing is held open."""
