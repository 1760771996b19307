"""The port of clients (devices) and their purchasers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PresentedCredentials:
    """The credentials of a request as digests, from which they cannot be recovered.

    ``account`` is the issuer and subject of an identity provider's token.
    """

    identifier: str | None = None
    session: str | None = None
    account: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class KnownCredentials:
    """The stored data that match the credentials of a request."""

    client_id: str | None = None
    identifier_retired: bool = False
    mapped_purchaser: str | None = None
    session_purchaser: str | None = None
    authenticated_at: datetime | None = None
    account_purchaser: str | None = None


class Clients(Protocol):
    """Repository of clients."""

    async def look_up(self, presented: PresentedCredentials, now: datetime) -> KnownCredentials:
        """The data that match the credentials, read by one statement."""
        ...

    async def add_if_absent(self, client_id: str, digest: str, now: datetime) -> None:
        """Add the client unless it exists already."""
        ...

    async def map_to_purchaser(self, client_id: str, purchaser_id: str, now: datetime) -> None:
        """Map the client to the purchaser."""
        ...

    async def unmap_purchaser(self, client_id: str, now: datetime) -> None:
        """Unmap the client; its last purchaser is not a candidate either."""
        ...

    async def rotate_identifier(
        self, client_id: str, old_digest: str, new_digest: str, now: datetime
    ) -> None:
        """Replace the digest of the client's identifier, so that the old one is no longer valid."""
        ...

    async def list_purchaser_candidates(self, client_id: str, limit: int) -> tuple[str, ...]:
        """Up to ``limit`` purchasers of the client who have not signed out, latest first."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` unmapped clients with all their data.

        Their last change was before ``before``. Returns how many were deleted.
        """
        ...
