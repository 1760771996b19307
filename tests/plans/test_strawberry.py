"""Strawberry schemas by plan: the same answers as without, feature by feature."""

import asyncio
from dataclasses import dataclass, field

import pytest
import strawberry
from graphql import execute, parse, validate
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.plans import PlanCache, Ready
from tests.plans.behaviour import settle_result
from tests.plans.shop import Mutation, Query, Subscription, loader
from tests.plans.test_fuzz import describe_result

# Tasks that graphql-core cancels before their first step never await what they were given.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
]

schema = strawberry.Schema(Query, Mutation, Subscription)
core = schema._schema


@dataclass
class StrawberryCase:
    text: str
    variables: dict[str, object] = field(default_factory=dict)


ITEM = "{ sku price size cost(times: 2) stock label }"
CASES = {
    "attributes and aliases": StrawberryCase("{ from again: from __typename note { text at } }"),
    "parent, info, graphql_type": StrawberryCase(
        '{ item { a: sku sku cost(times: 3) label(prefix: "!") } }'
    ),
    "variables": StrawberryCase(
        "query($s: ID!, $t: Int = 4) { item(sku: $s) { sku cost(times: $t) size } }", {"s": "q"}
    ),
    "a variable left out": StrawberryCase(
        "query($t: Int, $p: String) { item { cost(times: $t) label(prefix: $p) } }", {}
    ),
    "null for what needs a value": StrawberryCase(
        "query($t: Int = 2) { item { cost(times: $t) } }", {"t": None}
    ),
    "null parent": StrawberryCase('{ item(sku: "none") { sku } }'),
    "interface": StrawberryCase(
        "{ stocked { __typename sku ... on Item { price } ...P } } fragment P on Parcel { weight }"
    ),
    "union": StrawberryCase("{ sendable { ... on Stocked { sku } ... on Item { size } } }"),
    "a strange value": StrawberryCase('{ sendable(kind: "strange") { __typename } }'),
    "a strange value, nullable": StrawberryCase(
        '{ perhaps(kind: "strange") { __typename ... on Item { sku } } }'
    ),
    "a strange interface": StrawberryCase('{ stocked(kind: "strange") { sku } }'),
    "enums": StrawberryCase(
        "query($t: Tone) { item { tone(default: LIGHT) t: tone(default: $t) size } }", {"t": "DARK"}
    ),
    "input object": StrawberryCase(
        '{ point(at: {x: 1}) b: point(at: {x: 1, y: 2, tags: ["t"], size: LARGE}, sizes: [SMALL]) }'
    ),
    "input variable": StrawberryCase(
        """query($p: Point!, $x: Int!) {
            point(at: $p) b: point(at: {x: $x}) pointLater(at: $p) pl: pointLater }""",
        {"p": {"x": 5, "tags": ["a"]}, "x": 6},
    ),
    "bad variable": StrawberryCase("query($p: Point!) { point(at: $p) }", {"p": {"y": "no"}}),
    "one of": StrawberryCase('{ choose(choice: {sku: "a"}) c: choose(choice: {point: {x: 1}}) }'),
    "maybe and unset": StrawberryCase(
        """{ change(by: {}) a: change(by: {name: null, note: null}) unset
            b: change(by: {name: "n"}, when: "2026-01-02T03:04:05+00:00")
            c: unset(locale: null, maybe: 3) }"""
    ),
    "bad custom scalar": StrawberryCase(
        "query($w: DateTime) { change(by: {}, when: $w) }", {"w": "soon"}
    ),
    "permission and extension": StrawberryCase('{ secret loud l: loud(word: "ho") }'),
    "null up to the item": StrawberryCase("{ item { sku broken } from }"),
    "null at the field": StrawberryCase("{ item { sku maybe } stocked { ... on Item { maybe } } }"),
    "null up to the root": StrawberryCase('{ later(sku: "a") { broken } from }'),
    "asynchronous": StrawberryCase(
        '{ later(sku: "abc") { stock s: stock(late: true) sku } item { stock(late: true) } }'
    ),
    "async in lists": StrawberryCase(
        "{ sendable { ... on Item { stock(late: true) maybe sku } } }"
    ),
    "awaitable from a sync resolver": StrawberryCase("{ counters { promised tenfold number } }"),
    "async list": StrawberryCase("{ stream(count: 3) }"),
    "selected fields": StrawberryCase("query($a: Int! = 1) { selected item { cost(times: $a) } }"),
    "skip and include": StrawberryCase(
        """query($y: Boolean!, $n: Boolean!) {
            from @skip(if: $n) x: from @include(if: $n)
            ... @include(if: $y) { item { sku @skip(if: $y) size } } }""",
        {"y": True, "n": False},
    ),
    "merged fields": StrawberryCase(
        "{ item { sku } ...F item { cost } } fragment F on Query { item { size sku } from }"
    ),
    "only introspection of a type's name": StrawberryCase("{ __typename }"),
}


async def by_core(case: StrawberryCase, context: object) -> object:
    return await settle_result(
        execute(
            core,
            parse(case.text),
            Query(),
            context,
            case.variables,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            executor_class=StrawberryGraphQLCoreExecutionContext,
        )
    )


async def by_plan(case: StrawberryCase, context: object) -> object:
    ready = PlanCache(core).ready(parse(case.text), None, case.variables)
    if isinstance(ready, list):
        from graphql.execution import ExecutionResult

        return ExecutionResult(None, ready)
    assert isinstance(ready, Ready)
    return await settle_result(ready.plan.execute(Query(), context, ready.variables))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("context", ["owner", "guest"])
async def test_a_plan_answers_as_strawberry_does(name: str, context: str) -> None:
    case = CASES[name]
    assert validate(core, parse(case.text)) == []
    assert describe_result(await by_plan(case, context)) == describe_result(
        await by_core(case, context)
    )


@pytest.mark.parametrize(
    "text",
    [
        "mutation { a: add(number: 1) b: put(number: 2) c: add(number: 3) d: put(number: 4) }",
        "mutation { a: put(number: 1) fail b: put(number: 2) }",
        "mutation { a: put(number: 1) b: put(number: 2) }",
    ],
)
async def test_mutations_are_serial(text: str) -> None:
    expected: list[str] = []
    answer = await by_core(StrawberryCase(text), expected)
    done: list[str] = []
    assert describe_result(await by_plan(StrawberryCase(text), done)) == describe_result(answer)
    assert done == expected


@pytest.mark.parametrize(
    ("text", "batches"),
    [
        ("{ counters { tenfold } }", [[0, 1, 2]]),
        ("{ counters { promised next { promised } } }", [[0, 1, 2, 3]]),
        (
            "{ a: counters { tenfold } b: counters(count: 5) { next { tenfold } } }",
            [[0, 1, 2, 3, 4, 5]],
        ),
    ],
)
async def test_siblings_and_items_are_one_batch(text: str, batches: list[list[int]]) -> None:
    loader.batches.clear()
    await by_core(StrawberryCase(text), None)
    of_core = [sorted(batch) for batch in loader.batches]
    loader.batches.clear()
    await by_plan(StrawberryCase(text), None)
    assert [sorted(batch) for batch in loader.batches] == of_core == batches


async def test_cancelling_the_request_cancels_what_it_waits_for() -> None:
    case = StrawberryCase('{ later(sku: "a") { sku } counters { tenfold } }')
    task = asyncio.create_task(by_plan(case, None))
    for _ in range(2):  # its fields have begun
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
