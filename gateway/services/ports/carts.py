"""Carts as use cases keep them."""

from datetime import datetime
from typing import Protocol

from gateway.engine.carts import Cart
from gateway.engine.checkout.checks import DisplayedDue


class Carts(Protocol):
    """The carts, each kept and changed as a whole."""

    async def find(self, id: str) -> Cart | None:
        """The cart of that id."""
        ...

    async def add(self, cart: Cart, now: datetime) -> None:
        """Keep a new cart."""
        ...

    async def save(self, cart: Cart, now: datetime) -> None:
        """Keep a change: ``cart.version`` is one above what is kept.

        Raises ``VersionConflict`` if not.
        """
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """How many that are neither bought nor held, unchanged since before then, are deleted.

        ``limit`` at most.
        """
        ...

    async def find_displayed_due(self, id: str, version: int) -> DisplayedDue | None:
        """What the cart was last shown to leave to pay at that version, if that was noted."""
        ...

    async def save_displayed_due(self, id: str, version: int, displayed_due: DisplayedDue) -> None:
        """Note what the cart is shown to leave to pay, if it is still at that version."""
        ...

    async def lock_for_attempt(self, id: str, version: int, attempt_id: str) -> bool:
        """Whether the cart was at that version and free; it is the purchase's from now on."""
        ...

    async def unlock(self, id: str, attempt_id: str) -> None:
        """Free the cart that the purchase held."""
        ...

    async def mark_purchased(self, id: str, attempt_id: str, order_id: str) -> None:
        """Note the order that the cart became; its version goes up by one."""
        ...
