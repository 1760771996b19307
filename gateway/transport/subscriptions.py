"""Subscriptions: an answer for each event, worked out once for all who would see the same."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from graphql import ExecutionResult

from gateway.transport.callers import TransportCaller
from gateway.transport.documents import PreparedOperation
from gateway.transport.execution import OperationRunner

SHARED_SECONDS = 1.0
"""How long an answer may be handed out again; a fan-out takes milliseconds."""

EventIds: TypeAlias = Mapping[str, Callable[[object], str]]
"""By the name of a subscription: what an event is called by who asks for what came after it."""
AnswerKey: TypeAlias = tuple[PreparedOperation, str, Hashable]
Encode: TypeAlias = Callable[[ExecutionResult], bytes]


class AnswerWithId(bytes):
    """An answer to an event that can be asked after, by ``event_id``."""

    event_id: str


@dataclass(frozen=True, slots=True, eq=False)
class SharedAnswer:
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
        self._latest: dict[AnswerKey, SharedAnswer] = {}

    async def answer(
        self,
        key: AnswerKey,
        event: object,
        last_answer: SharedAnswer | None,
        compute: Callable[[], Awaitable[bytes]],
    ) -> SharedAnswer:
        """The answer to share; by ``compute`` where none has begun, or it was ``last_answer``."""
        while True:
            latest = self._latest.get(key)
            if latest is None or latest.event is not event or latest is last_answer:
                return await self._compute_answer(key, event, compute)
            if not latest.answer.done():
                await asyncio.wait((latest.answer,))
            if not latest.answer.cancelled():
                return latest
            # Whoever worked on it has left or failed: the next who waits takes over.

    async def _compute_answer(
        self, key: AnswerKey, event: object, compute: Callable[[], Awaitable[bytes]]
    ) -> SharedAnswer:
        loop = asyncio.get_running_loop()
        shared_answer = self._latest[key] = SharedAnswer(event, loop.create_future())
        loop.call_later(SHARED_SECONDS, self._forget, key, shared_answer)
        try:
            shared_answer.answer.set_result(await compute())
        finally:
            if not shared_answer.answer.done():
                self._forget(key, shared_answer)
                shared_answer.answer.cancel()
        return shared_answer

    def _forget(self, key: AnswerKey, shared_answer: SharedAnswer) -> None:
        if self._latest.get(key) is shared_answer:
            del self._latest[key]


class Subscriptions:
    """Opens subscriptions and encodes their answers."""

    def __init__(
        self, runner: OperationRunner, encode: Encode, event_ids: EventIds | None = None
    ) -> None:
        self._runner = runner
        self._event_ids = event_ids or {}
        self._encode = encode
        self._shared = SharedAnswers()

    async def open(
        self, operation: PreparedOperation, variables: dict[str, object], caller: TransportCaller
    ) -> AsyncGenerator[bytes, None] | ExecutionResult:
        """The payloads of a subscription, or why there are none."""
        source = await self._runner.source(operation, variables, await caller.context())
        if isinstance(source, ExecutionResult):
            return source
        return self._payloads(source, operation, variables, caller)

    async def _payloads(
        self,
        source: AsyncIterator[object],
        operation: PreparedOperation,
        variables: dict[str, object],
        caller: TransportCaller,
    ) -> AsyncGenerator[bytes, None]:
        # As text: the bytes that orjson gives hold on to a whole page each.
        variables_json = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS).decode()
        last_answer: SharedAnswer | None = None
        first = True
        try:
            async for event in source:

                async def compute(event: object = event) -> bytes:
                    return await self._answer_event(event, operation, variables, caller)

                viewer = await caller.viewer()
                if first or viewer is None:  # the first event is the present state: never shared
                    first = False
                    yield await compute()
                    continue
                last_answer = await self._shared.answer(
                    (operation, variables_json, viewer), event, last_answer, compute
                )
                yield last_answer.answer.result()
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    async def _answer_event(
        self,
        event: object,
        operation: PreparedOperation,
        variables: dict[str, object],
        caller: TransportCaller,
    ) -> bytes:
        context = await caller.context()
        answer = self._encode(await self._runner.event(operation, variables, context, event))
        for name in operation.roots & self._event_ids.keys():
            answer = AnswerWithId(answer)
            answer.event_id = self._event_ids[name](event)
        return answer
