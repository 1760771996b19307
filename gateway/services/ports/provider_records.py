"""The port of what the adapter of a payment provider keeps for itself."""

from datetime import datetime
from typing import Protocol


class ProviderRecords(Protocol):
    """What was asked of the provider, by idempotency key.

    The adapter writes it by itself, before the provider hears of it; use cases only clear it away.
    """

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` records of each kind made before ``before``.

        Returns the most that were deleted of one kind.
        """
        ...
