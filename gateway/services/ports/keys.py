"""API keys, by digest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What a key is for: PARTNER makes gifts of its own, STAFF reports on shipments."""

    PARTNER = "partner"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; gifts made with it are paid by ``purchaser_id``'s method."""

    id: str
    name: str
    role: Role
    purchaser_id: str


class ApiKeys(Protocol):
    """The keys."""

    async def add(self, key: ApiKey, digest: str, now: datetime) -> None:
        """Keep a new key; raises ``Duplicate`` where the name is taken."""
        ...

    async def find(self, digest: str) -> ApiKey | None:
        """The key of this digest."""
        ...
