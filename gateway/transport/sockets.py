"""GraphQL over WebSocket by the graphql-transport-ws protocol, not the older graphql-ws."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import TypeAlias, assert_never

from graphql import ExecutionResult, OperationType
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from gateway.transport.callers import ConnectionRefused, TransportCaller
from gateway.transport.connection_timer import stall_check
from gateway.transport.errors import Code, DocumentRejected, RequestRefused
from gateway.transport.header_fields import HeaderFields
from gateway.transport.origins import Origins
from gateway.transport.rate_limits import RateLimiter
from gateway.transport.requests import GraphQLRequest
from gateway.transport.service import GraphQLService, is_request_error
from gateway.transport.socket_messages import (
    SUBPROTOCOL,
    Close,
    Complete,
    Init,
    Message,
    Ping,
    Pong,
    Subscribe,
    acknowledgement_message,
    complete_message,
    error_message,
    malformed_message,
    next_message,
    parse_message,
    pong_message,
)

Results: TypeAlias = AsyncGenerator[bytes, None] | ExecutionResult


class SocketGraphQL:
    """An ASGI application for WebSocket connections."""

    def __init__(
        self, service: GraphQLService, origins: Origins, limiter: RateLimiter | None = None
    ) -> None:
        self._service = service
        self._origins = origins
        self._limiter = limiter
        self._stall_check = stall_check(service.limits.send_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it closes."""
        if (await receive())["type"] != "websocket.connect":
            return
        if not await self._admit(scope):
            await send({"type": "websocket.close", "code": 4403, "reason": "Forbidden"})
        elif SUBPROTOCOL not in scope["subprotocols"]:
            # Without a subprotocol that it offered, a client fails and does not see the close code.
            offered = next(iter(scope["subprotocols"]), None)
            await send({"type": "websocket.accept", "subprotocol": offered})
            await send(_close(Close(4406, "Subprotocol not acceptable")))
        else:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            socket = Socket(self._service, self._limiter, scope, receive, send)
            self._stall_check.watch(socket)
            try:
                await socket.serve()
            finally:
                self._stall_check.forget(socket)

    async def _admit(self, scope: Scope) -> bool:
        """Whether the handshake is accepted; if not, the server answers HTTP status 403."""
        if not self._origins.allows(HeaderFields(scope)):
            self._service.errors.format_refusal(
                RequestRefused(403, Code.FORBIDDEN, "Foreign origin")
            )
            return False
        try:
            if self._limiter is not None:
                await self._limiter.check(scope)
        except RequestRefused as refused:
            self._service.errors.format_refusal(refused)
            return False
        return True


class Socket:
    """One connection with its caller, known after ``connection_init``, and running operations."""

    def __init__(
        self,
        service: GraphQLService,
        limiter: RateLimiter | None,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._service = service
        self._limiter = limiter
        self._scope = self._rate_scope = scope
        self._receive = receive
        self._send = send
        self._initialised = False
        self._caller: TransportCaller | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._closing: Close | None = None
        self._ended = False
        self._writes = 0
        self._main: asyncio.Task[object] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self.stalled_since: float | None = None

    async def serve(self) -> None:
        """Read messages until one side closes, then stop all operations."""
        self._main = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(
            self._service.limits.init_seconds, self._close_uninitialised
        )
        try:
            await self._read()
        except asyncio.CancelledError:
            if self._closing is None or (self._main and self._main.uncancel()):
                raise
        finally:
            self._ended = True
            self._deadline.cancel()
            await self._stop_all()
        if self._closing is not None and self._writes == 0:
            await self._write_close(self._closing)

    def abort(self) -> None:
        """Close the connection to a client that reads too slowly."""
        self._close(Close(1013, "Reading too slowly"))

    def _close(self, close: Close) -> None:
        """Close the connection from outside of the reading task."""
        if self._closing is None and not self._ended and self._main is not None:
            self._closing = close
            self._main.cancel()

    def _close_uninitialised(self) -> None:
        self._close(Close(4408, "Connection initialisation timeout"))

    async def _stop_all(self) -> None:
        tasks = list(self._running.values())
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while True:
                event = await self._receive()
                if event["type"] == "websocket.disconnect":
                    return
                await self._handle(self._message(event.get("text")))
        except Close as close:
            self._closing = close
        except Exception as error:  # noqa: BLE001 - outermost handler: logs the error and closes
            self._service.errors.format_exception(error)
            self._closing = Close(1011, "Internal error")

    def _message(self, text: str | None) -> Message:
        if text is None:
            raise malformed_message("Message is not text")
        if len(text) > self._service.limits.message:
            raise Close(1009, "Message too large")
        return parse_message(text)

    async def _handle(self, message: Message) -> None:
        match message:
            case Init(payload):
                await self._init(payload)
            case Ping(payload):
                await self._write(pong_message(payload))
            case Pong():
                pass
            case Subscribe():
                self._subscribe(message)
            case Complete(id):
                self._stop(id)
            case _:
                assert_never(message)

    async def _init(self, payload: dict[str, object]) -> None:
        if self._initialised:
            raise Close(4429, "Too many initialisation requests")
        self._initialised = True
        if self._deadline is not None:
            self._deadline.cancel()
        connection = HTTPConnection(self._scope)
        connected = await self._service.callers.on_connect(connection, payload)
        if isinstance(connected, ConnectionRefused):
            raise Close(4403, connected.reason)
        self._rate_scope = _with_authorization(payload, self._scope)
        await self._write(acknowledgement_message(connected.acknowledgement))
        self._caller = connected.caller

    def _subscribe(self, message: Subscribe) -> None:
        if self._caller is None:
            raise Close(4401, "Unauthorized")
        if message.id in self._running:
            raise Close(4409, f"Subscriber for {message.id[:80]} already exists")
        has_room = len(self._running) < self._service.limits.subscriptions
        id = message.id
        running = (
            self._run(id, message.request, self._caller) if has_room else self._refuse_operation(id)
        )
        self._running[id] = asyncio.ensure_future(running)

    def _stop(self, id: str) -> None:
        task = self._running.pop(id, None)
        if task is not None:
            task.cancel()

    async def _run(self, id: str, request: GraphQLRequest, caller: TransportCaller) -> None:
        """Run one operation up to its ``complete`` or ``error`` message."""
        try:
            results = await self._results(request, caller)
            # A subscription can last for hours, so it must not keep the text of its request.
            del request
            last = await self._last_message(id, results)
        except Exception as error:  # noqa: BLE001 - outermost handler: logs and masks the error
            last = self._error(id, self._service.errors.format_exception(error))
        await self._end(id, last)

    async def _refuse_operation(self, id: str) -> None:
        refusal = RequestRefused(
            429, Code.TOO_MANY_SUBSCRIPTIONS, "Too many operations on one socket."
        )
        await self._end(id, self._error(id, self._service.errors.format_refusal(refusal)))

    async def _end(self, id: str, last: str) -> None:
        """Free ``id`` and send ``last``, unless the client completed the operation itself."""
        if self._running.get(id) is asyncio.current_task():
            del self._running[id]
            await self._write(last)

    async def _last_message(self, id: str, results: Results) -> str:
        """Send ``results`` and return the message that ends the operation."""
        if isinstance(results, ExecutionResult):
            if is_request_error(results):
                return self._error(id, self._service.errors.format_errors(results.errors or ()))
            await self._write(next_message(id, self._service.result(results)))
        else:
            await self._follow(id, results)
        return complete_message(id)

    async def _results(self, request: GraphQLRequest, caller: TransportCaller) -> Results:
        if self._limiter is not None:
            await self._limiter.check(self._rate_scope)
        operation = await self._service.operation(request)
        if isinstance(operation, DocumentRejected):
            return ExecutionResult(None, list(operation.errors))
        if self._limiter is not None:
            await self._limiter.check(self._rate_scope, operation.fields - 1)
        variables = request.variables
        if operation.kind is OperationType.SUBSCRIPTION:
            return await self._service.subscriptions.open(operation, variables, caller)
        context = await caller.context()
        return await self._service.runner.answer(operation, variables, context)

    async def _follow(self, id: str, payloads: AsyncGenerator[bytes, None]) -> None:
        try:
            async for payload in payloads:
                await self._write(next_message(id, payload))
                del payload  # frees the memory while waiting for the next one
        finally:
            await payloads.aclose()

    def _error(self, id: str, errors: list[dict[str, object]]) -> str:
        return error_message(id, self._service.encode_list(errors))

    async def _write(self, text: str) -> None:
        """Send ``text``; every operation waits for its own message, so no queue can grow."""
        clock = asyncio.get_running_loop().time
        self._writes += 1
        if self._writes == 1:
            self.stalled_since = clock()
        try:
            await self._send({"type": "websocket.send", "text": text})
        except OSError:
            self._close(Close(1006, "Gone"))
        finally:
            self._writes -= 1
            self.stalled_since = clock() if self._writes else None

    async def _write_close(self, close: Close) -> None:
        try:
            async with asyncio.timeout(self._service.limits.send_seconds):
                await self._send(_close(close))
        except (OSError, TimeoutError):
            return  # the client does not read; the server ends the connection when this returns


def _with_authorization(payload: Mapping[str, object], scope: Scope) -> Scope:
    """``scope`` with the ``authorization`` of ``payload``, if there is one, as a header."""
    authorization = payload.get("authorization")
    if not isinstance(authorization, str) or not authorization.isascii():
        return scope
    others = [header for header in scope["headers"] if header[0] != b"authorization"]
    return {**scope, "headers": [*others, (b"authorization", authorization.encode())]}


def _close(close: Close) -> dict[str, object]:
    return {"type": "websocket.close", "code": close.code, "reason": close.reason}
