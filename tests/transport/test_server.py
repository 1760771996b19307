"""The endpoint behind the real server, on real connections."""

import asyncio
import inspect
import json
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from gateway.transport.endpoint import GraphQLEndpoint
from gateway.transport.limits import Limits
from gateway.transport.safe_headers import SafeHeadersMiddleware
from gateway.transport.service import ServiceOptions
from tests.transport.toy_schema import TITLE_STORE, toy_app, toy_front

PROTOCOL = Subprotocol("graphql-transport-ws")
TIMEOUT_SECONDS = 30


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = toy_app(options=ServiceOptions(limits=Limits(send_seconds=0.2)))
    config = uvicorn.Config(
        app, log_level="critical", ws_per_message_deflate=False, ws_max_size=300_000
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - the server offers no event
        await asyncio.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    server.force_exit = True
    await serving


async def initialise_socket(client: ClientConnection) -> None:
    await client.send('{"type":"connection_init"}')
    assert json.loads(await client.recv())["type"] == "connection_ack"


def subscribe(query: str) -> str:
    return json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}})


async def wait_until_no_stream_is_open() -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while TITLE_STORE.open_streams:  # noqa: ASYNC110 - closing is not announced
            await asyncio.sleep(0.01)


async def test_a_socket_speaks_the_protocol(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as client:
        assert client.subprotocol == PROTOCOL
        await initialise_socket(client)
        await client.send(subscribe("{ hello }"))
        assert json.loads(await client.recv())["payload"] == {"data": {"hello": "world"}}


async def test_a_foreign_origin_gets_403(port: int) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        await connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[PROTOCOL],
            origin=Origin("https://evil.example"),
        )


async def test_close_codes_arrive(port: int) -> None:
    for protocol, message, code in (
        ("graphql-ws", None, 4406),
        (PROTOCOL, "[]", 4400),
        (PROTOCOL, subscribe("{ hello }"), 4401),
        (PROTOCOL, "x" * 280_000, 1009),
        (PROTOCOL, "x" * 400_000, 1009),
    ):
        url = f"ws://127.0.0.1:{port}/graphql"
        async with connect(url, subprotocols=[Subprotocol(protocol)]) as client:
            if message:
                await client.send(message)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(client.recv(), TIMEOUT_SECONDS)
            assert (protocol, client.close_code) == (protocol, code)


async def test_a_reader_that_stops_reading_is_closed(port: int) -> None:
    async with connect(
        f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL], max_queue=1
    ) as client:
        await initialise_socket(client)
        await client.send(subscribe("subscription { huge }"))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while not TITLE_STORE.open_streams:  # noqa: ASYNC110 - opening is not announced
                await asyncio.sleep(0.01)
        await wait_until_no_stream_is_open()
        client.transport.abort()


async def test_a_stream_ends_when_its_reader_leaves(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"query": "subscription { ticks(count: 100000, everyMs: 5) }"})
    writer.write(
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    await reader.readuntil(b'{"ticks":1}')
    assert TITLE_STORE.open_streams == 1
    writer.close()
    await writer.wait_closed()
    await wait_until_no_stream_is_open()


@pytest.mark.parametrize(
    "app",
    [toy_front(), GraphQLEndpoint.__call__, SafeHeadersMiddleware.__call__],
    ids=["front", "endpoint", "headers"],
)
def test_servers_take_it_for_an_application_of_today(app: object) -> None:
    """uvicorn calls what is no coroutine function in two steps, as ASGI 2 was."""
    assert inspect.iscoroutinefunction(app)
