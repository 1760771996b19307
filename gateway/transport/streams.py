"""Subscriptions over one HTTP answer: server-sent events, and multipart as Apollo reads it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from typing import Protocol

from starlette.types import Receive, Send

from gateway.transport.events import Marked
from gateway.transport.limits import Limits
from gateway.transport.media import EVENT_STREAM, MULTIPART
from gateway.transport.replies import raw_headers
from gateway.transport.rounds import Rounds, patience

FIRST_RETURN_MS = 500
RETURN_SPREAD_MS = 2_500
FAREWELL_SECONDS = 1.0
"""How long somebody who is to come back may take to read that."""


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

    @property
    def farewell(self) -> bytes:
        """What ends a stream before its last result, for the client to come back."""

    def framed(self, payload: bytes) -> bytes:
        """One result, a JSON text."""


class ServerSentEvents:
    """The distinct-connections mode of graphql-sse; lines end in LF, which every client reads."""

    media = f"{EVENT_STREAM}; charset=utf-8"
    heartbeat = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    @property
    def farewell(self) -> bytes:
        """When to come back, in milliseconds; no ``complete``, which would say that it is over."""
        # Not all at once: they would all meet the process that starts.
        return b"retry: %d\n\n" % (FIRST_RETURN_MS + secrets.randbelow(RETURN_SPREAD_MS))

    def framed(self, payload: bytes) -> bytes:
        """A ``next`` event; its id is what it can be resumed after, by ``Last-Event-ID``."""
        id = b"id: %b\n" % payload.mark.encode() if isinstance(payload, Marked) else b""
        return b"event: next\n" + id + b"data: " + payload + b"\n\n"


class Multipart:
    """Apollo's multipart subscription protocol, version 1.0."""

    media = f'{MULTIPART};boundary="graphql";subscriptionSpec=1.0'
    heartbeat = b"\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{}"
    end = b"\r\n--graphql--\r\n"
    farewell = (
        b"\r\n--graphql\r\nContent-Type: application/json\r\n\r\n"
        b'{"payload":null,"errors":[{"message":"The service is being restarted: subscribe again.",'
        b'"extensions":{"code":"SERVICE_UNAVAILABLE"}}]}' + end
    )

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
        self._open: set[ResultStream] = set()
        self._over = False

    def watch(self, stream: "ResultStream") -> None:
        """Begin with ``stream``."""
        self._beats.watch(stream)
        self._patience.watch(stream)
        self._open.add(stream)
        if self._over:
            stream.take_leave()

    def end_all(self) -> None:
        """End all streams, and those that begin from now on, with a word to come back."""
        self._over = True
        for stream in tuple(self._open):
            stream.take_leave()

    def forget(self, stream: "ResultStream") -> None:
        """Have done with ``stream``."""
        self._beats.forget(stream)
        self._patience.forget(stream)
        self._open.discard(stream)


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
        self._leaving = False
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
            if not (self._gone or self._leaving) or (self._main and self._main.uncancel()):
                raise
            if self._leaving:
                await self._say_farewell()
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
        if not (self._ended or self._gone or self._leaving) and self._main is not None:
            self._gone = True
            self._main.cancel()

    def take_leave(self) -> None:
        """End, with a word to come back: the process is being stopped."""
        if not (self._ended or self._gone or self._leaving) and self._main is not None:
            self._leaving = True
            self._main.cancel()

    async def _say_farewell(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._write(self._framing.farewell, more=False)

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
