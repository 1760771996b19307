"""Answers of services that are called by HTTP, within a size and a time in all."""

import asyncio
from typing import Any

import httpx


async def send_bounded_request(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    timeout_seconds: float,
    max_bytes: int,
    **request_options: Any,  # noqa: ANN401 - what httpx takes
) -> httpx.Response:
    """The answer of one call, not redirected, its body of ``max_bytes`` at most; 0: not read.

    ``timeout_seconds`` is what all of it may take: a server that sends a byte now and then is cut
    off.

    Raises:
        httpx.HTTPError: there is none, it is larger, or it takes longer.

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
    return httpx.Response(
        response.status_code,
        headers={"content-type": response.headers.get("content-type", "")},
        content=content,
        request=response.request,
    )


async def _read_content(response: httpx.Response, max_bytes: int) -> bytes:
    # Nobody was asked to compress: little that becomes much is not unpacked.
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx.DecodingError("the answer is compressed")
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > max_bytes:
            raise httpx.DecodingError("the answer is too large")
    return bytes(content)
