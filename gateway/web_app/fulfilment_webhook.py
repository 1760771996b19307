"""The route at which the fulfilment house reports how far parcels are."""

from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.adapters.webhook_calls import is_signed
from gateway.bootstrap import Gateway
from gateway.services.fulfilment_reports import FulfilmentReport, take_report
from gateway.transport.errors import RETRY_AFTER_SECONDS
from gateway.web_app.request_bodies import read_or_refuse

PATH = "/webhooks/fulfilment"
MAX_BODY_BYTES = 64 * 1024
BODY_TIMEOUT_SECONDS = 10.0


def fulfilment_routes(gateway: Gateway) -> list[Route]:
    """The route of reports; none where no fulfilment house is set."""
    secret = gateway.settings.fulfilment_secret
    if secret is None:
        return []
    respond = partial(_respond, gateway, secret.get_secret_value())
    return [Route(PATH, respond, methods=["POST"])]


async def _respond(gateway: Gateway, secret: str, request: Request) -> Response:
    body = await read_or_refuse(request, MAX_BODY_BYTES, BODY_TIMEOUT_SECONDS)
    if isinstance(body, Response):
        return body
    now = gateway.dependencies.clock.now()
    if not is_signed(secret, request.headers, body, now):
        return JSONResponse({"status": "not signed with the secret, or too long ago"}, 401)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        return JSONResponse({"status": "no JSON object"}, 400)
    report = FulfilmentReport(request.headers["webhook-id"], body.decode(), document)
    if await take_report(report, gateway.dependencies, gateway.gift_dependencies):
        return Response(status_code=204)
    retry_headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"status": "not possible now: send it again"}, 503, retry_headers)
