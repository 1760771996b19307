"""One-click grants: what a purchaser enabled on a client."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OneClickGrantRecord:
    """One profile of a pair.

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
    """The grants of pairs of a client and a purchaser."""

    async def list_for(self, client_id: str, purchaser_id: str) -> tuple[OneClickGrantRecord, ...]:
        """What the purchaser enabled on the client."""
        ...

    async def list_latest_method_ids(self, purchaser_id: str) -> tuple[str, ...]:
        """The ids of the methods the purchaser enabled on any client, the latest first."""
        ...

    async def upsert(self, grant: OneClickGrantRecord) -> None:
        """Keep a grant in place of the pair's one with the same label."""
        ...

    async def delete(self, purchaser_id: str, client_id: str | None = None) -> int:
        """How many grants of the purchaser were there, on one client or on all."""
        ...
