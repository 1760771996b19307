"""The ports of partners' webhooks and of calls to them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint; ``sealed`` is the secret with which calls are signed.

    ``disabled_at`` is when it answered that it is gone; after that it is not called any more.
    """

    id: str
    partner_id: str
    url: str
    sealed: bytes = field(repr=False)
    disabled_at: datetime | None = None


class Webhooks(Protocol):
    """Repository of partners' endpoints."""

    async def add(self, webhook: Webhook, now: datetime) -> None:
        """Add an endpoint."""
        ...

    async def list_by_partner(self, partner_id: str) -> tuple[Webhook, ...]:
        """The partner's endpoints."""
        ...

    async def find(self, id: str) -> Webhook | None:
        """The endpoint of this id, or None."""
        ...

    async def disable(self, id: str, now: datetime) -> None:
        """Disable the endpoint, so that it is not called any more."""
        ...

    async def delete(self, partner_id: str, id: str) -> bool:
        """Delete an endpoint of the partner; returns whether there was one."""
        ...


class WebhookCalls(Protocol):
    """HTTP calls to URLs that partners choose."""

    async def is_allowed(self, url: str) -> bool:
        """Whether ``url`` uses HTTPS (or HTTP if allowed) and leads to a public address."""
        ...

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The HTTP status of the answer; raises ``OSError`` if there is none in time."""
        ...
