"""API keys, by digest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ApiKeyRole(StrEnum):
    """What a key is for: PARTNER makes gifts of its own, STAFF keeps the shop."""

    PARTNER = "partner"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; gifts made with it are paid by ``purchaser_id``'s method."""

    id: str
    name: str
    role: ApiKeyRole
    purchaser_id: str | None


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key and its life: it counts from ``created_at`` until it expires or is revoked."""

    key: ApiKey
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether the key counts at ``now``."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiKeys(Protocol):
    """The keys."""

    async def add(self, record: ApiKeyRecord, digest: str) -> None:
        """Keep a new key; raises ``DuplicateKey`` where the name is taken."""
        ...

    async def reissue(self, record: ApiKeyRecord, digest: str) -> bool:
        """Whether a key of that name and role counted no more: it does again, by another secret."""
        ...

    async def find(self, digest: str) -> ApiKeyRecord | None:
        """The key of this digest, whether it counts or not."""
        ...

    async def find_by_id(self, id: str) -> ApiKeyRecord | None:
        """The key of this id, whether it counts or not."""
        ...

    async def find_next(self, name: str) -> ApiKeyRecord | None:
        """The key whose name comes next after ``name``, whether it counts or not."""
        ...

    async def revoke(self, name: str, now: datetime) -> bool:
        """Whether there is a key of that name, which counts no more; the first time is kept."""
        ...
