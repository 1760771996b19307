"""Holds at Stripe: one PaymentIntent for each idempotency key, whatever answers get lost."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import stripe

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.repositories.payment_requests import (
    PaymentRequest,
    PaymentRequestsRepository,
)
from gateway.adapters.stripe_payments.customers import StripeCustomers
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
    own_errors,
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
KEY_LIFETIME = timedelta(hours=23)
"""How long a request is sent again with its key: Stripe keeps keys for 24 h at least."""
PAGE_TOKEN_PREFIX = "pay"  # noqa: S105
PAGE_SIZE = 100
EXPANDED_CHARGE = "latest_charge"
"""The charge tells until when the money is held."""
AMOUNT_CODES = {
    "amount_too_small",
    "amount_too_large",
    "invalid_charge_amount",
    "parameter_invalid_integer",
}


@dataclass(frozen=True, slots=True)
class StripeAuthorizations:
    """The holds that are asked of Stripe by ``client``; payers confirm under ``public_url``."""

    client: stripe.StripeClient
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
            return await self._conclude(request, intent)
        if request.decline_reason is not None:
            return AuthorizationDeclined(request.decline_reason)
        if request.is_spent or self.clock.now() >= request.created_at + KEY_LIFETIME:
            return None
        try:
            return await self._create(request)
        except StoredFailure:
            return None
        except IdempotencyKeyReused:
            # The key was used, and there is no intent: what it was used with can't be repeated.
            await self._save(replace(request, is_spent=True))
            return None

    async def find_intent(self, request: PaymentRequest) -> Intent | None:
        """The PaymentIntent of ``request``: by its id, or among those of its Customer.

        Raises:
            ProviderUnavailable: no answer came.

        """
        if request.intent_id is not None:
            return await self.retrieve(request.intent_id)
        if request.decline_reason is not None:
            return None
        with own_errors(request.idempotency_key):
            intents = await self.client.v1.payment_intents.list_async(
                {
                    "customer": request.provider_customer_id,
                    "limit": PAGE_SIZE,
                    "expand": [f"data.{EXPANDED_CHARGE}"],
                }
            )
            async for listed_intent in intents.auto_paging_iter():
                intent = read_intent(listed_intent.to_dict())
                if intent.key == request.idempotency_key:
                    return intent
        return None

    async def retrieve(self, intent_id: str) -> Intent:
        """The PaymentIntent ``intent_id`` as it is now.

        Raises:
            StripeRefusal: there is none.
            ProviderUnavailable: no answer came.

        """
        with own_errors():
            intent = await self.client.v1.payment_intents.retrieve_async(
                intent_id, {"expand": [EXPANDED_CHARGE]}
            )
        return read_intent(intent.to_dict())

    async def cancel(self, intent_id: str) -> Intent:
        """Cancel a PaymentIntent, so that nothing is held or can be, and return how it then is.

        One that cannot be cancelled is returned as it is. Each call has a key of its own: it
        changes nothing to cancel twice, and an old answer would be of no use.

        Raises:
            StripeRefusal: there is no such PaymentIntent.
            ProviderUnavailable: no answer came.

        """
        try:
            with own_errors():
                intent = await self.client.v1.payment_intents.cancel_async(
                    intent_id,
                    {"expand": [EXPANDED_CHARGE]},
                    {"idempotency_key": self.ids.new("cancel")},
                )
        except StripeRefusal as refusal:
            if refusal.code == RESOURCE_MISSING:
                raise
            return await self.retrieve(intent_id)
        return read_intent(intent.to_dict())

    async def _build_request(
        self, request: AuthorizationRequest, terms_digest: str
    ) -> PaymentRequest:
        earlier_charge_id = request.renewed_charge_id or request.raised_charge_id
        if earlier_charge_id is None:
            customer = await self.customers.ensure(request.customer_id)
        else:
            customer = await self._find_customer_of(earlier_charge_id, request.customer_id)
        return PaymentRequest(
            idempotency_key=request.idempotency_key,
            provider_customer_id=customer,
            amount_minor=request.amount.minor,
            currency=request.amount.currency.code,
            payment_method=request.provider_token,
            terms_digest=terms_digest,
            is_payer_present=request.is_payer_present,
            page_token=self.ids.new(PAGE_TOKEN_PREFIX),
            created_at=self.clock.now(),
        )

    async def _find_customer_of(self, charge_id: str, subject: str) -> str:
        """The Customer of an earlier charge, to whom the payment method belongs.

        A guest's order has another subject than the purchase attempt that it came from.
        """
        async with self.database.read() as reading:
            earlier_request = await PaymentRequestsRepository(reading.session).find_by_intent(
                charge_id
            )
        if earlier_request is not None:
            return earlier_request.provider_customer_id
        try:
            customer = (await self.retrieve(charge_id)).customer
        except StripeRefusal:
            customer = None
        return customer or await self.customers.ensure(subject)

    async def _create(self, request: PaymentRequest) -> AuthorizationResult:
        """Ask Stripe for the hold; the same key never leads to a second one.

        Raises:
            IdempotencyKeyReused: Stripe knows the key from something else.
            StoredFailure: Stripe has kept a failure of its own under the key.
            ProviderUnavailable: no answer came.

        """
        try:
            with own_errors(request.idempotency_key):
                created_intent = await self.client.v1.payment_intents.create_async(
                    self._creation_parameters(request),
                    {"idempotency_key": request.idempotency_key},
                )
        except StoredFailure:
            await self._save(replace(request, is_spent=True))
            raise
        except StripeRefusal as refusal:
            return await self._conclude_refusal(request, refusal)
        # A repeated answer tells how the intent was when it was made.
        is_old = _is_replayed_object(created_intent)
        intent = read_intent(created_intent.to_dict())
        return await self._conclude(request, await self.retrieve(intent.id) if is_old else intent)

    def _creation_parameters(self, request: PaymentRequest) -> "PaymentIntentCreateParams":
        parameters: PaymentIntentCreateParams = {
            "amount": request.amount_minor,
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
                intent = await self.retrieve(intent.id)
            return await self._conclude(request, intent)
        reason = _refusal_reason(refusal)
        if reason is DeclineReason.DECLINED and refusal.type == "invalid_request_error":
            logger.warning("Stripe refuses a request: %s", refusal)
        if (refusal.code, refusal.parameter) == (RESOURCE_MISSING, "customer"):
            await self.customers.forget(request.provider_customer_id)
            return AuthorizationDeclined(reason)
        await self._save(replace(request, payment_method=None, decline_reason=reason))
        return AuthorizationDeclined(reason)

    async def _conclude(self, request: PaymentRequest, intent: Intent) -> AuthorizationResult:
        """The result that ``intent`` stands for; one that ends in nothing is cancelled first.

        Raises:
            ProviderUnavailable: it could not be cancelled.

        """
        if request.intent_id is None:
            request = replace(request, intent_id=intent.id, payment_method=None)
            await self._save(request)
        match intent.status:
            case IntentStatus.REQUIRES_CAPTURE:
                held_until = intent.hold_ends_at(
                    is_payer_present=request.is_payer_present, hold_lifetime=self.hold_lifetime
                )
                return AuthorizationGranted(intent.id, held_until)
            case IntentStatus.SUCCEEDED:
                return AuthorizationGranted(intent.id)
            case IntentStatus.PROCESSING:
                return AuthorizationUnknown()
            case IntentStatus.CANCELED:
                return AuthorizationDeclined(request.decline_reason or DeclineReason.RELEASED)
        if intent.needs_payer and self.clock.now() < _action_expires_at(request):
            return self._require_action(request, intent)
        return await self._decline(request, intent)

    def _require_action(
        self, request: PaymentRequest, intent: Intent
    ) -> AuthorizationActionRequired:
        return AuthorizationActionRequired(
            intent.id,
            f"{self.public_url}/pay#{request.page_token}",
            _action_expires_at(request),
            intent.client_secret,
        )

    async def _decline(self, request: PaymentRequest, intent: Intent) -> AuthorizationResult:
        """Keep why nothing is held, and cancel ``intent``, so that nothing can be held later."""
        reason = (
            DeclineReason.AUTHENTICATION_EXPIRED if intent.needs_payer else intent.decline_reason
        )
        declined_request = replace(request, decline_reason=request.decline_reason or reason)
        await self._save(declined_request)
        cancelled_intent = await self.cancel(intent.id)
        if cancelled_intent.status in {
            IntentStatus.REQUIRES_PAYMENT_METHOD,
            IntentStatus.REQUIRES_ACTION,
            IntentStatus.REQUIRES_CONFIRMATION,
        }:
            raise ProviderUnavailable(f"{intent.id} cannot be cancelled now")
        # The payer may have confirmed at the last moment.
        return await self._conclude(declined_request, cancelled_intent)

    async def _add(self, request: PaymentRequest) -> bool:
        async with self.database.begin() as work:
            return await PaymentRequestsRepository(work.session).add(request)

    async def _save(self, request: PaymentRequest) -> None:
        async with self.database.begin() as work:
            await PaymentRequestsRepository(work.session).save(request)


def _action_expires_at(request: PaymentRequest) -> datetime:
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


def _is_replayed_object(created: stripe.StripeObject) -> bool:
    response = created.last_response
    headers: Mapping[str, str] = {} if response is None else response.headers
    return headers.get("idempotent-replayed") == "true"
