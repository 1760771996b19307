"""One-click grants: what a purchaser enabled on a client."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """One profile of a pair; ``key`` is the blind index of its label, ``sealed`` the label."""

    client_id: str
    purchaser_id: str
    key: str
    sealed: bytes
    address_id: str
    payment_method_id: str
    enabled_at: datetime


class Grants(Protocol):
    """The grants of pairs of a client and a purchaser."""

    async def of(self, client_id: str, purchaser_id: str) -> tuple[GrantRecord, ...]:
        """What the purchaser enabled on the client."""
        ...

    async def latest_methods(self, purchaser_id: str) -> tuple[str, ...]:
        """The ids of the methods the purchaser enabled on any client, the latest first."""
        ...

    async def put(self, grant: GrantRecord) -> None:
        """Keep a grant in place of the pair's one with the same label."""
        ...

    async def withdraw(self, purchaser_id: str, client_id: str | None = None) -> int:
        """How many grants of the purchaser were there, on one client or on all."""
        ...
