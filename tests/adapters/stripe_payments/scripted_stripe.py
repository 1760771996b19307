"""Stripe by a script: each request gets the next answer that a test has written for it."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

import httpx
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.stripe_payments.access import StripeAccess, StripeTiming
from gateway.adapters.stripe_payments.building import StripePayments, build_stripe_payments
from tests.conftest import AnyDatabase
from tests.stripe_side import PATIENT

SECRET_KEY = "sk_test_fortytwo"
PUBLISHABLE_KEY = "pk_test_fortytwo"
CUSTOMER = "cus_1"
INTENT = "pi_1"
METHOD = "pm_1"
CLIENT_SECRET = "pi_1_secret_9"
PUBLIC_URL = "https://shop.example"

REPLAYED = {"Idempotent-Replayed": "true"}


class AnsweringStripe(Protocol):
    """What takes requests in the place of Stripe."""

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """The answer to ``request``."""
        ...


class NoAnswer:
    """In the place of an answer: the connection breaks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of Stripe."""

    body: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ScriptedStripe:
    """The answers by method and path, and the requests that came."""

    answers: dict[str, deque[Answer | NoAnswer]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def answer(self, call: str, *answers: Answer | NoAnswer) -> None:
        """Answer requests such as ``POST /v1/customers`` by ``answers``; the last one remains."""
        self.answers.setdefault(call, deque()).extend(answers)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Give the next answer to ``request``."""
        self.requests.append(request)
        queue = self.answers[call_of(request)]
        answer = queue.popleft() if len(queue) > 1 else queue[0]
        if isinstance(answer, NoAnswer):
            raise httpx.ReadError("broken")
        return httpx.Response(
            answer.status, headers=answer.headers, content=json.dumps(answer.body)
        )

    @property
    def calls(self) -> list[str]:
        """The requests that came, such as ``GET /v1/refunds``."""
        return [call_of(request) for request in self.requests]

    def list_keys(self, call: str) -> list[str]:
        """The idempotency keys of the requests of one kind."""
        return [
            request.headers["Idempotency-Key"]
            for request in self.requests
            if call_of(request) == call
        ]

    def form_of(self, call: str) -> dict[str, str]:
        """The form of the last request of one kind."""
        request = next(each for each in reversed(self.requests) if call_of(each) == call)
        return dict(parse_qsl(request.content.decode()))


def call_of(request: httpx.Request) -> str:
    """The method and path of ``request``."""
    return f"{request.method} {request.url.path}"


def build_payments(
    script: "AnsweringStripe",
    database: AnyDatabase,
    clock: ManualClock,
    timing: StripeTiming = PATIENT,
) -> StripePayments:
    """The adapter over ``script``."""
    return build_stripe_payments(
        StripeAccess(SecretStr(SECRET_KEY), PUBLISHABLE_KEY, "https://stripe.example"),
        httpx.AsyncClient(transport=httpx.MockTransport(script.handle)),
        database,
        RandomIds(),
        clock,
        f"{PUBLIC_URL}/",
        timing=timing,
    )


def intent_answer(
    status: str = "requires_capture",
    *,
    headers: Mapping[str, str] | None = None,
    **fields: object,
) -> Answer:
    """An answer with a PaymentIntent of 10.00 USD."""
    return Answer(intent(status, **fields), headers=headers or {})


def intent(status: str = "requires_capture", **fields: object) -> dict[str, Any]:
    """A PaymentIntent of 10.00 USD, as Stripe writes it."""
    return {
        "id": INTENT,
        "object": "payment_intent",
        "status": status,
        "amount": 1000,
        "amount_received": 0,
        "currency": "usd",
        "created": 1_793_620_800,
        "customer": CUSTOMER,
        "client_secret": CLIENT_SECRET,
        "metadata": {"gateway_key": "k"},
        "payment_method": METHOD,
        **fields,
    }


def refusal_answer(
    status: int,
    type: str,
    code: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    **details: object,
) -> Answer:
    """A refusal, with a text that must not be shown."""
    error = {"type": type, "code": code, "message": "Text of Stripe's own", **details}
    return Answer({"error": error}, status, headers or {})


def list_answer(*objects: Mapping[str, Any]) -> Answer:
    """A list of Stripe's, whole."""
    return Answer({"object": "list", "url": "/v1/x", "has_more": False, "data": list(objects)})
