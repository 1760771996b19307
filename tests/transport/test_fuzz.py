"""Whatever bytes, headers and messages arrive: never a 500, never an unhandled exception."""

import json
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transport.asgi_driver import ask, connect_socket, open_socket
from tests.transport.toy_schema import RecordingObserver, toy_app

NOTEBOOK = RecordingObserver()
APP = toy_app(NOTEBOOK)
CLOSE_CODES = {4400, 4401, 4403, 4409, 4429, 1009}
FEW = settings(max_examples=80, deadline=None)

JsonTree: TypeAlias = object

texts = st.text(max_size=20)
queries = st.one_of(
    st.sampled_from(
        ["{ hello }", "{ echo(text: $t) }", "query Q { hello }", "{ length(of: [99999999999]) }",
         "subscription { ticks(count: 1) }", "{ book { neighbours(first: 9e9) { title } } }",
         "mutation { rename(title: 5) { title } }", "{ ...F } fragment F on Query { ...F }",
         "query ($of: [Int!]!) { length(of: $of) }",
         "query ($book: BookInput!) { described(book: $book) }",
         '{ described(book: {title: "x", title: "y"}) }', "{ hello @skip(if: 5) @nothing }"]
    ),
    st.text(alphabet="{}()[]!$:@#\"'.,|&=ab1 \n\\\u00e9\ufeff", max_size=40),
    texts,
)  # fmt: skip
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), texts, queries
)
trees: st.SearchStrategy[JsonTree] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "query": st.one_of(queries, trees),
        "variables": st.one_of(
            trees,
            st.fixed_dictionaries({}, optional={"of": trees, "book": trees, "t": trees}),
        ),
        "operationName": st.one_of(texts, trees),
        "documentId": st.one_of(texts, trees),
        "extensions": st.one_of(
            trees,
            st.fixed_dictionaries(
                {"persistedQuery": st.one_of(trees, st.dictionaries(st.sampled_from(["version", "sha256Hash"]), scalars))}  # noqa: E501
            ),
        ),
    },
)  # fmt: skip
bodies = st.one_of(
    st.binary(max_size=60),
    st.one_of(requests, trees).map(lambda tree: json.dumps(tree).encode("utf-8", "replace")),
)
header_values = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
headers = st.dictionaries(
    st.sampled_from(
        ["accept", "content-type", "content-length", "origin", "authorization", "cookie",
         "x-forwarded-for", "host", "access-control-request-headers"]
    ),
    st.one_of(
        header_values,
        st.sampled_from(
            ["application/json", "text/event-stream", "application/graphql-response+json",
             "multipart/mixed;subscriptionSpec=1.0", "*/*;q=0.1, text/html", "json;q=x"]
        ),
    ),
    max_size=4,
)  # fmt: skip
messages = st.one_of(
    texts,
    st.binary(max_size=10),
    trees.map(json.dumps),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["connection_init", "subscribe", "subscribe", "complete", "ping", "pong", "next"]
            )
        },
        optional={"id": st.one_of(st.sampled_from(["1", "2"]), trees), "payload": st.one_of(requests, trees)},  # noqa: E501
    ).map(json.dumps),
)  # fmt: skip


def is_answered_well(status: int, body: bytes) -> bool:
    if status == 204 or body.startswith((b":", b"\r\n", b"<title>")):
        return True
    document = json.loads(body)
    errors = document.get("errors", [])
    return all("code" in error["extensions"] for error in errors) and status < 500


@FEW
@given(body=bodies, given_headers=headers, typed=st.booleans())
async def test_any_body_is_answered(
    body: bytes, given_headers: dict[str, str], *, typed: bool
) -> None:
    assumed = {"content-type": "application/json"} if typed else {}
    answer = await ask(APP, headers={**given_headers, **assumed}, body=body)
    assert is_answered_well(answer.status, answer.body)
    assert NOTEBOOK.faults == []


@FEW
@given(
    method=st.sampled_from(["GET", "OPTIONS", "POST", "PUT", "TRACE", "get"]),
    query=st.one_of(st.binary(max_size=60), st.builds(
        lambda members: "&".join(f"{name}={value}" for name, value in members).encode(),
        st.lists(st.tuples(st.sampled_from(["query", "variables", "extensions", "operationName"]),
                           st.one_of(queries, texts))),
    )),
    given_headers=headers,
)  # fmt: skip
async def test_any_method_and_query_string_is_answered(
    method: str, query: bytes, given_headers: dict[str, str]
) -> None:
    answer = await ask(APP, method, query=query, headers=given_headers)
    assert is_answered_well(answer.status, answer.body)
    assert NOTEBOOK.faults == []


@FEW
@given(sent=st.lists(messages, max_size=6), first=st.booleans())
async def test_any_messages_end_in_answers_or_a_close(
    sent: list[str | bytes], *, first: bool
) -> None:
    async with open_socket(APP) if first else connect_socket(APP) as socket:
        for text in sent:
            await socket.send(text)
        await socket.send(b"the end")  # not text: closes in any case
        code = None
        while code is None:
            message = await socket.receive_raw()
            if message["type"] == "websocket.close":
                code = message["code"]
        assert code in CLOSE_CODES
    assert NOTEBOOK.faults == []
