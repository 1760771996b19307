"""Talks ASGI to an application, without a server between."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Scope

Json = Mapping[str, object]
TIMEOUT_SECONDS = 30


@dataclass
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)

    @property
    def code(self) -> object:
        """The one code of its errors."""
        [code] = error_codes(json.loads(self.body)["errors"])
        return code


def error_codes(errors: object) -> set[str]:
    """The codes of an errors list whose members are well formed."""
    assert isinstance(errors, list)
    assert errors
    assert all(isinstance(error["message"], str) for error in errors)
    return {error["extensions"]["code"] for error in errors}


def http_scope(method: str, query: bytes, headers: Mapping[str, str]) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": query,
        "root_path": "",
        "headers": _raw({"host": "gateway.test", **headers}),
        "client": ("203.0.113.7", 5000),
        "server": ("gateway.test", 80),
    }


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


async def ask(
    app: ASGIApp,
    method: str = "POST",
    *,
    query: bytes = b"",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    scope: Mapping[str, object] | None = None,
    body_is_complete: bool = True,
) -> Answer:
    """One exchange; the client stays until the answer is whole."""
    chunks = [body[start : start + 65_536] for start in range(0, len(body), 65_536)] or [b""]
    messages: list[Message] = [
        {
            "type": "http.request",
            "body": chunk,
            "more_body": not body_is_complete or number < len(chunks),
        }
        for number, chunk in enumerate(chunks, 1)
    ]
    start: Message = {}
    parts: list[bytes] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        return await asyncio.Future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    full = {**http_scope(method, query, headers or {}), **(scope or {})}
    await asyncio.wait_for(app(full, receive, send), TIMEOUT_SECONDS)
    answered = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], answered, b"".join(parts))


async def post(app: ASGIApp, document: object, **headers: str) -> Answer:
    """A JSON body as clients send it; ``document`` is the body, or a query."""
    body = {"query": document} if isinstance(document, str) else document
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(
        app,
        headers={"content-type": "application/json", **named},
        body=json.dumps(body).encode(),
    )


@dataclass
class Socket:
    """The client's end of a WebSocket."""

    incoming: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    outgoing: asyncio.Queue[Message] = field(default_factory=lambda: asyncio.Queue(maxsize=10))

    ended: asyncio.Future[object] = field(default_factory=asyncio.Future)

    async def send(self, message: Json | str | bytes) -> None:
        kind = "bytes" if isinstance(message, bytes) else "text"
        text = json.dumps(message) if isinstance(message, Mapping) else message
        await self.incoming.put({"type": "websocket.receive", kind: text})

    async def receive_raw(self) -> Message:
        return await asyncio.wait_for(self.outgoing.get(), TIMEOUT_SECONDS)

    async def receive(self) -> dict[str, object]:
        message = await self.receive_raw()
        assert message["type"] == "websocket.send", message
        document: dict[str, object] = json.loads(message["text"])
        return document

    async def close_code(self) -> int:
        """The close code, whatever comes before it."""
        while (message := await self.receive_raw())["type"] == "websocket.send":
            pass
        assert message["type"] == "websocket.close", message
        return int(message["code"])

    async def initialise(self, payload: Json | None = None) -> dict[str, object]:
        await self.send({"type": "connection_init", "payload": payload or {}})
        return await self.receive()

    async def subscribe(self, id: str, query: str, **more: object) -> None:
        await self.send({"id": id, "type": "subscribe", "payload": {"query": query, **more}})


@asynccontextmanager
async def connect_socket(
    app: ASGIApp,
    *,
    headers: Mapping[str, str] | None = None,
    protocols: tuple[str, ...] = ("graphql-transport-ws",),
) -> AsyncIterator[Socket]:
    """A socket after its handshake was asked for."""
    socket = Socket()
    scope = {
        **http_scope("GET", b"", headers or {}),
        "type": "websocket",
        "scheme": "ws",
        "subprotocols": list(protocols),
    }
    await socket.incoming.put({"type": "websocket.connect"})
    serving = asyncio.ensure_future(app(scope, socket.incoming.get, socket.outgoing.put))
    serving.add_done_callback(socket.ended.set_result)
    try:
        yield socket
    finally:
        await socket.incoming.put({"type": "websocket.disconnect", "code": 1000})
        while not serving.done():
            await asyncio.wait({serving}, timeout=0.01)
            while not socket.outgoing.empty():
                socket.outgoing.get_nowait()
        serving.result()


@asynccontextmanager
async def open_socket(
    app: ASGIApp, payload: Json | None = None, **headers: str
) -> AsyncIterator[Socket]:
    """A socket that may subscribe."""
    async with connect_socket(app, headers=headers) as socket:
        assert (await socket.receive_raw())["subprotocol"] == "graphql-transport-ws"
        assert (await socket.initialise(payload))["type"] == "connection_ack"
        yield socket
