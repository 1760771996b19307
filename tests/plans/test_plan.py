"""What a plan shows of itself, and what there is no plan for."""

import traceback

import pytest
from graphql import build_schema, parse
from graphql.execution import ExecutionResult

from gateway.plans import Unplannable, compile_plan
from tests.plans.test_rules import SDL, compile_text, raising_resolver, schema_with


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ __schema { description } }", "introspection"),
        ("{ a { x } ... @defer { number } }", "@defer"),
        ("{ items @stream }", "@stream"),
        ("query A { number } query B { number }", "operation name"),
        ("mutation { number }", "operation type"),
        ("query($f: Boolean!) { number @skip(if: $f) }", "flag without a value"),
        ("fragment F on Query { number }", "operation name"),
        (
            "query @experimental_disableErrorPropagation { number }",
            "@experimental_disableErrorPropagation",
        ),
    ],
)
def test_what_has_no_plan_says_why(text: str, reason: str) -> None:
    assert compile_plan(build_schema(SDL), parse(text)) == Unplannable(reason)


def test_more_flags_than_there_can_be_plans_for() -> None:
    flags = [f"$f{number}: Boolean!" for number in range(9)]
    fields = [f"n{number}: number @skip(if: $f{number})" for number in range(9)]
    text = f"query({', '.join(flags)}) {{ {' '.join(fields)} }}"
    assert compile_plan(build_schema(SDL), parse(text)) == Unplannable("too many flags")


def test_the_source_can_be_read() -> None:
    plan = compile_text(schema_with({}), "{ number again: word }")
    assert "# number: Int" in plan.source
    assert "v_again = " in plan.source


def test_a_traceback_shows_generated_lines() -> None:
    schema = schema_with({"Query.number": raising_resolver("here")})
    result = compile_text(schema, "query Shown { number }").execute({})
    assert isinstance(result, ExecutionResult)
    assert result.errors
    original = result.errors[0].original_error
    assert original is not None
    text = "".join(traceback.format_exception(original))
    assert "plan-of-Shown" in text
    assert "v_number = r1_number(" in text
