"""Finding orders among all of the shop's, as use cases ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.engine.orders.order import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class SearchWord:
    """A word that an order must have: a key of its buyer, or the beginning of its number.

    ``keys`` are alternatives of each other, and to a number from ``lowest_number`` on to
    ``highest_number``; no number where the word begins none.
    """

    keys: tuple[str, ...]
    lowest_number: str | None = None
    highest_number: str | None = None


class OrderSearch(Protocol):
    """The keys that orders are found by, and the list of all orders."""

    async def add(self, order_id: str, keys: Sequence[str]) -> None:
        """Let an order be found by ``keys``, beside those it has."""
        ...

    async def delete_of_purchaser(self, purchaser_id: str) -> None:
        """Delete the keys of a purchaser's orders: nothing of theirs finds them any more."""
        ...

    async def list_orders(
        self, status: OrderStatus | None, before_position: int | None, limit: int
    ) -> tuple[Order, ...]:
        """Up to ``limit`` of all orders before a place, the latest first."""
        ...

    async def find_orders(
        self,
        words: Sequence[SearchWord],
        status: OrderStatus | None,
        before_position: int | None,
        limit: int,
    ) -> tuple[Order, ...]:
        """Those that have every one of ``words``, of which there are 1 to ``MAX_SEARCH_WORDS``."""
        ...

    async def list_without_keys(self, limit: int) -> tuple[str, ...]:
        """The ids of up to ``limit`` orders that nobody has given keys yet."""
        ...

    async def set_searchable(self, order_ids: Sequence[str]) -> None:
        """Keep that these orders have their keys."""
        ...


MAX_SEARCH_WORDS = 5
"""Words that one search may have."""
