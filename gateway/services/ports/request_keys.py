"""The port of idempotency keys of requests by staff and buyers, with the results."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RequestKey:
    """An idempotency key within ``scope``, and its request.

    ``fingerprint`` distinguishes another request with the same key. ``result`` is an id or a JSON
    text, None until the request has succeeded.
    """

    scope: str
    key: str
    operation: str
    fingerprint: str
    created_at: datetime
    result: str | None = None


class RequestKeys(Protocol):
    """Repository of the idempotency keys of requests."""

    async def lock(self, request_key: RequestKey) -> RequestKey:
        """The stored key of this scope and key, else ``request_key``, which is added.

        It is locked until the transaction ends.
        """
        ...

    async def save(self, request_key: RequestKey) -> None:
        """Save the result of a request whose key is locked."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` keys made before ``before``; returns how many."""
        ...
