"""A cache of what is known of lists of products, for as long as the catalogue stays as it is."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.engine.catalogue.product_orders import Position
from gateway.services.ports.product_lists import ProductPosition
from gateway.services.shared_loads import SharedLoads

MAX_WEIGHT = 50_000
"""Products and values of facets in the whole cache; one takes about 400 bytes."""
MAX_ENTRIES = 4_096
MAX_WINDOWS = 16
"""Windows of one list; the oldest is forgotten."""
WINDOW_SIZE = 480
"""Products that are read together: the pages after the first one come with it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListWindow:
    """The products of a list after a position, all without a gap; ``is_last`` if no more follow."""

    after: Position | None
    products: tuple[ProductPosition, ...]
    is_last: bool

    def find(self, after: Position | None, limit: int) -> tuple[ProductPosition, ...] | None:
        """The ``limit`` products after a position; None if the window does not have them."""
        if after is None:
            if self.after is not None:
                return None
            start = 0
        elif self.after is not None and after < self.after:
            return None
        else:
            start = bisect_right(self.products, after, key=lambda each: each.position)
        products = self.products[start : start + limit]
        return products if len(products) == limit or self.is_last else None


@dataclass(slots=True)
class CachedList:
    """The windows of one list that were read."""

    windows: list[ListWindow] = field(default_factory=list)

    def find(self, after: Position | None, limit: int) -> tuple[ProductPosition, ...] | None:
        """The ``limit`` products after a position; None if no window has them."""
        for window in self.windows:
            products = window.find(after, limit)
            if products is not None:
                return products
        return None

    def add(self, window: ListWindow) -> None:
        """Keep a window, and forget the oldest of too many."""
        self.windows.append(window)
        if len(self.windows) > MAX_WINDOWS:
            self.windows.pop(0)

    @property
    def weight(self) -> int:
        """The number of products in it."""
        return 1 + sum(len(window.products) for window in self.windows)


@dataclass(slots=True)
class CacheEntry:
    """Something that was loaded, and its weight."""

    value: Any
    weight: int


class ProductListCache:
    """What was loaded, by keys that hold the catalogue's revision, so that it is never stale.

    What several ask for at once is loaded once. The heaviest of what was used longest ago goes.
    """

    def __init__(self, max_weight: int = MAX_WEIGHT) -> None:
        self._max_weight = max_weight
        self._entries: OrderedDict[Hashable, CacheEntry] = OrderedDict()
        self._weight = 0
        self._loads = SharedLoads()

    @property
    def weight(self) -> int:
        """The weight of all that is kept."""
        return self._weight

    async def load(
        self, key: Hashable, load: Callable[[], Awaitable[T]], weigh: Callable[[T], int]
    ) -> T:
        """What is kept under ``key``; loaded first if it is not there. None is not kept."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
            value: T = entry.value
            return value
        value = await self.share(key, load)
        if value is not None:
            self._keep(key, value, weigh(value))
        return value

    async def find_products(
        self,
        key: Hashable,
        after: Position | None,
        limit: int,
        load: Callable[[int], Awaitable[tuple[ProductPosition, ...]]],
    ) -> tuple[ProductPosition, ...]:
        """The ``limit`` products of the list ``key`` after a position.

        ``load`` reads so many products after that position.
        """
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
            products = entry.value.find(after, limit)
            if products is not None:
                return tuple(products)
        size = max(limit, WINDOW_SIZE)
        window_products = await self.share((key, after, size), lambda: load(size))
        window = ListWindow(after, window_products, is_last=len(window_products) < size)
        entry = self._entries.get(key)
        cached_list = entry.value if entry is not None else CachedList()
        if cached_list.find(after, limit) is None:
            cached_list.add(window)
            self._keep(key, cached_list, cached_list.weight)
        return window_products[:limit]

    async def share(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """What ``load`` returns, for all who ask for ``key`` until then."""
        return await self._loads.share(key, load)

    def _keep(self, key: Hashable, value: object, weight: int) -> None:
        previous = self._entries.pop(key, None)
        self._weight += weight - (previous.weight if previous is not None else 0)
        self._entries[key] = CacheEntry(value, weight)
        while self._weight > self._max_weight or len(self._entries) > MAX_ENTRIES:
            _, oldest = self._entries.popitem(last=False)
            self._weight -= oldest.weight
