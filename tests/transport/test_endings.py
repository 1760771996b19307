"""Operations that end with their server or their client: nothing is left that was never awaited."""

import asyncio

import pytest
import strawberry
from graphql import ExecutionResult

from gateway.transport.compiled_execution import CompiledExecution
from gateway.transport.documents import DocumentCache, PreparedOperation
from gateway.transport.execution import InterpretedExecution, OperationRunner
from gateway.transport.limits import Limits
from tests.plans.leavings import forbid_leftovers


@strawberry.type
class Query:
    @strawberry.field
    async def slow(self) -> str:
        await asyncio.sleep(0)
        return "slow"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def slow(self) -> str:
        await asyncio.sleep(0)
        return "slow"


SCHEMA = strawberry.Schema(Query, Mutation)


def runner(seconds: float) -> OperationRunner:
    interpreted = InterpretedExecution(SCHEMA)
    return OperationRunner(interpreted, CompiledExecution(SCHEMA, interpreted), seconds)


def operation(text: str) -> PreparedOperation:
    document = DocumentCache(SCHEMA._schema, Limits()).prepare(text)
    chosen = document.operation(None)  # type: ignore[union-attr]
    assert isinstance(chosen, PreparedOperation)
    return chosen


@pytest.mark.parametrize("steps", range(4))
@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_every_task_is_cancelled(kind: str, steps: int) -> None:
    """As when the loop ends, after any number of steps."""
    answer = runner(1).answer(operation(f"{kind} {{ slow a: slow }}"), {}, None)
    with forbid_leftovers():
        running = asyncio.ensure_future(answer)
        await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        del running, left
        for _ in range(3):
            await asyncio.sleep(0)


async def test_a_query_that_has_no_time_at_all() -> None:
    with forbid_leftovers():
        result = await runner(0).answer(operation("{ slow a: slow }"), {}, None)
        await asyncio.sleep(0)
    assert isinstance(result, ExecutionResult)
    assert [error.message for error in result.errors or ()] == ["The operation took too long."]
