"""Wake-ups within one process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """One subscriber's bell; it stays rung until it is waited for."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits, or who waits next."""
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang within ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class Hub:
    """The bells of this process, by topic: all that one process alone needs."""

    def __init__(self) -> None:
        self._bells: defaultdict[str, set[Bell]] = defaultdict(set)

    @contextmanager
    def subscribe(self, topic: str) -> Iterator[Bell]:
        """A bell for ``topic``, while the block lasts."""
        bell = Bell()
        self._bells[topic].add(bell)
        try:
            yield bell
        finally:
            self._bells[topic].discard(bell)
            if not self._bells[topic]:
                del self._bells[topic]

    async def announce(self, topic: str) -> None:
        """Ring for ``topic``."""
        self.ring(topic)

    def ring(self, topic: str) -> None:
        """Ring the bells of ``topic``."""
        for bell in self._bells.get(topic, ()):
            bell.ring()

    def ring_all(self) -> None:
        """Ring every bell: something may have been missed."""
        for bells in self._bells.values():
            for bell in bells:
                bell.ring()

    @property
    def topics(self) -> tuple[str, ...]:
        """What somebody is subscribed to."""
        return tuple(self._bells)

    @property
    def idle(self) -> bool:
        """Whether nobody is subscribed."""
        return not self._bells

    async def close(self) -> None:
        """Nothing is held open."""
