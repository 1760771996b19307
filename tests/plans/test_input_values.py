from collections.abc import Awaitable
from enum import Enum
from typing import Annotated

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse

from gateway.plans import Plan, compile_plan
from gateway.plans.input_values import Converters, Unconvertible


@strawberry.enum
class Size(Enum):
    SMALL = "s"


@strawberry.input
class Part:
    name: str
    size: Size = Size.SMALL
    parts: list["Part"] = strawberry.field(default_factory=list)
    notes: list[str | None] | None = None
    left: strawberry.ID | None
    unset: int | None = strawberry.UNSET


@strawberry.input
class Guarded:
    name: str

    def __post_init__(self) -> None:
        if self.name == "refused":
            raise ValueError(self.name)


@strawberry.input
class Perhaps:
    name: strawberry.Maybe[str]


@strawberry.type
class Query:
    @strawberry.field
    def part(self, given: Part, others: list[Part] | None = None) -> str:
        return f"{given} {others}"

    @strawberry.field
    async def later(self, given: Annotated[Part, strawberry.argument(name="named")]) -> str:
        return str(given)

    @strawberry.field
    async def guarded(self, given: Guarded) -> str:
        return given.name

    @strawberry.field
    def perhaps(self, given: Perhaps) -> str:
        return str(given)


schema = strawberry.Schema(Query)
core = schema._schema
NESTED = '{name: "a", parts: [{name: "b", parts: [], notes: null}], notes: ["x", null], unset: 1}'
TEXTS = [
    f"{{ part(given: {NESTED}) }}",
    f'{{ part(given: {NESTED}, others: [{NESTED}, {{name: "c", left: "d"}}]) }}',
    '{ part(given: {name: "a", size: SMALL}, others: null) }',
    f"{{ later(named: {NESTED}) }}",
    '{ guarded(given: {name: "refused"}) a: guarded(given: {name: "taken"}) }',
    '{ perhaps(given: {name: "a"}) b: perhaps(given: {}) }',
]


@pytest.mark.parametrize("text", TEXTS)
async def test_inputs_are_what_strawberry_makes_of_them(text: str) -> None:
    document = parse(text)
    plan = compile_plan(core, document)
    assert isinstance(plan, Plan)
    by_plan, by_core = (
        await await_if_needed(plan.execute()),
        await await_if_needed(execute(core, document)),
    )
    assert by_plan.formatted == by_core.formatted


async def await_if_needed(result: ExecutionResult | Awaitable[ExecutionResult]) -> ExecutionResult:
    return result if isinstance(result, ExecutionResult) else await result


def test_what_has_a_way_of_its_own_is_left_to_strawberry() -> None:
    converters = Converters(schema.config, schema.schema_converter.scalar_registry)
    assert callable(converters.of(Part))
    for type_ in (Guarded, Perhaps, strawberry.relay.GlobalID):
        with pytest.raises(Unconvertible):
            converters.of(type_)


def test_lists_are_copied() -> None:
    converters = Converters(schema.config, schema.schema_converter.scalar_registry)
    convert = converters.of(Part)
    notes = ["x"]
    made = convert({"name": "a", "notes": notes})
    assert isinstance(made, Part)
    assert made.notes == notes
    assert made.notes is not notes
    assert convert(None) is None
    assert convert(strawberry.UNSET) is strawberry.UNSET
