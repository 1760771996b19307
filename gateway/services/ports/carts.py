"""The port of carts."""

from datetime import datetime
from typing import Protocol

from gateway.engine.carts import Cart, CartOwner
from gateway.engine.checkout.checks import DisplayedDue


class Carts(Protocol):
    """Repository of carts."""

    async def find(self, id: str) -> Cart | None:
        """The cart of this id, or None."""
        ...

    async def find_for_update(self, id: str) -> Cart | None:
        """The same, locked until the transaction ends."""
        ...

    async def find_of(self, owner: CartOwner) -> Cart | None:
        """The cart of ``owner`` that is not bought yet, or None."""
        ...

    async def find_of_for_update(self, owner: CartOwner) -> Cart | None:
        """The same, locked until the transaction ends."""
        ...

    async def list_latest(self, limit: int) -> tuple[Cart, ...]:
        """The carts without a purchaser that changed last: ``limit`` unclaimed, as many claimed.

        None of them is bought or being bought.
        """
        ...

    async def add(self, cart: Cart, now: datetime) -> None:
        """Add a new cart."""
        ...

    async def save(self, cart: Cart, now: datetime) -> None:
        """Save a changed cart, whose ``version`` must be one above the stored one.

        Raises ``VersionConflict`` if it is not, and ``DuplicateKey`` if the cart's owner has
        another one.
        """
        ...

    async def delete(self, id: str) -> None:
        """Delete a cart that is neither purchased nor locked."""
        ...

    async def delete_of_purchaser(self, purchaser_id: str) -> None:
        """Delete the carts that the purchaser claimed or bought."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` carts that nobody claimed and that are not purchased nor locked.

        Their last change was before ``before``. Returns how many were deleted.
        """
        ...

    async def prune_of_clients(self, before: datetime, limit: int) -> int:
        """The same for carts that clients claimed."""
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
