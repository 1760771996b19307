"""The route at which Stripe tells what happened: checked, kept, and acted on later."""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.adapters.stripe_signatures import (
    SIGNATURE_HEADER,
    MalformedEvent,
    is_signed_by_stripe,
    read_event,
)
from gateway.bootstrap import Gateway
from gateway.services.ports.provider_events import ProviderEvent
from gateway.services.provider_events import record_event
from gateway.settings import PaymentProviderName
from gateway.web_app.request_bodies import read_or_refuse

PATH = "/webhooks/stripe"
MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_SECONDS = 10.0


def stripe_routes(gateway: Gateway) -> list[Route]:
    """The route of events; none where Stripe is not the provider."""
    if gateway.settings.payments is not PaymentProviderName.STRIPE:
        return []
    return [Route(PATH, partial(_respond, gateway), methods=["POST"])]


async def _respond(gateway: Gateway, request: Request) -> Response:
    body = await read_or_refuse(request, MAX_BODY_BYTES, BODY_TIMEOUT_SECONDS)
    if isinstance(body, Response):
        return body
    dependencies = gateway.dependencies
    now = dependencies.clock.now()
    signature = request.headers.get(SIGNATURE_HEADER, "")
    if not is_signed_by_stripe(gateway.settings.stripe_webhook_secrets, signature, body, now):
        return JSONResponse({"status": "not signed with the secret, or too long ago"}, 400)
    try:
        hint = read_event(body)
    except MalformedEvent:
        return JSONResponse({"status": "no event"}, 400)
    if hint is not None:
        event = ProviderEvent(hint.id, hint.type, hint.object_id, now)
        await record_event(event, dependencies=dependencies)
    return Response(status_code=204)
