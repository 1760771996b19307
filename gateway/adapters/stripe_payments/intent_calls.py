"""The calls about PaymentIntents."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import stripe

from gateway.adapters.stripe_payments.client import is_old_answer
from gateway.adapters.stripe_payments.intents import Intent, read_intent
from gateway.adapters.stripe_payments.refusals import (
    RESOURCE_MISSING,
    StripeRefusal,
    own_errors,
)
from gateway.services.ports.ids import IdGenerator

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCaptureParams, PaymentIntentCreateParams

PAGE_SIZE = 100
EXPANDED_CHARGE = "latest_charge"
"""The charge tells until when the money is held."""


@dataclass(frozen=True, slots=True)
class StripeIntents:
    """The PaymentIntents of an account, each read as it is at the moment."""

    client: stripe.StripeClient
    ids: IdGenerator

    async def create(self, parameters: "PaymentIntentCreateParams", idempotency_key: str) -> Intent:
        """The PaymentIntent made under the key, now or before.

        Raises:
            StripeRefusal: none is made, or what it should hold is declined.
            IdempotencyKeyReused: Stripe knows the key from something else.
            StoredFailure: Stripe has kept a failure of its own under the key.
            ProviderUnavailable: no answer came.

        """
        with own_errors(idempotency_key):
            created_intent = await self.client.v1.payment_intents.create_async(
                parameters, {"idempotency_key": idempotency_key}
            )
        intent = _read(created_intent)
        # A repeated answer tells how the intent was when it was made.
        return await self.retrieve(intent.id) if is_old_answer(created_intent) else intent

    async def retrieve(self, intent_id: str) -> Intent:
        """The PaymentIntent ``intent_id``.

        Raises:
            StripeRefusal: there is none.
            ProviderUnavailable: no answer came.

        """
        with own_errors():
            intent = await self.client.v1.payment_intents.retrieve_async(
                intent_id, {"expand": [EXPANDED_CHARGE]}
            )
        return _read(intent)

    async def find_by_key(self, customer: str, key: str) -> Intent | None:
        """The PaymentIntent of ``customer`` that has our ``key`` in its metadata.

        They are listed, because what Stripe's search knows lags behind.

        Raises:
            ProviderUnavailable: no answer came.

        """
        with own_errors(key):
            intents = await self.client.v1.payment_intents.list_async(
                {
                    "customer": customer,
                    "limit": PAGE_SIZE,
                    "expand": [f"data.{EXPANDED_CHARGE}"],
                }
            )
            async for listed_intent in intents.auto_paging_iter():
                intent = _read(listed_intent)
                if intent.key == key:
                    return intent
        return None

    async def capture(
        self, intent_id: str, parameters: "PaymentIntentCaptureParams", idempotency_key: str
    ) -> Intent:
        """Take what a PaymentIntent holds, and return how it then is, or was at the first time.

        Raises:
            StripeRefusal: there is no such PaymentIntent, or it cannot be captured so.
            IdempotencyKeyReused: Stripe knows the key from something else.
            StoredFailure: Stripe has kept a failure of its own under the key.
            ProviderUnavailable: no answer came.

        """
        with own_errors(idempotency_key):
            intent = await self.client.v1.payment_intents.capture_async(
                intent_id, parameters, {"idempotency_key": idempotency_key}
            )
        return _read(intent)

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
        return _read(intent)


def _read(intent: stripe.StripeObject) -> Intent:
    return read_intent(intent.to_dict())
