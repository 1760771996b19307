"""What Stripe's events are about, fetched anew: of an event only its type and an id count."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.stripe_payments.client import time_limit
from gateway.adapters.stripe_payments.customers import StripeCustomers
from gateway.adapters.stripe_payments.intent_calls import PAGE_SIZE, StripeIntents
from gateway.adapters.stripe_payments.intents import KEY_NAME, Intent, IntentStatus
from gateway.adapters.stripe_payments.refunds import read_refund_result
from gateway.adapters.stripe_payments.refusals import RESOURCE_MISSING, StripeRefusal, own_errors
from gateway.engine.money import Money
from gateway.services.ports.disputes import Dispute, DisputeStatus
from gateway.services.ports.provider_events import (
    DisputeNotice,
    HoldNotice,
    HoldState,
    MethodsNotice,
    ProviderNotice,
    RefundNotice,
)

FETCH_SECONDS = 20.0
"""How long what one event is about may take to fetch, with all repetitions."""
HOLD_STATES = {
    IntentStatus.REQUIRES_CAPTURE: HoldState.HELD,
    IntentStatus.SUCCEEDED: HoldState.CAPTURED,
    IntentStatus.CANCELED: HoldState.RELEASED,
}
DISPUTE_STATUSES = {
    "needs_response": DisputeStatus.NEEDS_RESPONSE,
    "warning_needs_response": DisputeStatus.NEEDS_RESPONSE,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "warning_closed": DisputeStatus.CLOSED,
    "prevented": DisputeStatus.CLOSED,
}
"""What is not here is under review, at the bank or at Stripe."""


@dataclass(frozen=True, slots=True)
class StripeNotices:
    """Asks Stripe how the objects of events stand now."""

    client: stripe.StripeClient
    intents: StripeIntents
    customers: StripeCustomers

    async def fetch(self, event_type: str, object_id: str) -> tuple[ProviderNotice, ...]:
        """How the object stands now; nothing if it is not ours, or there is nothing to do.

        Raises:
            ProviderUnavailable: no answer came.

        """
        try:
            with time_limit(FETCH_SECONDS):
                return tuple([notice async for notice in self._fetch(event_type, object_id)])
        except StripeRefusal as refusal:
            if refusal.code != RESOURCE_MISSING:
                raise
            # It is of another account or mode, or was deleted.
            return ()

    def _fetch(self, event_type: str, object_id: str) -> AsyncIterator[ProviderNotice]:
        kind, _, _ = object_id.partition("_")
        match kind:
            case "pi":
                return self._fetch_hold(object_id)
            case "re" | "pyr":
                return self._fetch_refund(object_id)
            case "ch" | "py":
                return self._fetch_refunds(object_id)
            case "dp" | "du":
                return self._fetch_dispute(object_id)
            case "cus":
                return self._fetch_customer(event_type, object_id)
        return _fetch_nothing()

    async def _fetch_hold(self, intent_id: str) -> AsyncIterator[ProviderNotice]:
        intent = await self.intents.retrieve(intent_id)
        if intent.key is not None:
            yield _read_hold(intent, intent.key)

    async def _find_key(self, intent_id: str) -> str | None:
        """Our key of the PaymentIntent; None if it is not ours."""
        return (await self.intents.retrieve(intent_id)).key

    async def _fetch_refund(self, refund_id: str) -> AsyncIterator[ProviderNotice]:
        with own_errors():
            refund = (await self.client.v1.refunds.retrieve_async(refund_id)).to_dict()
        intent_id = _id_of(refund.get("payment_intent"))
        if intent_id is not None and await self._find_key(intent_id) is not None:
            yield _read_refund(refund, intent_id)

    async def _fetch_refunds(self, charge_id: str) -> AsyncIterator[ProviderNotice]:
        """All refunds of the charge ``charge_id``, if it is of a PaymentIntent of ours."""
        with own_errors():
            charge = await self.client.v1.charges.retrieve_async(charge_id)
        intent_id = _id_of(charge.to_dict().get("payment_intent"))
        if intent_id is None or await self._find_key(intent_id) is None:
            return
        with own_errors():
            refunds = await self.client.v1.refunds.list_async(
                {"payment_intent": intent_id, "limit": PAGE_SIZE}
            )
            listed_refunds = [refund.to_dict() async for refund in refunds.auto_paging_iter()]
        for refund in listed_refunds:
            yield _read_refund(refund, intent_id)

    async def _fetch_dispute(self, dispute_id: str) -> AsyncIterator[ProviderNotice]:
        with own_errors():
            dispute = (await self.client.v1.disputes.retrieve_async(dispute_id)).to_dict()
        intent_id = _id_of(dispute.get("payment_intent"))
        key = None if intent_id is None else await self._find_key(intent_id)
        currency = IsoCurrencies().find(str(dispute["currency"]).upper())
        if intent_id is None or key is None or currency is None:
            return
        details = dispute.get("evidence_details") or {}
        due_by = details.get("due_by")
        yield DisputeNotice(
            Dispute(
                reference=dispute["id"],
                charge_id=intent_id,
                amount=Money(dispute["amount"], currency),
                reason=str(dispute.get("reason") or "general"),
                status=DISPUTE_STATUSES.get(dispute["status"], DisputeStatus.UNDER_REVIEW),
                opened_at=datetime.fromtimestamp(dispute["created"], UTC),
                respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
            ),
            key,
        )

    async def _fetch_customer(
        self, event_type: str, customer: str
    ) -> AsyncIterator[ProviderNotice]:
        """That the methods of a Customer of ours are to be looked at."""
        subject = await self.customers.find_subject(customer)
        if event_type == "customer.deleted":
            await self._forget_deleted_customer(customer)
        if subject is not None:
            yield MethodsNotice(subject)

    async def _forget_deleted_customer(self, customer: str) -> None:
        """Forget a Customer that somebody has deleted: the next payment makes another."""
        if await self.customers.find_subject(customer) is None:
            return
        with own_errors():
            data = (await self.client.v1.customers.retrieve_async(customer)).to_dict()
        if data.get("deleted"):
            await self.customers.replace(customer)


async def _fetch_nothing() -> AsyncIterator[ProviderNotice]:
    """Nothing: the object is of a kind that nobody acts on."""
    notices: tuple[ProviderNotice, ...] = ()
    for notice in notices:
        yield notice


def _read_hold(intent: Intent, key: str) -> HoldNotice:
    return HoldNotice(
        key,
        intent.id,
        HOLD_STATES.get(intent.status, HoldState.UNDECIDED),
        intent.received_minor,
        is_capture_ours=intent.capture_key is not None,
    )


def _read_refund(refund: Mapping[str, Any], intent_id: str) -> RefundNotice:
    own_key = (refund.get("metadata") or {}).get(KEY_NAME)
    return RefundNotice(
        key=own_key or refund["id"],
        charge_id=intent_id,
        amount_minor=refund["amount"],
        currency=str(refund["currency"]).upper(),
        result=read_refund_result(refund),
        is_ours=own_key is not None,
    )


def _id_of(value: object) -> str | None:
    """The id of an object that may be expanded."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else None
