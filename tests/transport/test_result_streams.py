"""Subscriptions over one HTTP answer: server-sent events and multipart."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from starlette.types import ASGIApp, Message

from gateway.transport.limits import Limits
from gateway.transport.service import ServiceOptions
from tests.transport.asgi_driver import TIMEOUT_SECONDS, ask, http_scope, post
from tests.transport.toy_schema import TITLE_STORE, RecordingObserver, toy_app

APP = toy_app()
EVENTS = "text/event-stream"
APOLLO = (
    "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,"
    "application/graphql-response+json,application/json;q=0.9"
)
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, "
    "text/event-stream, multipart/mixed"
)
TWO_TICKS = "subscription { ticks(count: 2) }"


async def test_events_end_in_line_feeds() -> None:
    answer = await post(APP, TWO_TICKS, accept=EVENTS)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body == (
        b":\n\n"
        b'event: next\ndata: {"data":{"ticks":0}}\n\n'
        b'event: next\ndata: {"data":{"ticks":1}}\n\n'
        b"event: complete\ndata:\n\n"
    )


async def test_event_sources_subscribe_by_get() -> None:
    query = urlencode({"query": TWO_TICKS}).encode()
    answer = await ask(APP, "GET", query=query, headers={"accept": EVENTS})
    assert answer.body.count(b"event: next") == 2


async def test_parts_are_as_apollo_reads_them() -> None:
    answer = await post(APP, TWO_TICKS, accept=APOLLO)
    assert answer.headers["content-type"] == (
        'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    )
    head = b"\r\n--graphql\r\nContent-Type: application/json\r\n\r\n"
    assert answer.body == (
        head
        + b"{}"
        + head
        + b'{"payload":{"data":{"ticks":0}}}'
        + head
        + b'{"payload":{"data":{"ticks":1}}}'
        + b"\r\n--graphql--\r\n"
    )


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (EVENTS, EVENTS),
        (URQL, EVENTS),
        (APOLLO, "multipart/mixed"),
        ("application/json", "application/json"),
        (f"{EVENTS};q=0, application/json", "application/json"),
    ],
)
async def test_only_subscriptions_stream_where_json_is_accepted(accept: str, media: str) -> None:
    answer = await post(APP, TWO_TICKS, accept=accept)
    assert answer.headers["content-type"].startswith(media)
    query = await post(APP, "{ hello }", accept=accept)
    assert query.headers["content-type"].startswith("application/") or accept == EVENTS


async def test_a_query_may_be_a_stream_of_one() -> None:
    answer = await post(APP, "{ hello }", accept=EVENTS)
    assert answer.body == (
        b':\n\nevent: next\ndata: {"data":{"hello":"world"}}\n\nevent: complete\ndata:\n\n'
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($of: [Int!]!) { length(of: $of) }", "BAD_USER_INPUT"),
        ("subscription { refused }", "FORBIDDEN"),
    ],
)
async def test_errors_are_results_of_the_stream(query: str, code: str) -> None:
    answer = await post(APP, query, accept=EVENTS)
    assert answer.status == 200
    [event] = [line for line in answer.body.split(b"\n") if line.startswith(b"data: ")]
    [error] = json.loads(event.removeprefix(b"data: "))["errors"]
    assert error["extensions"]["code"] == code


async def test_a_stream_that_breaks_ends_with_a_masked_error() -> None:
    notebook = RecordingObserver()
    answer = await post(toy_app(notebook), "subscription { breaks }", accept=EVENTS)
    assert answer.body.count(b"event: next") == 2
    assert b"INTERNAL_SERVER_ERROR" in answer.body
    assert b"secret" not in answer.body
    assert [message for message, _ in notebook.faults] == ["secret of the stream"]


async def test_the_caller_has_a_context_for_each_event() -> None:
    answer = await post(APP, "subscription { contexts { number } }", accept=EVENTS)
    assert [json.loads(line[6:]) for line in answer.body.split(b"\n") if line[:6] == b"data: "] == [
        {"data": {"contexts": {"number": number}}} for number in (2, 3, 4)
    ]


class Reader:
    """A client that reads a stream piece by piece, and may stop or leave."""

    def __init__(self, app: ASGIApp, document: Mapping[str, object], accept: str) -> None:
        self.sent: asyncio.Queue[Message] = asyncio.Queue(maxsize=3)
        self.gone = asyncio.Event()
        self._body: list[Message] = [
            {"type": "http.request", "body": json.dumps(document).encode()}
        ]
        headers = {"content-type": "application/json", "accept": accept}
        scope = http_scope("POST", b"", headers)
        self.serving = asyncio.ensure_future(app(scope, self._receive, self.sent.put))

    async def _receive(self) -> Message:
        if self._body:
            return self._body.pop()
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def piece(self) -> bytes:
        message = await asyncio.wait_for(self.sent.get(), TIMEOUT_SECONDS)
        body: bytes = message.get("body", b"")
        return body


async def test_an_idle_stream_is_kept_alive() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(heartbeat_seconds=0.01)))
    query = "subscription { ticks(count: 2, everyMs: 100000) }"
    for accept, heartbeat in (
        (EVENTS, b":\n\n"),
        (APOLLO, b"\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{}"),
    ):
        reader = Reader(app, {"query": query}, accept)
        pieces = [await reader.piece() for _ in range(5)]
        assert pieces[1] == heartbeat
        assert b'{"ticks":0}' in pieces[2]
        assert pieces[3:] == [heartbeat, heartbeat]
        reader.gone.set()
        await asyncio.wait_for(reader.serving, TIMEOUT_SECONDS)
        assert TITLE_STORE.open_streams == 0


async def test_a_client_that_does_not_read_is_given_up() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(send_seconds=0.05)))
    reader = Reader(app, {"query": "subscription { huge }"}, EVENTS)
    await asyncio.wait_for(reader.serving, TIMEOUT_SECONDS)
    assert reader.sent.qsize() == 3


def marked_app() -> ASGIApp:
    return toy_app(options=ServiceOptions(event_ids={"ticks": str}))


async def test_events_say_what_comes_after_them() -> None:  # R67
    """HTML 9.2: an EventSource sends the id of the last event it saw when it comes back."""
    answer = await post(marked_app(), TWO_TICKS, accept=EVENTS)
    assert answer.body == (
        b":\n\n"
        b'event: next\nid: 0\ndata: {"data":{"ticks":0}}\n\n'
        b'event: next\nid: 1\ndata: {"data":{"ticks":1}}\n\n'
        b"event: complete\ndata:\n\n"
    )
    parts = await post(marked_app(), TWO_TICKS, accept=APOLLO)
    assert parts.body == (await post(APP, TWO_TICKS, accept=APOLLO)).body
