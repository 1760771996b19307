"""Refunds at Stripe: one for each idempotency key, whatever answers get lost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import stripe

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.repositories.refund_requests import (
    ProviderRefundRequest,
    RefundRequestsRepository,
)
from gateway.adapters.stripe_payments.amounts import fits_step, to_provider_minor
from gateway.adapters.stripe_payments.authorizations import KEY_LIFETIME
from gateway.adapters.stripe_payments.intent_calls import PAGE_SIZE
from gateway.adapters.stripe_payments.intents import KEY_NAME
from gateway.adapters.stripe_payments.refusals import (
    RESOURCE_MISSING,
    StoredFailure,
    StripeRefusal,
    own_errors,
)
from gateway.engine.money import Money
from gateway.services.ports.clock import Clock
from gateway.services.ports.payments import (
    DeclineReason,
    IdempotencyKeyReused,
    InvalidChargeState,
    RefundCompleted,
    RefundFailed,
    RefundPending,
    RefundResult,
)

STATE_CODES = {
    RESOURCE_MISSING,
    "charge_already_refunded",
    "charge_not_captured",
    "payment_intent_unexpected_state",
    "refund_disallowed_for_unpaid_charge",
}
"""Stripe's codes for a charge that has nothing to give back."""
STATE_PARAMETERS = {"amount", "payment_intent"}
"""What Stripe names instead where it has no code for it."""


@dataclass(frozen=True, slots=True)
class StripeRefunds:
    """Refunds of captured PaymentIntents, each known by our key in its metadata."""

    client: stripe.StripeClient
    database: OpenDatabase
    clock: Clock

    async def refund(self, intent_id: str, amount: Money, idempotency_key: str) -> RefundResult:
        """Give back ``amount``, or tell what became of the first request with the key.

        Raises:
            InvalidChargeState: there is no such charge, or less is left to give back.
            IdempotencyKeyReused: the key came with another charge or amount before.
            ProviderUnavailable: no answer came.

        """
        if not fits_step(amount):
            return RefundFailed(DeclineReason.AMOUNT_REFUSED)
        now = self.clock.now()
        new_request = ProviderRefundRequest(
            idempotency_key, intent_id, amount.minor, amount.currency.code, now, now
        )
        async with self.database.begin() as work:
            requests = RefundRequestsRepository(work.session)
            is_new = await requests.add(new_request)
            request = await requests.find(idempotency_key) or new_request
        if (request.intent_id, request.amount_minor, request.currency) != (
            intent_id,
            amount.minor,
            amount.currency.code,
        ):
            raise IdempotencyKeyReused(idempotency_key)
        if not is_new:
            known_result = await self._look_up(request)
            if known_result is not None:
                return known_result
            if now >= request.attempted_at + KEY_LIFETIME:
                request = await self._begin_next_attempt(request)
        return await self._create(request)

    async def find_refund(self, idempotency_key: str) -> RefundResult | None:
        """The present state of the refund with this key; None if it never arrived.

        Raises:
            ProviderUnavailable: no answer came.

        """
        async with self.database.read() as reading:
            request = await RefundRequestsRepository(reading.session).find(idempotency_key)
        return None if request is None else await self._look_up(request)

    async def _look_up(self, request: ProviderRefundRequest) -> RefundResult | None:
        if request.failure_reason is not None:
            return RefundFailed(request.failure_reason)
        refund = await self._find(request)
        return None if refund is None else await self._conclude(request, refund)

    async def _find(self, request: ProviderRefundRequest) -> Mapping[str, Any] | None:
        """The refund as Stripe has it: by its id, or among those of the intent."""
        with own_errors(request.idempotency_key):
            if request.refund_id is not None:
                refund = await self.client.v1.refunds.retrieve_async(request.refund_id)
                return refund.to_dict()
            listed_refunds = await self.client.v1.refunds.list_async(
                {"payment_intent": request.intent_id, "limit": PAGE_SIZE}
            )
            async for listed_refund in listed_refunds.auto_paging_iter():
                data = listed_refund.to_dict()
                if (data.get("metadata") or {}).get(KEY_NAME) == request.idempotency_key:
                    return data
        return None

    async def _create(self, request: ProviderRefundRequest) -> RefundResult:
        try:
            with own_errors(request.idempotency_key):
                refund = await self.client.v1.refunds.create_async(
                    {
                        "payment_intent": request.intent_id,
                        "amount": to_provider_minor(request.amount_minor, request.currency),
                        "metadata": {KEY_NAME: request.idempotency_key},
                    },
                    {"idempotency_key": _provider_key(request)},
                )
        except StoredFailure:
            # Whoever asks again looks first whether there is one all the same.
            await self._begin_next_attempt(request)
            raise
        except StripeRefusal as refusal:
            return await self._conclude_refusal(request, refusal)
        return await self._conclude(request, refund.to_dict())

    async def _conclude_refusal(
        self, request: ProviderRefundRequest, refusal: StripeRefusal
    ) -> RefundResult:
        if refusal.code in STATE_CODES or refusal.parameter in STATE_PARAMETERS:
            # Once more is captured, or an earlier refund has failed, it may be possible.
            await self._begin_next_attempt(request)
            raise InvalidChargeState(f"{request.intent_id}: {refusal}")
        reason = (refusal.code or refusal.type).upper()
        await self._save(replace(request, failure_reason=reason))
        return RefundFailed(reason)

    async def _conclude(
        self, request: ProviderRefundRequest, refund: Mapping[str, Any]
    ) -> RefundResult:
        if request.refund_id is None:
            await self._save(replace(request, refund_id=refund["id"]))
        return read_refund_result(refund)

    async def _begin_next_attempt(self, request: ProviderRefundRequest) -> ProviderRefundRequest:
        next_request = replace(request, attempt=request.attempt + 1, attempted_at=self.clock.now())
        await self._save(next_request)
        return next_request

    async def _save(self, request: ProviderRefundRequest) -> None:
        async with self.database.begin() as work:
            await RefundRequestsRepository(work.session).save(request)


def read_refund_result(refund: Mapping[str, Any]) -> RefundResult:
    """What the state of a refund at Stripe means."""
    match refund.get("status"):
        case "succeeded":
            return RefundCompleted()
        case "failed" | "canceled" as status:
            return RefundFailed(str(refund.get("failure_reason") or status).upper())
    return RefundPending()


def _provider_key(request: ProviderRefundRequest) -> str:
    """The idempotency key at Stripe."""
    key, attempt = request.idempotency_key, request.attempt
    return key if attempt == 1 else f"{key}.{attempt}"
