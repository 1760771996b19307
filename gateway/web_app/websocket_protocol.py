"""Protocols for uvicorn: HTTP answers in one write, sockets with less memory."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

BACKLOG = 2_048
"""Connections that can wait to be accepted."""


def open_listening_socket(host: str, port: int) -> socket.socket:
    """A listening socket with TCP_NODELAY, whose connections send each write at once.

    Without TCP_NODELAY the second of two small writes waits until the client acknowledges the
    first, which it may put off (RFC 896; RFC 1122 4.2.3.2): by 40 ms on Linux. Connections inherit
    the option from the listening socket; asyncio sets it, too, where the socket names TCP.

    Raises:
        OSError: the address is in use, or not one of this machine.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


class CoalescingTransport(asyncio.Transport):
    """A transport that joins all writes in one turn of the loop.

    uvicorn writes the head and the body of an answer separately, as two system calls and packets.
    """

    __slots__ = ("_loop", "_pending", "transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.transport = transport
        self._loop = loop
        self._pending: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send ``data`` at the end of the present turn of the loop."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(bytes(data))

    def _flush(self) -> None:
        if self._pending:
            data = b"".join(self._pending)
            self._pending.clear()
            self.transport.write(data)

    def close(self) -> None:
        """Close after all data is sent."""
        self._flush()
        self.transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._pending.clear()
        self.transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed or closing."""
        return self.transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - asyncio's own
        """The extra information of the underlying transport."""
        return self.transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Pause reading."""
        self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Resume reading."""
        self.transport.resume_reading()


class CoalescingHttpProtocol(HttpToolsProtocol):
    """HTTP connections that send a small answer in one write."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to serve, with a transport that joins writes."""
        super().connection_made(CoalescingTransport(transport, self.loop))

    def handle_websocket_upgrade(self) -> None:
        """Give the original transport to the socket, whose frames are one write already."""
        if isinstance(self.transport, CoalescingTransport):
            self.transport = self.transport.transport
        super().handle_websocket_upgrade()


class SocketInbox:
    """A queue of received messages for one reader, eight times smaller than ``asyncio.Queue``.

    uvicorn stops reading from the connection while a message waits here.
    """

    __slots__ = ("_arrival", "_messages")

    def __init__(self) -> None:
        self._messages: list[Mapping[str, object]] = []
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, message: Mapping[str, object]) -> None:
        """Add ``message``."""
        self._messages.append(message)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def empty(self) -> bool:
        """Whether the queue is empty."""
        return not self._messages

    async def get(self) -> Mapping[str, object]:
        """Wait for the next message."""
        while not self._messages:
            self._arrival = asyncio.get_running_loop().create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None
        return self._messages.pop(0)


class CompactWebSocketProtocol(WebSocketsSansIOProtocol):
    """Sockets that take two thirds of the usual memory when idle.

    They drop the handshake, of which the application needs only what is in its scope.
    """

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **named)
        self.queue = SocketInbox()  # type: ignore[assignment]

    def start_keepalive(self) -> None:
        """Start the pings, after the end of the handshake."""
        self.request.headers.clear()
        self.response.headers.clear()
        super().start_keepalive()
