"""A mapping that forgets what has not been used for longest."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Kept = TypeVar("Kept")


class Bounded(Generic[Key, Kept]):
    """At most ``capacity`` values, the most recently used ones."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[Key, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """What is kept for ``key``, which counts as use."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Key, value: Kept) -> Kept:
        """Keep ``value``, at the expense of the least recently used one."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
        return value

    def take(self, key: Key, make: Callable[[], Kept]) -> Kept:
        """What is kept for ``key``, made first if need be."""
        found = self.get(key)
        return self.keep(key, make()) if found is None else found
