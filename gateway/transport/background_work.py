"""Long work beside the event loop: pure operations in a thread, so that others are answered.

Everything else shares one loop. What awaits nothing and reads nothing but its own input can be
worked out elsewhere; a thread of its own is worth its detour only where there is much to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from graphql import ExecutionResult, OperationType

from gateway.transport.documents import PreparedOperation
from gateway.transport.execution import Execute

Result = TypeVar("Result")

MAX_THREADS = 1
"""Threads: they share one interpreter, and two would only take longer each."""
MAX_INLINE_SIZE = 1_000
"""Values of variables times root fields, and tokens: what takes a few milliseconds."""
INTROSPECTION = frozenset({"__schema", "__type"})


class ComputeThread:
    """The one thread for long work, begun when there is some."""

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """What ``work`` gives, which others do not wait for."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="aside")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, copy_context().run, work)


class ThreadOffload:
    """Executes what is pure and long in a thread; ``make`` makes what that thread executes by."""

    def __init__(
        self, build_execute: Callable[[], Execute], pure: frozenset[str], thread: ComputeThread
    ) -> None:
        self._thread = thread
        self._build_execute = build_execute
        self._pure = pure | INTROSPECTION | {"__typename"}
        # Plans grow as they are used: those of the thread are never those of the loop.
        self._execute: Execute | None = None

    def accepts(self, operation: PreparedOperation, variables: Mapping[str, object]) -> bool:
        """Whether ``operation`` is pure, and long enough to be worth a thread."""
        if operation.kind is not OperationType.QUERY or not operation.roots <= self._pure:
            return False
        if operation.tokens > MAX_INLINE_SIZE or operation.roots & INTROSPECTION:
            return True
        limit = MAX_INLINE_SIZE // max(operation.fields, 1)
        return _has_more_than(limit, variables)

    async def answer(
        self, operation: PreparedOperation, variables: dict[str, object], context: object
    ) -> ExecutionResult:
        """The result of ``operation``, worked out in the thread."""
        return await self._thread.run(
            partial(self._execute_in_thread, operation, variables, context)
        )

    def _execute_in_thread(
        self, operation: PreparedOperation, variables: dict[str, object], context: object
    ) -> ExecutionResult:
        if self._execute is None:
            self._execute = self._build_execute()
        result = self._execute(operation, variables, context)
        if isinstance(result, ExecutionResult):
            return result
        # A field that might have awaited something: pure all the same, it needs a loop to end on.
        return asyncio.run(_await_result(result))


async def _await_result(result: Awaitable[ExecutionResult]) -> ExecutionResult:
    return await result


def _has_more_than(limit: int, value: object) -> bool:
    """Whether ``value`` is made of more than ``limit`` values; no more are looked at."""
    count, pending = 0, [value]
    while pending and count <= limit:
        count += 1
        item = pending.pop()
        if isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return count > limit
