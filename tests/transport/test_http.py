"""GraphQL over HTTP: statuses, media types, errors as JSON, origins."""

import asyncio
import gzip
import json
from urllib.parse import urlencode

import pytest

from gateway.transport.limits import Limits
from gateway.transport.service import ServiceOptions
from tests.transport.asgi_driver import TIMEOUT_SECONDS, ask, post
from tests.transport.toy_schema import TITLE_STORE, RecordingObserver, toy_app

JSON = "application/json; charset=utf-8"
RESPONSE = "application/graphql-response+json"
APP = toy_app()


async def test_an_answer_carries_the_safe_headers() -> None:
    answer = await post(APP, "{ hello }")
    assert (answer.status, answer.json()) == (200, {"data": {"hello": "world"}})
    assert answer.headers == {
        "content-type": JSON,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "vary": "Origin",
        "content-length": "26",
    }


async def test_the_caller_adds_headers_and_is_the_context() -> None:
    answer = await post(APP, "{ viewer contextNumber }", authorization="ann")
    assert answer.json() == {"data": {"viewer": "ann", "contextNumber": 1}}
    assert answer.headers["x-client-id"] == "cli_1"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"null", 400, "BAD_REQUEST"),
        (b"5", 400, "BAD_REQUEST"),
        (b'"x"', 400, "BAD_REQUEST"),
        (b"true", 400, "BAD_REQUEST"),
        (b"[]", 400, "BAD_REQUEST"),
        (b'[{"query":"{hello}"}]', 400, "BAD_REQUEST"),
        (b"{", 400, "BAD_REQUEST"),
        (b"", 400, "BAD_REQUEST"),
        (b"{}", 400, "BAD_REQUEST"),
        (b'{"query":""}', 400, "BAD_REQUEST"),
        (b'{"query":5}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","operationName":5}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","variables":[]}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","variables":"{}"}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","extensions":[]}', 400, "BAD_REQUEST"),
        (b'{"query":"\xff"}', 400, "BAD_REQUEST"),
        (b'{"query":"\\ud800"}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","variables":{"x":NaN}}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","variables":{"x":-Infinity}}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","variables":{"x":1e999}}', 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","variables":{"x":' + b"9" * 5000 + b"}}", 400, "BAD_REQUEST"),
        (b'{"query":"{hello}","variables":{"x":99999999999999999999}}', 400, "BAD_REQUEST"),
        (b'{"variables":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "BAD_REQUEST"),
        (b'{"query":"' + b" " * 300_000 + b'"}', 413, "BODY_TOO_LARGE"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_malformed_body_is_a_client_error(body: bytes, status: int, code: str) -> None:
    answer = await ask(APP, headers={"content-type": "application/json"}, body=body)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == JSON


async def test_a_declared_size_is_refused_unread() -> None:
    for declared, status in (("300000", 413), ("9" * 5000, 413), ("-1", 400), ("x", 400)):
        headers = {"content-type": "application/json", "content-length": declared}
        answer = await ask(APP, headers=headers)
        assert answer.status == status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_only_json_is_read(headers: dict[str, str]) -> None:
    answer = await ask(APP, headers=headers, body=b'{"query":"{hello}"}')
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_methods() -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        answer = await ask(APP, method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize(
    "document",
    [
        "{ hello echo }",
        "{ hello other: echo }",
        "{ ... on Query { ...A } } fragment A on Query { ...B } fragment B on Query { hello echo }",
    ],
)
async def test_a_field_that_asks_by_a_secret_needs_post(document: str) -> None:
    app = toy_app(options=ServiceOptions(post_only=frozenset({"echo"})))
    query = urlencode({"query": document}).encode()
    answer = await ask(app, "GET", query=query)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    message = "echo must be sent by POST."
    assert answer.json() == {
        "errors": [{"message": message, "extensions": {"code": "METHOD_NOT_ALLOWED"}}]
    }
    assert (await post(app, document)).body.startswith(b'{"data":{"hello":"world"')
    plain = await ask(app, "GET", query=urlencode({"query": "{ echo: hello }"}).encode())
    assert plain.json() == {"data": {"echo": "world"}}


async def test_get_reads_and_never_writes() -> None:  # R18
    parameters = {"query": "query ($t: String) { echo(text: $t) }", "variables": '{"t": "é"}'}
    answer = await ask(APP, "GET", query=urlencode(parameters).encode())
    assert answer.json() == {"data": {"echo": "é"}}
    written = urlencode({"query": 'mutation { rename(title: "x") { title } }'}).encode()
    for accept in ("application/json", RESPONSE, "text/event-stream"):
        answer = await ask(APP, "GET", query=written, headers={"accept": accept})
        assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("query", [b"", b"query=%ff", b"query={hello}&variables={", b"query={hello}&variables=5", b"&".join([b"a=1"] * 50)])  # fmt: skip  # noqa: E501
async def test_a_malformed_query_string_is_a_client_error(query: bytes) -> None:
    answer = await ask(APP, "GET", query=query)
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, application/json", RESPONSE),
        (f"application/json, {RESPONSE};q=0.5", "application/json"),
        # RFC 9110 12.5.1: the most specific range weighs, in whatever order they stand.
        ("application/json;q=0, */*", RESPONSE),
        ("*/*, application/json;q=0", RESPONSE),
        ("application/json;q=0.5, */*", RESPONSE),
        ("application/*;q=0.5, application/json, */*", "application/json"),
        (f"{RESPONSE};q=0, */*", "application/json"),
        (f"{RESPONSE};q=0, application/*", "application/json"),
        (f"*/*;q=0, {RESPONSE};q=0.001", RESPONSE),
        ("text/*, application/*;q=0.1", "application/json"),
        (f"application/json;q=0.000, {RESPONSE}; q=1.000", RESPONSE),
        (f"{RESPONSE}, application/graphql+json, application/json, text/event-stream, multipart/mixed", RESPONSE),  # urql  # noqa: E501
    ],
)  # fmt: skip
async def test_the_media_type_is_what_was_asked_for(accept: str, media: str) -> None:
    answer = await post(APP, "{ hello }", accept=accept)
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.json() == {"data": {"hello": "world"}}


async def test_what_nobody_can_give_is_not_acceptable() -> None:
    for accept in (
        "text/plain",
        "application/json;q=0",
        "image/png, text/csv;q=0.1",
        f"application/json;q=0, {RESPONSE};q=0, */*",
        "application/*;q=0, */*",
        "*/*;q=0",
        "application/json;q=2",
        "application/json;q=nan",
    ):
        answer = await post(APP, "{ hello }", accept=accept)
        assert (answer.status, answer.code) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ ...Nope }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($of: [Int!]!) { length(of: $of) }"}, "BAD_USER_INPUT"),
        (
            {"query": "query ($of: [Int!]!) { length(of: $of) }", "variables": {"of": ["x"]}},
            "BAD_USER_INPUT",
        ),
        ({"query": "query A { hello } query B { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "{ hello }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_a_request_error_has_a_code_and_no_data(
    document: dict[str, object], code: str
) -> None:
    for accept, status in (("application/json", 200), (RESPONSE, 400)):
        answer = await post(APP, document, accept=accept)
        assert (answer.status, answer.code) == (status, code)
        assert set(json.loads(answer.body)) == {"errors"}


async def test_an_endless_number_is_a_mistake_and_says_nothing_of_python() -> None:
    notebook = RecordingObserver()
    answer = await post(toy_app(notebook), f"{{ length(of: [{'9' * 5000}]) }}")
    assert (answer.code, notebook.faults) == ("GRAPHQL_VALIDATION_FAILED", [])
    assert b"sys." not in answer.body


async def test_a_null_variable_for_a_wanted_argument_is_the_clients_mistake() -> None:
    query = 'query ($text: String = "x") { wanted(text: $text) }'
    answer = await post(APP, {"query": query, "variables": {"text": None}})
    assert answer.code == "BAD_USER_INPUT"


async def test_a_fault_is_masked_and_told_once() -> None:
    notebook = RecordingObserver()
    answer = await post(toy_app(notebook), "{ hello fault }", accept=RESPONSE)
    [(message, fault)] = notebook.faults
    assert message == "secret"
    assert answer.json() == {
        "data": {"hello": "world", "fault": None},
        "errors": [
            {
                "message": f"Something went wrong on our side. Quote {fault} when you ask "
                "about it.",
                "locations": [{"line": 1, "column": 9}],
                "path": ["fault"],
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "faultId": fault},
            }
        ],
    }
    assert (answer.status, notebook.mistakes) == (200, {})


async def test_a_fault_that_nulls_everything_still_has_data() -> None:
    answer = await post(APP, "{ demandedFault }", accept=RESPONSE)
    assert answer.status == 200
    assert json.loads(answer.body)["data"] is None


async def test_a_fault_outside_of_any_field_is_a_500_in_json() -> None:
    notebook = RecordingObserver()
    answer = await post(toy_app(notebook), "{ hello }", authorization="crash")
    assert (answer.status, answer.code) == (500, "INTERNAL_SERVER_ERROR")
    assert [message for message, _ in notebook.faults] == ["secret of the door"]
    assert b"secret" not in answer.body


async def test_a_refusal_keeps_its_words_and_code() -> None:
    notebook = RecordingObserver()
    answer = await post(toy_app(notebook), "{ refusal }")
    assert answer.json() == {
        "data": {"refusal": None},
        "errors": [
            {
                "message": "Not for you.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["refusal"],
                "extensions": {"code": "FORBIDDEN"},
            }
        ],
    }
    assert (notebook.faults, notebook.mistakes) == ([], {"FORBIDDEN": 1})


async def test_production_gives_no_names_away() -> None:
    app = toy_app(options=ServiceOptions(introspection=False, suggestions=False))
    for query in (
        "{ helo }",
        "{ hello(txt: 1) }",
        "{ echo(txt: 1) }",
        "query ($x: Strin) { echo(text: $x) }",
        "{ ...F } fragment G on Query { hello }",
        "{ described(book: {titel: 1}) }",
    ):
        answer = await post(app, query)
        assert b"Did you mean" not in answer.body
    query = "query ($book: BookInput!) { described(book: $book) }"
    answer = await post(app, {"query": query, "variables": {"book": {"titel": "x"}}})
    assert b"Did you mean" not in answer.body
    for query in ("{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'):
        assert (await post(app, query)).code == "GRAPHQL_VALIDATION_FAILED"
    assert (await post(app, "{ __typename }")).json() == {"data": {"__typename": "Query"}}


async def test_an_operation_ends_in_time_and_a_mutation_comes_to_its_own_end() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(operation_seconds=0.01)))
    answer = await post(app, "{ slow(seconds: 3) }")
    assert (answer.status, answer.code) == (503, "OPERATION_TIMEOUT")
    finished_count = len(TITLE_STORE.finished)
    answer = await post(app, 'mutation { slowRename(title: "late", seconds: 0.05) { title } }')
    assert (answer.status, answer.code) == (503, "OPERATION_TIMEOUT")
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while len(TITLE_STORE.finished) == finished_count:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert TITLE_STORE.finished[finished_count:] == ["late"]


async def test_a_subscription_needs_a_stream() -> None:
    answer = await post(APP, "subscription { ticks(count: 1) }", accept="application/json")
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


async def test_browsers_get_a_page_where_there_is_one() -> None:
    accept = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = await ask(APP, "GET", headers=accept)
    assert (answer.status, answer.body) == (200, b"<title>GraphiQL</title>")
    answer = await ask(toy_app(with_page=False), "GET", headers=accept)
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://gateway.test", "http://gateway.test.evil.example"])  # fmt: skip  # noqa: E501
async def test_a_foreign_origin_is_refused(origin: str) -> None:  # R18
    answer = await post(APP, "{ hello }", origin=origin)
    assert (answer.status, answer.code) == (403, "FORBIDDEN")
    assert "access-control-allow-origin" not in answer.headers
    answer = await ask(APP, "OPTIONS", headers={"origin": origin})
    assert answer.status == 403


async def test_a_listed_origin_and_our_own_are_served() -> None:
    answer = await post(APP, "{ hello }", origin="http://gateway.test")
    assert "access-control-allow-origin" not in answer.headers
    answer = await post(APP, "{", origin="https://shop.example")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    preflight = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-client-id",
    }
    answer = await ask(APP, "OPTIONS", headers=preflight)
    assert answer.status == 204
    assert answer.headers["access-control-allow-headers"] == "content-type,x-client-id"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"


async def test_a_slow_body_is_given_up() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(body_seconds=0.01)))
    headers = {"content-type": "application/json", "content-length": "10"}
    answer = await ask(app, headers=headers, body=b"{", body_is_complete=False)
    assert (answer.status, answer.code) == (408, "REQUEST_TIMEOUT")


async def test_head_is_get_without_a_body() -> None:
    """RFC 9110 9.3.2: the same head, whatever GET answers."""
    asked = [
        (b"query={hello}", {}),
        (b"query={hello}", {"accept": RESPONSE}),
        (b"query={nothing}", {"accept": RESPONSE}),
        (b"query=%ff", {}),
        (b"", {"accept": "text/html"}),
        (b"query=mutation{rename(title:%22x%22){title}}", {}),
        (b"query={hello}", {"accept": "text/plain"}),
        (b"query={hello}", {"origin": "https://evil.example"}),
    ]
    for query, headers in asked:
        get_answer = await ask(APP, "GET", query=query, headers=headers)
        head = await ask(APP, "HEAD", query=query, headers=headers)
        assert (head.status, head.headers, head.body) == (
            get_answer.status,
            get_answer.headers,
            b"",
        )
        assert int(head.headers["content-length"]) == len(get_answer.body)


async def test_the_head_of_a_stream_ends() -> None:
    query = urlencode({"query": "subscription { ticks(count: 2) }"}).encode()
    head = await ask(APP, "HEAD", query=query, headers={"accept": "text/event-stream"})
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == "text/event-stream; charset=utf-8"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP", "identity, gzip", "x"])
async def test_a_compressed_body_is_refused_with_what_is_taken(encoding: str) -> None:
    """RFC 9110 15.5.16."""
    answer = await post(APP, "{ hello }", content_encoding=encoding)
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.headers["accept-encoding"] == "identity"
    plain = await post(APP, "{ hello }", content_encoding="identity")
    assert plain.status == 200


async def test_another_media_type_is_refused_with_what_is_taken() -> None:
    answer = await ask(APP, headers={"content-type": "text/plain"}, body=b"{}")
    assert (answer.status, answer.headers["accept"]) == (415, "application/json")


LARGE = urlencode({"query": f'{{ echo(text: "{"x" * 20_000}") }}'}).encode()


@pytest.mark.parametrize(
    ("query", "headers", "packed"),
    [
        (LARGE, {"accept-encoding": "gzip, br"}, True),
        (LARGE, {"accept-encoding": "*"}, True),
        (LARGE, {}, False),
        (LARGE, {"accept-encoding": "gzip;q=0, *"}, False),
        (LARGE, {"accept-encoding": "br"}, False),
        (b"query={hello}", {"accept-encoding": "gzip"}, False),
        # Somebody's own answer beside words that a stranger may have chosen: BREACH.
        (LARGE, {"accept-encoding": "gzip", "cookie": "client=c"}, False),
        (LARGE, {"accept-encoding": "gzip", "authorization": "Bearer t"}, False),
        (LARGE, {"accept-encoding": "gzip", "x-client-id": "c"}, False),
    ],
)
async def test_large_answers_to_strangers_are_compressed(
    query: bytes, headers: dict[str, str], *, packed: bool
) -> None:
    answer = await ask(APP, "GET", query=query, headers=headers)
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    body = gzip.decompress(answer.body) if packed else answer.body
    plain = await ask(APP, "GET", query=query)
    assert body == plain.body
    assert int(answer.headers["content-length"]) == len(answer.body)
