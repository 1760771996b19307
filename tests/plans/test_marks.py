"""Marks by which resolvers and types tell plans what they may spare, and what is let go."""

import asyncio
from inspect import CORO_CLOSED, CORO_CREATED, getcoroutinestate
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, parse
from graphql.execution import ExecutionResult

from gateway.plans import (
    PlanCache,
    Request,
    Unplannable,
    decided_by_class,
    dismiss,
    execute_request,
    of_context,
)
from gateway.plans.dismissal import awaits
from gateway.plans.lazy_info import is_of_context
from gateway.plans.object_completion import is_decided_by_class


def test_a_resolver_is_marked_as_reading_the_context_alone() -> None:
    def resolve() -> None: ...

    assert is_of_context(resolve) is False
    assert of_context(resolve) is resolve
    assert is_of_context(resolve) is True


def test_a_type_is_marked_as_decided_by_class() -> None:
    def is_type_of(_value: object, _info: object) -> bool:
        return True

    type_ = GraphQLObjectType("T", {}, is_type_of=is_type_of)
    assert is_decided_by_class(type_) is False
    assert decided_by_class(is_type_of) is is_type_of
    assert is_decided_by_class(type_) is True
    assert is_decided_by_class(GraphQLObjectType("T", {})) is False


async def _held() -> None: ...


def test_what_a_marked_coroutine_holds_is_closed_with_it() -> None:
    @awaits("first", "others")
    async def await_all(first: object, others: object, kept: object) -> None: ...

    inner = [_held() for _ in range(5)]
    outer = await_all(inner[0], {"a": inner[1], "b": [inner[2], (inner[3],)]}, inner[4])
    dismiss(outer)
    states = [getcoroutinestate(coroutine) for coroutine in (outer, *inner)]
    assert states == [CORO_CLOSED] * 5 + [CORO_CREATED]
    inner[4].close()


def test_a_coroutine_without_a_mark_is_closed_alone() -> None:
    async def await_one(held: object) -> None: ...

    inner = _held()
    dismiss([await_one(inner)], 7, None)
    assert getcoroutinestate(inner) == CORO_CREATED
    inner.close()


def test_only_functions_are_marked() -> None:
    with pytest.raises(TypeError):
        awaits("value")(print)


async def test_the_error_of_a_dismissed_future_is_taken_note_of() -> None:
    reports: list[object] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, report: reports.append(report))
    try:
        failed: asyncio.Future[None] = loop.create_future()
        cancelled: asyncio.Future[None] = loop.create_future()
        dismiss(failed, cancelled)
        failed.set_exception(ValueError("nobody asks"))
        cancelled.cancel()
        await asyncio.sleep(0)
        del failed, cancelled
    finally:
        loop.set_exception_handler(before)
    assert reports == []


# -- what a request brings reaches its resolvers either way

SCHEMA = build_schema("type Query { told(x: Int): String }")


def tell(source: object, info: Any, x: int | None = None) -> str:  # noqa: ANN401 - graphql-core and plans have two
    return f"{source} {info.context} {x} {info.operation_extensions}"


SCHEMA.query_type.fields["told"].resolve = tell  # type: ignore[union-attr]


@pytest.mark.parametrize("more", ["", ' ...T } fragment T on Query { __type(name: "") { name }'])
def test_a_request_brings_all_it_has(more: str) -> None:
    """With a plan, and by graphql-core for what asks for a type."""
    document = parse(f"query A($x: Int) {{ told(x: $x) {more} }} query B {{ other: told }}")
    cache = PlanCache(SCHEMA)
    request = Request(document, "A", {"x": 5}, "root", "context", {"key": 1})
    result = execute_request(cache, request)
    assert isinstance(result, ExecutionResult)
    assert result.data is not None
    assert result.data["told"] == "root context 5 {'key': 1}"
    assert cache.counts.planned == (0 if more else 1)
    assert cache.ready(document, None, None) == Unplannable("operation name")
