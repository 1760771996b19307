"""Calls of the operator's own endpoints: bounded in time and size, never sent elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.operator_endpoints import MAX_ANSWER_BYTES, HttpOperatorEndpoint
from gateway.services.ports.operator_endpoints import EndpointAnswer
from tests.endpoints import SECRET, SignedEndpoint, answer_text, open_endpoint, serve_endpoint

HEAD = "HTTP/1.1 200 OK\r\nconnection: close\r\n"


async def call(clock: ManualClock, answer: str) -> EndpointAnswer:
    async with open_endpoint(SignedEndpoint(answers=[answer]), clock) as endpoint:
        return await endpoint.call("evt_1", "{}")


async def test_a_redirect_is_an_answer_and_not_followed(clock: ManualClock) -> None:
    elsewhere = SignedEndpoint()
    async with serve_endpoint(elsewhere) as url:
        moved = f"HTTP/1.1 307 Moved\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n"
        answer = await call(clock, moved)
    assert (answer, elsewhere.calls) == (EndpointAnswer(307, b""), [])


async def test_a_redirect_to_no_address_is_a_call_that_failed(clock: ManualClock) -> None:
    with pytest.raises(ConnectionError, match="InvalidURL"):
        await call(clock, "HTTP/1.1 307 Moved\r\nlocation: data:x\r\ncontent-length: 0\r\n\r\n")


async def test_only_the_start_of_an_answer_is_read(clock: ManualClock) -> None:
    """Its length is not believed, and what is compressed is not unpacked."""
    promised = f"{HEAD}content-length: 1000000000\r\n\r\n" + "x" * (2 * MAX_ANSWER_BYTES)
    compressed = f"{HEAD}content-encoding: gzip\r\ncontent-length: 4\r\n\r\nbomb"
    assert await call(clock, promised) == EndpointAnswer(200, b"x" * MAX_ANSWER_BYTES)
    assert await call(clock, compressed) == EndpointAnswer(200, b"bomb")
    assert await call(clock, answer_text("200 OK", "ä")) == EndpointAnswer(200, "ä".encode())


@asynccontextmanager
async def serve_silence(start: bytes) -> AsyncIterator[str]:
    """A URL that answers with ``start`` and then says no more."""

    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await reader.read()  # until the caller gives up
        writer.close()
        ended.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await ended.wait()


@pytest.mark.parametrize("start", [b"", f"{HEAD}content-length: 9\r\n\r\nabc".encode()])
async def test_an_answer_that_does_not_come_is_an_os_error(
    clock: ManualClock, start: bytes
) -> None:
    async with serve_silence(start) as url, httpx.AsyncClient() as client:
        endpoint = HttpOperatorEndpoint(url, SECRET, client, clock, timeout_seconds=0.05)
        with pytest.raises((TimeoutError, ConnectionError)):
            await endpoint.call("evt_1", "{}")


async def test_nobody_there_is_an_os_error(clock: ManualClock) -> None:
    async with serve_endpoint(SignedEndpoint()) as url:
        pass
    async with httpx.AsyncClient() as client:
        endpoint = HttpOperatorEndpoint(url, SECRET, client, clock)
        with pytest.raises(ConnectionError, match="ConnectError"):
            await endpoint.call("evt_1", "{}")
        assert SECRET not in repr(endpoint)
