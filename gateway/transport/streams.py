"""Subscriptions over one HTTP answer: server-sent events, and multipart as Apollo reads it."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Protocol

from starlette.types import Receive, Send

from gateway.transport.limits import Limits
from gateway.transport.media import EVENT_STREAM, MULTIPART
from gateway.transport.replies import raw_headers
from gateway.transport.rounds import Rounds, patience


class Framing(Protocol):
    """How results are put into one answer."""

    @property
    def media(self) -> str:
        """The content type."""

    @property
    def heartbeat(self) -> bytes:
        """What keeps an idle connection alive."""

    @property
    def end(self) -> bytes:
        """What follows the last result."""

    def framed(self, payload: bytes) -> bytes:
        """One result, a JSON text."""


class ServerSentEvents:
    """The distinct-connections mode of graphql-sse; lines end in LF, which every client reads."""

    media = f"{EVENT_STREAM}; charset=utf-8"
    heartbeat = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    def framed(self, payload: bytes) -> bytes:
        """A ``next`` event."""
        return b"event: next\ndata: " + payload + b"\n\n"


class Multipart:
    """Apollo's multipart subscription protocol, version 1.0."""

    media = f'{MULTIPART};boundary="graphql";subscriptionSpec=1.0'
    heartbeat = b"\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{}"
    end = b"\r\n--graphql--\r\n"

    def framed(self, payload: bytes) -> bytes:
        """One part."""
        return (
            b'\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{"payload":' + payload + b"}"
        )


class Attendance:
    """What is done for all open streams: heartbeats where idle, an end where nobody reads."""

    def __init__(self, limits: Limits) -> None:
        self._beats: Rounds[ResultStream] = Rounds(limits.heartbeat_seconds, ResultStream.visit)
        self._patience = patience(limits.send_seconds)

    def watch(self, stream: "ResultStream") -> None:
        """Begin with ``stream``."""
        self._beats.watch(stream)
        self._patience.watch(stream)

    def forget(self, stream: "ResultStream") -> None:
        """Have done with ``stream``."""
        self._beats.forget(stream)
        self._patience.forget(stream)


class ResultStream:
    """One answer that grows by a result at a time; at most one result is held."""

    def __init__(
        self, receive: Receive, send: Send, framing: Framing, attendance: Attendance
    ) -> None:
        self._receive = receive
        self._send = send
        self._framing = framing
        self._attendance = attendance
        self._main: asyncio.Task[object] | None = None
        self._beating: asyncio.Future[None] | None = None
        self._idle = False
        self._gone = False
        self._ended = False
        self.stalled_since: float | None = None

    async def run(
        self, headers: Iterable[tuple[str, str]], payloads: AsyncGenerator[bytes, None]
    ) -> None:
        """Send ``payloads`` until they end or the client goes."""
        raw = raw_headers(self._framing.media, [*headers, ("x-accel-buffering", "no")])
        await self._send({"type": "http.response.start", "status": 200, "headers": raw})
        self._main = asyncio.current_task()
        watching = asyncio.ensure_future(self._until_gone())
        self._attendance.watch(self)
        try:
            async with aclosing(payloads):
                await self._send_all(payloads)
        except asyncio.CancelledError:
            if not self._gone or (self._main and self._main.uncancel()):
                raise
        finally:
            self._ended = True
            self._attendance.forget(self)
            await _cancelled(watching)
            if self._beating is not None:
                await _cancelled(self._beating)

    def visit(self) -> None:
        """Send a heartbeat if nothing was sent since the last visit."""
        if self._idle and self.stalled_since is None:
            self._beating = asyncio.ensure_future(self._write(self._framing.heartbeat))
        self._idle = True

    def give_up(self) -> None:
        """End for a client that went away or reads too slowly."""
        if not (self._ended or self._gone) and self._main is not None:
            self._gone = True
            self._main.cancel()

    async def _send_all(self, payloads: AsyncGenerator[bytes, None]) -> None:
        await self._write(self._framing.heartbeat)
        async for payload in payloads:
            await self._write(self._framing.framed(payload))
            del payload  # not held while waiting for the next
        await self._write(self._framing.end, more=False)

    async def _write(self, data: bytes, *, more: bool = True) -> None:
        beating = self._beating
        if beating is not None and not beating.done() and beating is not asyncio.current_task():
            await asyncio.wait((beating,))
        self._idle = False
        self.stalled_since = asyncio.get_running_loop().time()
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
        except OSError:
            self.give_up()
        finally:
            self.stalled_since = None

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.give_up()


async def _cancelled(task: asyncio.Future[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
