"""Bounds of plans: how long answers, texts and caches may be."""

from datetime import datetime
from decimal import Decimal

import pytest
import strawberry
from graphql import GraphQLError, build_schema, parse, specified_rules
from graphql.execution import ExecutionResult

from gateway.plans import (
    Plan,
    PlanCache,
    PreparedOperations,
    Ready,
    Unplannable,
    compile_plan,
)
from gateway.plans.cache import MAX_COERCION_ERRORS, MAX_FLAG_COMBINATIONS
from gateway.plans.feasibility import MAX_FLAGS
from gateway.plans.plain_classes import MAX_CLASSES, is_plain, remember
from tests.plans.shop import Query

SCHEMA = build_schema(
    """
    type Query { items: [Item!]  numbers: [Int!]  pairs: [[Int!]!]  number: Int }
    type Item { a: Int  b: Int  deep: [Int!] }
    """
)
SOURCE = {
    "items": [{"a": 1, "b": 2, "deep": [1, 2]}, {"a": 3, "b": 4, "deep": [3]}],
    "numbers": [1, 2, 3],
    "pairs": [[1, 2], [3]],
    "number": 7,
}


def execute(text: str, values: int | None) -> ExecutionResult:
    plan = compile_plan(SCHEMA, parse(text))
    assert isinstance(plan, Plan)
    result = plan.execute(SOURCE, values=values)
    assert isinstance(result, ExecutionResult)
    return result


def require_error(result: ExecutionResult) -> GraphQLError:
    assert result.errors
    return result.errors[0]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ number }", 0),
        ("{ numbers }", 3),
        ("{ numbers again: numbers }", 6),
        ("{ items { a } }", 2),
        ("{ items { a b } }", 4),
        ("{ items { a deep } }", 7),
        ("{ pairs }", 5),
    ],
)
def test_an_answer_has_at_most_so_many_fields_in_lists(text: str, fields: int) -> None:
    unlimited = execute(text, None)
    assert (unlimited.errors, execute(text, fields).errors) == (None, None)
    assert execute(text, fields).data == unlimited.data
    if fields:
        error = require_error(execute(text, fields - 1))
        assert error.message == (
            f"The answer is too long: its lists hold more than {fields - 1} fields."
        )
        assert error.extensions == {"code": "QUERY_TOO_COMPLEX"}


def test_after_a_list_that_was_too_long_no_other_is_read() -> None:
    read: list[int] = []

    def numbers() -> object:
        for number in range(3):
            read.append(number)
            yield number

    plan = compile_plan(SCHEMA, parse("{ items { a } numbers }"))
    assert isinstance(plan, Plan)
    result = plan.execute({"items": SOURCE["items"], "numbers": numbers()}, values=1_001)
    assert isinstance(result, ExecutionResult)
    assert (result.errors, read) == (None, [0, 1, 2])
    read.clear()
    result = plan.execute({"items": SOURCE["items"], "numbers": numbers()}, values=1)
    assert isinstance(result, ExecutionResult)
    assert [error.path for error in result.errors or ()] == [["items"], ["numbers"]]
    assert result.data == {"items": None, "numbers": None}


def test_a_thousand_is_written_with_a_comma() -> None:
    plan = compile_plan(SCHEMA, parse("{ numbers }"))
    assert isinstance(plan, Plan)
    result = plan.execute({"numbers": range(1_235)}, values=1_234)
    assert isinstance(result, ExecutionResult)
    assert (
        require_error(result).message
        == "The answer is too long: its lists hold more than 1,234 fields."
    )


def test_texts_up_to_a_length_are_kept() -> None:
    prepared = PreparedOperations(SCHEMA)
    longest = "{ number }".ljust(32_768)
    assert prepared.prepare(longest) is prepared.prepare(longest)
    assert prepared.prepare(longest + " ") is not prepared.prepare(longest + " ")
    short = PreparedOperations(SCHEMA, capacity=1)
    first = short.prepare("{ number }")
    short.prepare("{ numbers }")
    assert short.prepare("{ number }") is not first


def test_caches_hold_512_operations() -> None:
    prepared, plans = PreparedOperations(SCHEMA, rules=()), PlanCache(SCHEMA)
    texts = [f"{{ n{number}: number }}" for number in range(513)]
    first, second = prepared.prepare(texts[0]), prepared.prepare(texts[1])
    for text in texts[2:]:
        prepared.prepare(text)
    assert prepared.prepare(texts[1]) is second
    assert prepared.prepare(texts[0]) is not first
    for text in texts:
        plans.operation(parse(text), None)
    assert len(plans) == 512


def test_an_operation_has_so_many_flags_and_plans() -> None:
    flags = [f"f{number}" for number in range(MAX_FLAGS)]
    declared = ", ".join(f"${flag}: Boolean!" for flag in flags)
    fields = " ".join(f"{flag}: number @skip(if: ${flag})" for flag in flags)
    document = parse(f"query({declared}) {{ number {fields} }}")
    cache = PlanCache(SCHEMA)
    plans = []
    for number in range(MAX_FLAG_COMBINATIONS + 1):
        variables = {flag: bool(number >> index & 1) for index, flag in enumerate(flags)}
        ready = cache.ready(document, None, variables)
        assert isinstance(ready, Ready)
        plans.append(ready.plan)
    assert len(set(map(id, plans))) == MAX_FLAG_COMBINATIONS + 1
    again = cache.ready(document, None, dict.fromkeys(flags, False))
    assert isinstance(again, Ready)
    assert again.plan is not plans[0]


def test_so_many_errors_of_variables_are_told() -> None:
    schema = build_schema("type Query { a(x: [Int!]): Int }")
    ready = PlanCache(schema).ready(
        parse("query($x: [Int!]) { a(x: $x) }"), None, {"x": ["no"] * (MAX_COERCION_ERRORS + 10)}
    )
    assert isinstance(ready, list)
    assert len(ready) == MAX_COERCION_ERRORS + 1
    assert (
        ready[-1].message
        == "Too many errors processing variables, error limit reached. Execution aborted."
    )
    assert MAX_COERCION_ERRORS == 50


@pytest.mark.parametrize(
    ("class_", "plain"),
    [
        (Decimal, True),
        (datetime, True),
        (int, False),
        (type("Plain", (), {}), True),
        (ValueError, False),
        (type("Awaitable", (), {"__await__": None}), False),
        (type("Attributes", (), {"__getattr__": lambda *_: None}), False),
        (type("All", (), {"__getattribute__": lambda *_: None}), False),
    ],
)
def test_classes_whose_values_need_no_tests(class_: type, plain: bool) -> None:  # noqa: FBT001
    classes: set[type] = set()
    remember(class_, classes)
    assert (is_plain(class_), classes) == (plain, {class_} if plain else set())


def test_so_many_classes_are_remembered() -> None:
    classes: set[type] = {type(f"C{number}", (), {}) for number in range(MAX_CLASSES - 1)}
    remember(Decimal, classes)
    remember(datetime, classes)
    assert (Decimal in classes, len(classes)) == (True, MAX_CLASSES)
    assert datetime not in classes


def test_an_operation_is_compiled_from_an_execution_on() -> None:
    cache = PlanCache(SCHEMA, compile_from=3)
    document = parse("{ number }")
    answers = [cache.ready(document, None, None) for _ in range(4)]
    assert answers[:2] == [Unplannable("seen for the first time")] * 2
    assert all(isinstance(answer, Ready) for answer in answers[2:])
    assert (cache.counts.misses, cache.counts.hits) == (1, 1)


def test_documents_are_validated_by_strawberrys_rules() -> None:
    core = strawberry.Schema(Query)._schema
    text = "{ unset(maybe: null) }"
    assert PreparedOperations(core, rules=()).prepare(text).errors == ()
    assert PreparedOperations(core, rules=specified_rules).prepare(text).errors == ()
    (error,) = PreparedOperations(core).prepare(text).errors
    assert "'maybe'" in error.message
