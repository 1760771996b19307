"""The calculator as the gateway calls it: signed messages in, answers out."""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.stripe_tax.baskets import Unsupported
from examples.stripe_tax.bookings import Bookings
from examples.stripe_tax.questions import Questions
from examples.stripe_tax.stripe_api import StripeAway, StripeRefused

MAX_BODY_BYTES = 1024 * 1024
ANSWER_SECONDS = 60
"""So long the gateway may use an answer again: each question costs a fee."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CalculatorService:
    """Takes the gateway's messages, which are signed with ``secret``."""

    questions: Questions
    bookings: Bookings
    secret: str = field(repr=False)

    def build_app(self, lifespan: Any = None) -> Starlette:  # noqa: ANN401 - as Starlette has it
        """The ASGI application."""
        route = Route("/calculator", self.receive, methods=["POST"])
        return Starlette(routes=[route], lifespan=lifespan)

    async def receive(self, request: Request) -> Response:
        """The answer to a message.

        401: it is not signed. 422: this calculator does not compute it, so that the gateway uses
        its own tables. 503: Stripe is away, and the message may come again.
        """
        body = await _read_body(request)
        if body is None:
            return Response(status_code=413)
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
            message = json.loads(body)
        except (WebhookVerificationError, ValueError):
            return Response(status_code=401)
        try:
            return await self._handle(request.headers["webhook-id"], message)
        except (Unsupported, StripeRefused) as error:
            logger.warning("not computed: %s", error)
            return Response(status_code=422)
        except StripeAway as error:
            logger.warning("Stripe is away: %s", error)
            return Response(status_code=503)

    async def _handle(self, message_id: str, message: dict[str, Any]) -> Response:
        match message["type"]:
            case "calculate":
                answer = await self.questions.answer(message["data"])
                headers = {"cache-control": f"private, max-age={ANSWER_SECONDS}"}
                return JSONResponse(answer, headers=headers)
            case "commit":
                transaction_id = await self.bookings.commit(message_id, message["data"])
            case "reverse":
                transaction_id = await self.bookings.reverse(message_id, message["data"])
            case _:
                # What is not known yet is none of this calculator's business.
                return Response(status_code=204)
        return JSONResponse({"reference": transaction_id})


async def _read_body(request: Request) -> bytes | None:
    """The body; None where it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return body
