"""Plans inside Strawberry's own execution: extension, subscriptions, switch, fallbacks."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaskErrors, SchemaExtension
from strawberry.types import ExecutionResult

from gateway.plans import Plans
from tests.plans.shop import Mutation, Query, Subscription

ASKED = "query($sku: ID!) { item(sku: $sku) { sku size broken } from }"


class FieldMiddleware(SchemaExtension):
    """Middleware: asked at every field."""

    async def resolve(
        self, _next: Callable[..., Any], root: object, info: object, *args: str, **kwargs: object
    ) -> object:
        value = _next(root, info, *args, **kwargs)
        return await value if hasattr(value, "__await__") else value


def schema_with_plans(plans: Plans, *extensions: type[SchemaExtension]) -> strawberry.Schema:
    return strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        extensions=[*extensions, plans.extension],
        execution_context_class=plans.executor,
    )


def data_and_errors(result: object) -> object:
    assert isinstance(result, ExecutionResult)
    return result.data, [(e.message, e.path, e.extensions) for e in result.errors or ()]


async def test_the_extension_executes_by_plan() -> None:
    plans = Plans()
    schema, plain = schema_with_plans(plans), strawberry.Schema(Query, Mutation, Subscription)
    for _ in range(3):
        expected = await plain.execute(ASKED, {"sku": "a"}, root_value=Query())
        assert data_and_errors(
            await schema.execute(ASKED, {"sku": "a"}, root_value=Query())
        ) == data_and_errors(expected)
    counts = plans.cache(schema._schema).counts
    assert (counts.hits, counts.misses, counts.planned) == (2, 1, 3)
    assert not counts.fallbacks


async def test_errors_pass_the_other_extensions() -> None:
    plans = Plans()
    schema = schema_with_plans(plans, MaskErrors)
    result = await schema.execute(ASKED, root_value=Query(), variable_values={"sku": "a"})
    assert data_and_errors(result) == (
        {"item": None, "from": "here"},
        [("Unexpected error.", ["item", "broken"], {})],
    )


async def test_errors_are_processed_once(caplog: pytest.LogCaptureFixture) -> None:
    result = await schema_with_plans(Plans()).execute("{ item { broken } }", root_value=Query())
    assert data_and_errors(result)
    assert [record.message.splitlines()[0] for record in caplog.records] == ["no x"]


async def test_bad_variables_are_told_as_graphql_core_tells_them() -> None:
    plain = strawberry.Schema(Query)
    wrong: list[dict[str, object]] = [{}, {"sku": None}, {"sku": []}]
    for variables in wrong:
        asked = await schema_with_plans(Plans()).execute(ASKED, variables)
        assert data_and_errors(asked) == data_and_errors(await plain.execute(ASKED, variables))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ __schema { queryType { name } } }", "introspection"),
        ('{ from ...T } fragment T on Query { __type(name: "Item") { name } }', "introspection"),
        ("query @experimental_disableErrorPropagation { from }", None),
    ],
)
async def test_graphql_core_executes_the_rest(text: str, reason: str | None) -> None:
    plans = Plans()
    schema = schema_with_plans(plans)
    expected = await strawberry.Schema(Query, Mutation).execute(text, root_value=Query())
    assert data_and_errors(await schema.execute(text, root_value=Query())) == data_and_errors(
        expected
    )
    assert plans.cache(schema._schema).counts.fallbacks == ({reason: 1} if reason else {})


async def test_middleware_is_left_to_graphql_core() -> None:
    plans = Plans()
    schema = schema_with_plans(plans, FieldMiddleware)
    result = await schema.execute("{ from }", root_value=Query())
    assert data_and_errors(result) == ({"from": "here"}, [])
    assert plans.cache(schema._schema).counts.fallbacks == {"middleware": 1}


async def test_the_switch_turns_plans_off() -> None:
    plans = Plans(enabled=False)
    schema = schema_with_plans(plans)
    result = await schema.execute("{ from }", root_value=Query())
    assert data_and_errors(result) == ({"from": "here"}, [])
    assert plans.cache(schema._schema).counts.planned == 0


async def events(schema: strawberry.Schema, text: str) -> list[object]:
    stream = await schema.subscribe(text)
    assert isinstance(stream, AsyncIterator)
    return [data_and_errors(result) async for result in stream]


@pytest.mark.parametrize(
    "text",
    [
        "subscription { counted(upto: 3) { number next { number tenfold } } }",
        "subscription { things { __typename sku ... on Item { broken } } }",
    ],
)
async def test_events_of_subscriptions_are_executed_by_plan(text: str) -> None:
    plans = Plans()
    schema = schema_with_plans(plans)
    expected = await events(strawberry.Schema(Query, Mutation, Subscription), text)
    assert await events(schema, text) == expected
    counts = plans.cache(schema._schema).counts
    assert (counts.planned, counts.misses) == (len(expected), 1)


def test_synchronous_execution() -> None:
    plans = Plans()
    schema = strawberry.Schema(Query, extensions=[plans.sync_extension])
    result = schema.execute_sync("{ from item { label } }", root_value=Query(), context_value="c")
    assert data_and_errors(result) == ({"from": "here", "item": {"label": "#x@label/label/c"}}, [])
    assert plans.cache(schema._schema).counts.planned == 1


def test_synchronous_execution_cannot_await() -> None:
    schema = strawberry.Schema(Query, extensions=[Plans().sync_extension])
    result = schema.execute_sync('{ later(sku: "a") { sku } }', root_value=Query())
    assert data_and_errors(result) == (
        None,
        [("GraphQL execution failed to complete synchronously.", None, {})],
    )


async def test_an_error_with_extensions_reaches_the_client() -> None:
    result = await schema_with_plans(Plans()).execute("{ item { broken } }", root_value=Query())
    assert result.errors is not None
    (error,) = result.errors
    assert isinstance(error, GraphQLError)
    assert error.formatted == {
        "message": "no x",
        "locations": [{"line": 1, "column": 10}],
        "path": ["item", "broken"],
        "extensions": {"code": "BROKEN"},
    }
