"""The client of Stripe's API over the shared HTTP client: bounded, repeated, and silent in logs."""

import asyncio
import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import stripe

from gateway.adapters.http_answers import send_bounded_request
from gateway.adapters.outages import Outage
from gateway.adapters.stripe_payments.access import StripeAccess, StripeTiming

API_VERSION = "2026-10-28.endive"
"""What the answers are read as; the account's own version does not matter."""
MAX_TRIES = 6
"""How often one request is sent, with the same idempotency key."""
MAX_ANSWER_BYTES = 4 * 1024 * 1024
KEPT_HEADERS = (
    "content-type",
    "idempotent-replayed",
    "request-id",
    "retry-after",
    "stripe-should-retry",
)

_deadline: ContextVar[float | None] = ContextVar("stripe_deadline", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Let all calls in the block take ``seconds`` together; an outer limit stays."""
    deadline = asyncio.get_running_loop().time() + seconds
    outer_deadline = _deadline.get()
    token = _deadline.set(deadline if outer_deadline is None else min(deadline, outer_deadline))
    try:
        yield
    finally:
        _deadline.reset(token)


def build_client(
    access: StripeAccess, http: httpx.AsyncClient, timing: StripeTiming
) -> stripe.StripeClient:
    """The client of the account of ``access``, over ``http``."""
    _silence_package()
    return stripe.StripeClient(
        access.secret_key.get_secret_value(),
        stripe_version=API_VERSION,
        base_addresses={"api": access.api_url.rstrip("/")},
        # The HTTP client repeats by itself, as also 429 is repeated and the time is bounded.
        max_network_retries=0,
        http_client=RepeatingHttpClient(http, timing),
    )


class RepeatingHttpClient(stripe.HTTPClient):
    """Sends each request until it is answered, within the time limit, with the same key."""

    name = "httpx"

    def __init__(self, http: httpx.AsyncClient, timing: StripeTiming) -> None:
        super().__init__()
        self._http = http
        self._timing = timing
        self._outage = Outage("Stripe", "what waits for it is asked for again")

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401 - as the package declares it
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """The answer, once it is no passing failure or the time is over.

        Raises:
            stripe.APIConnectionError: no answer came.

        """
        loop = asyncio.get_running_loop()
        deadline = _deadline.get() or loop.time() + self._timing.call_seconds
        pause_seconds = self._timing.pause_seconds
        for tries_left in reversed(range(MAX_TRIES)):
            response = await self._send(method, url, headers, post_data, deadline - loop.time())
            pause = _pause_before_repetition(response, pause_seconds)
            if pause is None or not tries_left or loop.time() + pause >= deadline:
                break
            await asyncio.sleep(pause)
            pause_seconds *= 2
        self._note_outage(response)
        if response is None:
            raise stripe.APIConnectionError("no answer")  # type: ignore[no-untyped-call]
        return response.content, response.status_code, response.headers

    def _note_outage(self, response: httpx.Response | None) -> None:
        if response is None:
            self._outage.begin("no answer")
        elif response.status_code < 500:  # noqa: PLR2004
            self._outage.end()
        elif not is_replayed(response.headers):
            self._outage.begin(f"HTTP {response.status_code}")

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any,  # noqa: ANN401 - as the package declares it
        remaining_seconds: float,
    ) -> httpx.Response | None:
        """The answer; None if there is none within the time."""
        try:
            return await send_bounded_request(
                self._http,
                method.upper(),
                url,
                timeout_seconds=max(0.0, min(self._timing.try_seconds, remaining_seconds)),
                max_bytes=MAX_ANSWER_BYTES,
                kept_headers=KEPT_HEADERS,
                headers=dict(headers),
                content=post_data,
            )
        except httpx.HTTPError:
            return None


def _pause_before_repetition(response: httpx.Response | None, usual_seconds: float) -> float | None:
    """Seconds to wait before the request is sent again; None if its answer stands."""
    pause_seconds = usual_seconds * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
    if response is None:
        return pause_seconds
    if is_replayed(response.headers) or not _is_passing(response):
        return None
    try:
        return max(pause_seconds, float(response.headers.get("retry-after", 0)))
    except ValueError:
        return pause_seconds


def _is_passing(response: httpx.Response) -> bool:
    """Whether the same request may be answered otherwise a moment later.

    Of a 5xx Stripe advises against it where it has kept the failure: the next answer shows that.
    """
    advice = response.headers.get("stripe-should-retry")
    if response.status_code >= 500 or advice == "true":  # noqa: PLR2004
        return True
    return response.status_code in {409, 429} and advice != "false"


def is_replayed(headers: Mapping[str, str]) -> bool:
    """Whether Stripe has kept the answer under the idempotency key and repeats it."""
    return headers.get("idempotent-replayed") == "true"


def is_old_answer(answer: stripe.StripeObject) -> bool:
    """Whether the object is as it was when it was made, not as it is now."""
    response = answer.last_response
    headers: Mapping[str, str] = {} if response is None else response.headers
    return is_replayed(headers)


def _silence_package() -> None:
    """Keep the package from telling of itself, and from logging what it sends and gets.

    Its debug lines contain whole bodies with client secrets, its info lines Stripe's own texts.
    ``STRIPE_LOG`` in the environment would print them to standard error.
    """
    stripe.enable_telemetry = False
    stripe.log = None
    stripe._util.STRIPE_LOG = None  # noqa: SLF001 - read from the environment at the import
    logging.getLogger("stripe").addFilter(_drop_record)


def _drop_record(record: logging.LogRecord) -> bool:  # noqa: ARG001 - all records alike
    return False
