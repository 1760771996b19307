"""Executions that end early: as graphql-core answers, with nothing left that was never awaited."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

import pytest
from aiodataloader import DataLoader
from graphql import GraphQLSchema, build_schema, execute, parse
from graphql.execution import ExecutionResult

from gateway.plans import Plan, compile_plan, dismiss
from gateway.resolvers.loaders import Loader
from tests.plans.behaviour import settle_result
from tests.plans.leavings import forbid_leftovers, freeze_heap

SDL = """
interface Face { later: String }
type Node implements Face {
  later: String
  laterRequired: String!
  raises: String!
  fails: String!
  slowlyFails: String!
  null: String!
  plain: String
  cancelled: String!
  mixed: [String!]
  nested: [[String!]!]
  generated: [String!]
  streamed: [String!]
  nodes: [Node!]
  node: Node
  required: Node!
  face: Face
  laterNode: Node
  loaded(key: Int!): String
}
type Query { root: Node node: Node required: Node! later: String raises: String! fails: String! }
type Mutation { raises: String! later: String required: Node! }
"""

Resolve = Callable[..., object]


async def later(*_: object) -> str:
    await asyncio.sleep(0)
    return "late"


async def slow() -> str:
    for _ in range(5):
        await asyncio.sleep(0)
    return "slow"


def raise_at_once(*_: object) -> str:
    raise ValueError("raised at once")


async def raise_in_coroutine(*_: object) -> str:
    raise ValueError("failed at the first step")


async def raise_later(*_: object) -> str:
    await slow()
    raise ValueError("failed later")


def raise_cancelled(*_: object) -> str:
    raise asyncio.CancelledError


def mixed_list(*_: object) -> list[object]:
    return [slow(), ValueError("an item"), slow(), later()]


def nested_lists(*_: object) -> list[object]:
    return [[slow(), later()], [slow(), None, slow()], [slow()], (later(), [later()])]


def failing_generator(*_: object) -> Iterator[object]:
    yield slow()
    yield None
    yield slow()
    raise ValueError("no more")


async def async_items(*_: object) -> AsyncIterator[object]:
    yield slow()
    yield later()
    await asyncio.sleep(0)
    yield None


async def later_node(*_: object) -> dict[str, object]:
    await asyncio.sleep(0)
    return {}


async def is_node(*_: object) -> bool:
    await asyncio.sleep(0)
    return True


def node(*_: object) -> dict[str, object]:
    return {}


def load_by_key(_: object, info: object, key: int) -> object:
    context: DataLoader[int, str] = info.context  # type: ignore[attr-defined]
    return context.load(key)


RESOLVERS: dict[str, Resolve] = {
    "later": later,
    "laterRequired": later,
    "raises": raise_at_once,
    "fails": raise_in_coroutine,
    "slowlyFails": raise_later,
    "null": lambda *_: None,
    "plain": lambda *_: "plain",
    "cancelled": raise_cancelled,
    "mixed": mixed_list,
    "nested": nested_lists,
    "generated": failing_generator,
    "streamed": async_items,
    "nodes": lambda *_: [{}, {}],
    "node": node,
    "root": node,
    "required": node,
    "face": node,
    "laterNode": later_node,
    "loaded": load_by_key,
}
FIELDS = [
    "later raises",
    "raises later",
    "later null plain",
    "later node { later raises } plain",
    "later required { later laterRequired raises }",
    "node { node { later required { later null } } }",
    "laterNode { later raises } later",
    "mixed later",
    "nested later",
    "generated later",
    "streamed later",
    "nodes { later raises }",
    "nodes { later fails node { later } }",
    "face { later } raises",
    "fails face { later }",
    "later fails",
    "fails required { a: later b: laterRequired node { later c: later } }",
    "fails nodes { a: later b: later }",
    "fails mixed nested streamed",
    "slowlyFails nodes { a: laterNode { later a: later } b: later }",
    "a: node { fails later } b: node { slowlyFails nodes { later } } c: later",
    "a: loaded(key: 1) b: loaded(key: 2) raises",
    "a: node { fails loaded(key: 1) } b: node { loaded(key: 1) }",
]
DOCUMENTS = [
    *(f"{{ root {{ {fields} }} }}" for fields in FIELDS),
    "{ later raises }",
    "{ fails later node { later a: later } }",
    "mutation { a: later raises b: later }",
    "mutation { a: later required { later fails b: later } }",
    "mutation { required { later raises } }",
]
CANCELLED = [
    "{ root { later mixed nested cancelled } }",
    "{ root { nodes { later cancelled } } }",
    "mutation { required { later a: later cancelled } }",
]


class DoublingLoader(Loader[int, str]):
    async def batch_load_fn(self, keys: list[int]) -> list[str]:
        await asyncio.sleep(0)
        return [str(key * 2) for key in keys]


@pytest.fixture(scope="module", autouse=True)
def collections_are_fast() -> None:
    freeze_heap()


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    for name in ("Query", "Mutation", "Node"):
        type_ = schema.type_map[name]
        for key, field in type_.fields.items():  # type: ignore[attr-defined]
            field.resolve = RESOLVERS[key]
    schema.type_map["Node"].is_type_of = is_node  # type: ignore[attr-defined]
    return schema


def compile_text(schema: GraphQLSchema, text: str) -> Plan:
    plan = compile_plan(schema, parse(text))
    assert isinstance(plan, Plan)
    return plan


def data_and_errors(result: object) -> object:
    assert isinstance(result, ExecutionResult)
    return result.data, [error.formatted for error in result.errors or ()]


async def await_result(result: Coroutine[object, object, ExecutionResult]) -> ExecutionResult:
    return await result


async def by_core(schema: GraphQLSchema, text: str) -> object:
    return data_and_errors(
        await settle_result(execute(schema, parse(text), context_value=DoublingLoader()))
    )


# graphql-core itself leaves behind what a cancelled task had not begun to await.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize("text", DOCUMENTS)
async def test_the_answer_is_graphql_cores_and_nothing_is_left(
    schema: GraphQLSchema, text: str
) -> None:
    expected = await by_core(schema, text)
    gc.collect()
    await settle_result(None)
    plan = compile_text(schema, text)
    with forbid_leftovers():
        assert (
            data_and_errors(await settle_result(plan.execute(None, DoublingLoader()))) == expected
        )


@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("text", DOCUMENTS)
async def test_nothing_is_left_when_the_client_goes(
    schema: GraphQLSchema, text: str, steps: int
) -> None:
    plan = compile_text(schema, text)
    with forbid_leftovers():
        result = plan.execute(None, DoublingLoader())
        if isinstance(result, Coroutine):
            running = asyncio.ensure_future(await_result(result))
            for _ in range(steps):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait([running])
            dismiss(result)
            del running
        del result
        await settle_result(None)


@pytest.mark.parametrize("text", CANCELLED)
async def test_nothing_is_left_of_a_field_that_is_cancelled_at_once(
    schema: GraphQLSchema, text: str
) -> None:
    plan = compile_text(schema, text)
    with forbid_leftovers():
        with pytest.raises(asyncio.CancelledError):
            await settle_result(plan.execute())
        await settle_result(None)


@pytest.mark.parametrize("text", [text for text in DOCUMENTS if "loaded" not in text])
def test_nothing_is_left_without_a_loop(schema: GraphQLSchema, text: str) -> None:
    """Synchronous execution: what would have to be awaited is closed."""
    plan = compile_text(schema, text)
    with forbid_leftovers():
        dismiss(plan.execute())


async def test_nothing_is_left_when_the_loop_ends(schema: GraphQLSchema) -> None:
    """What was left to end in the background is cancelled before it began."""
    plan = compile_text(schema, "{ later node { later a: later } b: later raises }")
    with forbid_leftovers():
        assert isinstance(plan.execute(), ExecutionResult)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert len(left) == 3
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        del left, task
        await settle_result(None)


async def test_a_field_that_is_given_up_takes_nothing_from_others(schema: GraphQLSchema) -> None:
    text = "{ a: node { slowlyFails loaded(key: 1) } b: node { loaded(key: 1) } }"
    plan = compile_text(schema, text.replace("slowlyFails", "fails"))
    result = await settle_result(plan.execute(None, DoublingLoader()))
    assert isinstance(result, ExecutionResult)
    assert result.data == {"a": None, "b": {"loaded": "2"}}
