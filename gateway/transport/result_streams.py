"""Subscriptions over one HTTP answer: server-sent events, and multipart as Apollo reads it."""

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
RESTART_NOTICE_SECONDS = 1.0
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
    def restart_notice(self) -> bytes:
        """What ends a stream before its last result, for the client to come back."""

    def frame(self, payload: bytes) -> bytes:
        """One result, a JSON text."""


class ServerSentEvents:
    """The distinct-connections mode of graphql-sse; lines end in LF, which every client reads."""

    media = f"{EVENT_STREAM}; charset=utf-8"
    heartbeat = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    @property
    def restart_notice(self) -> bytes:
        """When to come back, in milliseconds; no ``complete``, which would say that it is over."""
        # Not all at once: they would all meet the process that starts.
        return b"retry: %d\n\n" % (MIN_RETRY_MS + secrets.randbelow(RETRY_SPREAD_MS))

    def frame(self, payload: bytes) -> bytes:
        """A ``next`` event; its id is what it can be resumed after, by ``Last-Event-ID``."""
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
        """One part."""
        return (
            b'\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{"payload":' + payload + b"}"
        )


class StreamMonitor:
    """What is done for all open streams: heartbeats where idle, an end where nobody reads."""

    def __init__(self, limits: Limits) -> None:
        self._heartbeats: PeriodicCheck[ResultStream] = PeriodicCheck(
            limits.heartbeat_seconds, ResultStream.send_heartbeat_if_idle
        )
        self._stall_check = stall_check(limits.send_seconds)
        self._open: set[ResultStream] = set()
        self._is_ending = False

    def watch(self, stream: "ResultStream") -> None:
        """Begin with ``stream``."""
        self._heartbeats.watch(stream)
        self._stall_check.watch(stream)
        self._open.add(stream)
        if self._is_ending:
            stream.end_for_restart()

    def end_all(self) -> None:
        """End all streams, and those that begin from now on, with a word to come back."""
        self._is_ending = True
        for stream in tuple(self._open):
            stream.end_for_restart()

    def forget(self, stream: "ResultStream") -> None:
        """Have done with ``stream``."""
        self._heartbeats.forget(stream)
        self._stall_check.forget(stream)
        self._open.discard(stream)


class ResultStream:
    """One answer that grows by a result at a time; at most one result is held."""

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
        """Send ``payloads`` until they end or the client goes."""
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
        """Send a heartbeat if nothing was sent since the last visit."""
        if self._idle and self.stalled_since is None:
            self._heartbeat_task = asyncio.ensure_future(self._write(self._framing.heartbeat))
        self._idle = True

    def abort(self) -> None:
        """End for a client that went away or reads too slowly."""
        if not (self._ended or self._disconnected or self._restarting) and self._main is not None:
            self._disconnected = True
            self._main.cancel()

    def end_for_restart(self) -> None:
        """End, with a word to come back: the process is being stopped."""
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
            del payload  # not held while waiting for the next
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
