"""Where partners are told of their gifts' events."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Webhook:
    """One endpoint; ``sealed`` is the secret its messages are signed with.

    ``disabled_at`` is when it answered that it is gone: it is called no more.
    """

    id: str
    partner_id: str
    url: str
    sealed: bytes = field(repr=False)
    disabled_at: datetime | None = None


class Webhooks(Protocol):
    """The endpoints of partners."""

    async def add(self, webhook: Webhook, now: datetime) -> None:
        """Keep a new endpoint."""
        ...

    async def list_by_partner(self, partner_id: str) -> tuple[Webhook, ...]:
        """A partner's endpoints."""
        ...

    async def find(self, id: str) -> Webhook | None:
        """The endpoint of this id."""
        ...

    async def disable(self, id: str, now: datetime) -> None:
        """Keep that it is called no more."""
        ...

    async def delete(self, partner_id: str, id: str) -> bool:
        """Whether the partner had this endpoint; it has not any more."""
        ...


class WebhookCalls(Protocol):
    """HTTP calls to places that others name."""

    async def is_allowed(self, url: str) -> bool:
        """Whether ``url`` is HTTPS (or may be plain here) and leads to a public address."""
        ...

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer; raises ``OSError`` where there is none in time."""
        ...
