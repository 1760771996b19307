"""Reading of request bodies within limits of size and time."""

import asyncio

from starlette.types import Receive

from gateway.transport.errors import Code, RequestRefused


class ClientDisconnected(Exception):
    """The client disconnected before its request was complete."""


async def read_body(
    receive: Receive, content_length: str | None, limit: int, seconds: float
) -> bytes:
    """The body, of at most ``limit`` bytes, read within ``seconds``.

    Raises:
        RequestRefused: status 400 (malformed Content-Length), 413 (too large), 408 (too slow).
        ClientDisconnected: the client disconnected before the body was complete.

    """
    _check_content_length(content_length, limit)
    try:
        async with asyncio.timeout(seconds):
            return await _read_body(receive, limit)
    except TimeoutError:
        raise RequestRefused(
            408, Code.REQUEST_TIMEOUT, "The body took too long to arrive."
        ) from None


def _check_content_length(content_length: str | None, limit: int) -> None:
    if content_length is None:
        return
    if not (content_length.isascii() and content_length.isdigit()):
        raise RequestRefused(400, Code.BAD_REQUEST, "Content-Length is not a number.")
    if len(content_length) > len(str(limit)) + 1 or int(content_length) > limit:
        raise _too_large(limit)


async def _read_body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(limit: int) -> RequestRefused:
    return RequestRefused(413, Code.BODY_TOO_LARGE, f"The body is larger than {limit} bytes.")
