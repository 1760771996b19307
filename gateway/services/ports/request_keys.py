"""Idempotency keys of what staff and buyers change, each with what came of its request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RequestKey:
    """An idempotency key within ``scope``, and the request that came under it.

    ``fingerprint`` tells another request under the same key. ``result`` is an id or a JSON text,
    None while nothing came of it.
    """

    scope: str
    key: str
    operation: str
    fingerprint: str
    created_at: datetime
    result: str | None = None


class RequestKeys(Protocol):
    """The keys."""

    async def lock(self, request_key: RequestKey) -> RequestKey:
        """The one of that scope and key: what is kept, else ``request_key``, which is kept now.

        Others that ask for it wait until this transaction ends.
        """
        ...

    async def save(self, request_key: RequestKey) -> None:
        """Keep what came of a request whose key is locked."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Forget up to ``limit`` of those made before then; how many there were."""
        ...
