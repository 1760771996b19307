"""What a request brings reaches resolvers by plan, in every way in which Strawberry executes."""

from collections.abc import AsyncIterator

import pytest
import strawberry
from graphql import parse
from graphql.execution import ExecutionResult
from strawberry.extensions import SchemaExtension
from strawberry.types.info import Info

from gateway.plans import Plan, Plans, compile_plan
from tests.plans.test_extension import FieldMiddleware, data_and_errors


async def _letters() -> AsyncIterator[str]:
    for letter in "ab":
        yield letter


@strawberry.type
class Query:
    @strawberry.field
    def told(self, info: Info, x: int = 0) -> str:
        return f"{self} {info.context} {x} {info.input_extensions}"

    @strawberry.field
    async def later(self, info: Info) -> str:
        return f"{info.context} later"

    @strawberry.field
    def letters(self) -> list[str]:
        return _letters()  # type: ignore[return-value]

    @strawberry.field
    def numbers(self) -> list[int]:
        return [1, 2, 3]


@strawberry.type
class Event:
    number: int

    @strawberry.field
    def told(self, info: Info) -> str:
        return f"{self.number} {info.context} {info.input_extensions}"

    @strawberry.field
    def told_by(self, info: Info) -> str:
        return type(info).__name__

    @strawberry.field
    def twice(self) -> list[int]:
        return [self.number, self.number]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def events(self, upto: int = 2) -> AsyncIterator[Event]:
        for number in range(upto):
            yield Event(number=number)


class Root:
    def __str__(self) -> str:
        return "root"


TWO = "query A($x: Int = 1) { told(x: $x) } query B { later told }"


def schema_with_plans(plans: Plans, *extensions: type[SchemaExtension]) -> strawberry.Schema:
    return strawberry.Schema(
        Query,
        subscription=Subscription,
        extensions=[*extensions, plans.extension],
        execution_context_class=plans.executor,
    )


async def test_a_request_names_its_operation_and_brings_its_extensions() -> None:
    plans = Plans()
    schema = schema_with_plans(plans)
    first = await schema.execute(
        TWO, {"x": 5}, "context", Root(), operation_name="A", operation_extensions={"key": 1}
    )
    assert data_and_errors(first) == ({"told": "root context 5 {'key': 1}"}, [])
    second = await schema.execute(TWO, None, "context", Root(), operation_name="B")
    assert data_and_errors(second) == (
        {"later": "context later", "told": "root context 0 None"},
        [],
    )
    assert plans.cache(schema._schema).counts.planned == 2


def test_streams_are_no_lists_where_nothing_is_awaited() -> None:
    plans = Plans()
    schema = strawberry.Schema(Query, extensions=[plans.sync_extension])
    result = schema.execute_sync("{ letters }", root_value=Root())
    assert data_and_errors(result) == (
        None,
        [
            (
                "Expected Iterable, but did not find one for field 'Query.letters'.",
                ["letters"],
                {},
            )
        ],
    )
    assert plans.cache(schema._schema).counts.planned == 1


async def test_streams_are_lists_where_they_can_be_awaited() -> None:
    plans = Plans()
    result = await schema_with_plans(plans).execute("{ letters }", root_value=Root())
    assert data_and_errors(result) == ({"letters": ["a", "b"]}, [])


async def told_by_events(schema: strawberry.Schema) -> list[object]:
    stream = await schema.subscribe(
        "subscription { events { told } }", None, "context", operation_extensions={"key": 1}
    )
    assert isinstance(stream, AsyncIterator)
    return [data_and_errors(result) async for result in stream]


TOLD: list[object] = [
    ({"events": {"told": f"{number} context {{'key': 1}}"}}, []) for number in range(2)
]


async def test_events_bring_what_their_subscription_brought() -> None:
    plans = Plans()
    schema = schema_with_plans(plans)
    assert await told_by_events(schema) == TOLD
    assert plans.cache(schema._schema).counts.planned == 2


async def test_events_with_middleware_are_left_to_graphql_core() -> None:
    plans = Plans()
    schema = schema_with_plans(plans, FieldMiddleware)
    assert await told_by_events(schema) == TOLD
    assert plans.cache(schema._schema).counts.fallbacks == {"middleware": 2}


async def test_events_are_left_to_graphql_core_while_plans_are_off() -> None:
    plans = Plans(enabled=False)
    schema = schema_with_plans(plans)
    assert await told_by_events(schema) == TOLD
    assert plans.cache(schema._schema).counts.planned == 0


@pytest.mark.parametrize(("enabled", "told_by"), [(True, "LazyInfo"), (False, "Info")])
async def test_events_are_executed_by_plan(enabled: bool, told_by: str) -> None:  # noqa: FBT001
    schema = schema_with_plans(Plans(enabled=enabled))
    stream = await schema.subscribe("subscription { events(upto: 1) { toldBy } }")
    assert isinstance(stream, AsyncIterator)
    answers = [data_and_errors(result) async for result in stream]
    assert answers == [({"events": {"toldBy": told_by}}, [])]


def test_an_event_has_bounds_of_its_own() -> None:
    core = strawberry.Schema(Query, subscription=Subscription)._schema
    plan = compile_plan(core, parse("subscription { events { twice } }"))
    assert isinstance(plan, Plan)
    for values, data in ((2, {"events": {"twice": [3, 3]}}), (1, None)):
        result = plan.execute_event(Event(number=3), "context", values=values)
        assert isinstance(result, ExecutionResult)
        assert result.data == data


def test_plans_of_another_schema_are_dropped() -> None:
    plans = Plans()
    first, second = (strawberry.Schema(Query)._schema for _ in range(2))
    cache = plans.cache(first)
    assert plans.cache(first) is cache
    assert plans.cache(second) is not cache
    assert (plans.cache(second).schema, plans.cache(first) is cache) == (second, False)


def test_so_many_plans_are_kept_and_so_soon_made() -> None:
    core = strawberry.Schema(Query)._schema
    for plans, max_plans in ((Plans(), 512), (Plans(3), 3)):
        cache = plans.cache(core)
        for number in range(max_plans + 1):
            cache.operation(parse(f"{{ n{number}: numbers }}"), None)
        assert len(cache) == max_plans
    patient = Plans(compile_from=2).cache(core)
    for _ in range(2):
        patient.ready(parse("{ numbers }"), None, None)
    assert (patient.counts.misses, patient.counts.fallbacks.total()) == (1, 1)
