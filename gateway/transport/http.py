"""GraphQL over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus

from graphql import ExecutionResult, OperationType
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.transport.callers import TransportCaller
from gateway.transport.content_negotiation import (
    JSON,
    RESPONSE_JSON,
    AcceptedMedia,
    accepts_gzip,
    is_json_body,
    parse_accept,
)
from gateway.transport.documents import PreparedOperation
from gateway.transport.errors import RETRY_AFTER_SECONDS, Code, DocumentRejected, RequestRefused
from gateway.transport.header_fields import HeaderFields
from gateway.transport.origins import Origins
from gateway.transport.rate_limits import RateLimiter
from gateway.transport.request_body import ClientDisconnected, read_body
from gateway.transport.requests import (
    GraphQLRequest,
    parse_json,
    request_from_json,
    request_from_query_string,
)
from gateway.transport.responses import (
    GZIP_HEADERS,
    compress,
    send_head,
    send_no_content,
    send_reply,
    without_body,
)
from gateway.transport.result_streams import (
    Framing,
    Multipart,
    ResultStream,
    ServerSentEvents,
    StreamMonitor,
)
from gateway.transport.service import GraphQLService, is_request_error, is_timed_out

RETRY_HEADERS = (("retry-after", str(RETRY_AFTER_SECONDS)),)
IDENTIFYING_HEADERS = ("authorization", "cookie", "x-client-id")
"""Request headers that identify a caller; answers to such requests are not compressed."""
MIN_COMPRESSED_BYTES = 16 * 1024
"""Smaller answers are not compressed, because it would take longer than it saves."""
SAFE_METHODS = ("GET", "HEAD")
ALLOWED_METHODS = "GET, HEAD, POST, OPTIONS"


class HttpGraphQL:
    """An ASGI application for GraphQL over HTTP."""

    def __init__(
        self,
        service: GraphQLService,
        origins: Origins,
        limiter: RateLimiter | None = None,
        page: ASGIApp | None = None,
    ) -> None:
        self._service = service
        self._origins = origins
        self._limiter = limiter
        self._page = page
        self._monitor = StreamMonitor(service.limits)

    def end_streams(self) -> None:
        """End every stream with a notice that asks the client to reconnect."""
        self._monitor.end_all()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every failure is answered as JSON."""
        if scope["method"] == "HEAD":
            send = without_body(send)
        fields = HeaderFields(scope)
        forms = parse_accept(fields.get(b"accept"))
        try:
            await self._run_exchange(scope, receive, send, fields, forms)
        except RequestRefused as refused:
            await self._refuse(send, fields, forms, refused)
        except ClientDisconnected:
            return
        except Exception as error:  # noqa: BLE001 - outermost handler: logs and masks the error
            away = self._service.errors.is_outage(error)
            body = self._service.encode({"errors": self._service.errors.format_exception(error)})
            headers = [*(RETRY_HEADERS if away else ()), *self._origins.answer_headers(fields)]
            await send_reply(send, 503 if away else 500, body, forms.json or JSON, headers)

    async def _run_exchange(
        self, scope: Scope, receive: Receive, send: Send, fields: HeaderFields, forms: AcceptedMedia
    ) -> None:
        await self._admit(scope, fields)
        method = scope["method"]
        if method == "OPTIONS":
            allowed = self._origins.preflight_headers(fields)
            await send_no_content(send, [("allow", ALLOWED_METHODS), *allowed])
        elif method in SAFE_METHODS and forms.page and self._page is not None:
            await self._page(scope, receive, send)
        elif method in (*SAFE_METHODS, "POST"):
            request = await self._request(scope, receive, fields)
            cors = self._origins.answer_headers(fields)
            exchange = HttpExchange(
                self._service, self._monitor, cors, scope, receive, send, self._limiter
            )
            await exchange.run(request, forms)
        else:
            raise RequestRefused(
                405, Code.METHOD_NOT_ALLOWED, "Use POST.", (("allow", ALLOWED_METHODS),)
            )

    async def _admit(self, scope: Scope, fields: HeaderFields) -> None:
        if self._limiter is not None:
            await self._limiter.check(scope)
        if not self._origins.allows(fields):
            message = "This origin is not allowed. Its operator can list it in CORS_ORIGINS."
            raise RequestRefused(403, Code.FORBIDDEN, message)

    async def _request(
        self, scope: Scope, receive: Receive, fields: HeaderFields
    ) -> GraphQLRequest:
        if scope["method"] in SAFE_METHODS:
            return request_from_query_string(scope["query_string"])
        _check_body(fields)
        limits = self._service.limits
        declared = fields.get(b"content-length")
        body = await read_body(receive, declared, limits.body, limits.body_seconds)
        return request_from_json(parse_json(body))

    async def _refuse(
        self, send: Send, fields: HeaderFields, forms: AcceptedMedia, refused: RequestRefused
    ) -> None:
        body = self._service.encode({"errors": self._service.errors.format_refusal(refused)})
        foreign = refused.code is Code.FORBIDDEN
        cors = [] if foreign else self._origins.answer_headers(fields)
        await send_reply(send, refused.status, body, forms.json or JSON, [*refused.headers, *cors])


class HttpExchange:
    """One GraphQL request and its answer, which has one result or a stream of results."""

    def __init__(
        self,
        service: GraphQLService,
        monitor: StreamMonitor,
        cors: list[tuple[str, str]],
        scope: Scope,
        receive: Receive,
        send: Send,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._service = service
        self._limiter = limiter
        self._scope = scope
        self._monitor = monitor
        self._cors = cors
        self._connection = HTTPConnection(scope, receive)
        self._is_safe_method = scope["method"] in SAFE_METHODS
        self._is_head = scope["method"] == "HEAD"
        self._receive = receive
        self._send = send

    @property
    def _may_compress(self) -> bool:
        """Whether the client accepts gzip and sent no header that identifies a caller.

        The length of a compressed answer can reveal secrets in it to an attacker who chooses a
        part of the request (BREACH attack).
        """
        fields = self._connection.headers
        if any(name in fields for name in IDENTIFYING_HEADERS):
            return False
        return accepts_gzip(fields.get("accept-encoding"))

    async def run(self, request: GraphQLRequest, forms: AcceptedMedia) -> None:
        """Execute ``request`` and answer in a media type that the client accepts."""
        operation = await self._service.operation(request)
        if isinstance(operation, DocumentRejected):
            await self._reject(operation, forms)
            return
        if self._limiter is not None:
            await self._limiter.check(self._scope, operation.fields - 1)
        self._require_post(operation)
        framing = self._choose_framing(operation, forms)
        caller = await self._service.callers.on_request(self._connection)
        if framing is not None:
            await self._stream(operation, request, caller, framing)
        else:
            await self._send_result(operation, request, caller, forms.json or JSON)

    def _require_post(self, operation: PreparedOperation) -> None:
        if not self._is_safe_method:
            return
        post_only_fields = sorted(operation.roots & self._service.post_only)
        if operation.kind is OperationType.MUTATION or post_only_fields:
            what = " and ".join(post_only_fields) if post_only_fields else "Mutations"
            message = f"{what} must be sent by POST."
            raise RequestRefused(405, Code.METHOD_NOT_ALLOWED, message, (("allow", "POST"),))

    def _choose_framing(self, operation: PreparedOperation, forms: AcceptedMedia) -> Framing | None:
        """The framing of the stream; None for one JSON answer."""
        if operation.kind is not OperationType.SUBSCRIPTION:
            return self._fallback_framing(forms)
        if forms.multipart:
            return Multipart()
        if forms.events:
            return ServerSentEvents()
        raise RequestRefused(
            400 if forms.json else 406,
            Code.BAD_REQUEST,
            "Subscriptions are answered as text/event-stream, multipart/mixed or over WebSocket.",
        )

    def _fallback_framing(self, forms: AcceptedMedia) -> Framing | None:
        """The framing for clients that accept only event streams; None if JSON is accepted."""
        if forms.json is not None:
            return None
        if forms.events:
            return ServerSentEvents()
        raise RequestRefused(406, Code.NOT_ACCEPTABLE, f"Answers are {RESPONSE_JSON} or {JSON}.")

    async def _reject(self, rejected: DocumentRejected, forms: AcceptedMedia) -> None:
        payload = self._service.encode(self._service.rejection(rejected))
        if forms.json is None and forms.events:
            await self._open_stream(ServerSentEvents()).run(self._cors, _single_payload(payload))
            return
        media = forms.json or JSON
        await send_reply(
            self._send, 400 if media == RESPONSE_JSON else 200, payload, media, self._cors
        )

    async def _send_result(
        self,
        operation: PreparedOperation,
        request: GraphQLRequest,
        caller: TransportCaller,
        media: str,
    ) -> None:
        result = await self._answer(operation, request, caller)
        body = self._service.result(result)
        headers = [*self._cors, *caller.headers()]
        status = _status(result, media)
        if self._service.is_unavailable(result):
            status = 503
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.extend(RETRY_HEADERS)
        if len(body) >= MIN_COMPRESSED_BYTES and self._may_compress:
            body = compress(body)
            headers += GZIP_HEADERS
        await send_reply(self._send, status, body, media, headers)

    async def _answer(
        self, operation: PreparedOperation, request: GraphQLRequest, caller: TransportCaller
    ) -> ExecutionResult:
        context = await caller.context()
        return await self._service.runner.answer(operation, request.variables, context)

    async def _stream(
        self,
        operation: PreparedOperation,
        request: GraphQLRequest,
        caller: TransportCaller,
        framing: Framing,
    ) -> None:
        if self._is_head:
            await send_head(self._send, framing.media, [*self._cors, *caller.headers()])
            return
        if operation.kind is OperationType.SUBSCRIPTION:
            results = await self._service.subscriptions.open(operation, request.variables, caller)
        else:
            results = await self._answer(operation, request, caller)
        headers = [*self._cors, *caller.headers()]
        await self._open_stream(framing).run(headers, self._payloads(results))

    def _open_stream(self, framing: Framing) -> ResultStream:
        return ResultStream(self._receive, self._send, framing, self._monitor)

    async def _payloads(
        self, results: AsyncGenerator[bytes, None] | ExecutionResult
    ) -> AsyncGenerator[bytes, None]:
        service = self._service
        if isinstance(results, ExecutionResult):
            yield service.result(results)
            return
        try:
            async with aclosing(results):
                async for payload in results:
                    yield payload
                    del payload  # frees the memory while waiting for the next one
        except Exception as error:  # noqa: BLE001 - the answer has begun, so the error ends it
            yield service.encode({"errors": service.errors.format_exception(error)})


def _check_body(fields: HeaderFields) -> None:
    """Refuse a body that is not declared as uncompressed JSON (RFC 9110 15.5.16).

    Raises:
        RequestRefused: status 415, with a header that names what is accepted.

    """
    if not is_json_body(fields.get(b"content-type")):
        headers = (("accept", JSON),)
        raise RequestRefused(415, Code.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON} in UTF-8.", headers)
    encoding = fields.get(b"content-encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        message = "Send the body as it is, without Content-Encoding: compressed ones are not read."
        raise RequestRefused(
            415, Code.UNSUPPORTED_MEDIA_TYPE, message, (("accept-encoding", "identity"),)
        )


async def _single_payload(payload: bytes) -> AsyncGenerator[bytes, None]:
    yield payload


def _status(result: ExecutionResult, media: str) -> int:
    if is_timed_out(result):
        return 503
    return 400 if media == RESPONSE_JSON and is_request_error(result) else 200
