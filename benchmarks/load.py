"""Load: connections that each send one request after another, for a bounded time."""

import asyncio
import time
from dataclasses import dataclass, field

from benchmarks.shop import Shop
from benchmarks.work import Requests, Work

LENGTH_FIELD = b"content-length: "
MAX_REQUESTS = 1_000_000
MAX_SECONDS = 60.0


@dataclass(slots=True)
class AnswerTally:
    """How long each answer took, in seconds."""

    times: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Milliseconds that so large a share took at most."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection(asyncio.Protocol):
    """One connection at work; it reads just enough of HTTP for the servers that are measured."""

    def __init__(
        self, head: bytes, requests: Requests, tally: AnswerTally, deadline: float
    ) -> None:
        self._head, self._requests, self._tally = head, requests, tally
        self._deadline = deadline
        self._buffer = b""
        self._expected = -1
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send(next(self._requests))

    def _send(self, body: bytes) -> None:
        assert self._transport is not None
        self._sent = time.perf_counter()
        self._transport.write(b"%scontent-length: %d\r\n\r\n%s" % (self._head, len(body), body))

    def data_received(self, data: bytes) -> None:
        """Count a whole answer and send the next request."""
        self._buffer += data
        if self._expected < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            assert head.startswith(b"http/1.1 200"), self._buffer[:500]
            at = head.index(LENGTH_FIELD) + len(LENGTH_FIELD)
            self._start = end + 4
            self._expected = self._start + int(head[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._expected:
            self._handle_answer(self._buffer[self._start : self._expected])

    def _handle_answer(self, body: bytes) -> None:
        now = time.perf_counter()
        self._tally.times.append(now - self._sent)
        self._buffer, self._expected = b"", -1
        try:
            following = self._requests.send(body)
        except StopIteration:
            self._finish()
            return
        if now < self._deadline and len(self._tally.times) < MAX_REQUESTS:
            self._send(following)
        else:
            self._finish()

    def _finish(self) -> None:
        assert self._transport is not None
        self._transport.close()
        if not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up has failed."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))


async def load(port: int, shop: Shop, work: Work, concurrency: int, seconds: float) -> AnswerTally:
    """What ``concurrency`` connections got in so many seconds."""
    tally = AnswerTally()
    connections = [
        await _open_connection(port, shop, work.requests(shop, number), tally, seconds)
        for number in range(concurrency)
    ]
    await asyncio.gather(*(connection.done for connection in connections))
    return tally


async def fetch_answers(port: int, shop: Shop, work: Work, count: int) -> list[bytes]:
    """The first ``count`` answers of one connection, or all where it asks for fewer."""
    answers: list[bytes] = []
    requests = _take_answers(work.requests(shop, 0), answers, count)
    await (await _open_connection(port, shop, requests, AnswerTally(), MAX_SECONDS)).done
    return answers


def _take_answers(requests: Requests, answers: list[bytes], count: int) -> Requests:
    request_body = next(requests)
    while True:
        answers.append((yield request_body))
        if len(answers) == count:
            return
        try:
            request_body = requests.send(answers[-1])
        except StopIteration:
            return


async def _open_connection(
    port: int, shop: Shop, requests: Requests, tally: AnswerTally, seconds: float
) -> Connection:
    named = {"Host": "localhost", "Content-Type": "application/json", "Accept": "application/json"}
    lines = [f"{name}: {value}\r\n" for name, value in {**named, **shop.headers}.items()]
    head = f"POST /graphql HTTP/1.1\r\n{''.join(lines)}".encode()
    deadline = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: Connection(head, requests, tally, deadline), "127.0.0.1", port
    )
    return connection
