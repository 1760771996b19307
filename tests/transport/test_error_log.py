"""What is told about errors, and the headers of every answer."""

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from gateway.transport.endpoint import GraphQLEndpoint
from gateway.transport.error_log import LoggingObserver
from gateway.transport.safe_headers import SafeHeadersMiddleware
from tests.transport.asgi_driver import ask, connect_socket, post
from tests.transport.toy_schema import ToyCallers, schema, toy_app


async def test_a_fault_is_logged_once_with_its_trace_and_a_mistake_only_counted() -> None:
    observer = LoggingObserver()
    app = GraphQLEndpoint(schema, ToyCallers(), observer)
    with structlog.testing.capture_logs() as logged:
        await post(app, "{ nothing }")
        await post(app, "{")
        await post(app, "null")
        await ask(app, "PUT")
        answer = await post(app, "{ fault }")
    [entry] = logged
    assert entry["event"] == "fault"
    assert str(entry["exc_info"]) == "secret"
    assert entry["exc_info"].__traceback__ is not None
    assert entry["fault_id"].encode() in answer.body
    assert observer.faults == 1
    assert observer.mistakes == {
        "GRAPHQL_VALIDATION_FAILED": 1,
        "GRAPHQL_PARSE_FAILED": 2,
        "METHOD_NOT_ALLOWED": 1,
    }


async def test_one_exception_of_many_fields_is_one_fault() -> None:
    observer = LoggingObserver()
    app = GraphQLEndpoint(schema, ToyCallers(), observer)
    with structlog.testing.capture_logs() as logged:
        answer = await post(app, "{ a: sharedFault b: sharedFault }")
    assert len(logged) == 1
    assert answer.body.count(logged[0]["fault_id"].encode()) == 4  # message and extension, twice


async def test_answers_of_other_addresses_are_safe_too() -> None:
    own = PlainTextResponse("page", headers={"content-security-policy": "default-src 'none'"})
    answer = await ask(SafeHeadersMiddleware(own, encrypted=True), "GET")
    assert answer.headers == {
        "content-length": "4",
        "content-type": "text/plain; charset=utf-8",
        "content-security-policy": "default-src 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "strict-transport-security": "max-age=31536000",
    }
    answer = await ask(SafeHeadersMiddleware(PlainTextResponse("page")), "GET")
    assert "strict-transport-security" not in answer.headers


async def test_sockets_pass_through_and_other_addresses_are_not_the_endpoints() -> None:
    async with connect_socket(SafeHeadersMiddleware(toy_app())) as socket:
        assert (await socket.receive_raw())["type"] == "websocket.accept"

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("elsewhere")(scope, receive, send)

    front = GraphQLEndpoint(schema, ToyCallers(), LoggingObserver()).wrap(elsewhere, "/graphql")
    assert (await post(front, "{ hello }")).json() == {"data": {"hello": "world"}}
    for path in ("/graphql/", "/graphql/x", "/"):
        assert (await ask(front, "GET", scope={"path": path})).body == b"elsewhere"
