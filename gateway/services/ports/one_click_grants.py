"""The port of one-click grants."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OneClickGrantRecord:
    """A one-click profile of a client and a purchaser, as stored.

    ``label_index`` is the blind index of its label, ``sealed`` the label.
    """

    client_id: str
    purchaser_id: str
    label_index: str
    sealed: bytes
    address_id: str
    payment_method_id: str
    enabled_at: datetime


class OneClickGrants(Protocol):
    """Repository of one-click grants, each of a client and a purchaser."""

    async def list_for(self, client_id: str, purchaser_id: str) -> tuple[OneClickGrantRecord, ...]:
        """The purchaser's grants on the client."""
        ...

    async def list_latest_method_ids(self, purchaser_id: str) -> tuple[str, ...]:
        """The ids of the payment methods in the purchaser's grants on all clients, latest first."""
        ...

    async def upsert(self, grant: OneClickGrantRecord) -> None:
        """Add a grant, or replace the one with the same client, purchaser and label."""
        ...

    async def delete(self, purchaser_id: str, client_id: str | None = None) -> int:
        """Delete the purchaser's grants on one client or, if None, on all; returns how many."""
        ...
