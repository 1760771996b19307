"""How generated code reads attributes and calls resolvers, and that all answers stay the same."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from functools import wraps
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, GraphQLSchema, build_schema, execute, parse
from graphql.execution import ExecutionResult
from strawberry.schema.config import StrawberryConfig
from strawberry.types.info import Info

from gateway.plans import Plan, compile_plan
from tests.plans.shop import Mutation, Query, Subscription

CORE = strawberry.Schema(Query, Mutation, Subscription)._schema


def compile_text(core: GraphQLSchema, text: str) -> Plan:
    plan = compile_plan(core, parse(text))
    assert isinstance(plan, Plan)
    return plan


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{ item { sku } }", ["v_sku = source.sku"]),
        ("{ from }", ["v_from = source.field_name"]),
        ('{ item(sku: "a") { cost(times: 2) } }', ["r1_cost(source, 2)", "r2_item(source, 'a')"]),
        ("{ item { sku } }", ["v_item = r2_item(source, 'x')"]),
        ('{ item { label(prefix: "!") } }', ["r1_label(source, i1_label(run, at), '!')"]),
        ("{ item { tone(default: DARK) } }", ["r1_tone(source, l1_tone_default)"]),
        ("{ item { tone } }", ["r1_tone(source, None)"]),
        ("{ item { stock } }", ["c1_stock.later(r1_stock(source, late=False), (at, p1_stock)"]),
        ("{ stocked { sku } }", ["r2_stocked(None)"]),
        ("{ point(at: {x: 1}) }", ["r1_point(source, **a1_point(run, at))"]),
        ("{ pointLater }", ["r1_pointLater(source, **a1_pointLater(run, at))"]),
        ("{ pointLater(at: {x: 1}) }", ["c1_pointLater.later(r1_pointLater(source, **a1_poi"]),
        ("query($t: Int) { item { cost(times: $t) } }", ["r1_cost(source, **a1_cost(run))"]),
        ("query($p: String) { item { label(prefix: $p) } }", ["i1_label(run, at), **a1_label(run"]),
        ("query($w: Boolean!) { item { stock(late: $w) } }", ["r1_stock(source, **a1_stock(run))"]),
        ("{ loud }", ["v_loud = r1_loud(source, i1_loud(run, at), **a1_loud(run))"]),
        ("{ note { text at } }", ["v_text = source.text", "v_at = source.at"]),
    ],
)
def test_what_generated_code_calls(text: str, lines: list[str]) -> None:
    source = compile_text(CORE, text).source
    assert [line for line in lines if line not in source] == []


# -- attributes that are read otherwise


def read_item(source: Mapping[str, object], name: str) -> object:
    return source[name]


def test_a_default_resolver_of_the_schemas_own() -> None:
    @strawberry.type
    class Book:
        title: str

    @strawberry.type
    class Library:
        @strawberry.field
        def book(self) -> Book:
            return {"title": "Emma"}  # type: ignore[return-value]

    config = StrawberryConfig(default_resolver=read_item)
    plan = compile_text(strawberry.Schema(Library, config=config)._schema, "{ book { title } }")
    assert "v_title = r1_title(source, 'title')" in plan.source
    result = plan.execute(Library())
    assert isinstance(result, ExecutionResult)
    assert result.data == {"book": {"title": "Emma"}}


def test_an_attribute_whose_name_is_a_keyword() -> None:
    """As of a class that was made of a table."""

    @strawberry.type
    class Seat:
        grade: str = "second"

    Seat.__strawberry_definition__.fields[0].python_name = "class"  # type: ignore[attr-defined]
    setattr(Seat, "class", "first")
    plan = compile_text(strawberry.Schema(Seat)._schema, "{ class }")
    assert "v_class = r1_class(source, 'class')" in plan.source
    result = plan.execute(Seat())
    assert isinstance(result, ExecutionResult)
    assert result.data == {"class": "first"}


# -- infos and arguments of Strawberry's own


class LongInfo(Info[Any, Any]):
    @property
    def place(self) -> str:
        return f"{self.context}{self.path.as_list()}{self.root_value}{self.python_name}"


@strawberry.input
class Box:
    size: strawberry.Maybe[int | None]


def _doubled(resolver: Callable[..., int]) -> Callable[..., int]:
    """Hides the names of ``resolver``'s parameters, so that its object comes by position."""

    @wraps(resolver)
    def call(owner: object, /, **arguments: object) -> int:
        return 2 * resolver(owner, **arguments)

    return call


@strawberry.type
class Shelf:
    @strawberry.field
    def told(self, info: LongInfo) -> str:
        return info.place

    @strawberry.field
    def renamed(self, in_name: int = 3, out: int = 1) -> str:
        return f"{in_name} {out}"

    @strawberry.field
    def boxed(self, info: LongInfo, box: Box) -> str:
        return f"{box.size} {info.place}"

    @strawberry.field
    @_doubled
    def wrapped(self, x: int = 2) -> int:
        return x + 1

    @strawberry.field
    def shelves(self) -> "list[Shelf]":
        return [Shelf(), Shelf()]


SHELVES = strawberry.Schema(Shelf, config=StrawberryConfig(info_class=LongInfo))._schema


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{ a: told }", {"a": "c['a']roottold"}),
        ("{ shelves { told } }", {"shelves": [{"told": f"c['shelves', {n}, 'told']roottold"}
                                              for n in range(2)]}),
        ("query($x: Int = 4) { renamed(inName: $x, out: 2) }", {"renamed": "4 2"}),
        ("query($x: Int = 4) { renamed(out: $x) }", {"renamed": "3 4"}),
        ("{ wrapped b: wrapped(x: 4) }", {"wrapped": 6, "b": 10}),
        ("query($x: Int = 5) { wrapped(x: $x) }", {"wrapped": 12}),
        ("{ boxed(box: {}) }", {"boxed": "None c['boxed']rootboxed"}),
        ("{ boxed(box: {size: 2}) }", {"boxed": "Some(2) c['boxed']rootboxed"}),
    ],
)  # fmt: skip
def test_infos_and_arguments_that_strawberry_makes(text: str, data: object) -> None:
    class Root(Shelf):
        def __str__(self) -> str:
            return "root"

    result = compile_text(SHELVES, text).execute(Root(), "c", _defaults(text))
    assert isinstance(result, ExecutionResult)
    assert (result.errors, result.data) == (None, data)
    by_core = execute(SHELVES, parse(text), Root(), "c")
    assert isinstance(by_core, ExecutionResult)
    assert by_core.data == data


def _defaults(text: str) -> Any:  # noqa: ANN401 - graphql-core's own, or its errors
    from graphql.execution.values import get_variable_values

    definitions = parse(text).definitions[0].variable_definitions  # type: ignore[attr-defined]
    return get_variable_values(SHELVES, definitions or (), {})


# -- errors of types that cannot be, word for word

ABSTRACT = build_schema(
    """
    type Query { thing: Thing  node: Node  count: Int  any: Any }
    union Thing = Book | Map
    type Book { x: Int }
    type Map { x: Int }
    type Other { x: Int }
    interface Face { x: Int }
    type Node { x: Int! }
    scalar Any
    """
)


def _fields_of(name: str, resolve: Callable[..., object]) -> None:
    setattr(ABSTRACT.get_type(name), "resolve_type", resolve)  # noqa: B010 - as tools make schemas


MUST = "must resolve to an Object type at runtime"
EITHER = (
    "Either the 'Thing' type should provide a 'resolve_type' function or each possible type"
    " should provide an 'is_type_of' function."
)
RECEIVED = "received '5', which is not a valid Object type name."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Nothing", "was resolved to a type 'Nothing' that does not exist inside the schema."),
        ("Face", "was resolved to a non-object type 'Face'."),
        (None, f"{MUST} for field 'Query.thing'. {EITHER}"),
        (5, f"{MUST} for field 'Query.thing' with value {{'x': 1}}, {RECEIVED}"),
    ],
)
def test_what_a_value_of_an_abstract_type_cannot_be(name: object, message: str) -> None:
    _fields_of("Thing", lambda *_: name)
    root = {"thing": {"x": 1}}
    result = compile_text(ABSTRACT, "{ thing { ... on Book { x } } }").execute(root)
    assert isinstance(result, ExecutionResult)
    (error,) = result.errors or (GraphQLError("none"),)
    assert error.message == f"Abstract type 'Thing' {message}"
    assert (error.path, result.data) == (["thing"], {"thing": None})
    assert error.locations == [(1, 3)]


def test_an_object_type_that_is_not_of_the_union() -> None:
    _fields_of("Thing", lambda *_: "Other")
    result = compile_text(ABSTRACT, "{ thing { ... on Book { x } } }").execute({"thing": {}})
    assert isinstance(result, ExecutionResult)
    assert [error.message for error in result.errors or ()] == [
        "Runtime Object type 'Other' is not a possible type for 'Thing'."
    ]


@pytest.mark.parametrize(
    ("text", "source", "message"),
    [
        ("{ node { x } }", {"node": {"x": None}},
         "Cannot return null for non-nullable field Node.x."),
        ("{ count }", {"count": "many"},
         "Int cannot represent non-integer value: 'many'"),
    ],
)  # fmt: skip
def test_what_a_field_cannot_be(text: str, source: object, message: str) -> None:
    result = compile_text(ABSTRACT, text).execute(source)
    assert isinstance(result, ExecutionResult)
    assert [error.message for error in result.errors or ()] == [message]


def test_a_scalar_that_prints_nothing() -> None:
    setattr(ABSTRACT.get_type("Any"), "coerce_output_value", lambda _: None)  # noqa: B010
    for _ in range(2):
        result = compile_text(ABSTRACT, "{ any }").execute({"any": 5})
        assert isinstance(result, ExecutionResult)
        assert [error.message for error in result.errors or ()] == [
            "Expected `Any.coerce_output_value(5)` to return non-nullable value, returned: None"
        ]


def test_a_scalar_that_prints_nothing_for_some_values_of_a_class() -> None:
    def print_unless_zero(value: object) -> object:
        return str(value) if value else None

    setattr(ABSTRACT.get_type("Any"), "coerce_output_value", print_unless_zero)  # noqa: B010
    plan = compile_text(ABSTRACT, "{ any }")
    printed = plan.execute({"any": Decimal(5)})
    assert isinstance(printed, ExecutionResult)
    assert printed.data == {"any": "5"}
    refused = plan.execute({"any": Decimal(0)})
    assert isinstance(refused, ExecutionResult)
    call = "Any.coerce_output_value(<Decimal instance>)"
    message = f"Expected `{call}` to return non-nullable value, returned: None"
    assert [error.message for error in refused.errors or ()] == [message]


def test_a_fragment_that_spreads_itself_is_looked_at_once() -> None:
    plan = compile_plan(ABSTRACT, parse("{ ...F } fragment F on Query { count ...F }"))
    assert isinstance(plan, Plan)


class Counting:
    """An asynchronous iterator that tells whether it was closed."""

    def __init__(self) -> None:
        self.number = 0
        self.closed = False

    def __aiter__(self) -> "Counting":
        return self

    async def __anext__(self) -> object:
        self.number += 1
        return self.number if self.number < 3 else "three"

    async def aclose(self) -> None:
        self.closed = True


async def test_a_stream_is_closed_where_an_item_of_it_fails() -> None:
    schema = build_schema("type Query { counts: [Int!] }")
    counting = Counting()
    result = compile_text(schema, "{ counts }").execute({"counts": counting})
    assert isinstance(result, Awaitable)
    done = await result
    assert [error.path for error in done.errors or ()] == [["counts", 2]]
    assert (done.data, counting.closed, counting.number) == ({"counts": None}, True, 3)
