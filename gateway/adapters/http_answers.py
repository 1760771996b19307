"""HTTP requests with limits on the size and the time of the whole answer."""

import asyncio
from collections.abc import Collection
from typing import Any

import httpx


async def send_bounded_request(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    timeout_seconds: float,
    max_bytes: int,
    kept_headers: Collection[str] = ("content-type",),
    **request_options: Any,  # noqa: ANN401 - options of httpx
) -> httpx.Response:
    """Send one request and return its answer; redirects are not followed.

    With ``max_bytes`` 0 the body is not read. ``timeout_seconds`` limits the whole exchange, also
    if the server sends its answer slowly. The answer has only the headers in ``kept_headers``.

    Raises:
        httpx.HTTPError: there is no answer, it is larger than ``max_bytes``, or it takes too long.

    """
    headers = {**request_options.pop("headers", {}), "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(timeout_seconds),
            client.stream(
                method,
                url,
                headers=headers,
                timeout=timeout_seconds,
                follow_redirects=False,
                **request_options,
            ) as response,
        ):
            content = await _read_content(response, max_bytes) if max_bytes else b""
    except TimeoutError:
        raise httpx.ReadTimeout(f"no whole answer within {timeout_seconds} s") from None
    except httpx.InvalidURL as error:
        # Of a redirection, which httpx reads although it does not follow it.
        raise httpx.RemoteProtocolError("the answer leads to no address") from error
    return httpx.Response(
        response.status_code,
        headers={name: response.headers[name] for name in kept_headers if name in response.headers},
        content=content,
        request=response.request,
    )


async def _read_content(response: httpx.Response, max_bytes: int) -> bytes:
    # Compression was not requested, and a small compressed body could unpack to a huge one.
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx.DecodingError("the answer is compressed")
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > max_bytes:
            raise httpx.DecodingError("the answer is too large")
    return bytes(content)
