"""Subscriptions; an answer to an event is computed once for all callers who may share it."""

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
"""Seconds after which an answer to an event is no longer shared."""

EventIds: TypeAlias = Mapping[str, Callable[[object], str]]
"""A function by the name of a subscription, which returns the id of an event."""
AnswerKey: TypeAlias = tuple[PreparedOperation, str, Hashable]
Encode: TypeAlias = Callable[[ExecutionResult], bytes]


class AnswerWithId(bytes):
    """An answer to an event with an ``event_id``, after which a client can resume the stream."""

    event_id: str


@dataclass(frozen=True, slots=True, eq=False)
class SharedAnswer:
    """The answer to one event, which may still be being computed."""

    event: object
    answer: asyncio.Future[bytes]


class SharedAnswers:
    """The latest answer for each operation, variables and viewer.

    Subscribers whose sources yield the same object share its answer. If a subscriber gets the
    same object a second time, its answer is computed again, because other data may have changed.
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
        """The shared answer to ``event``, computed if there is none or it is ``last_answer``.

        ``last_answer`` is the one that this subscriber got before.
        """
        while True:
            latest = self._latest.get(key)
            if latest is None or latest.event is not event or latest is last_answer:
                return await self._compute_answer(key, event, compute)
            if not latest.answer.done():
                await asyncio.wait((latest.answer,))
            if not latest.answer.cancelled():
                return latest
            # The subscriber that computed it left or failed, so one that waits computes it.

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
        """The encoded answers of a subscription, or a result with the errors if it cannot begin."""
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
        # Stored as text, because each bytes object of orjson keeps a whole memory page.
        variables_json = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS).decode()
        last_answer: SharedAnswer | None = None
        first = True
        try:
            async for event in source:

                async def compute(event: object = event) -> bytes:
                    return await self._answer_event(event, operation, variables, caller)

                viewer = await caller.viewer()
                if first or viewer is None:  # the first event is the present state, never shared
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
