"""SIGTERM: what has no end of its own ends at once, with a word to come back."""

import asyncio
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets
from websockets.typing import Subprotocol

from tests.running import (
    START_TIMEOUT_SECONDS,
    free_port,
    gateway_command,
    process_environment,
    wait_until_ready,
)

TICKS = {"query": "subscription { ticks(count: 100000, everyMs: 100) }"}
APOLLO = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
STOP_TIMEOUT_SECONDS = 9.0
"""Seconds, on a busy machine; requests are given ten."""


@pytest.fixture
def serving(demo_folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    settings = process_environment(demo_folder.parent, GATEWAY_PORT=str(port), GATEWAY_FAULTS="on")
    with gateway_command("serve", settings=settings) as process:
        wait_until_ready(f"http://127.0.0.1:{port}")
        yield process, port


@pytest.mark.parametrize("accept", ["text/event-stream", APOLLO])
async def test_streams_end_at_once(
    serving: tuple[subprocess.Popen[bytes], int], accept: str
) -> None:  # R139
    process, port = serving
    url = f"http://127.0.0.1:{port}/graphql"
    text, stopped_at = "", 0.0
    async with httpx.AsyncClient(timeout=START_TIMEOUT_SECONDS) as client:
        asked = client.stream("POST", url, json=TICKS, headers={"accept": accept})
        async with asked as answer:
            async for part in answer.aiter_text():
                text += part
                if not stopped_at and "ticks" in text:
                    stopped_at = time.monotonic()
                    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, START_TIMEOUT_SECONDS) == 0
    assert time.monotonic() - stopped_at < STOP_TIMEOUT_SECONDS
    if accept == APOLLO:
        last = text.rpartition("application/json\r\n\r\n")[2]
        assert last.endswith("\r\n--graphql--\r\n")
        body = json.loads(last.removesuffix("\r\n--graphql--\r\n"))
        assert body["payload"] is None
        assert body["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    else:
        retry = re.search(r"\n\nretry: ([0-9]+)\n\n$", text)
        assert retry is not None
        assert 500 <= int(retry[1]) < 3_000
        assert "event: complete" not in text


async def test_sockets_are_closed_as_a_restart(
    serving: tuple[subprocess.Popen[bytes], int],
) -> None:  # R139
    process, port = serving
    protocol = Subprotocol("graphql-transport-ws")
    url = f"ws://127.0.0.1:{port}/graphql"
    async with websockets.connect(url, subprotocols=[protocol]) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": TICKS}))
        await socket.recv()
        stopped_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(_all_received(socket), START_TIMEOUT_SECONDS)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert await asyncio.to_thread(process.wait, START_TIMEOUT_SECONDS) == 0
    assert time.monotonic() - stopped_at < STOP_TIMEOUT_SECONDS


async def _all_received(socket: websockets.ClientConnection) -> None:
    while True:
        await socket.recv()
