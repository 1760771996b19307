"""The port of carts."""

from datetime import datetime
from typing import Protocol

from gateway.engine.carts import Cart
from gateway.engine.checkout.checks import DisplayedDue


class Carts(Protocol):
    """Repository of carts."""

    async def find(self, id: str) -> Cart | None:
        """The cart of this id, or None."""
        ...

    async def add(self, cart: Cart, now: datetime) -> None:
        """Add a new cart."""
        ...

    async def save(self, cart: Cart, now: datetime) -> None:
        """Save a changed cart, whose ``version`` must be one above the stored one.

        Raises ``VersionConflict`` if it is not.
        """
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` carts that are neither purchased nor locked.

        Their last change was before ``before``. Returns how many were deleted.
        """
        ...

    async def find_displayed_due(self, id: str, version: int) -> DisplayedDue | None:
        """The amount due that was last shown for the cart at this version, if it was saved."""
        ...

    async def save_displayed_due(self, id: str, version: int, displayed_due: DisplayedDue) -> None:
        """Save the amount due that is shown for the cart, if it still has this version."""
        ...

    async def lock_for_attempt(self, id: str, version: int, attempt_id: str) -> bool:
        """Lock the cart for an attempt; returns False if it is locked or has another version."""
        ...

    async def unlock(self, id: str, attempt_id: str) -> None:
        """Unlock the cart that was locked for the attempt."""
        ...

    async def mark_purchased(self, id: str, attempt_id: str, order_id: str) -> None:
        """Save the order that the cart became, with the next version."""
        ...
