"""A process that is gone at any of its awaits: what it has asked for happens, nothing after it."""

from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from types import coroutine
from typing import Any

from tests.faults import ProcessKilled


@dataclass(frozen=True)
class Survivor:
    """What came of work that was over before its process was to be killed."""

    value: Any


@coroutine
def _drive(work: Coroutine[Any, Any, Any], number: int) -> Generator[Any, Any, Survivor | None]:
    count = 0
    error: BaseException | None = None
    while True:
        try:
            awaited = work.send(None) if error is None else work.throw(error)
        except StopIteration as end:
            return Survivor(end.value)
        except ProcessKilled:
            return None
        error = None
        try:
            yield awaited
        except BaseException as failure:  # noqa: BLE001 - it belongs to the work
            error = failure
        count += 1
        if count == number:
            error = ProcessKilled()


async def kill_at_await(work: Coroutine[Any, Any, Any], number: int) -> Survivor | None:
    """Run ``work`` until its ``number``-th await is over, from 1; None if it was killed there.

    Only awaits that wait count. A transaction that is open then is rolled back, as the database
    does for a process that is gone.
    """
    return await _drive(work, number)
