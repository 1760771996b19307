"""What the payment provider tells of a payment method, from its token."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PaymentMethodDetails:
    """What may be shown of a method: at most four digits, and its last day."""

    last_four: str | None
    expires_on: date | None


class PaymentMethodLookup(Protocol):
    """The provider's payment methods."""

    async def find_details(self, provider_token: str) -> PaymentMethodDetails | None:
        """What the provider tells of the method; nothing if it knows no such token."""
        ...
