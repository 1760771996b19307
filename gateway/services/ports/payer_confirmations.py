"""The port of the page on which a payer confirms a payment with the bank."""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.services.ports.payments import AuthorizationResult


@dataclass(frozen=True, slots=True)
class PayerConfirmation:
    """A payment that its payer was asked to confirm, as it is at the provider now.

    ``idempotency_key`` is that of the authorization, and ``result`` what became of it; it has the
    client secret as long as there is something to confirm. ``payment_method`` is the provider's id
    of what is to be confirmed, ``redirect_url`` the bank's page if the provider has named one. A
    present payer was at the page of a checkout (``is_payer_present``).
    """

    idempotency_key: str
    amount_minor: int
    currency: str
    is_payer_present: bool
    result: AuthorizationResult | None
    payment_method: str | None = field(default=None, repr=False)
    redirect_url: str | None = field(default=None, repr=False)


class PayerConfirmations(Protocol):
    """Payments by the secret in the address of their pages."""

    async def find(self, page_token: str) -> PayerConfirmation | None:
        """The payment of ``page_token``, fetched anew; None for an unknown token."""
        ...
