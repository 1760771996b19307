"""Limits on operations: one memoised pass, the same over HTTP and WebSocket."""

import time
from unittest.mock import ANY

import pytest
from graphql import build_schema, parse

from gateway.transport.complexity import Complexity, ComplexityMeasure
from gateway.transport.documents import Document, DocumentCache
from gateway.transport.errors import DocumentRejected
from gateway.transport.limits import Limits
from tests.transport.asgi_driver import error_codes, open_socket, post
from tests.transport.toy_schema import schema, toy_app

APP = toy_app()
CORE = schema._schema


def doubling_fragments(levels: int) -> str:
    """Fragments each spreading the next twice: 2**levels fields when expanded."""
    spread = "".join(
        f"fragment F{level} on Query {{ ...F{level + 1} ...F{level + 1} }} "
        for level in range(levels)
    )
    return f"{{ ...F0 }} {spread} fragment F{levels} on Query {{ a: hello }}"


def measure_operation(query: str, **variables: object) -> Complexity:
    document = parse(query)
    measure = ComplexityMeasure(CORE, document, list_size=10, variables=variables)
    return measure.operation(document.definitions[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "figures"),
    [
        ("{ hello }", Complexity(depth=1, aliases=0, fields=1, cost=0)),
        ("{ a: hello b: hello }", Complexity(1, 2, 2, 0)),
        ("{ book { title } }", Complexity(2, 0, 1, 1)),
        ("{ book { x: title } ...F } fragment F on Query { hello }", Complexity(2, 1, 2, 1)),
        ("{ books(first: 50) { title } }", Complexity(2, 0, 1, 50)),
        ("{ books(first: 50) { neighbours(first: 4) { title } } }", Complexity(3, 0, 1, 250)),
        ("{ books { title } }", Complexity(2, 0, 1, 10)),
        ("{ books(first: 7) { shelf { shelf { title } } } }", Complexity(4, 0, 1, 84)),
        ("{ __schema { types { fields { name } } } }", Complexity(1, 0, 1, 0)),
        ("{ ...Nope nothing { at { all } } }", Complexity(3, 0, 1, 0)),
        ("{ ...F } fragment F on Query { hello ...F }", Complexity(1, 0, 1, 0)),
        ("query ($n: Int = 3) { books(first: $n) { title } }", Complexity(2, 0, 1, 3)),
        ("query ($n: Int) { books(first: $n) { title } }", Complexity(2, 0, 1, 10)),
    ],
)
def test_figures(query: str, figures: Complexity) -> None:
    assert measure_operation(query) == figures


def test_a_size_may_come_from_a_variable() -> None:
    query = "query ($n: Int) { books(first: $n) { title } }"
    assert measure_operation(query, n=33).cost == 33
    assert measure_operation(query, n=-1).cost == 0
    assert measure_operation(query, n="x").cost == 10


BY_IDS = build_schema(
    "type Query { nodes(ids: [ID!]!): [Thing]! } type Thing { name: String part: Thing }"
)


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ('{ nodes(ids: ["a", "b", "c"]) { part { name } } }', {}, 6),
        ('{ nodes(ids: "a") { part { name } } }', {}, 2),
        ("{ nodes(ids: []) { part { name } } }", {}, 0),
        ("query ($i: [ID!]!) { nodes(ids: $i) { part { name } } }", {"i": ["a"] * 70}, 140),
        ("query ($i: [ID!]!) { nodes(ids: $i) { part { name } } }", {"i": "a"}, 2),
        ("query ($i: [ID!]!) { nodes(ids: $i) { part { name } } }", {}, 20),
    ],
)
def test_what_is_found_by_ids_costs_as_many_as_there_are(
    query: str, variables: dict[str, object], cost: int
) -> None:
    document = parse(query)
    measure = ComplexityMeasure(BY_IDS, document, list_size=10, variables=variables)
    assert measure.operation(document.definitions[0]).cost == cost  # type: ignore[arg-type]


async def test_sixty_doubling_fragments_take_under_50_ms() -> None:
    query = doubling_fragments(60)
    # Of this process alone: what else the machine does is no fault of the endpoint's.
    started = time.process_time()
    answer = await post(APP, query)
    assert time.process_time() - started < 0.05
    assert answer.code == "QUERY_TOO_COMPLEX"


@pytest.mark.parametrize(
    ("query", "what"),
    [
        (
            "{ book { " + "neighbours { " * 20 + "title" + " }" * 20 + " } }",
            "The operation is too deep: 22 of at most 20.",
        ),
        (
            "{ book { " + " ".join(f"a{n}: title" for n in range(101)) + " } }",
            "The operation is too full of aliases: 101 of at most 100.",
        ),
        (
            "{ " + "hello " * 31 + "}",
            "The operation is too broad at its root: 31 of at most 30.",
        ),
        (
            "{ books(first: 100001) { title } }",
            "The operation is too costly: 100001 of at most 100000.",
        ),
        (
            "{ " + "books(first: 2147483647) { neighbours(first: 999999) { title } }" + " }",
            "The operation is too costly: far more of at most 100000.",
        ),
        ("{ " + "hello " * 2001 + "}", ANY),
        ("#" + "\n#" * 600 + "\n{ hello }", ANY),
    ],
)
async def test_too_large_is_refused_everywhere(query: str, what: str) -> None:
    answer = await post(APP, query)
    assert answer.code in {"QUERY_TOO_COMPLEX", "GRAPHQL_PARSE_FAILED"}
    assert answer.json() == {"errors": [{"message": what, "extensions": ANY, **_places(answer)}]}
    async with open_socket(APP) as socket:
        await socket.subscribe("1", query)
        message = await socket.receive()
        assert message["type"] == "error"
        assert error_codes(message["payload"]) == {answer.code}


def _places(answer: object) -> dict[str, object]:
    return {"locations": ANY} if b'"locations"' in answer.body else {}  # type: ignore[attr-defined]


async def test_the_variables_count_each_time() -> None:
    query = "query ($n: Int) { books(first: $n) { title } }"
    assert (await post(APP, {"query": query, "variables": {"n": 2}})).status == 200
    answer = await post(APP, {"query": query, "variables": {"n": 200_000}})
    assert answer.code == "QUERY_TOO_COMPLEX"


async def test_undefined_fragments_and_cycles_are_left_to_validation() -> None:
    for query in (
        "{ ...Nope }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    ):
        assert (await post(APP, query)).code == "GRAPHQL_VALIDATION_FAILED"


async def test_long_chains_of_fragments_are_refused_not_followed() -> None:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(240))
    answer = await post(APP, f"{{ ...F0 }} {chain} fragment F240 on Query {{ hello }}")
    assert answer.code in {"QUERY_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED"}


async def test_deep_nesting_is_refused() -> None:
    for query in (
        "{ " + "book { " * 900,
        "{ length(of: " + "[" * 900 + "]" * 900 + ") }",
        "{ " + "... { " * 400 + "hello" + " }" * 400 + " }",
    ):
        answer = await post(APP, query)
        assert answer.code in {
            "GRAPHQL_PARSE_FAILED",
            "GRAPHQL_VALIDATION_FAILED",
            "QUERY_TOO_COMPLEX",
        }


def test_documents_are_prepared_once_and_the_least_used_forgotten() -> None:
    documents = DocumentCache(CORE, Limits(cached_tokens=12))
    first = documents.prepare("{ hello }")
    assert isinstance(first, Document)
    assert documents.prepare("{ hello }") is first
    second = documents.prepare("{ a: hello }")
    assert documents.prepare("{ hello }") is first
    documents.prepare("{ b: hello }")
    assert documents.prepare("{ hello }") is first
    assert documents.prepare("{ a: hello }") is not second


def test_an_operation_is_the_same_object_each_time() -> None:
    documents = DocumentCache(CORE, Limits())
    document = documents.prepare("query A { hello } query B { hello }")
    assert isinstance(document, Document)
    assert document.operation("A") is document.operation("A")
    assert isinstance(document.operation(None), DocumentRejected)
