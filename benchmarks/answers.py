"""How long answers take on sockets as a simple client opens them: kept open, and new each time."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import orjson

from benchmarks.commands import LOOPBACK_6, OURS, Server, copy_shop, start_server
from benchmarks.documents import LISTING
from benchmarks.processes import Servers
from benchmarks.reporting import markdown

SMALL = "{ __typename }"
REQUEST_COUNT = 200
"""Requests of a row, on each kind of connection."""
WARM_UP_REQUESTS = 20
MAX_WAIT_SECONDS = 30.0
LENGTH_FIELD = b"content-length: "

MAX_HEALTH_RATIO = 3.0
"""A small query may take so many times what `/healthz` takes, both on a kept connection."""
MAX_BEHIND_NEW_MS = 5.0
"""So much longer it may take on a kept connection than on a new one."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds until the last byte of an answer."""

    median: float
    slowest: float


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """One kind of request on kept connections and on new ones."""

    request_name: str
    kept_connection: Times
    new_connection: Times


class Client:
    """HTTP in blocking calls: a request is sent whole, and the options of its socket are its own.

    A server that sends an answer in two parts, and waits for the first to be acknowledged, shows
    here: the acknowledgement of a kept connection is delayed.
    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=MAX_WAIT_SECONDS)
        self._buffer = b""

    def ask(self, request: bytes) -> bytes:
        """The body of the answer.

        Raises:
            ConnectionError: the server hung up.

        """
        self._socket.sendall(request)
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._receive()
        head = self._buffer[:end].lower()
        assert head.startswith(b"http/1.1 200"), self._buffer[:500]
        length = head[head.index(LENGTH_FIELD) + len(LENGTH_FIELD) :].split(b"\r\n", 1)[0]
        last = end + 4 + int(length)
        while len(self._buffer) < last:
            self._receive()
        body, self._buffer = self._buffer[end + 4 : last], self._buffer[last:]
        return body

    def _receive(self) -> None:
        received = self._socket.recv(65_536)
        if not received:
            raise ConnectionError("the server hung up")
        self._buffer += received

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def answers(folder: Path) -> str:
    """The table."""
    rows = [(server, answered) for server in _servers() for answered in _times_of(server, folder)]
    return markdown(
        ("processes", "address", "asked", "kept p50 ms", "kept p99", "new p50 ms", "new p99"),
        [
            (
                str(server.processes),
                server.host,
                row.request_name,
                *(
                    f"{figure:.2f}"
                    for times in (row.kept_connection, row.new_connection)
                    for figure in (times.median, times.slowest)
                ),
            )
            for server, row in rows
        ],
    )


def exceeded_bounds(folder: Path) -> Iterator[str]:
    """Which bounds are exceeded by the servers, in one sentence each."""
    for server in _servers():
        health, small, *_ = _times_of(server, folder)
        place = f"{server.processes} at {server.host}"
        ratio = small.kept_connection.median / health.kept_connection.median
        if ratio > MAX_HEALTH_RATIO:
            yield f"{place}: {small.request_name} takes {ratio:.1f} times {health.request_name}"
        for row in (health, small):
            behind = row.kept_connection.median - row.new_connection.median
            if behind > MAX_BEHIND_NEW_MS:
                yield (
                    f"{place}: {row.request_name} takes {behind:.1f} ms longer on a kept connection"
                )


def _servers() -> Iterator[Server]:
    yield Server(OURS)
    yield Server(OURS, processes=2)
    if _has_six():
        yield Server(OURS, host=LOOPBACK_6)


def _has_six() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as attempt:
            attempt.bind((LOOPBACK_6, 0))
    except OSError:
        return False
    return True


def _times_of(server: Server, folder: Path) -> list[AnswerTimes]:
    with copy_shop(folder, "answers") as own, start_server(server, own) as servers:
        return [_compare(servers, *each) for each in _requests()]


def _requests() -> Iterator[tuple[str, bytes]]:
    yield "/healthz", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield "small query", _query(SMALL)
    yield "20 products", _query(LISTING)


def _query(document: str) -> bytes:
    body = orjson.dumps({"query": document})
    head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _compare(servers: Servers, request_name: str, request: bytes) -> AnswerTimes:
    with _client(servers) as client:
        kept_times = _times(lambda: client.ask(request))
    return AnswerTimes(
        request_name, kept_times, _times(lambda: _ask_on_new_connection(servers, request))
    )


def _ask_on_new_connection(servers: Servers, request: bytes) -> None:
    with _client(servers) as client:
        client.ask(request)


@contextmanager
def _client(servers: Servers) -> Iterator[Client]:
    client = Client(servers.host, servers.port)
    try:
        yield client
    finally:
        client.close()


def _times(ask: Callable[[], object]) -> Times:
    for _ in range(WARM_UP_REQUESTS):
        ask()
    times = []
    for _ in range(REQUEST_COUNT):
        began = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - began))
    times.sort()
    return Times(median(times), times[int(0.99 * REQUEST_COUNT)])
