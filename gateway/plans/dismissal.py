"""Awaitables that nobody will await: closed with all that they would have awaited themselves.

A coroutine that never began cannot end what it was given: a task that is cancelled before its
first step leaves it behind, and so does whoever closes such a coroutine.
"""

from asyncio import CancelledError, Future, Task, ensure_future, gather
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from inspect import CORO_CREATED, getcoroutinelocals, getcoroutinestate
from types import CodeType, CoroutineType, FunctionType
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])

# Coroutine functions of this package, and the parameters that hold what each of them awaits.
_HOLDERS: dict[CodeType, tuple[str, ...]] = {}


def awaits(*parameters: str) -> Callable[[Function], Function]:
    """Mark a coroutine function that awaits ``parameters``, or what is in such a list or dict."""

    def mark(function: Function) -> Function:
        if not isinstance(function, FunctionType):
            raise TypeError(function)
        _HOLDERS[function.__code__] = parameters
        return function

    return mark


def dismiss(*values: object) -> None:
    """Close the coroutines among ``values`` that have not begun, with all that they hold.

    Lists are looked through.
    One that has begun is left to the task that runs it. Of a future, which others may await, only
    the exception is taken note of.
    """
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, CoroutineType):
            if getcoroutinestate(value) == CORO_CREATED:
                waiting.extend(_held_awaitables(value))
                value.close()
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)
        elif isinstance(value, Future):
            value.add_done_callback(_take_note)
        elif isinstance(value, Coroutine):
            value.close()


def _held_awaitables(coroutine: "CoroutineType[object, object, object]") -> Iterator[object]:
    parameters = _HOLDERS.get(coroutine.cr_code)
    if parameters is None:
        return
    values = getcoroutinelocals(coroutine)
    for argument in map(values.__getitem__, parameters):
        if isinstance(argument, dict):
            yield from argument.values()
        else:
            yield argument


def _take_note(future: "Future[object]") -> None:
    """Keep the loop from reporting an exception that nobody asked for."""
    with suppress(CancelledError):
        future.exception()


async def gather_or_cancel(
    awaitables: Sequence[Coroutine[object, object, object]], held: Sequence[object]
) -> list[object]:
    """What ``awaitables`` give side by side; when one of them fails, the others are cancelled.

    All have ended when this raises the error of the first that failed. ``held`` are what they
    await: those not begun are closed.
    """
    tasks: list[Task[object]] = [ensure_future(awaitable) for awaitable in awaitables]
    try:
        return await gather(*tasks)
    except BaseException as error:
        for task in tasks:
            task.cancel()
        dismiss(*held)
        # A cancellation is not held up: graphql-core goes on at once, and in the same order.
        if isinstance(error, Exception):
            await gather(*tasks, return_exceptions=True)
        raise
