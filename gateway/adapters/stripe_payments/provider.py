"""Stripe as the payment provider of the gateway."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.adapters.stripe_payments.access import StripeAccess, StripeTiming
from gateway.adapters.stripe_payments.amounts import find_amount_refusal
from gateway.adapters.stripe_payments.authorizations import StripeAuthorizations
from gateway.adapters.stripe_payments.captures import StripeCaptures
from gateway.adapters.stripe_payments.client import time_limit
from gateway.adapters.stripe_payments.refunds import StripeRefunds
from gateway.engine.money import Money
from gateway.services.ports.payments import (
    AmountRefusal,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureResult,
    CaptureUnknown,
    ProviderDetails,
    ProviderUnavailable,
    RefundResult,
)

METHOD_PREFIX = "pm_"
"""What the ids of payment methods begin with."""


@dataclass(frozen=True, slots=True)
class StripePaymentProvider:
    """Holds, captures and refunds at Stripe; a charge's id is that of its PaymentIntent."""

    access: StripeAccess
    timing: StripeTiming
    authorizations: StripeAuthorizations
    captures: StripeCaptures
    refunds: StripeRefunds

    @property
    def details(self) -> ProviderDetails:
        """A browser needs the publishable key."""
        return ProviderDetails("stripe", self.access.publishable_key, token_prefix=METHOD_PREFIX)

    @property
    def hold_lifetime(self) -> timedelta | None:
        """How long a hold lasts that was made off session."""
        return self.authorizations.hold_lifetime

    @property
    def captures_once(self) -> bool:
        """True: what a capture leaves is let go."""
        return True

    def find_amount_refusal(self, amount: Money) -> AmountRefusal | None:
        """Why Stripe charges no such amount; None if it does."""
        return find_amount_refusal(amount)

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        """Hold the amount; the same key answers with what became of the first request."""
        try:
            with time_limit(self.timing.call_seconds):
                return await self.authorizations.authorize(request)
        except ProviderUnavailable:
            return AuthorizationUnknown()

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        """What became of the request with this key; None if it led to nothing."""
        request = await self.authorizations.find_request(idempotency_key)
        if request is None:
            return None
        try:
            with time_limit(self.timing.look_up_seconds):
                return await self.authorizations.look_up(request)
        except ProviderUnavailable:
            return AuthorizationUnknown()

    async def capture(
        self,
        charge_id: str,
        amount: Money,
        idempotency_key: str,
        *,
        final: bool,  # noqa: ARG002 - a capture at Stripe always lets go of the rest
    ) -> CaptureResult:
        """Take ``amount`` of what is held, and let go of the rest."""
        try:
            with time_limit(self.timing.call_seconds):
                return await self.captures.capture(charge_id, amount, idempotency_key)
        except ProviderUnavailable:
            return CaptureUnknown()

    async def release(self, charge_id: str) -> None:
        """Let go of what is held; a repetition changes nothing."""
        with time_limit(self.timing.call_seconds):
            await self.captures.release(charge_id)

    async def find_captured_minor(self, charge_id: str) -> int:
        """What was taken of the charge until now, in minor units."""
        with time_limit(self.timing.look_up_seconds):
            return await self.captures.find_captured_minor(charge_id)

    async def refund(self, charge_id: str, amount: Money, idempotency_key: str) -> RefundResult:
        """Give back ``amount`` of what was taken; the same key answers with the present state."""
        with time_limit(self.timing.call_seconds):
            return await self.refunds.refund(charge_id, amount, idempotency_key)

    async def find_refund(self, idempotency_key: str) -> RefundResult | None:
        """The present state of the refund with this key; None if it never arrived."""
        with time_limit(self.timing.look_up_seconds):
            return await self.refunds.find_refund(idempotency_key)
