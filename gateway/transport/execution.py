"""Execution of operations, with a time limit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Protocol, TypeAlias

from graphql import ExecutionResult, GraphQLError, OperationType, execute
from graphql.execution import create_source_event_stream
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.plans import dismiss
from gateway.transport.documents import PreparedOperation
from gateway.transport.errors import Code

Result: TypeAlias = ExecutionResult | Awaitable[ExecutionResult]


class Execute(Protocol):
    """Executes a query, a mutation, or a subscription for one event."""

    def __call__(
        self,
        operation: PreparedOperation,
        variables: dict[str, object],
        context: object,
        root: object = None,
    ) -> Result:
        """The result, or an awaitable of it if a resolver has to wait."""


class Offload(Protocol):
    """Executes some operations away from the event loop."""

    def accepts(self, operation: PreparedOperation, variables: Mapping[str, object]) -> bool:
        """Whether ``operation`` is executed here."""

    def answer(
        self, operation: PreparedOperation, variables: dict[str, object], context: object
    ) -> Awaitable[ExecutionResult]:
        """The result of ``operation``."""


class InterpretedExecution:
    """Execution by graphql-core, which is used for operations without a compiled plan."""

    def __init__(self, schema: Schema, *, suggestions: bool = True) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("extensions and operation directives of the schema would not run")
        self._schema = schema._schema  # noqa: SLF001 - there is no public name for it
        self._suggestions = suggestions

    def __call__(
        self,
        operation: PreparedOperation,
        variables: dict[str, object],
        context: object,
        root: object = None,
    ) -> Result:
        """The result, or an awaitable of it if a resolver has to wait."""
        return execute(
            self._schema,
            operation.document,
            root_value=root,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            executor_class=StrawberryGraphQLCoreExecutionContext,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # a plain predicate
            hide_suggestions=not self._suggestions,
        )

    async def source(
        self, operation: PreparedOperation, variables: dict[str, object], context: object
    ) -> AsyncIterator[object] | ExecutionResult:
        """The events of a subscription, or a result with the errors if it cannot begin."""
        executor = StrawberryGraphQLCoreExecutionContext.build(
            self._schema,
            operation.document,
            None,
            context,
            variables,
            operation.name,
            hide_suggestions=not self._suggestions,
        )
        if isinstance(executor, list):
            return ExecutionResult(None, errors=executor)
        stream = create_source_event_stream(executor)
        opened = await stream if isinstance(stream, Awaitable) else stream
        return opened if isinstance(opened, ExecutionResult) else aiter(opened)


class OperationRunner:
    """Executes operations within a time limit, in seconds."""

    def __init__(
        self,
        interpreted: InterpretedExecution,
        execute: Execute,
        seconds: float,
        offload: "Offload | None" = None,
    ) -> None:
        self._offload = offload
        self._interpreted = interpreted
        self._execute = execute
        self._seconds = seconds
        self._unfinished: set[asyncio.Future[ExecutionResult]] = set()

    async def answer(
        self, operation: PreparedOperation, variables: dict[str, object], context: object
    ) -> ExecutionResult:
        """The result of a query or mutation; a timeout error after the time limit.

        A query is cancelled at the limit. A mutation continues to its end, because stopping it
        halfway would be worse than finishing late.
        """
        if self._offload is not None and self._offload.accepts(operation, variables):
            return await self._await_in_time(self._offload.answer(operation, variables, context))
        result = self._execute(operation, variables, context)
        if operation.kind is OperationType.MUTATION and not isinstance(result, ExecutionResult):
            return await self._await_mutation(result)
        return await self._await_in_time(result)

    async def source(
        self, operation: PreparedOperation, variables: dict[str, object], context: object
    ) -> AsyncIterator[object] | ExecutionResult:
        """The events of a subscription, or a result with the errors if it cannot begin."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._interpreted.source(operation, variables, context)
        except TimeoutError:
            return timeout_result()

    async def event(
        self,
        operation: PreparedOperation,
        variables: dict[str, object],
        context: object,
        event: object,
    ) -> ExecutionResult:
        """The result of a subscription for one event."""
        return await self._await_in_time(self._execute(operation, variables, context, event))

    async def _await_in_time(self, result: Result) -> ExecutionResult:
        if isinstance(result, ExecutionResult):
            return result
        try:
            async with asyncio.timeout(self._seconds):
                return await result
        except TimeoutError:
            return timeout_result()

    async def _await_mutation(self, result: Awaitable[ExecutionResult]) -> ExecutionResult:
        running = asyncio.ensure_future(_await_result(result))
        self._unfinished.add(running)
        running.add_done_callback(self._unfinished.discard)
        # If the task is cancelled before its first step, ``result`` was never awaited.
        running.add_done_callback(lambda _: dismiss(running, result))
        done, _ = await asyncio.wait({running}, timeout=self._seconds)
        return running.result() if done else timeout_result()


async def _await_result(result: Awaitable[ExecutionResult]) -> ExecutionResult:
    return await result


def timeout_result() -> ExecutionResult:
    """The result of an operation that exceeded its time limit."""
    error = GraphQLError(
        "The operation took too long.", extensions={"code": Code.OPERATION_TIMEOUT}
    )
    return ExecutionResult(None, [error])
