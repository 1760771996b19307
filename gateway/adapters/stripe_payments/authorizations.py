"""Holds at Stripe: one PaymentIntent for each idempotency key, whatever answers get lost."""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.repositories.payment_requests import (
    PaymentRequest,
    PaymentRequestsRepository,
)
from gateway.adapters.stripe_payments.amounts import find_amount_refusal, to_provider_minor
from gateway.adapters.stripe_payments.customers import StripeCustomers
from gateway.adapters.stripe_payments.intent_calls import EXPANDED_CHARGE, StripeIntents
from gateway.adapters.stripe_payments.intents import (
    KEY_NAME,
    Intent,
    IntentStatus,
    read_decline_reason,
    read_intent,
)
from gateway.adapters.stripe_payments.refusals import (
    RESOURCE_MISSING,
    StoredFailure,
    StripeRefusal,
)
from gateway.services.ports.clock import Clock
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    DeclineReason,
    IdempotencyKeyReused,
    ProviderUnavailable,
)

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams

logger = logging.getLogger(__name__)

ACTION_LIFETIME = timedelta(hours=1)
"""How long a payer can confirm."""
CONFIRMATION_LIFETIME = timedelta(minutes=1)
"""How long Stripe may be at work on a request that it did not answer."""
KEY_LIFETIME = timedelta(hours=23)
"""How long a request is sent again with its key: Stripe keeps keys for 24 h at least."""
PAGE_TOKEN_PREFIX = "pay"  # noqa: S105
AMOUNT_CODES = {
    "amount_too_small",
    "amount_too_large",
    "invalid_charge_amount",
    "parameter_invalid_integer",
}


@dataclass(frozen=True, slots=True)
class StripeAuthorizations:
    """The holds that are asked of Stripe; payers confirm under ``public_url``."""

    intents: StripeIntents
    customers: StripeCustomers
    database: OpenDatabase
    ids: IdGenerator
    clock: Clock
    public_url: str
    hold_lifetime: timedelta

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        """Ask for a hold, or look for what became of it if its key was used.

        Raises:
            IdempotencyKeyReused: the key came with something else before.
            ProviderUnavailable: no answer came.

        """
        if find_amount_refusal(request.amount) is not None:
            return AuthorizationDeclined(DeclineReason.AMOUNT_REFUSED)
        terms_digest = _digest_terms(request)
        known_request = await self.find_request(request.idempotency_key)
        if known_request is None:
            try:
                new_request = await self._build_request(request, terms_digest)
            except StripeRefusal as refusal:
                return AuthorizationDeclined(_refusal_reason(refusal))
            if await self._add(new_request):
                return await self._create(new_request)
            known_request = await self.find_request(request.idempotency_key) or new_request
        if known_request.terms_digest != terms_digest:
            raise IdempotencyKeyReused(request.idempotency_key)
        return await self.look_up(known_request) or AuthorizationUnknown()

    async def find_request(self, idempotency_key: str) -> PaymentRequest | None:
        """The request with this key, as it is stored."""
        async with self.database.read() as reading:
            return await PaymentRequestsRepository(reading.session).find(idempotency_key)

    async def look_up(self, request: PaymentRequest) -> AuthorizationResult | None:
        """What became of ``request``; None if it led to nothing, and never will.

        Raises:
            ProviderUnavailable: no answer came.

        """
        intent = await self.find_intent(request)
        if intent is not None:
            return await self.conclude(request, intent)
        if request.decline_reason is not None:
            return AuthorizationDeclined(request.decline_reason)
        return await self._ask_again(request)

    async def _ask_again(self, request: PaymentRequest) -> AuthorizationResult | None:
        """Send ``request`` once more with its key; None if the key is of no more use."""
        if request.is_spent:
            return None
        if self.clock.now() >= request.created_at + KEY_LIFETIME:
            await self._set_spent(request)
            return None
        try:
            return await self._create(request)
        except StoredFailure:
            return None
        except IdempotencyKeyReused:
            # The key was used, and there is no intent: what it was used with can't be repeated.
            await self._set_spent(request)
            return None

    async def find_intent(self, request: PaymentRequest) -> Intent | None:
        """The PaymentIntent of ``request``: by its id, or among those of its Customer.

        Raises:
            ProviderUnavailable: no answer came.

        """
        if request.intent_id is None and request.decline_reason is not None:
            return None
        try:
            if request.intent_id is not None:
                return await self.intents.retrieve(request.intent_id)
            return await self.intents.find_by_key(
                request.provider_customer_id, request.idempotency_key
            )
        except StripeRefusal as refusal:
            # The secret key is of another account or mode than the one that was asked first.
            logger.error("Stripe does not know what it was asked for: %s", refusal)  # noqa: TRY400 - it tells nothing more
            raise ProviderUnavailable("the account does not know it") from None

    async def _build_request(
        self, request: AuthorizationRequest, terms_digest: str
    ) -> PaymentRequest:
        return PaymentRequest(
            idempotency_key=request.idempotency_key,
            provider_customer_id=await self.customers.ensure(request.customer_id),
            amount_minor=request.amount.minor,
            currency=request.amount.currency.code,
            payment_method=request.provider_token,
            terms_digest=terms_digest,
            is_payer_present=request.is_payer_present,
            page_token=self.ids.new(PAGE_TOKEN_PREFIX),
            created_at=self.clock.now(),
        )

    async def _create(self, request: PaymentRequest) -> AuthorizationResult:
        """Ask Stripe for the hold; the same key never leads to a second one.

        Raises:
            IdempotencyKeyReused: Stripe knows the key from something else.
            StoredFailure: Stripe has kept a failure of its own under the key.
            ProviderUnavailable: no answer came.

        """
        try:
            intent = await self.intents.create(
                self._creation_parameters(request), request.idempotency_key
            )
        except StoredFailure:
            await self._set_spent(request)
            raise
        except StripeRefusal as refusal:
            return await self._conclude_refusal(request, refusal)
        return await self.conclude(request, intent)

    def _creation_parameters(self, request: PaymentRequest) -> "PaymentIntentCreateParams":
        parameters: PaymentIntentCreateParams = {
            "amount": to_provider_minor(request.amount_minor, request.currency),
            "currency": request.currency.lower(),
            "customer": request.provider_customer_id,
            "payment_method": request.payment_method or "",
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {KEY_NAME: request.idempotency_key},
            "expand": [EXPANDED_CHARGE],
        }
        if request.is_payer_present:
            parameters["return_url"] = f"{self.public_url}/pay/return?payment={request.page_token}"
            # A later, dearer hold or a renewed one is asked for without the payer.
            parameters["setup_future_usage"] = "off_session"
        else:
            parameters["off_session"] = True
        return parameters

    async def _conclude_refusal(
        self, request: PaymentRequest, refusal: StripeRefusal
    ) -> AuthorizationResult:
        if refusal.intent is not None:
            intent = read_intent(refusal.intent)
            if refusal.is_replayed:
                intent = await self.intents.retrieve(intent.id)
            return await self.conclude(request, intent)
        reason = _refusal_reason(refusal)
        if reason is DeclineReason.DECLINED and refusal.type == "invalid_request_error":
            logger.warning("Stripe refuses a request: %s", refusal)
        if (refusal.code, refusal.parameter) == (RESOURCE_MISSING, "customer"):
            await self.customers.replace(request.provider_customer_id)
        await self._set_decline_reason(request, reason)
        return AuthorizationDeclined(reason)

    async def conclude(self, request: PaymentRequest, intent: Intent) -> AuthorizationResult:
        """The result that ``intent`` stands for; one that ends in nothing is cancelled first.

        Raises:
            ProviderUnavailable: it could not be cancelled.

        """
        if request.intent_id is None:
            request = replace(request, intent_id=intent.id, payment_method=None)
            async with self.database.begin() as work:
                requests = PaymentRequestsRepository(work.session)
                await requests.set_intent(request.idempotency_key, intent.id)
        result = self._find_result(request, intent)
        return await self._decline(request, intent) if result is None else result

    def _find_result(self, request: PaymentRequest, intent: Intent) -> AuthorizationResult | None:
        """What ``intent`` stands for as it is; None if nothing can be held by it any more."""
        match intent.status:
            case IntentStatus.REQUIRES_CAPTURE:
                held_until = intent.hold_ends_at(
                    is_payer_present=request.is_payer_present, hold_lifetime=self.hold_lifetime
                )
                return AuthorizationGranted(intent.id, held_until)
            case IntentStatus.SUCCEEDED:
                return AuthorizationGranted(intent.id)
            case IntentStatus.CANCELED:
                return AuthorizationDeclined(request.decline_reason or DeclineReason.RELEASED)
        if intent.needs_payer and self.clock.now() < action_expires_at(request):
            return self._require_action(request, intent)
        is_at_work = intent.is_unconfirmed and self._may_be_confirmed(request)
        if is_at_work or intent.status is IntentStatus.PROCESSING:
            return AuthorizationUnknown()
        return None

    def _may_be_confirmed(self, request: PaymentRequest) -> bool:
        """Whether the request that made an intent may still be at it."""
        return (
            not request.is_spent and self.clock.now() < request.created_at + CONFIRMATION_LIFETIME
        )

    def _require_action(
        self, request: PaymentRequest, intent: Intent
    ) -> AuthorizationActionRequired:
        return AuthorizationActionRequired(
            intent.id,
            f"{self.public_url}/pay#{request.page_token}",
            action_expires_at(request),
            intent.client_secret,
        )

    async def _decline(self, request: PaymentRequest, intent: Intent) -> AuthorizationResult:
        """Keep why nothing is held, and cancel ``intent``, so that nothing can be held later."""
        if intent.needs_payer:
            reason = DeclineReason.AUTHENTICATION_EXPIRED
        else:
            reason = DeclineReason.RELEASED if intent.is_unconfirmed else intent.decline_reason
        declined_request = replace(request, decline_reason=request.decline_reason or reason)
        await self._set_decline_reason(request, reason)
        cancelled_intent = await self.intents.cancel(intent.id)
        if cancelled_intent.status in {
            IntentStatus.REQUIRES_PAYMENT_METHOD,
            IntentStatus.REQUIRES_ACTION,
            IntentStatus.REQUIRES_CONFIRMATION,
        }:
            raise ProviderUnavailable(f"{intent.id} cannot be cancelled now")
        # The payer may have confirmed at the last moment.
        return await self.conclude(declined_request, cancelled_intent)

    async def _set_spent(self, request: PaymentRequest) -> None:
        async with self.database.begin() as work:
            await PaymentRequestsRepository(work.session).set_spent(request.idempotency_key)

    async def _set_decline_reason(self, request: PaymentRequest, reason: DeclineReason) -> None:
        async with self.database.begin() as work:
            requests = PaymentRequestsRepository(work.session)
            await requests.set_decline_reason(request.idempotency_key, reason)

    async def _add(self, request: PaymentRequest) -> bool:
        async with self.database.begin() as work:
            return await PaymentRequestsRepository(work.session).add(request)


def action_expires_at(request: PaymentRequest) -> datetime:
    """Until when the payer of ``request`` can confirm."""
    return request.created_at + ACTION_LIFETIME


def _digest_terms(request: AuthorizationRequest) -> str:
    """What tells another request with the same key, without keeping the payment method."""
    terms = "\n".join(
        (
            str(request.amount.minor),
            request.amount.currency.code,
            request.provider_token,
            request.customer_id,
        )
    )
    return hashlib.sha256(terms.encode()).hexdigest()


def _refusal_reason(refusal: StripeRefusal) -> DeclineReason:
    """Why Stripe refuses a request, of which it has made no PaymentIntent."""
    if refusal.code in AMOUNT_CODES or refusal.parameter in {"amount", "currency"}:
        return DeclineReason.AMOUNT_REFUSED
    if refusal.parameter.startswith(("payment_method", "customer")):
        return DeclineReason.UNKNOWN_METHOD
    return read_decline_reason(refusal.code, refusal.decline_code)
