"""Answers leave at once: what one turn of the event loop writes is one piece, sent right away."""

import asyncio
import socket
import sys

import pytest
import uvloop

from gateway.server import new_event_loop
from gateway.web_app.websocket_protocol import CoalescingTransport, open_listening_socket


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_connections_inherit_from_the_socket_that_they_send_at_once(host: str) -> None:  # R106
    with open_listening_socket(host, 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
        with socket.create_connection(listening.getsockname()[:2]):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_a_socket_that_cannot_listen_is_closed() -> None:
    with (
        open_listening_socket("127.0.0.1", 0) as listening,
        pytest.raises(OSError, match="Address already in use"),
    ):
        open_listening_socket("127.0.0.1", listening.getsockname()[1])


def test_it_runs_on_uvloop_where_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = new_event_loop()
    assert isinstance(loop, uvloop.Loop)
    loop.close()
    monkeypatch.setitem(sys.modules, "uvloop", None)
    plain = new_event_loop()
    assert isinstance(plain, asyncio.BaseEventLoop)
    plain.close()


class RecordingTransport(asyncio.Transport):
    """Keeps what was written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.closed or self.aborted


async def test_what_one_turn_writes_is_joined_and_what_the_next_writes_is_not() -> None:
    below = RecordingTransport()
    transport = CoalescingTransport(below, asyncio.get_running_loop())
    transport.write(b"head, ")
    transport.write(bytearray(b"body"))
    assert below.pieces == []
    await asyncio.sleep(0)
    transport.write(b"next")
    await asyncio.sleep(0)
    assert below.pieces == [b"head, body", b"next"]


async def test_closing_sends_what_is_pending_first() -> None:
    below = RecordingTransport()
    transport = CoalescingTransport(below, asyncio.get_running_loop())
    transport.write(b"last")
    transport.close()
    assert (below.pieces, below.closed, transport.is_closing()) == ([b"last"], True, True)
    await asyncio.sleep(0)
    assert below.pieces == [b"last"]


async def test_aborting_sends_nothing_more() -> None:
    below = RecordingTransport()
    transport = CoalescingTransport(below, asyncio.get_running_loop())
    transport.write(b"never")
    transport.abort()
    await asyncio.sleep(0)
    assert (below.pieces, below.aborted) == ([], True)
