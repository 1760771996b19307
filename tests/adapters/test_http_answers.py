"""Services that are called by HTTP: whatever they answer, it takes so long and so much."""

import gzip

import httpx
import pytest

from gateway.adapters.http_answers import send_bounded_request
from tests.dripping import dripping_server

TIMEOUT_SECONDS = 30.0
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def fetch(
    url: str, *, seconds: float = TIMEOUT_SECONDS, max_bytes: int = 100
) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await send_bounded_request(
            client, "GET", url, timeout_seconds=seconds, max_bytes=max_bytes
        )


async def test_a_small_answer_is_read_whole() -> None:
    async with dripping_server(OK + b"content-length: 2\r\n\r\n{}") as url:
        answer = await fetch(url)
    assert (answer.status_code, answer.content, answer.json()) == (200, b"{}", {})


@pytest.mark.parametrize("size", [101, 1_000, 1_000_000])
async def test_a_larger_one_is_refused(size: int) -> None:
    head = OK + f"content-length: {size}\r\n\r\n".encode()
    async with dripping_server(head + b"x" * size) as url:
        with pytest.raises(httpx.DecodingError, match="too large"):
            await fetch(url)


async def test_what_is_not_to_be_read_is_not() -> None:
    async with dripping_server(OK + b"\r\n", repeated=b"x" * 65_536) as url:
        assert (await fetch(url, max_bytes=0)).content == b""


@pytest.mark.parametrize("first", [b"", OK, OK + b"content-length: 90\r\n\r\n"])
async def test_one_that_drips_is_cut(first: bytes) -> None:
    """Each read is quick: what counts is all of it."""
    async with dripping_server(first, repeated=b"x") as url:
        with pytest.raises(httpx.HTTPError):
            await fetch(url, seconds=0.3)


async def test_little_that_becomes_much_is_not_unpacked() -> None:
    packed = gzip.compress(b"x" * 10_000_000)
    head = f"content-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n".encode()
    async with dripping_server(OK + head + packed) as url:
        with pytest.raises(httpx.DecodingError, match="compressed"):
            await fetch(url, max_bytes=1_000_000)


async def test_an_answer_that_leads_nowhere_is_none() -> None:
    """A redirection is not followed, and one to no address is no reason to break."""
    head = b"HTTP/1.1 307 Moved\r\nlocation: data:x\r\ncontent-length: 0\r\n\r\n"
    async with dripping_server(head) as url:
        with pytest.raises(httpx.RemoteProtocolError, match="leads to no address"):
            await fetch(url)
