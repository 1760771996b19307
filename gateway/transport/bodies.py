"""Request bodies: read whole, within a size and a time."""

import asyncio

from starlette.types import Receive

from gateway.transport.errors import Code, Refused


class Disconnected(Exception):
    """The client went away before its request was complete."""


async def read_body(receive: Receive, declared: str | None, most: int, seconds: float) -> bytes:
    """The body, of at most ``most`` bytes, read within ``seconds``.

    Raises:
        Refused: 400 for a wrong Content-Length, 413 beyond ``most``, 408 when too slow.
        Disconnected: nobody is there to be answered.

    """
    _check_declared(declared, most)
    try:
        async with asyncio.timeout(seconds):
            return await _counted(receive, most)
    except TimeoutError:
        raise Refused(408, Code.REQUEST_TIMEOUT, "The body took too long to arrive.") from None


def _check_declared(declared: str | None, most: int) -> None:
    if declared is None:
        return
    if not (declared.isascii() and declared.isdigit()):
        raise Refused(400, Code.BAD_REQUEST, "Content-Length is not a number.")
    if len(declared) > len(str(most)) + 1 or int(declared) > most:
        raise _too_large(most)


async def _counted(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(most: int) -> Refused:
    return Refused(413, Code.BODY_TOO_LARGE, f"The body is larger than {most} bytes.")
