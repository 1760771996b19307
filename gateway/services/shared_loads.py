"""Loading once what several ask for at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class SharedLoads:
    """What is being loaded, by key."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    async def share(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """What ``load`` returns, for all who ask for ``key`` until then."""
        task = self._tasks.get(key)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.ensure_future(load())
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        # Who stops waiting does not stop the others.
        value: T = await asyncio.shield(task)
        return value
