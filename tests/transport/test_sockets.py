"""The graphql-transport-ws protocol: every close code, and operations side by side."""

import asyncio
from collections.abc import Mapping

import pytest

from gateway.transport.limits import Limits
from gateway.transport.service import ServiceOptions
from tests.transport.asgi_driver import TIMEOUT_SECONDS, connect_socket, error_codes, open_socket
from tests.transport.toy_schema import TITLE_STORE, RecordingObserver, toy_app

APP = toy_app()
SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": "{ hello }"}}
ENDLESS = "subscription { ticks(count: 100000, everyMs: 1) }"


async def test_a_subscription_runs_to_its_end() -> None:
    async with open_socket(APP) as socket:
        await socket.subscribe("1", "subscription { ticks(count: 2) }")
        assert [await socket.receive() for _ in range(3)] == [
            {"type": "next", "id": "1", "payload": {"data": {"ticks": 0}}},
            {"type": "next", "id": "1", "payload": {"data": {"ticks": 1}}},
            {"type": "complete", "id": "1"},
        ]


async def test_queries_and_mutations_run_too_and_read_fresh() -> None:
    async with open_socket(APP) as socket:
        for title in ("Emma", "Persuasion"):
            await socket.subscribe("m", f'mutation {{ rename(title: "{title}") {{ title }} }}')
            assert (await socket.receive())["type"] == "next"
            assert (await socket.receive()) == {"type": "complete", "id": "m"}
            await socket.subscribe("q", "{ book { title } }")
            answer = await socket.receive()
            assert answer["payload"] == {"data": {"book": {"title": title}}}
            assert (await socket.receive()) == {"type": "complete", "id": "q"}


async def test_the_init_payload_or_a_cookie_is_the_identity() -> None:
    async with connect_socket(APP) as socket:
        await socket.receive_raw()
        assert await socket.initialise({"authorization": "ann"}) == {
            "type": "connection_ack",
            "payload": {"welcome": "ann"},
        }
    async with open_socket(APP, cookie="bearer=eve") as socket:
        await socket.subscribe("1", "{ viewer }")
        assert (await socket.receive())["payload"] == {"data": {"viewer": "eve"}}


async def test_contexts_are_new_for_each_operation_and_each_event() -> None:
    async with open_socket(APP) as socket:
        await socket.subscribe("1", "{ contextNumber }")
        assert (await socket.receive())["payload"] == {"data": {"contextNumber": 1}}
        await socket.receive()
        await socket.subscribe("2", "subscription { contexts { number } }")
        seen = [(await socket.receive())["payload"] for _ in range(3)]
        assert seen == [{"data": {"contexts": {"number": number}}} for number in (3, 4, 5)]


@pytest.mark.parametrize(
    "message",
    ["", "{", "5", "null", "[]", '"x"', "true", "NaN", "[" * 5000, "{}", '{"type": 5}',
     '{"type": null}', '{"type": "start"}', '{"type": "connection_ack"}', b"{}",
     '{"type": "connection_init", "payload": "x"}', '{"type": "connection_init", "payload": []}',
     '{"type": "ping", "payload": 5}', '{"type": "pong", "payload": []}',
     '{"type": "complete"}', '{"type": "complete", "id": 5}',
     '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
     '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
     '{"type": "subscribe", "id": {}, "payload": {"query": "{ hello }"}}',
     '{"type": "subscribe", "id": "1"}', '{"type": "subscribe", "id": "1", "payload": "x"}',
     '{"type": "subscribe", "id": "1", "payload": {}}',
     '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
     '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "variables": "x"}}',
     '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "operationName": []}}',
     '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "extensions": 1}}',
     "\ud800"],
    ids=lambda value: repr(value)[:60],
)  # fmt: skip
async def test_a_malformed_message_closes_with_4400(message: str | bytes) -> None:
    notebook = RecordingObserver()
    async with open_socket(toy_app(notebook)) as socket:
        await socket.send(message)
        assert await socket.close_code() == 4400
    assert notebook.faults == []


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([SUBSCRIBE], 4401),
        ([{"type": "connection_init", "payload": {"authorization": "bad"}}], 4403),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
        (
            [
                {"type": "connection_init"},
                {"id": "1", "type": "subscribe", "payload": {"query": ENDLESS}},
                {"id": "1", "type": "subscribe", "payload": {"query": ENDLESS}},
            ],
            4409,
        ),
    ],
)
async def test_what_the_protocol_forbids_closes(
    messages: list[Mapping[str, object]], code: int
) -> None:
    async with connect_socket(APP) as socket:
        await socket.receive_raw()
        for message in messages:
            await socket.send(message)
        assert await socket.close_code() == code


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",), ("soap", "graphql-ws")])
async def test_other_protocols_close_with_4406(protocols: tuple[str, ...]) -> None:
    async with connect_socket(APP, protocols=protocols) as socket:
        assert (await socket.receive_raw())["type"] == "websocket.accept"
        assert await socket.close_code() == 4406


async def test_a_silent_client_is_closed_with_4408() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(init_seconds=0.01)))
    async with connect_socket(app) as socket:
        await socket.receive_raw()
        assert await socket.close_code() == 4408
    async with open_socket(app) as socket:
        await asyncio.sleep(0.02)
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


async def test_pings_are_answered_with_their_payload() -> None:
    async with connect_socket(APP) as socket:
        await socket.receive_raw()
        await socket.send({"type": "ping", "payload": {"at": 1}})
        assert await socket.receive() == {"type": "pong", "payload": {"at": 1}}
        await socket.send({"type": "pong"})
        assert (await socket.initialise())["type"] == "connection_ack"


async def test_origins_are_those_of_cors() -> None:
    async with connect_socket(APP, headers={"origin": "https://evil.example"}) as socket:
        assert (await socket.receive_raw())["type"] == "websocket.close"
    for origin in ("https://shop.example", "http://gateway.test"):
        async with open_socket(APP, origin=origin):
            pass


async def test_a_rejected_operation_ends_alone() -> None:
    async with open_socket(APP) as socket:
        await socket.subscribe("going", "subscription { ticks(count: 999, everyMs: 5) }")
        assert (await socket.receive())["id"] == "going"
        for query, code in (
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("", "BAD_REQUEST"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("query ($of: [Int!]!) { length(of: $of) }", "BAD_USER_INPUT"),
            ("subscription { refused }", "FORBIDDEN"),
        ):
            await socket.subscribe("wrong", query)
            while (answer := await socket.receive())["id"] == "going":
                pass
            assert (answer["type"], answer["id"]) == ("error", "wrong")
            assert error_codes(answer["payload"]) == {code}
        answer = await socket.receive()
        assert (answer["type"], answer["id"]) == ("next", "going")


async def test_a_stream_that_breaks_is_masked() -> None:
    notebook = RecordingObserver()
    async with open_socket(toy_app(notebook)) as socket:
        await socket.subscribe("1", "subscription { breaks }")
        assert (await socket.receive())["payload"] == {"data": {"breaks": 1}}
        answer = await socket.receive()
        assert (answer["type"], error_codes(answer["payload"])) == (
            "error",
            {"INTERNAL_SERVER_ERROR"},
        )
    assert [message for message, _ in notebook.faults] == ["secret of the stream"]


async def test_a_fault_at_the_door_closes_with_1011() -> None:
    notebook = RecordingObserver()
    async with connect_socket(toy_app(notebook)) as socket:
        await socket.receive_raw()
        await socket.send({"type": "connection_init", "payload": {"authorization": "crash"}})
        assert await socket.close_code() == 1011
    assert [message for message, _ in notebook.faults] == ["secret of the door"]


async def test_complete_stops_and_frees_the_id() -> None:
    async with open_socket(APP) as socket:
        await socket.subscribe("1", ENDLESS)
        await socket.receive()
        await socket.send({"id": "1", "type": "complete"})
        await socket.send({"id": "unknown", "type": "complete"})
        await socket.subscribe("1", "{ hello }")
        while (answer := await socket.receive())["payload"] != {"data": {"hello": "world"}}:
            assert answer["type"] == "next"
        assert await socket.receive() == {"id": "1", "type": "complete"}
        assert TITLE_STORE.open_streams == 0


async def test_everything_stops_with_the_socket() -> None:
    async with open_socket(APP) as socket:
        for number in range(5):
            await socket.subscribe(str(number), ENDLESS)
        await socket.receive()
    assert TITLE_STORE.open_streams == 0


async def test_operations_on_one_socket_are_bounded() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(subscriptions=2)))
    async with open_socket(app) as socket:
        for operation_id in ("1", "2", "3"):
            await socket.subscribe(operation_id, "subscription { ticks(count: 2, everyMs: 1000) }")
        answers = {answer["id"]: answer for answer in [await socket.receive() for _ in range(3)]}
        assert [answers[operation_id]["type"] for operation_id in ("1", "2", "3")] == [
            "next",
            "next",
            "error",
        ]
        assert error_codes(answers["3"]["payload"]) == {"TOO_MANY_SUBSCRIPTIONS"}


async def test_a_large_message_closes_with_1009() -> None:
    async with open_socket(APP) as socket:
        await socket.subscribe("1", "{ hello }" + " " * 300_000)
        assert await socket.close_code() == 1009


async def test_a_client_that_does_not_read_is_closed() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(send_seconds=0.05)))
    async with open_socket(app) as socket:
        await socket.subscribe("1", "subscription { huge }")
        await asyncio.wait_for(asyncio.shield(socket.ended), TIMEOUT_SECONDS)
        assert socket.outgoing.qsize() == 10
