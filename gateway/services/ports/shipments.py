"""Shipments as use cases keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.engine.orders.shipments import Shipment, ShipmentState


@dataclass(frozen=True, slots=True)
class SealedAddress:
    """The address of a parcel and the page that follows it, sealed under the key of ``subject``."""

    subject: str
    sealed: bytes = field(repr=False)


class Shipments(Protocol):
    """The parcels with their lines."""

    async def add(self, shipment: Shipment, ship_to: SealedAddress) -> None:
        """Keep a new shipment."""
        ...

    async def find(self, id: str) -> Shipment | None:
        """The shipment of that id."""
        ...

    async def find_ship_to(self, ids: Sequence[str]) -> dict[str, SealedAddress]:
        """The sealed addresses of these shipments, by their ids."""
        ...

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[Shipment, ...]:
        """The shipments that have something of these orders, the oldest first."""
        ...

    async def list_page(
        self, state: ShipmentState | None, limit: int, before_position: int | None
    ) -> tuple[Shipment, ...]:
        """Up to ``limit`` shipments before a place, the latest first; None: of any state."""
        ...

    async def save(self, shipment: Shipment, ship_to: SealedAddress | None = None) -> None:
        """Keep a change, its lines included; ``ship_to`` None leaves the address as it is.

        Raises ``VersionConflict`` unless what is kept is one version below.
        """
        ...

    async def erase_gift(self, gift_id: str) -> None:
        """Delete where a gift's shipments go, and what follows them."""
        ...

    async def find_by_gift(self, gift_id: str) -> tuple[Shipment, ...]:
        """The shipments of a gift, the oldest first."""
        ...
