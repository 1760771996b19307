"""Clients (devices) and who buys on them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PresentedCredentials:
    """What a request presents, each as its digest: nothing here can be used by who reads it.

    ``account``: issuer and subject of an identity provider's token.
    """

    identifier: str | None = None
    session: str | None = None
    account: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class KnownCredentials:
    """What is remembered of what a request presents."""

    client_id: str | None = None
    identifier_retired: bool = False
    mapped_purchaser: str | None = None
    session_purchaser: str | None = None
    authenticated_at: datetime | None = None
    account_purchaser: str | None = None


class Clients(Protocol):
    """The clients there is something to remember of."""

    async def look_up(self, presented: PresentedCredentials, now: datetime) -> KnownCredentials:
        """Everything remembered of a request's sender, in one statement."""
        ...

    async def add_if_absent(self, client_id: str, digest: str, now: datetime) -> None:
        """Keep the client; nothing changes for one already kept."""
        ...

    async def map_to_purchaser(self, client_id: str, purchaser_id: str, now: datetime) -> None:
        """From now on the client stands for the purchaser."""
        ...

    async def unmap_purchaser(self, client_id: str, now: datetime) -> None:
        """From now on the client stands for nobody; who it stood for is no candidate either."""
        ...

    async def rotate_identifier(
        self, client_id: str, old_digest: str, new_digest: str, now: datetime
    ) -> None:
        """Know the client by ``new_digest``; ``old_digest`` is forgotten for good."""
        ...

    async def list_purchaser_candidates(self, client_id: str, limit: int) -> tuple[str, ...]:
        """Up to ``limit`` whom the client has stood for and who did not sign out, latest first."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """How many that stand for nobody, unchanged since before then, are deleted.

        With all that is kept of them; ``limit`` at most.
        """
        ...
