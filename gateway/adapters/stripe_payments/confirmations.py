"""What the page shows where a payer confirms a payment with the bank."""

from dataclasses import dataclass

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.repositories.payment_requests import (
    PaymentRequest,
    PaymentRequestsRepository,
)
from gateway.adapters.stripe_payments.authorizations import StripeAuthorizations
from gateway.adapters.stripe_payments.client import time_limit
from gateway.services.ports.payer_confirmations import PayerConfirmation
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationResult,
    AuthorizationUnknown,
    ProviderUnavailable,
)


@dataclass(frozen=True, slots=True)
class StripeConfirmations:
    """Payments by the secret in the address of their pages."""

    authorizations: StripeAuthorizations
    database: OpenDatabase
    look_up_seconds: float

    async def find(self, page_token: str) -> PayerConfirmation | None:
        """The payment of ``page_token``, fetched anew; None for an unknown token."""
        async with self.database.read() as reading:
            request = await PaymentRequestsRepository(reading.session).find_by_page_token(
                page_token
            )
        if request is None:
            return None
        try:
            with time_limit(self.look_up_seconds):
                return await self._look_up(request)
        except ProviderUnavailable:
            return _build_confirmation(request, AuthorizationUnknown())

    async def _look_up(self, request: PaymentRequest) -> PayerConfirmation:
        intent = await self.authorizations.find_intent(request)
        if intent is None:
            return _build_confirmation(request, await self.authorizations.look_up(request))
        result = await self.authorizations.conclude(request, intent)
        if not isinstance(result, AuthorizationActionRequired):
            return _build_confirmation(request, result)
        return _build_confirmation(request, result, intent.payment_method, intent.redirect_url)


def _build_confirmation(
    request: PaymentRequest,
    result: AuthorizationResult | None,
    payment_method: str | None = None,
    redirect_url: str | None = None,
) -> PayerConfirmation:
    return PayerConfirmation(
        request.idempotency_key,
        request.amount_minor,
        request.currency,
        request.is_payer_present,
        result,
        payment_method,
        redirect_url,
    )
