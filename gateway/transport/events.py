"""Subscriptions: an answer for each event, worked out once for all who would see the same."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from graphql import ExecutionResult

from gateway.transport.callers import Caller
from gateway.transport.documents import Operation
from gateway.transport.execution import Runner

SHARED_SECONDS = 1.0
"""How long an answer may be handed out again; a fan-out takes milliseconds."""

Marks: TypeAlias = Mapping[str, Callable[[object], str]]
"""By the name of a subscription: what an event is called by who asks for what came after it."""
Key: TypeAlias = tuple[Operation, str, Hashable]
Encode: TypeAlias = Callable[[ExecutionResult], bytes]


class Marked(bytes):
    """An answer to an event that can be asked after, by ``mark``."""

    mark: str


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """One event's answer, on its way or there."""

    event: object
    answer: asyncio.Future[bytes]


class SharedAnswers:
    """The latest answer for each operation, variables and viewer.

    Subscribers whose sources yield the same object share its answer. One that meets the same
    object a second time has it worked out anew: what the answer reads beside the event may have
    changed.
    """

    def __init__(self) -> None:
        self._latest: dict[Key, Worked] = {}

    async def answer(
        self, key: Key, event: object, seen: Worked | None, work: Callable[[], Awaitable[bytes]]
    ) -> Worked:
        """The answer to share; by ``work`` where nobody has begun, or where it was ``seen``."""
        while True:
            latest = self._latest.get(key)
            if latest is None or latest.event is not event or latest is seen:
                return await self._worked(key, event, work)
            if not latest.answer.done():
                await asyncio.wait((latest.answer,))
            if not latest.answer.cancelled():
                return latest
            # Whoever worked on it has left or failed: the next who waits takes over.

    async def _worked(
        self, key: Key, event: object, work: Callable[[], Awaitable[bytes]]
    ) -> Worked:
        loop = asyncio.get_running_loop()
        worked = self._latest[key] = Worked(event, loop.create_future())
        loop.call_later(SHARED_SECONDS, self._forget, key, worked)
        try:
            worked.answer.set_result(await work())
        finally:
            if not worked.answer.done():
                self._forget(key, worked)
                worked.answer.cancel()
        return worked

    def _forget(self, key: Key, worked: Worked) -> None:
        if self._latest.get(key) is worked:
            del self._latest[key]


class Subscriptions:
    """Opens subscriptions and encodes their answers."""

    def __init__(self, runner: Runner, encode: Encode, marks: Marks | None = None) -> None:
        self._runner = runner
        self._marks = marks or {}
        self._encode = encode
        self._shared = SharedAnswers()

    async def open(
        self, operation: Operation, variables: dict[str, object], caller: Caller
    ) -> AsyncGenerator[bytes, None] | ExecutionResult:
        """The payloads of a subscription, or why there are none."""
        source = await self._runner.source(operation, variables, await caller.context())
        if isinstance(source, ExecutionResult):
            return source
        return self._payloads(source, operation, variables, caller)

    async def _payloads(
        self,
        source: AsyncIterator[object],
        operation: Operation,
        variables: dict[str, object],
        caller: Caller,
    ) -> AsyncGenerator[bytes, None]:
        # As text: the bytes that orjson gives hold on to a whole page each.
        given = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS).decode()
        seen: Worked | None = None
        first = True
        try:
            async for event in source:

                async def work(event: object = event) -> bytes:
                    return await self._work(event, operation, variables, caller)

                viewer = await caller.viewer()
                if first or viewer is None:  # the first event is the present state: never shared
                    first = False
                    yield await work()
                    continue
                seen = await self._shared.answer((operation, given, viewer), event, seen, work)
                yield seen.answer.result()
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    async def _work(
        self,
        event: object,
        operation: Operation,
        variables: dict[str, object],
        caller: Caller,
    ) -> bytes:
        context = await caller.context()
        answer = self._encode(await self._runner.event(operation, variables, context, event))
        for name in operation.roots & self._marks.keys():
            answer = Marked(answer)
            answer.mark = self._marks[name](event)
        return answer
