"""Streams of results over HTTP, as server-sent events or as Apollo's multipart."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from typing import Protocol

from starlette.types import Receive, Send

from gateway.transport.connection_timer import PeriodicCheck, stall_check
from gateway.transport.content_negotiation import EVENT_STREAM, MULTIPART
from gateway.transport.limits import Limits
from gateway.transport.responses import raw_headers
from gateway.transport.subscriptions import AnswerWithId

MIN_RETRY_MS = 500
RETRY_SPREAD_MS = 2_500
"""A client reconnects after ``MIN_RETRY_MS`` and a random part of this, in milliseconds."""
RESTART_NOTICE_SECONDS = 1.0
"""If sending the restart notice takes longer, the stream ends without it."""


class Framing(Protocol):
    """The format of a stream of results."""

    @property
    def media(self) -> str:
        """The media type."""

    @property
    def heartbeat(self) -> bytes:
        """Bytes that keep an idle connection open."""

    @property
    def end(self) -> bytes:
        """Bytes after the last result."""

    @property
    def restart_notice(self) -> bytes:
        """Bytes that end a stream early and ask the client to reconnect."""

    def frame(self, payload: bytes) -> bytes:
        """Bytes of one result; ``payload`` is JSON."""


class ServerSentEvents:
    """The distinct-connections mode of graphql-sse; lines end in LF."""

    media = f"{EVENT_STREAM}; charset=utf-8"
    heartbeat = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    @property
    def restart_notice(self) -> bytes:
        """The delay before reconnecting, in milliseconds, without a ``complete`` event."""
        # The delay is random, so that clients do not all reconnect to the new process at once.
        return b"retry: %d\n\n" % (MIN_RETRY_MS + secrets.randbelow(RETRY_SPREAD_MS))

    def frame(self, payload: bytes) -> bytes:
        """A ``next`` event; a client resumes after its id by the header ``Last-Event-ID``."""
        id = b"id: %b\n" % payload.event_id.encode() if isinstance(payload, AnswerWithId) else b""
        return b"event: next\n" + id + b"data: " + payload + b"\n\n"


class Multipart:
    """Apollo's multipart subscription protocol, version 1.0."""

    media = f'{MULTIPART};boundary="graphql";subscriptionSpec=1.0'
    heartbeat = b"\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{}"
    end = b"\r\n--graphql--\r\n"
    restart_notice = (
        b"\r\n--graphql\r\nContent-Type: application/json\r\n\r\n"
        b'{"payload":null,"errors":[{"message":"The service is being restarted: subscribe again.",'
        b'"extensions":{"code":"SERVICE_UNAVAILABLE"}}]}' + end
    )

    def frame(self, payload: bytes) -> bytes:
        """One part of the multipart answer."""
        return (
            b'\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{"payload":' + payload + b"}"
        )


class StreamMonitor:
    """Sends heartbeats on idle streams and ends streams whose client does not read."""

    def __init__(self, limits: Limits) -> None:
        self._heartbeats: PeriodicCheck[ResultStream] = PeriodicCheck(
            limits.heartbeat_seconds, ResultStream.send_heartbeat_if_idle
        )
        self._stall_check = stall_check(limits.send_seconds)
        self._open: set[ResultStream] = set()
        self._is_ending = False

    def watch(self, stream: "ResultStream") -> None:
        """Begin to check ``stream``."""
        self._heartbeats.watch(stream)
        self._stall_check.watch(stream)
        self._open.add(stream)
        if self._is_ending:
            stream.end_for_restart()

    def end_all(self) -> None:
        """End all present and future streams with a notice that asks the client to reconnect."""
        self._is_ending = True
        for stream in tuple(self._open):
            stream.end_for_restart()

    def forget(self, stream: "ResultStream") -> None:
        """Stop checking ``stream``."""
        self._heartbeats.forget(stream)
        self._stall_check.forget(stream)
        self._open.discard(stream)


class ResultStream:
    """One answer to which results are added one by one; it keeps at most one in memory."""

    def __init__(
        self, receive: Receive, send: Send, framing: Framing, monitor: StreamMonitor
    ) -> None:
        self._receive = receive
        self._send = send
        self._framing = framing
        self._monitor = monitor
        self._main: asyncio.Task[object] | None = None
        self._heartbeat_task: asyncio.Future[None] | None = None
        self._idle = False
        self._disconnected = False
        self._restarting = False
        self._ended = False
        self.stalled_since: float | None = None

    async def run(
        self, headers: Iterable[tuple[str, str]], payloads: AsyncGenerator[bytes, None]
    ) -> None:
        """Send ``payloads`` until they end or the client disconnects."""
        raw = raw_headers(self._framing.media, [*headers, ("x-accel-buffering", "no")])
        await self._send({"type": "http.response.start", "status": 200, "headers": raw})
        self._main = asyncio.current_task()
        disconnect_watch = asyncio.ensure_future(self._watch_disconnect())
        self._monitor.watch(self)
        try:
            async with aclosing(payloads):
                await self._send_all(payloads)
        except asyncio.CancelledError:
            if not (self._disconnected or self._restarting) or (
                self._main and self._main.uncancel()
            ):
                raise
            if self._restarting:
                await self._send_restart_notice()
        finally:
            self._ended = True
            self._monitor.forget(self)
            await _cancel_task(disconnect_watch)
            if self._heartbeat_task is not None:
                await _cancel_task(self._heartbeat_task)

    def send_heartbeat_if_idle(self) -> None:
        """Send a heartbeat if nothing was sent since the last check."""
        if self._idle and self.stalled_since is None:
            self._heartbeat_task = asyncio.ensure_future(self._write(self._framing.heartbeat))
        self._idle = True

    def abort(self) -> None:
        """End the stream of a client that disconnected or reads too slowly."""
        if not (self._ended or self._disconnected or self._restarting) and self._main is not None:
            self._disconnected = True
            self._main.cancel()

    def end_for_restart(self) -> None:
        """End with a notice that asks the client to reconnect, because the process stops."""
        if not (self._ended or self._disconnected or self._restarting) and self._main is not None:
            self._restarting = True
            self._main.cancel()

    async def _send_restart_notice(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(RESTART_NOTICE_SECONDS):
                await self._write(self._framing.restart_notice, more=False)

    async def _send_all(self, payloads: AsyncGenerator[bytes, None]) -> None:
        await self._write(self._framing.heartbeat)
        async for payload in payloads:
            await self._write(self._framing.frame(payload))
            del payload  # frees the memory while waiting for the next one
        await self._write(self._framing.end, more=False)

    async def _write(self, data: bytes, *, more: bool = True) -> None:
        heartbeat_task = self._heartbeat_task
        if (
            heartbeat_task is not None
            and not heartbeat_task.done()
            and heartbeat_task is not asyncio.current_task()
        ):
            await asyncio.wait((heartbeat_task,))
        self._idle = False
        self.stalled_since = asyncio.get_running_loop().time()
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
        except OSError:
            self.abort()
        finally:
            self.stalled_since = None

    async def _watch_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.abort()


async def _cancel_task(task: asyncio.Future[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
