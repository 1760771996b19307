"""Plans against graphql-core: random schemas, random documents, resolvers of every kind."""

import asyncio
import gc
import os
from collections.abc import Coroutine

import pytest
from graphql import GraphQLError, GraphQLSchema, execute, parse, validate
from graphql.execution import ExecutionResult
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from gateway.plans import PlanCache, Ready, dismiss
from tests.plans.behaviour import Behaviour, settle_result
from tests.plans.leavings import forbid_leftovers, freeze_heap
from tests.plans.random_documents import requests
from tests.plans.random_schemas import schemas

# How often a value is faulty, and how often it has to be awaited.
FAULT_AND_AWAIT_RATES = [
    (0, 0),
    (0.1, 0),
    (0.3, 0),
    (0, 0.5),
    (0.02, 0.2),
    (0.1, 1),
    (0.1, 0.5),
    (0.3, 1),
]
# Thousands more, others each time, by PLANS_FUZZ_EXAMPLES=5000; these are for every change, and the
# same ones: which of two errors under one null comes first is known to differ now and then.
EXAMPLES = os.environ.get("PLANS_FUZZ_EXAMPLES")
THOROUGH = settings(
    max_examples=int(EXAMPLES or "40"),
    derandomize=EXAMPLES is None,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


def describe_error(error: GraphQLError) -> tuple[object, ...]:
    """Everything a client or a log learns from ``error``."""
    original = error.original_error
    extensions = repr(error.extensions)
    return error.message, error.path, error.locations, extensions, type(original), str(original)


def describe_result(result: object) -> tuple[str, list[tuple[object, ...]]]:
    """The response, the order of its keys included."""
    assert isinstance(result, ExecutionResult)
    return repr(result.data), [describe_error(error) for error in result.errors or ()]


async def assert_same_execution(
    schema: GraphQLSchema, behaviour: Behaviour, request: tuple[str, dict[str, object], str | None]
) -> None:
    """Execute ``request`` twice and compare answers and calls."""
    text, variables, name = request
    document = parse(text)

    async def by_core() -> tuple[tuple[str, list[tuple[object, ...]]], bool]:
        answer = execute(schema, document, behaviour.root(), "context", variables, name)
        return describe_result(await settle_result(answer)), isinstance(answer, ExecutionResult)

    expected, immediate = await by_core()
    gc.collect()  # what graphql-core leaves, it leaves here
    await settle_result(None)
    calls = behaviour.calls
    event("sync" if immediate else "async")
    event(f"{min(len(expected[1]), 5)} errors")
    ready = PlanCache(schema).ready(document, name, variables)
    root = behaviour.root()
    if isinstance(ready, list):
        assert expected == describe_result(ExecutionResult(None, ready))
        return
    assert isinstance(ready, Ready) or ready.reason == "flag without a value", ready
    if isinstance(ready, Ready):
        with forbid_leftovers():
            result = ready.plan.execute(root, "context", ready.variables)
            assert isinstance(result, ExecutionResult) == immediate
            assert describe_result(await settle_result(result)) == expected
        assert behaviour.calls == calls
        if not immediate:
            await give_up_midway(ready, behaviour)


async def give_up_midway(ready: Ready, behaviour: Behaviour) -> None:
    """Execute once more; the client goes before the first step, or after one, two or three."""
    steps = behaviour.seed % 4
    with forbid_leftovers():
        result = ready.plan.execute(behaviour.root(), "context", ready.variables)
        assert isinstance(result, Coroutine)
        if steps == 0:
            dismiss(result)
        else:
            running = asyncio.ensure_future(result)
            for _ in range(steps):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait([running])
            del running
        del result
        await settle_result(None)


@pytest.fixture(scope="module", autouse=True)
def collections_are_fast() -> None:
    freeze_heap()


# Tasks that graphql-core cancels before their first step never await what they were given.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.timeout(0)
@given(st.data(), st.integers(0, 2**32))
@THOROUGH
def test_a_plan_answers_as_graphql_core_does(data: st.DataObject, seed: int) -> None:
    behaviour = Behaviour(seed, 0.0, 0.0)
    schema = data.draw(schemas(behaviour))
    request = data.draw(requests(schema))
    assume(not validate(schema, parse(request[0])))
    for number, (faults, awaitables) in enumerate(FAULT_AND_AWAIT_RATES):
        behaviour.seed, behaviour.faults = seed + number, faults
        behaviour.awaitables = awaitables
        asyncio.run(assert_same_execution(schema, behaviour, request))
