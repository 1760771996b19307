"""Answers leave at once: by the socket option and by the number of writes, never by a clock."""

import json
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.running import (
    START_TIMEOUT_SECONDS,
    free_port,
    gateway_command,
    process_environment,
    wait_until_ready,
)

QUERY = json.dumps({"query": "{ __typename }"}).encode()
ANSWER = b'{"data":{"__typename":"Query"}}'
PROTOCOL = Subprotocol("graphql-transport-ws")
REQUEST_COUNT = 20
WITHOUT_UVLOOP = (
    "import sys; sys.modules['uvloop'] = None; sys.argv[0] = 'gateway'; "
    "from gateway.cli import main; main()"
)
# Of Linux's tcp_info: the segments received that carried data.
DATA_SEGMENTS_OFFSET = 152


def data_segments(connection: socket.socket) -> int:
    """How many pieces of data the peer has sent, as the kernel counted them."""
    information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    count: int = struct.unpack_from("I", information, DATA_SEGMENTS_OFFSET)[0]
    return count


def get_request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post_request(body: bytes) -> bytes:
    head = (
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def read_answer(connection: socket.socket) -> bytes:
    """The body of the next answer."""
    received = b""
    while True:
        piece = connection.recv(65_536)
        assert piece, "the server has closed the connection"
        received += piece
        head, separator, body = received.partition(b"\r\n\r\n")
        if separator and len(body) == content_length(head):
            return body


def content_length(head: bytes) -> int:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    return int(fields[b"content-length"])


def exchange_on_one_connection(host: str, port: int) -> tuple[int, int]:
    """How many answers came, and in how many pieces."""
    with socket.create_connection((host, port)) as connection:
        assert not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for _ in range(REQUEST_COUNT):
            connection.sendall(get_request("/healthz"))
            assert read_answer(connection) == b'{"status":"live"}'
            connection.sendall(post_request(QUERY))
            assert read_answer(connection) == ANSWER
        return 2 * REQUEST_COUNT, data_segments(connection)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where `gateway serve` answers, with its default settings."""
    free, folder = free_port(), tmp_path_factory.mktemp("served")
    settings = process_environment(folder, GATEWAY_PORT=str(free), GATEWAY_FAULTS="on")
    with gateway_command("serve", settings=settings):
        wait_until_ready(f"http://127.0.0.1:{free}")
        yield free


def test_every_answer_is_one_write(port: int) -> None:  # R106
    answers, pieces = exchange_on_one_connection("127.0.0.1", port)
    assert pieces == answers


def test_every_answer_of_two_processes_over_ipv6_is_one_write(tmp_path: Path) -> None:  # R106
    port = free_port()
    settings = process_environment(tmp_path, GATEWAY_HOST="::1", GATEWAY_PORT=str(port))
    with gateway_command("serve", "--processes", "2", settings=settings) as process:
        wait_until_ready(f"http://[::1]:{port}")
        counts = [exchange_on_one_connection("::1", port) for _ in range(4)]
        process.terminate()
        process.wait(START_TIMEOUT_SECONDS)
    assert counts == [(2 * REQUEST_COUNT, 2 * REQUEST_COUNT)] * 4


@contextmanager
def served_without_uvloop(folder: Path, port: int) -> Iterator[None]:
    settings = process_environment(folder, GATEWAY_PORT=str(port))
    command = [sys.executable, "-c", WITHOUT_UVLOOP, "serve"]
    log = (folder / "log").open("wb")
    with log, subprocess.Popen(command, env=settings, stderr=log) as process:  # noqa: S603
        try:
            wait_until_ready(f"http://127.0.0.1:{port}")
            yield
        finally:
            process.kill()


def test_every_answer_is_one_write_where_uvloop_is_not_installed(tmp_path: Path) -> None:  # R106
    port = free_port()
    with served_without_uvloop(tmp_path, port):
        answers, pieces = exchange_on_one_connection("127.0.0.1", port)
    assert pieces == answers


def test_every_message_of_a_websocket_is_one_write(port: int) -> None:  # R106
    with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as client:
        client.send('{"type":"connection_init"}')
        assert json.loads(client.recv())["type"] == "connection_ack"
        before = data_segments(client.socket)
        for _ in range(REQUEST_COUNT):
            client.send('{"type":"ping"}')
            assert json.loads(client.recv()) == {"type": "pong"}
        assert data_segments(client.socket) - before == REQUEST_COUNT


def test_the_head_of_a_stream_does_not_wait_for_its_first_event(port: int) -> None:
    body = json.dumps({"query": "subscription { ticks(count: 2, everyMs: 60000) }"}).encode()
    request = post_request(body).replace(b"\r\n\r\n", b"\r\nAccept: text/event-stream\r\n\r\n", 1)
    with socket.create_connection(("127.0.0.1", port), timeout=START_TIMEOUT_SECONDS) as connection:
        connection.sendall(request)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")
