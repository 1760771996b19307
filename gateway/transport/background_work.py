"""Long operations in a thread, so that the event loop can answer other requests.

Only pure operations can run there: those that await nothing and read only their own input.
Short ones stay on the loop, because handing them to the thread costs more than it saves.
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
"""Number of threads; more would not be faster, because they share one interpreter lock."""
MAX_INLINE_SIZE = 1_000
"""A pure query beyond this size runs in the thread; up to it a query takes a few milliseconds.

The size is the number of tokens, and the values in the variables times the root fields.
"""
INTROSPECTION = frozenset({"__schema", "__type"})


class ComputeThread:
    """The one thread for long work, started at its first use."""

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` in the thread and return its result."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="aside")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, copy_context().run, work)


class ThreadOffload:
    """Executes long pure queries in a thread, with an ``Execute`` built for that thread."""

    def __init__(
        self, build_execute: Callable[[], Execute], pure: frozenset[str], thread: ComputeThread
    ) -> None:
        self._thread = thread
        self._build_execute = build_execute
        self._pure = pure | INTROSPECTION | {"__typename"}
        # Plans change as they are used, so the thread and the loop must not share them.
        self._execute: Execute | None = None

    def accepts(self, operation: PreparedOperation, variables: Mapping[str, object]) -> bool:
        """Whether ``operation`` is pure and long enough for the thread."""
        if operation.kind is not OperationType.QUERY or not operation.roots <= self._pure:
            return False
        if operation.tokens > MAX_INLINE_SIZE or operation.roots & INTROSPECTION:
            return True
        limit = MAX_INLINE_SIZE // max(operation.fields, 1)
        return _has_more_than(limit, variables)

    async def answer(
        self, operation: PreparedOperation, variables: dict[str, object], context: object
    ) -> ExecutionResult:
        """The result of ``operation``, computed in the thread."""
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
        # A pure field may still be a coroutine function, which needs a loop to run.
        return asyncio.run(_await_result(result))


async def _await_result(result: Awaitable[ExecutionResult]) -> ExecutionResult:
    return await result


def _has_more_than(limit: int, value: object) -> bool:
    """Whether ``value`` contains more than ``limit`` values; counting stops there."""
    count, pending = 0, [value]
    while pending and count <= limit:
        count += 1
        item = pending.pop()
        if isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return count > limit
