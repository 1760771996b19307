"""Clients that hold one subscription each, over WebSocket or server-sent events."""

import asyncio
import json
import struct
import time

from benchmarks.shop import Shop

FOLLOW_ORDER = (
    "subscription Follow($id: ID!) { orderUpdates(orderId: $id) { id sequence type status } }"
)
FOLLOW_GIFT = (
    "subscription Follow($id: ID!) { giftUpdates(giftId: $id) { id sequence type status } }"
)
NEXT_SSE = b"event: next"
TEXT, PING, PONG = 1, 9, 10


class Subscriber(asyncio.Protocol):
    """What both transports share: the first event is the present state, which opens it."""

    def __init__(self, shop: Shop, document: str, id: str) -> None:
        self._shop = shop
        self._payload = {"query": document, "variables": {"id": id}}
        self._buffer = b""
        self._times: list[float] = []
        self._awaited: dict[int, asyncio.Future[float]] = {}
        self._lost: Exception | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.greeting())

    def greeting(self) -> bytes:
        """What is sent first."""
        raise NotImplementedError

    def event(self) -> None:
        """Note an event."""
        self._times.append(time.perf_counter())
        awaited = self._awaited.get(len(self._times))
        if awaited is not None and not awaited.done():
            awaited.set_result(self._times[-1])

    async def wait_for_event(self, count: int) -> float:
        """When the event of that number arrived."""
        if count <= len(self._times):
            return self._times[count - 1]
        if self._lost is not None:
            raise self._lost
        loop = asyncio.get_running_loop()
        return await self._awaited.setdefault(count, loop.create_future())

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is waited for."""
        self._lost = exc or ConnectionError("the server hung up")
        for waiter in self._awaited.values():
            if not waiter.done():
                waiter.set_exception(self._lost)


class SseSubscriber(Subscriber):
    """Server-sent events."""

    def greeting(self) -> bytes:
        """A request."""
        body = json.dumps(self._payload).encode()
        headers = {
            **self._shop.headers,
            "Host": "localhost",
            "Accept": "text/event-stream",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /graphql HTTP/1.1\r\n{lines}\r\n".encode() + body

    def data_received(self, data: bytes) -> None:
        """Count events; one may come in pieces."""
        self._buffer += data
        while (at := self._buffer.find(NEXT_SSE)) >= 0:
            self._buffer = self._buffer[at + len(NEXT_SSE) :]
            self.event()
        self._buffer = self._buffer[-len(NEXT_SSE) :]


class WebSocketSubscriber(Subscriber):
    """graphql-transport-ws."""

    def greeting(self) -> bytes:
        """A handshake."""
        headers = {
            **self._shop.headers,
            "Host": "localhost",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "graphql-transport-ws",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"GET /graphql HTTP/1.1\r\n{lines}\r\n".encode()

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole."""
        self._buffer += data
        if self._buffer.startswith(b"HTTP/"):
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert b" 101 " in self._buffer[:20], self._buffer
            self._buffer = self._buffer[end + 4 :]
            self._say({"type": "connection_init"})
        while (frame := self._frame()) is not None:
            self._took(*frame)

    def _took(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._heard(json.loads(payload))
        elif opcode == PING:
            self._send(PONG, payload)

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        size, start = buffer[1], 2
        if size == 126:
            size, start = struct.unpack("!H", buffer[2:4])[0], 4
        if len(buffer) < start + size:
            return None
        self._buffer = buffer[start + size :]
        return buffer[0] & 0x0F, buffer[start : start + size]

    def _heard(self, message: dict[str, object]) -> None:
        if message["type"] == "connection_ack":
            self._say({"type": "subscribe", "id": "1", "payload": self._payload})
        elif message["type"] == "next":
            self.event()

    def _say(self, message: dict[str, object]) -> None:
        self._send(TEXT, json.dumps(message).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        assert self.transport is not None
        # Clients must mask; a mask of zeros leaves the payload as it is.
        size = bytes([0x80 | len(payload)])
        if len(payload) > 125:
            size = b"\xfe" + struct.pack("!H", len(payload))
        self.transport.write(bytes([0x80 | opcode]) + size + bytes(4) + payload)
