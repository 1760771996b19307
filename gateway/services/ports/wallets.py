"""What the payment provider tells of a payment method, from its token."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MethodFacts:
    """What may be shown of a method: at most four digits, and its last day."""

    last_four: str | None
    expires_on: date | None


class Wallets(Protocol):
    """The provider's payment methods."""

    async def facts(self, provider_token: str) -> MethodFacts | None:
        """What the provider tells of the method; nothing if it knows no such token."""
        ...
