"""Taking what a PaymentIntent holds, and letting go of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.stripe_payments.amounts import fits_step, to_provider_minor
from gateway.adapters.stripe_payments.intent_calls import StripeIntents
from gateway.adapters.stripe_payments.intents import (
    CAPTURE_KEY_NAME,
    Intent,
    IntentStatus,
)
from gateway.adapters.stripe_payments.refusals import (
    RESOURCE_MISSING,
    StoredFailure,
    StripeRefusal,
)
from gateway.engine.money import Money
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.payments import (
    CaptureCompleted,
    CaptureRefused,
    CaptureResult,
    CaptureUnknown,
    IdempotencyKeyReused,
    InvalidChargeState,
    ProviderUnavailable,
)

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCaptureParams


@dataclass(frozen=True, slots=True)
class StripeCaptures:
    """Captures and releases; a PaymentIntent is captured once, under the key in its metadata."""

    intents: StripeIntents
    ids: IdGenerator

    async def capture(self, intent_id: str, amount: Money, idempotency_key: str) -> CaptureResult:
        """Take ``amount``, once; Stripe lets go of what remains.

        Raises:
            InvalidChargeState: there is no such charge, or less is held.
            IdempotencyKeyReused: the key came with another amount or charge before.
            ProviderUnavailable: no answer came.

        """
        if not fits_step(amount):
            raise InvalidChargeState(f"{amount.text} cannot be captured")
        try:
            captured_intent = await self._capture(
                intent_id, amount, idempotency_key, idempotency_key
            )
        except StripeRefusal as refusal:
            if refusal.code == RESOURCE_MISSING:
                raise InvalidChargeState(f"there is no charge {intent_id}") from None
        except StoredFailure:
            pass
        else:
            return _capture_result(captured_intent, amount, idempotency_key)
        # The answer may be an old one: what counts is how the intent is now.
        intent = await self._retrieve(intent_id)
        if intent.status is not IntentStatus.REQUIRES_CAPTURE:
            return _capture_result(intent, amount, idempotency_key)
        return await self._capture_anew(intent, amount, idempotency_key)

    async def release(self, intent_id: str) -> None:
        """Let go of what is held, or could be held once the payer confirms.

        Raises:
            InvalidChargeState: there is no such charge, or it is captured.
            ProviderUnavailable: no answer came.

        """
        try:
            intent = await self.intents.cancel(intent_id)
        except StripeRefusal:
            raise InvalidChargeState(f"there is no charge {intent_id}") from None
        match intent.status:
            case IntentStatus.CANCELED:
                return
            case IntentStatus.SUCCEEDED if intent.received_minor < intent.amount_minor:
                # What was not captured was let go by the capture.
                return
            case IntentStatus.SUCCEEDED:
                raise InvalidChargeState("is CAPTURED, cannot become RELEASED")
        raise ProviderUnavailable(f"{intent_id} is {intent.status}")

    async def find_captured_minor(self, intent_id: str) -> int:
        """What was taken, in minor units as the gateway counts them.

        Raises:
            InvalidChargeState: there is no such charge.
            ProviderUnavailable: no answer came.

        """
        return (await self._retrieve(intent_id)).received_minor

    async def _capture_anew(
        self, intent: Intent, amount: Money, idempotency_key: str
    ) -> CaptureResult:
        """Capture under a key that Stripe does not know: nothing was taken under the old one.

        An intent is captured once, whatever the key, so that this takes nothing twice.
        """
        if intent.amount_minor < amount.minor:
            raise InvalidChargeState(f"{intent.id} holds {intent.amount_minor}, not {amount.minor}")
        new_key = f"{idempotency_key}.{self.ids.new('again')}"
        try:
            captured_intent = await self._capture(intent.id, amount, idempotency_key, new_key)
        except StripeRefusal:
            captured_intent = await self._retrieve(intent.id)
            if captured_intent.status is IntentStatus.REQUIRES_CAPTURE:
                return CaptureRefused()
        return _capture_result(captured_intent, amount, idempotency_key)

    async def _capture(
        self, intent_id: str, amount: Money, capture_key: str, idempotency_key: str
    ) -> Intent:
        parameters: PaymentIntentCaptureParams = {
            "amount_to_capture": to_provider_minor(amount.minor, amount.currency.code),
            "metadata": {CAPTURE_KEY_NAME: capture_key},
        }
        return await self.intents.capture(intent_id, parameters, idempotency_key)

    async def _retrieve(self, intent_id: str) -> Intent:
        try:
            return await self.intents.retrieve(intent_id)
        except StripeRefusal:
            raise InvalidChargeState(f"there is no charge {intent_id}") from None


def _capture_result(intent: Intent, amount: Money, idempotency_key: str) -> CaptureResult:
    """What ``intent`` says of its capture under ``idempotency_key``.

    Raises:
        InvalidChargeState: it was captured under another key, and nothing is left.
        IdempotencyKeyReused: it was captured under this key, but another amount.

    """
    # Without a key it was captured by hand at Stripe: what was taken decides.
    is_amount_taken = intent.received_minor == amount.minor
    is_own_capture = intent.capture_key == idempotency_key
    match intent.status:
        case IntentStatus.SUCCEEDED if is_amount_taken and intent.capture_key is None:
            return CaptureCompleted()
        case IntentStatus.SUCCEEDED if not is_own_capture:
            if intent.received_minor < intent.amount_minor:
                return CaptureRefused()
            raise InvalidChargeState(f"{intent.id} is captured")
        case IntentStatus.SUCCEEDED if not is_amount_taken:
            raise IdempotencyKeyReused(idempotency_key)
        case IntentStatus.SUCCEEDED:
            return CaptureCompleted()
        case IntentStatus.PROCESSING:
            return CaptureUnknown()
    return CaptureRefused()
