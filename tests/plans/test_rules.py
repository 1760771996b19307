"""Rules of execution one by one: exact answers, and the same as graphql-core's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute,
    is_object_type,
    parse,
)
from graphql.execution import ExecutionResult

from gateway.plans import Plan, compile_plan
from tests.plans.behaviour import settle_result
from tests.plans.test_fuzz import describe_result

SDL = """
type Query { a: A  must: A!  items: [Int]  strict: [Int!]  nested: [[A!]]  each: [A]  number: Int
             word: String truth: Boolean real: Float id: ID colour: Colour any: Any thing: Thing }
type A { slow: B  bad: Int!  late: Int!  ok: Int  x: Int  a: A }
type B { x: Int  y: Int! }
type C { x: Int }
union Thing = B | C
enum Colour { RED }
scalar Any
"""
Resolvers = dict[str, Callable[..., object]]


def schema_with(resolvers: Resolvers) -> GraphQLSchema:
    """The schema above; ``resolvers`` are by ``Type.field``, and read nothing from the source."""
    schema = build_schema(SDL)
    for name, resolve in resolvers.items():
        owner, field = name.split(".")
        type_ = schema.get_type(owner)
        assert is_object_type(type_)
        type_.fields[field].resolve = lambda _source, info, _resolve=resolve: _resolve(info)
    return schema


def compile_text(schema: GraphQLSchema, text: str) -> Plan:
    plan = compile_plan(schema, parse(text))
    assert isinstance(plan, Plan)
    return plan


async def agreed_answer(resolvers: Resolvers, text: str) -> tuple[object, list[object]]:
    """Data, and messages with paths, that both ways agree on."""
    schema = schema_with(resolvers)
    expected = describe_result(await settle_result(execute(schema, parse(text), {})))
    result = await settle_result(compile_text(schema, text).execute({}))
    assert describe_result(result) == expected
    assert isinstance(result, ExecutionResult)
    return result.data, [(error.message, error.path) for error in result.errors or ()]


def raising_resolver(message: str) -> Callable[..., object]:
    def resolve(_info: object) -> object:
        raise ValueError(message)

    return resolve


def slow_resolver(value: object, turns: int = 1) -> Callable[..., object]:
    async def resolve(_info: object) -> object:
        for _ in range(turns):
            await asyncio.sleep(0)
        if isinstance(value, Exception):
            raise value
        return value

    return resolve


def constant_resolver(value: object) -> Callable[..., object]:
    return lambda _info: value


async def test_an_error_under_a_parent_that_is_null_already_is_dropped() -> None:
    resolvers = {
        "Query.a": constant_resolver({}),
        "A.slow": slow_resolver({}),
        "B.x": slow_resolver(ValueError("too late")),
        "A.bad": raising_resolver("at once"),
    }
    assert await agreed_answer(resolvers, "{ a { slow { x } bad } }") == (
        {"a": None},
        [("at once", ["a", "bad"])],
    )


async def test_an_error_that_came_before_its_parent_was_null_is_kept() -> None:
    resolvers = {
        "Query.a": constant_resolver({}),
        "A.ok": raising_resolver("first"),
        "A.bad": raising_resolver("second"),
    }
    assert await agreed_answer(resolvers, "{ a { ok bad x } number }") == (
        {"a": None, "number": None},
        [("first", ["a", "ok"]), ("second", ["a", "bad"])],
    )


async def test_fields_after_a_failed_one_are_not_asked_for() -> None:
    asked: list[str] = []
    resolvers: Resolvers = {
        "Query.a": constant_resolver({}),
        "A.bad": raising_resolver("stop"),
        "A.x": lambda _info: asked.append("x"),
    }
    await agreed_answer(resolvers, "{ a { bad x } }")
    assert asked == []


async def test_of_several_late_errors_the_first_wins() -> None:
    resolvers = {
        "Query.a": constant_resolver({}),
        "A.bad": slow_resolver(ValueError("second"), 3),
        "A.late": slow_resolver(ValueError("first"), 1),
    }
    assert await agreed_answer(resolvers, "{ a { bad late } }") == (
        {"a": None},
        [("first", ["a", "late"])],
    )


async def test_null_goes_up_to_the_root() -> None:
    resolvers = {"Query.must": constant_resolver({}), "A.bad": slow_resolver(None)}
    assert await agreed_answer(resolvers, "{ number must { bad } }") == (
        None,
        [("Cannot return null for non-nullable field A.bad.", ["must", "bad"])],
    )


async def test_items_fail_one_by_one_where_they_may_be_null() -> None:
    assert await agreed_answer(
        {"Query.items": constant_resolver([1, "x", None, ValueError("e")])}, "{ items }"
    ) == (
        {"items": [1, None, None, None]},
        [("Int cannot represent non-integer value: 'x'", ["items", 1]), ("e", ["items", 3])],
    )


async def test_an_item_that_may_not_be_null_takes_the_list_along() -> None:
    assert await agreed_answer({"Query.strict": constant_resolver((1, None, 2))}, "{ strict }") == (
        {"strict": None},
        [("Cannot return null for non-nullable field Query.strict.", ["strict", 1])],
    )


async def test_nested_lists() -> None:
    resolvers = {
        "Query.nested": constant_resolver([[{}, None], None, [{}]]),
        "A.x": constant_resolver(1),
    }
    assert await agreed_answer(resolvers, "{ nested { x } }") == (
        {"nested": [None, None, [{"x": 1}]]},
        [("Cannot return null for non-nullable field Query.nested.", ["nested", 0, 1])],
    )


@pytest.mark.parametrize("value", ["text", 5, {"a": 1}, b"bytes", object])
async def test_what_is_no_list_is_refused(value: object) -> None:
    assert await agreed_answer({"Query.items": lambda _info: value}, "{ items }") == (
        {"items": None},
        [("Expected Iterable, but did not find one for field 'Query.items'.", ["items"])],
    )


async def test_a_generator_that_fails_takes_the_list_along() -> None:
    def items(_info: object) -> Iterator[int]:
        yield 1
        raise ValueError("dry")

    assert await agreed_answer({"Query.items": items}, "{ items }") == (
        {"items": None},
        [("dry", ["items"])],
    )


@pytest.mark.parametrize(
    ("field", "value", "given"),
    [
        ("number", True, 1),
        ("number", 2.0, 2),
        ("number", "3", 3),
        ("number", 2**31, None),
        ("number", -(2**31), -(2**31)),
        ("number", float("nan"), None),
        ("real", 2, 2.0),
        ("real", float("inf"), None),
        ("real", float("nan"), None),
        ("real", 1.5, 1.5),
        ("word", True, "true"),
        ("word", 5, "5"),
        ("word", [], None),
        ("truth", 1, True),
        ("truth", "yes", None),
        ("id", 7, "7"),
        ("id", True, None),
        ("colour", "RED", "RED"),
        ("colour", "BLUE", None),
        ("any", {"deep": [1]}, {"deep": [1]}),
        ("number", KeyError("returned"), None),
    ],
)
async def test_leaves_are_coerced(field: str, value: object, given: object) -> None:
    data, errors = await agreed_answer(
        {f"Query.{field}": constant_resolver(value)}, f"{{ {field} }}"
    )
    assert data == {field: given}
    assert bool(errors) == (given is None)


async def test_an_error_keeps_its_own_path_and_extensions() -> None:
    error = GraphQLError("own", path=["some", "where"], extensions={"code": 1})

    def resolve(_info: object) -> object:
        raise error

    assert await agreed_answer({"Query.number": resolve}, "{ number }") == (
        {"number": None},
        [("own", ["some", "where"])],
    )


async def test_a_union_without_a_type_is_an_error() -> None:
    data, errors = await agreed_answer(
        {"Query.thing": constant_resolver({})}, "{ thing { __typename } }"
    )
    assert data == {"thing": None}
    assert len(errors) == 1


async def test_fragments_on_a_union_merge_by_type() -> None:
    resolvers = {"Query.thing": constant_resolver({"__typename": "B", "x": 1, "y": 2})}
    text = "{ thing { ... on C { c: x } ... on B { x y } __typename ... on B { again: x } } }"
    assert await agreed_answer(resolvers, text) == (
        {"thing": {"x": 1, "y": 2, "__typename": "B", "again": 1}},
        [],
    )


async def test_the_same_resolver_runs_once_for_merged_fields() -> None:
    calls: list[int] = []

    def resolve(info: GraphQLResolveInfo[object]) -> object:
        calls.append(len(info.field_nodes))
        return {}

    await agreed_answer(
        {"Query.a": resolve}, "{ a { x } a { ok x } ...F } fragment F on Query { a { x } }"
    )
    assert calls == [3, 3]


def test_nothing_is_awaited_where_nothing_has_to_be() -> None:
    plan = compile_text(schema_with({"Query.a": constant_resolver({})}), "{ a { x a { x } } }")
    assert plan.execute({}) == ExecutionResult({"a": {"x": None, "a": None}}, None)


def test_without_a_loop_an_awaitable_is_still_only_handed_back() -> None:
    plan = compile_text(schema_with({"Query.number": slow_resolver(4)}), "{ number }")
    result = plan.execute({})
    assert isinstance(result, Awaitable)
    assert asyncio.run(settle_result(result)) == ExecutionResult({"number": 4}, None)
