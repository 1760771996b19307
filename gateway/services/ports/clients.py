"""Clients (devices) and who buys on them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request presents, each as its digest: nothing here can be used by who reads it.

    ``account``: issuer and subject of an identity provider's token.
    """

    identifier: str | None = None
    session: str | None = None
    account: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is remembered of what a request presents."""

    client_id: str | None = None
    forgotten: bool = False
    mapped_to: str | None = None
    session_purchaser: str | None = None
    authenticated_at: datetime | None = None
    account_purchaser: str | None = None


class Clients(Protocol):
    """The clients there is something to remember of."""

    async def found(self, presented: Presented, now: datetime) -> Found:
        """Everything remembered of a request's sender, in one statement."""
        ...

    async def remember(self, client_id: str, digest: str, now: datetime) -> None:
        """Keep the client; nothing changes for one already kept."""
        ...

    async def map(self, client_id: str, purchaser_id: str, now: datetime) -> None:
        """From now on the client stands for the purchaser."""
        ...

    async def unmap(self, client_id: str, now: datetime) -> None:
        """From now on the client stands for nobody; who it stood for is no candidate either."""
        ...

    async def rotate(self, client_id: str, old: str, new: str, now: datetime) -> None:
        """Know the client by ``new``; ``old`` is forgotten for good."""
        ...

    async def candidates(self, client_id: str, most: int) -> tuple[str, ...]:
        """Up to ``most`` whom the client has stood for and who did not sign out, latest first."""
        ...

    async def prune(self, before: datetime, most: int) -> int:
        """How many that stand for nobody, unchanged since before then, are deleted.

        With all that is kept of them; ``most`` at most.
        """
        ...
