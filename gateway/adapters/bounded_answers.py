"""Answers of services that are called by HTTP, within a size and a time in all."""

import asyncio
from typing import Any

import httpx


async def bounded_answer(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    seconds: float,
    max_bytes: int,
    **request: Any,  # noqa: ANN401 - what httpx takes
) -> httpx.Response:
    """The answer of one call, not redirected, its body of ``max_bytes`` at most; 0: not read.

    ``seconds`` is what all of it may take: a server that sends a byte now and then is cut off.

    Raises:
        httpx.HTTPError: there is none, it is larger, or it takes longer.

    """
    headers = {**request.pop("headers", {}), "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream(
                method, url, headers=headers, timeout=seconds, follow_redirects=False, **request
            ) as answer,
        ):
            content = await _content(answer, max_bytes) if max_bytes else b""
    except TimeoutError:
        raise httpx.ReadTimeout(f"no whole answer within {seconds} s") from None
    return httpx.Response(
        answer.status_code,
        headers={"content-type": answer.headers.get("content-type", "")},
        content=content,
        request=answer.request,
    )


async def _content(answer: httpx.Response, max_bytes: int) -> bytes:
    # Nobody was asked to compress: little that becomes much is not unpacked.
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise httpx.DecodingError("the answer is compressed")
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > max_bytes:
            raise httpx.DecodingError("the answer is too large")
    return bytes(content)
