"""The body of a request to a page or a webhook, or the answer to one that cannot be taken."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.transport.errors import RequestRefused
from gateway.transport.request_body import ClientDisconnected, read_body


async def read_or_refuse(
    request: Request,
    max_bytes: int,
    timeout_seconds: float,
    headers: Mapping[str, str] | None = None,
) -> bytes | Response:
    """The body, or the answer to one that is too large, too slow or not whole.

    ``headers`` are those of the answer.
    """
    content_length = request.headers.get("content-length")
    try:
        return await read_body(request.receive, content_length, max_bytes, timeout_seconds)
    except RequestRefused as refusal:
        return JSONResponse({"status": refusal.message}, refusal.status, headers)
    except ClientDisconnected:
        return Response(status_code=400)
