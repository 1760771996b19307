"""Closing of awaitables that will not be awaited, together with those that they hold.

A coroutine that has not begun does not close the awaitables among its arguments, neither if it
is closed nor if its task is cancelled before the first step.
"""

from asyncio import CancelledError, Future, Task, ensure_future, gather
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from inspect import CORO_CREATED, getcoroutinelocals, getcoroutinestate
from types import CodeType, CoroutineType, FunctionType
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])

# Coroutine functions of this package, with the parameters that contain their awaitables.
_HOLDERS: dict[CodeType, tuple[str, ...]] = {}


def awaits(*parameters: str) -> Callable[[Function], Function]:
    """Mark a coroutine function that awaits ``parameters``, or the elements of such a container."""

    def mark(function: Function) -> Function:
        if not isinstance(function, FunctionType):
            raise TypeError(function)
        _HOLDERS[function.__code__] = parameters
        return function

    return mark


def dismiss(*values: object) -> None:
    """Close the coroutines in ``values`` that have not begun, with the awaitables they hold.

    ``values`` may contain lists. A coroutine that has begun is left to its task. A future is not
    cancelled, because others may await it, but its exception is marked as retrieved.
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
    """Prevent the event loop from reporting an exception that was not retrieved."""
    with suppress(CancelledError):
        future.exception()


async def gather_or_cancel(
    awaitables: Sequence[Coroutine[object, object, object]], inner: Sequence[object]
) -> list[object]:
    """The results of ``awaitables``, run concurrently; when one fails, the others are cancelled.

    Its error is raised when all have ended. ``inner`` are the coroutines that they await; those
    that have not begun are closed.
    """
    tasks: list[Task[object]] = [ensure_future(awaitable) for awaitable in awaitables]
    try:
        return await gather(*tasks)
    except BaseException as error:
        for task in tasks:
            task.cancel()
        dismiss(*inner)
        # A cancellation is raised at once, without waiting for the tasks, as in graphql-core.
        if isinstance(error, Exception):
            await gather(*tasks, return_exceptions=True)
        raise
