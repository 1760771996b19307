"""A small Stripe in the test's own process: intents, refunds, and keys that are kept."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from tests.adapters.stripe_payments.scripted_stripe import Answer, refusal_answer

NEEDS_ACTION = "pm_action"
DECLINE_CODES = {"pm_declined": "generic_decline", "pm_insufficient": "insufficient_funds"}
KNOWN_METHODS = {"pm_ok", NEEDS_ACTION, *DECLINE_CODES}


@dataclass(slots=True)
class PocketStripe:
    """Its objects by id; ``drop_answers`` is how many of the next answers get lost."""

    drop_answers: int = 0
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    deleted_customers: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer ``request``, under its idempotency key as before."""
        answer = self._answer_once(request) if request.method == "POST" else self._answer(request)
        if request.method == "POST" and self.drop_answers:
            self.drop_answers -= 1
            raise httpx.ReadError("lost")
        return httpx.Response(
            answer.status, headers=answer.headers, content=json.dumps(answer.body)
        )

    def authenticate(self, intent_id: str) -> None:
        """The payer confirms with the bank."""
        self.intents[intent_id]["status"] = "requires_capture"

    def _answer_once(self, request: httpx.Request) -> Answer:
        key = request.headers["Idempotency-Key"]
        if key in self.kept:
            content, kept_answer = self.kept[key]
            if content != request.content:
                return refusal_answer(400, "idempotency_error")
            return Answer(kept_answer.body, kept_answer.status, {"Idempotent-Replayed": "true"})
        answer = self._answer(request)
        # As it is now: what becomes of the object is not in the kept answer.
        kept_body = json.loads(json.dumps(answer.body))
        self.kept[key] = (request.content, Answer(kept_body, answer.status))
        return answer

    def _answer(self, request: httpx.Request) -> Answer:
        form = dict(parse_qsl(request.content.decode()))
        match request.method, request.url.path.split("/")[2:]:
            case "POST", ["customers"]:
                return Answer({"id": f"cus_{next(self.numbers)}", "object": "customer"})
            case "POST", ["payment_intents"]:
                return self._create_intent(form)
            case _, ["payment_intents", intent_id, *action]:
                if intent_id not in self.intents:
                    return refusal_answer(404, "invalid_request_error", "resource_missing")
                return self._act(self.intents[intent_id], action, form)
            case "POST", ["refunds"]:
                return self._create_refund(form)
        return self._look_up(request)

    def _look_up(self, request: httpx.Request) -> Answer:
        match request.url.path.split("/")[2:]:
            case ["payment_intents"]:
                return self._list(self.intents, "customer", request.url.params["customer"])
            case ["refunds"]:
                intent_id = request.url.params["payment_intent"]
                return self._list(self.refunds, "payment_intent", intent_id)
            case ["customers", customer]:
                is_deleted = customer in self.deleted_customers
                return Answer({"id": customer, "object": "customer", "deleted": is_deleted})
            case ["refunds", refund_id]:
                return Answer(self.refunds[refund_id])
        raise AssertionError(request)

    def _create_intent(self, form: dict[str, str]) -> Answer:
        method = form["payment_method"]
        if method not in KNOWN_METHODS:
            return refusal_answer(
                400, "invalid_request_error", "resource_missing", param="payment_method"
            )
        intent_id = f"pi_{next(self.numbers)}"
        intent: dict[str, Any] = {
            "id": intent_id,
            "object": "payment_intent",
            "status": "requires_capture",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "currency": form["currency"],
            "created": 1_793_620_800,
            "customer": form["customer"],
            "client_secret": f"{intent_id}_secret",
            "metadata": {"gateway_key": form["metadata[gateway_key]"]},
            "payment_method": method,
        }
        self.intents[intent_id] = intent
        if method in DECLINE_CODES:
            return self._refuse(intent, "card_declined", DECLINE_CODES[method])
        if method == NEEDS_ACTION:
            return self._refuse(intent, "authentication_required", "authentication_required")
        return Answer(intent)

    def _refuse(self, intent: dict[str, Any], code: str, decline_code: str) -> Answer:
        error = {"code": code, "decline_code": decline_code}
        intent.update(status="requires_payment_method", last_payment_error=error)
        return refusal_answer(
            402, "card_error", code, decline_code=decline_code, payment_intent=intent
        )

    def _act(self, intent: dict[str, Any], action: list[str], form: dict[str, str]) -> Answer:
        unexpected = refusal_answer(400, "invalid_request_error", "payment_intent_unexpected_state")
        if action == ["cancel"]:
            if intent["status"] in {"succeeded", "canceled"}:
                return unexpected
            intent["status"] = "canceled"
        if action == ["capture"]:
            amount = int(form["amount_to_capture"])
            if intent["status"] != "requires_capture":
                return unexpected
            if amount > intent["amount"]:
                return refusal_answer(400, "invalid_request_error", "amount_too_large")
            intent.update(status="succeeded", amount_received=amount)
            intent["metadata"]["gateway_capture_key"] = form["metadata[gateway_capture_key]"]
        return Answer(intent)

    def _create_refund(self, form: dict[str, str]) -> Answer:
        intent = self.intents.get(form["payment_intent"])
        if intent is None or intent["status"] != "succeeded":
            return refusal_answer(400, "invalid_request_error", "", param="payment_intent")
        amount = int(form["amount"])
        refunded = sum(
            refund["amount"]
            for refund in self.refunds.values()
            if refund["payment_intent"] == intent["id"]
        )
        if refunded + amount > intent["amount_received"]:
            return refusal_answer(400, "invalid_request_error", "", param="amount")
        refund_id = f"re_{next(self.numbers)}"
        self.refunds[refund_id] = {
            "id": refund_id,
            "object": "refund",
            "status": "succeeded",
            "amount": amount,
            "payment_intent": intent["id"],
            "metadata": {"gateway_key": form["metadata[gateway_key]"]},
        }
        return Answer(self.refunds[refund_id])

    def _list(self, objects: dict[str, dict[str, Any]], name: str, value: str) -> Answer:
        data = [each for each in objects.values() if each[name] == value]
        return Answer({"object": "list", "url": "/v1/x", "has_more": False, "data": data})
