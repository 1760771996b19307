"""Plans and prepared documents kept for the next request."""

import pytest
from graphql import DocumentNode, build_schema, parse
from graphql.execution import ExecutionResult

from gateway.plans import (
    Plan,
    PlanCache,
    PreparedOperations,
    Ready,
    Request,
    Unplannable,
    execute_request,
)
from gateway.plans.lru_cache import LruCache

SCHEMA = build_schema("type Query { a: Int b(x: Int = 3): Int } type Mutation { a: Int }")
FLAGGED = "query($f: Boolean!) { a @skip(if: $f) b }"


class RootValue:
    a = 1

    def b(self, _info: object, x: int | None = None) -> int | None:
        return x


def plan_of(
    cache: PlanCache, text: str, name: str | None = None, **variables: object
) -> Plan | Unplannable:
    ready = cache.ready(parse(text), name, variables)
    assert not isinstance(ready, list)
    return ready.plan if isinstance(ready, Ready) else ready


def test_a_text_parsed_twice_has_one_plan() -> None:
    cache = PlanCache(SCHEMA)
    assert plan_of(cache, "{ a }") is plan_of(cache, "{ a }")
    assert (cache.counts.hits, cache.counts.misses) == (1, 1)


def test_each_truth_value_has_its_own_plan() -> None:
    cache = PlanCache(SCHEMA)
    skipping, asking = (plan_of(cache, FLAGGED, f=f) for f in (True, False))
    assert skipping is not asking
    assert plan_of(cache, FLAGGED, f=True) is skipping
    assert len(cache) == 1


def test_each_operation_has_its_own_plan() -> None:
    cache = PlanCache(SCHEMA)
    text = "query A { a } query B { b }"
    results = [plan_of(cache, text, name) for name in ("A", "B")]
    assert [r.execute(RootValue()) for r in results if isinstance(r, Plan)] == [
        ExecutionResult({"a": 1}),
        ExecutionResult({"b": 3}),
    ]


def test_documents_without_text_are_known_by_identity() -> None:
    cache = PlanCache(SCHEMA)
    documents = [parse("{ a }", no_location=True), parse("{ b }", no_location=True)]
    plans = [cache.ready(document, None, None) for document in documents * 2]
    assert plans[0] == plans[2] != plans[1] == plans[3]


def test_the_least_recently_used_operation_is_forgotten() -> None:
    cache = PlanCache(SCHEMA, capacity=2)
    for text in ("{ a }", "{ b }", "{ a }", "{ a b }", "{ a }", "{ b }"):
        plan_of(cache, text)
    assert len(cache) == 2
    assert (cache.counts.hits, cache.counts.misses) == (2, 4)


def test_operations_seen_once_may_be_left_to_graphql_core() -> None:
    cache = PlanCache(SCHEMA, compile_from=2)
    assert isinstance(plan_of(cache, "{ a }"), Unplannable)
    assert isinstance(plan_of(cache, "{ a }"), Plan)
    assert cache.counts.fallbacks == {"seen for the first time": 1}


def test_fallbacks_are_counted_by_reason() -> None:
    cache = PlanCache(SCHEMA)
    for text in (
        "{ __schema { description } }",
        "subscription { a }",
        '{ __type(name: "Q") { name } }',
    ):
        assert isinstance(plan_of(cache, text), Unplannable)
    assert cache.counts.fallbacks == {"introspection": 2, "operation type": 1}
    assert cache.counts.planned == 0


def test_wrong_variables_are_errors() -> None:
    ready = PlanCache(SCHEMA).ready(parse(FLAGGED), None, {"f": "no"})
    assert isinstance(ready, list)
    assert [error.message for error in ready] == [
        "Variable '$f' has invalid value: Boolean cannot represent a non boolean value: 'no'"
    ]


def test_a_prepared_text_is_parsed_and_validated_once() -> None:
    prepared = PreparedOperations(SCHEMA)
    first = prepared.prepare("{ a }")
    assert isinstance(first.document, DocumentNode)
    assert prepared.prepare("{ a }") is first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ a", "Syntax Error: Expected Name, found <EOF>."),
        ("{ c }", "Cannot query field 'c' on type 'Query'."),
        ("{ a a a a a }", "Syntax Error: Document contains more than 6 tokens. Parsing aborted."),
    ],
)
def test_what_is_wrong_with_a_text_is_kept_too(text: str, message: str) -> None:
    prepared = PreparedOperations(SCHEMA, max_tokens=6, hide_suggestions=True)
    assert prepared.prepare(text) is prepared.prepare(text)
    assert prepared.prepare(text).document is None
    assert [error.message for error in prepared.prepare(text).errors] == [message]


def test_long_texts_are_not_kept() -> None:
    prepared = PreparedOperations(SCHEMA, longest=3)
    assert prepared.prepare("{ a }") is not prepared.prepare("{ a }")


@pytest.mark.parametrize(
    "text",
    ["{ a b(x: 2) }", '{ a b(x: 2) ...T } fragment T on Query { __type(name: "") { name } }'],
)
def test_a_request_is_executed_either_way(text: str) -> None:
    document = PreparedOperations(SCHEMA).prepare(text).document
    assert document is not None
    result = execute_request(PlanCache(SCHEMA), Request(document, root_value=RootValue()))
    assert isinstance(result, ExecutionResult)
    assert result.data is not None
    assert (result.data["a"], result.data["b"]) == (1, 2)


def test_a_request_with_wrong_variables_is_refused() -> None:
    result = execute_request(PlanCache(SCHEMA), Request(parse(FLAGGED)))
    assert isinstance(result, ExecutionResult)
    assert result.data is None
    message = "Variable '$f' has invalid value: Expected a value of non-null type 'Boolean!'"
    assert [error.message for error in result.errors or ()] == [f"{message} to be provided."]


def test_what_is_bounded_forgets_what_was_not_used() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.store("a", 1)
    cache.store("b", 2)
    assert cache.get("a") == 1
    cache.store("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]
    assert cache.get_or_make("b", lambda: 5) == 5
    assert len(cache) == 2
