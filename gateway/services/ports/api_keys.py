"""The port of API keys, which are stored by digest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ApiKeyRole(StrEnum):
    """The role of a key: PARTNER makes gifts of its own, STAFF keeps the shop."""

    PARTNER = "partner"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; gifts made with it are paid by the purchaser ``purchaser_id``."""

    id: str
    name: str
    role: ApiKeyRole
    purchaser_id: str | None


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key as stored; it is active from ``created_at`` until it expires or is revoked."""

    key: ApiKey
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether the key is active at ``now``."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiKeys(Protocol):
    """Repository of API keys."""

    async def add(self, record: ApiKeyRecord, digest: str) -> None:
        """Add a key; raises ``DuplicateKey`` if the name is taken."""
        ...

    async def reissue(self, record: ApiKeyRecord, digest: str) -> bool:
        """Activate an inactive key of this name and role, with a new digest.

        Returns whether there is one.
        """
        ...

    async def find(self, digest: str) -> ApiKeyRecord | None:
        """The key of this digest, active or not."""
        ...

    async def find_by_id(self, id: str) -> ApiKeyRecord | None:
        """The key of this id, active or not."""
        ...

    async def find_next(self, name: str) -> ApiKeyRecord | None:
        """The key with the next name after ``name``, active or not."""
        ...

    async def revoke(self, name: str, now: datetime) -> bool:
        """Revoke the key of this name if it is not yet; returns whether there is one."""
        ...
