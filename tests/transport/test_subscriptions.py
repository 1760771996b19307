"""Answers to events are worked out once for all who would see the same."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import pytest

from gateway.transport import subscriptions
from gateway.transport.documents import Document, DocumentCache
from gateway.transport.limits import Limits
from tests.transport.asgi_driver import Socket, open_socket, post
from tests.transport.toy_schema import TITLE_STORE, schema, toy_app

APP = toy_app()
WATCH = (
    "subscription ($x: Int) { bookChanged { title work echo: neighbours(first: $x) { title } } }"
)


async def receive_event(socket: Socket) -> object:
    payload = (await socket.receive())["payload"]
    assert isinstance(payload, dict)
    return payload["data"]["bookChanged"]["work"]


async def change() -> None:
    await asyncio.sleep(0)
    await post(APP, 'mutation { rename(title: "Sanditon") { title } }')


@pytest.fixture(autouse=True)
def _a_fan_out_that_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    TITLE_STORE.rename("Emma")
    monkeypatch.setattr(subscriptions, "SHARED_SECONDS", 60)


async def watching(
    stack: AsyncExitStack, viewer: str | None, variables: dict[str, object] | None = None
) -> Socket:
    payload = {"authorization": viewer} if viewer else {}
    socket = await stack.enter_async_context(open_socket(APP, payload))
    await socket.subscribe("1", WATCH, variables=variables or {})
    await receive_event(socket)
    return socket


async def test_one_viewers_sockets_share_the_work() -> None:
    async with AsyncExitStack() as stack:
        sockets = [await watching(stack, "ann") for _ in range(3)]
        before = TITLE_STORE.worked
        await change()
        assert {await receive_event(socket) for socket in sockets} == {before + 1}
        await change()
        assert {await receive_event(socket) for socket in sockets} == {before + 2}


async def test_other_viewers_and_variables_have_their_own() -> None:
    async with AsyncExitStack() as stack:
        sockets = [
            await watching(stack, "ann"),
            await watching(stack, "eve"),
            await watching(stack, "ann", {"x": 1}),
            await watching(stack, None),
            await watching(stack, None),
        ]
        await change()
        assert len({str(await receive_event(socket)) for socket in sockets}) == 5


async def test_who_comes_later_is_told_afresh() -> None:
    async with AsyncExitStack() as stack:
        first = await watching(stack, "ann")
        before = TITLE_STORE.worked
        second = await watching(stack, "ann")
        assert TITLE_STORE.worked == before + 1
        await change()
        assert await receive_event(first) == await receive_event(second)


async def test_when_the_one_who_works_leaves_another_takes_over() -> None:
    shared = subscriptions.SharedAnswers()
    operation = DocumentCache(schema._schema, Limits()).prepare("subscription { refused }")
    assert isinstance(operation, Document)
    key = (operation.operations[0], "{}", "ann")
    begun: list[str] = []

    async def work(name: str) -> bytes:
        begun.append(name)
        if name == "first":
            await asyncio.Event().wait()
        if name == "second":
            raise RuntimeError("cannot")
        return name.encode()

    event = object()
    tasks = []
    for name in ("first", "second", "third", "fourth"):
        task = asyncio.create_task(shared.answer(key, event, None, partial(work, name)))
        tasks.append(task)
        await asyncio.sleep(0)
    assert begun == ["first"]
    tasks[0].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert isinstance(answers[1], RuntimeError)
    assert answers[2] is answers[3]
    assert begun == ["first", "second", "third"]


async def test_the_same_object_again_is_worked_out_anew() -> None:
    async with AsyncExitStack() as stack:
        socket = await watching(stack, "ann")
        before = TITLE_STORE.worked
        TITLE_STORE.changed.set()
        assert await receive_event(socket) == before + 1
        TITLE_STORE.rename("stop")
