"""The port of the payment provider's details of payment methods."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PaymentMethodDetails:
    """The details of a method that may be shown: at most four digits, and its last day."""

    last_four: str | None
    expires_on: date | None


class PaymentMethodLookup(Protocol):
    """Looks up payment methods at the provider."""

    async def find_details(self, provider_token: str) -> PaymentMethodDetails | None:
        """The details of the method; None if the provider does not know the token."""
        ...
